//! `resow diff`: two records, claims or folders, output by output and byte by byte.

use std::fs::File;
use std::path::{Path, PathBuf};

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::plan::{Plan, PlanDifference};
use resow_store::StoreError;
use resow_verifier::difference::{ByteDifference, byte_difference};
use resow_verifier::digesting::{DigestOptions, HashOnly, digest_folder};
use resow_verifier::outputs::{OutputEntry, OutputName, OutputPolicy, Outputs};
use resow_verifier::verdict::{Finding, OutputVerdict, compare};
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims;
use crate::pipeline::verification::{cells, side as plan_side};
use crate::project::Project;
use crate::report::table::table;
use crate::report::terminal::{bad, good, visible};

/// The files in `results/NAME/` with what the command printed.
const STDOUT_FILE: &str = "stdout.log";
const STDERR_FILE: &str = "stderr.log";

/// One side of a comparison.
struct Side {
    name: String,
    outputs: Outputs,
    policy: OutputPolicy,
    plan: Option<Plan>,
    bytes: Bytes,
}

/// Where the bytes of a side's outputs can be read.
enum Bytes {
    /// Beneath a folder.
    Folder(PathBuf),
    /// In the store, where it has them.
    Store,
}

/// Compares two sides.
pub(crate) fn diff(project: &Project, left: &str, right: &str) -> Result<Answer, Failure> {
    let (mut left, mut right) = (side(project, left)?, side(project, right)?);
    take_streams(project, &mut left, &right);
    take_streams(project, &mut right, &left);
    let plans = match (&left.plan, &right.plan) {
        (Some(left), Some(right)) => left.differences(right),
        _ => Vec::new(),
    };
    let findings = compare(&left.outputs, &left.policy, &right.outputs);
    let different: Vec<_> = findings
        .iter()
        .filter(|finding| !matches!(finding.finding, Finding::Identical | Finding::NotCompared))
        .collect();
    let mut places = Vec::new();
    for finding in &different {
        if finding.finding == Finding::Different {
            places.push((&finding.name, difference(project, &left, &right, finding)?));
        }
    }
    let exit = if different.is_empty() {
        Exit::Done
    } else {
        Exit::Different
    };
    let text = text(&left, &right, &plans, &findings, &places);
    let fields = json!({
        "left": left.name,
        "right": right.name,
        "plans": plans,
        "outputs": findings,
        "differences": places
            .iter()
            .map(|(name, place)| json!({ "output": name, "bytes": place }))
            .collect::<Vec<_>>(),
    });
    Ok(Answer::new(exit, text, fields))
}

fn side(project: &Project, text: &str) -> Result<Side, Failure> {
    let path = Path::new(text);
    if path.is_dir() {
        return folder(path);
    }
    if let Some(name) = claimed_name(project, text)
        && let Some(found) = claims::in_work_tree(project, &name)?
    {
        let claim = found.claim;
        return Ok(Side {
            name: found.place,
            outputs: claim.outputs,
            policy: claim.policy,
            plan: Some(claim.plan.plan().clone()),
            bytes: Bytes::Store,
        });
    }
    let store = project.store_or_make()?;
    let id = store.find_record(text).map_err(|error| match error {
        StoreError::NoPrefix { .. } => Failure::new(
            Exit::Usage,
            format!(
                "`{}` is neither a folder, nor an experiment with a claim, nor the start of a record",
                visible(text)
            ),
        )
        .with_hint("`resow log` lists all records"),
        other => other.into(),
    })?;
    let record = store.record(&id)?;
    Ok(Side {
        name: format!("record {}", id.digest().short()),
        plan: Some(record.plan.plan().clone()),
        outputs: record.outputs,
        policy: record.policy,
        bytes: Bytes::Store,
    })
}

/// The experiment that `digits`, `experiments/digits.claim.toml` and the like name.
fn claimed_name(project: &Project, text: &str) -> Option<ExperimentName> {
    let file = Path::new(text).file_name()?.to_str()?;
    let stem = file.strip_suffix(".claim.toml").unwrap_or(text);
    let name: ExperimentName = stem.parse().ok()?;
    project
        .root()
        .join(name.claim_path())
        .is_file()
        .then_some(name)
}

fn folder(path: &Path) -> Result<Side, Failure> {
    let digested = digest_folder(path, &HashOnly, &DigestOptions::default())
        .map_err(|error| Failure::from_error(Exit::Unavailable, &error, None))?;
    if let Some(refusal) = digested.refused.first() {
        return Err(Failure::new(
            Exit::Unavailable,
            format!(
                "`{}` in `{}` cannot be compared: {}",
                visible(&refusal.path),
                path.display(),
                refusal.reason
            ),
        ));
    }
    let outputs = digested
        .files
        .into_iter()
        .filter_map(|file| {
            let name = OutputName::of_path(&file.path)?;
            let entry = OutputEntry {
                role: resow_manifest::manifest::OutputRole::Result,
                content: file.content,
            };
            Some((name, entry))
        })
        .collect();
    Ok(Side {
        name: path.display().to_string(),
        outputs,
        policy: OutputPolicy::default(),
        plan: None,
        bytes: Bytes::Folder(path.to_owned()),
    })
}

