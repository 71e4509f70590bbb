//! `resow doctor`: what this host can do, what is missing, and the one command that installs it.

mod engine_findings;
mod facts;
mod finding;
mod host_findings;
mod layout;

use std::env;
use std::path::PathBuf;

use resow_executor::capability::engines::{DefaultEngine, DockerState};
use resow_executor::capability::{Capabilities, Surroundings};
use resow_executor::source::Repository;
use resow_store::Store;
use serde_json::json;

use self::finding::Finding;
use crate::answer::Answer;
use crate::arguments::Common;
use crate::cache_folder::cache_folder;
use crate::engine_choice::{EngineChoice, meant};
use crate::exit_code::Exit;

/// Tries what this host can do. Needs no repository.
pub(crate) fn doctor(common: &Common) -> Answer {
    let found = Capabilities::probe(&surroundings(common));
    let mut findings = engine_findings::all(&found);
    findings.extend(host_findings::all(&found));
    let prognosis = Prognosis::of(common, &found, &findings);
    let exit = if prognosis.is_ready {
        Exit::Done
    } else {
        Exit::Unavailable
    };
    let object = json!({
        "ready": prognosis.is_ready,
        "engine": prognosis.engine,
        "distribution": found.distribution.name,
        "capabilities": findings.iter().map(Finding::object).collect::<Vec<_>>(),
        "install": prognosis.install,
        "settings": prognosis.settings,
        "facts": facts::object(&found),
    });
    Answer::new(exit, layout::text(&findings, &prognosis), object)
}

/// What is to be done, of all findings together.
struct Prognosis {
    /// Whether experiments can run.
    is_ready: bool,
    /// The engine that resow takes where nobody says otherwise.
    engine: Option<&'static str>,
    /// Why that one, or why none.
    because: String,
    /// The one command that installs all that is missing.
    install: Option<String>,
    /// What is missing and for which resow knows no command here.
    uninstallable: Vec<&'static str>,
    /// Commands that change settings which are in the way.
    settings: Vec<String>,
}

impl Prognosis {
    fn of(common: &Common, found: &Capabilities, findings: &[Finding]) -> Self {
        let (engine, because) = engine(common, found);
        let packages: Vec<_> = findings
            .iter()
            .filter_map(|finding| finding.package)
            .collect();
        let named = findings.iter().filter(|finding| finding.package.is_some());
        let manager = found.distribution.manager;
        let install = manager.and_then(|manager| manager.install(&packages, found.is_root));
        Self {
            is_ready: engine.is_some(),
            engine,
            because,
            uninstallable: match install {
                Some(_) => Vec::new(),
                None => named.map(|finding| finding.capability).collect(),
            },
            install,
            settings: findings
                .iter()
                .filter_map(|finding| finding.setting.clone())
                .map(|command| match command.strip_prefix("sudo ") {
                    Some(command) if found.is_root => command.to_owned(),
                    _ => command,
                })
                .collect(),
        }
    }
}

/// The engine that resow takes, and why; none where the one that was asked for does not work.
fn engine(common: &Common, found: &Capabilities) -> (Option<&'static str>, String) {
    let has_docker = matches!(found.engines.docker, Some(DockerState::Answers(_)));
    let has_bubblewrap = matches!(found.engines.bubblewrap, Some(Ok(_)));
    let meant = match meant(common) {
        Ok(meant) => meant,
        Err(failure) => return (None, failure.message),
    };
    if let Some(meant) = meant {
        let works = match meant {
            EngineChoice::Docker => has_docker,
            EngineChoice::Bubblewrap => has_bubblewrap,
        };
        let name = meant.name();
        return match works {
            true => (Some(name), "it was asked for, and works".to_owned()),
            false => (None, format!("{name} was asked for, and does not work")),
        };
    }
    match (found.engines.default_engine(), &found.engines.docker) {
        (Some(DefaultEngine::Docker), Some(DockerState::Answers(facts))) => {
            let besides = match &found.engines.bubblewrap {
                Some(Ok(_)) => "; bubblewrap works too",
                _ => "",
            };
            let because = format!("its daemon answers at `{}`{besides}", facts.address);
            (Some("docker"), because)
        }
        (Some(DefaultEngine::Bubblewrap), _) => (
            Some("bubblewrap"),
            "no Docker engine answers, and bubblewrap works".to_owned(),
        ),
        _ => (
            None,
            "neither does a Docker engine answer, nor does bubblewrap work".to_owned(),
        ),
    }
}

fn surroundings(common: &Common) -> Surroundings {
    // Outside a repository: where one would keep its store if it were made here.
    let root = Repository::discover(&common.directory).map_or_else(
        |_| common.directory.clone(),
        |found| found.root().to_owned(),
    );
    let mut folders = vec![("store", root.join(Store::FOLDER))];
    folders.extend(cache_folder().map(|folder| ("cache", folder)));
    Surroundings {
        search_path: env::var_os("PATH"),
        docker_host: common.docker_host.clone(),
        runtime_folder: env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
        folders,
        executable: env::current_exe().ok(),
    }
}
