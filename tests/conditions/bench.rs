//! An experiment that tells what it meets, run under conditions by the engine that is tested.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use resow_executor::bubblewrap::{Bubblewrap, BubblewrapSettings, LAUNCH};
use resow_executor::docker::Docker;
use resow_executor::engine::{Engine, ImageSelector};
use resow_executor::execute::{ExecuteError, RunRequest, execute};
use resow_executor::interrupt::Interrupt;
use resow_executor::resolve::resolve;
use resow_executor::source::{Repository as Sources, Selection, SourceCache};
use resow_manifest::conditions::{Acted, Conditions, Factor};
use resow_manifest::identifiers::{ImageId, RunId};
use resow_manifest::manifest::Manifest;
use resow_manifest::outcome::Outcome;
use serde_json::Value;

use crate::environment::engine::{TestEngine, shared_cache};
use crate::environment::{Environment, Repository};

static RUNS: AtomicU64 = AtomicU64::new(1);

const NAME: &str = "probe";
const SCRIPT: &str = include_str!("probe.py");

/// Where the experiment is.
pub(crate) struct Bench<'environment> {
    environment: &'environment Environment,
    farm: Repository<'environment>,
    engine: Box<dyn Engine>,
}

/// What a run told, and what is said of the factors.
pub(crate) struct Told {
    pub(crate) probe: Value,
    pub(crate) acted: BTreeMap<Factor, Acted>,
}

impl Told {
    /// The evidence that a factor acted.
    pub(crate) fn evidence(&self, factor: Factor) -> &str {
        match &self.acted[&factor] {
            Acted::Yes { evidence } => evidence,
            other => panic!("{factor}: {other:?}"),
        }
    }
}

impl<'environment> Bench<'environment> {
    /// With `settings` in the manifest besides.
    pub(crate) fn new(environment: &'environment Environment, settings: &str) -> Self {
        let farm = environment.repository("farm");
        farm.write("probe.py", SCRIPT);
        for name in ["a", "b", "c"] {
            farm.write(&format!("folder/{name}"), name);
        }
        let rest = format!("seed = 42\noutputs = [{{ stream = \"stdout\" }}]\n{settings}");
        farm.declare(NAME, &["python3", "probe.py"], &rest);
        farm.commit("probe");
        Self {
            environment,
            farm,
            engine: engine(),
        }
    }

    /// Runs the experiment, which must succeed.
    pub(crate) fn run(&self, conditions: &Conditions) -> Told {
        self.try_run(conditions)
            .unwrap_or_else(|error| panic!("{conditions:?}: {error}"))
    }

    /// Runs the experiment.
    pub(crate) fn try_run(&self, conditions: &Conditions) -> Result<Told, ExecuteError> {
        let text = self.farm.read(&format!("experiments/{NAME}.toml"));
        let manifest = Manifest::parse(&text).expect("a right manifest");
        let lock = self.farm.read("docker/python/recipe.lock");
        let id = lock.lines().find_map(|line| line.strip_prefix("id = "));
        let id: ImageId = id
            .expect("an identifier")
            .trim_matches('"')
            .parse()
            .expect("an identifier");
        let image = self.engine.find_image(&ImageSelector::Id(id));
        let image = image.expect("an engine").expect("an image");
        let sources = Sources::discover(&self.farm.path(".")).expect("a repository");
        let head = sources.head().expect("readable").expect("a commit");
        let cache = SourceCache::open(&self.environment.path().join("sources")).expect("a cache");
        let source = cache
            .ensure(&sources, &head, &Selection::default())
            .expect("a source");
        let plan = resolve(&manifest, source.tree.id(), image.planned());
        // Another in each test of each program: an engine has them all.
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let run = RunId::from_random(u64::from(process::id()) << 32 | number);
        let folder = self.environment.path().join(format!("run-{number}"));
        fs::create_dir(&folder).expect("a folder");
        let request = RunRequest {
            run: &run,
            store: "conditions",
            plan: &plan,
            image: image.id,
            source: &source,
            inputs: &[],
            resources: &manifest.resources,
            as_if: None,
            conditions,
            trace: None,
            folder: &folder,
            cache: &self.environment.path().join("cache"),
        };
        let engine = &*self.engine;
        let run = execute(engine, &request, &mut |_| {}, &Interrupt::default())?;
        let printed = fs::read_to_string(&run.stdout).expect("what was printed");
        let errors = fs::read_to_string(&run.stderr).expect("what was printed");
        assert!(
            matches!(run.outcome, Outcome::Exited { code: 0 }),
            "{:?}: {errors}",
            run.outcome
        );
        let acted = run.acted.clone();
        run.finish()?;
        Ok(Told {
            probe: serde_json::from_str(&printed).expect("an object"),
            acted,
        })
    }
}

fn engine() -> Box<dyn Engine> {
    match TestEngine::of_this_run() {
        TestEngine::Docker => Box::new(Docker::connect(None).expect("Docker")),
        TestEngine::Bubblewrap => {
            let settings = BubblewrapSettings {
                search_path: env::var_os("PATH"),
                launcher: vec![
                    OsString::from(env!("CARGO_BIN_EXE_resow")),
                    OsString::from(LAUNCH),
                ],
                roots: shared_cache().join("roots"),
            };
            Box::new(Bubblewrap::open(&settings).expect("bubblewrap"))
        }
    }
}