/// In `results/NAME/`, what the command printed lies beside the outputs: it is what a record or claim calls `<stdout>`,
/// or none of its outputs.
fn take_streams(project: &Project, side: &mut Side, other: &Side) {
    let Bytes::Folder(path) = &side.bytes else {
        return;
    };
    let results = project.root().join("results").canonicalize();
    let parent = path.canonicalize().ok();
    let parent = parent.as_deref().and_then(Path::parent);
    if matches!(other.bytes, Bytes::Folder(_))
        || parent.is_none()
        || results.ok().as_deref() != parent
    {
        return;
    }
    for file in [STDOUT_FILE, STDERR_FILE] {
        let Ok(name) = file.parse::<OutputName>() else {
            continue;
        };
        if other.outputs.contains_key(&name) {
            continue;
        }
        let printed = side.outputs.remove(&name);
        let stdout = OutputName::StandardOutput;
        if let (STDOUT_FILE, Some(entry)) = (file, printed)
            && other.outputs.contains_key(&stdout)
        {
            side.outputs.insert(stdout, entry);
        }
    }
}

/// Where two files differ; `None` where the bytes of one are not at hand.
fn difference(
    project: &Project,
    left: &Side,
    right: &Side,
    finding: &OutputVerdict,
) -> Result<Option<ByteDifference>, Failure> {
    let (Some(left), Some(right)) = (
        open(project, left, finding, finding.expected.as_ref())?,
        open(project, right, finding, finding.got.as_ref())?,
    ) else {
        return Ok(None);
    };
    byte_difference(left, right).map_err(|error| {
        let failure = match error.downcast::<StoreError>() {
            Ok(damage) => Failure::from(damage),
            Err(other) => Failure::from_error(Exit::Unavailable, &other, None),
        };
        failure.at(&visible(&finding.name.to_string()))
    })
}

fn open(
    project: &Project,
    side: &Side,
    finding: &OutputVerdict,
    entry: Option<&OutputEntry>,
) -> Result<Option<Box<dyn std::io::Read>>, Failure> {
    let Some((digest, size)) = entry.and_then(|entry| entry.content.blob()) else {
        return Ok(None);
    };
    match &side.bytes {
        Bytes::Folder(root) => {
            let path = finding.name.path();
            let path = root.join(path.map_or(STDOUT_FILE, |path| path.as_str()));
            let file = File::open(&path)
                .map_err(crate::work_file::cannot_read(&path.display().to_string()))?;
            Ok(Some(Box::new(file)))
        }
        Bytes::Store => {
            let store = project.store_or_make()?;
            if !store.has_blob(&digest, size) {
                return Ok(None);
            }
            Ok(Some(Box::new(store.read_blob(&digest)?)))
        }
    }
}

fn text(
    left: &Side,
    right: &Side,
    plans: &[PlanDifference],
    findings: &[OutputVerdict],
    places: &[(&OutputName, Option<ByteDifference>)],
) -> String {
    let mut lines = Vec::new();
    for difference in plans {
        lines.push(format!(
            "plan: {}: {} left, {} right",
            visible(&difference.field),
            plan_side(difference.left.as_deref()),
            plan_side(difference.right.as_deref())
        ));
    }
    let rows: Vec<_> = findings
        .iter()
        .filter(|finding| finding.finding != Finding::Identical)
        .map(row)
        .collect();
    let different = findings
        .iter()
        .filter(|finding| {
            finding.finding.grade().is_some() && finding.finding != Finding::Identical
        })
        .count();
    if !rows.is_empty() {
        lines.push(table(&["output", "left", "right", "finding"], rows));
    }
    for (name, place) in places {
        let name = visible(&name.to_string());
        lines.push(match place {
            Some(place) => format!("{name}: {}", place_text(place)),
            None => format!(
                "{name}: the bytes are not in the store, so where they differ cannot be said"
            ),
        });
    }
    let summary = format!(
        "{} of {} outputs differ between {} and {}",
        different,
        findings.len(),
        visible(&left.name),
        visible(&right.name)
    );
    lines.push(if different == 0 {
        good("identical") + &format!(": {summary}")
    } else {
        bad("different") + &format!(": {summary}")
    });
    lines.join("\n")
}

fn row(verdict: &OutputVerdict) -> Vec<String> {
    let word = match &verdict.finding {
        Finding::Identical => "identical".to_owned(),
        Finding::Different => "different".to_owned(),
        Finding::KindChanged => "different kind".to_owned(),
        Finding::Missing => "only left".to_owned(),
        Finding::Extra => "only right".to_owned(),
        Finding::Renamed { from } => format!("renamed from {}", visible(&from.to_string())),
        Finding::NotCompared => "log, not compared".to_owned(),
    };
    cells(verdict, word)
}

/// Where two files differ, in words.
fn place_text(place: &ByteDifference) -> String {
    let line = place
        .first_line
        .map_or_else(String::new, |line| format!(" (line {line})"));
    let sizes = if place.left_size == place.right_size {
        format!("{} bytes each", place.left_size)
    } else {
        format!("{} bytes left, {} right", place.left_size, place.right_size)
    };
    let differing = match place.differing_bytes {
        1 => "1 byte differs,".to_owned(),
        number => format!("{number} bytes differ, the first"),
    };
    format!(
        "{differing} at offset {}{line}; {sizes}",
        place.first_offset
    )
}
