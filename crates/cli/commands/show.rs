//! `resow show`: a record in full; or an experiment: its plan as it would run now, and its claim.

use resow_executor::source::Keep;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::host::EngineFacts;
use resow_manifest::identifiers::RecordId;
use resow_manifest::isolation::{Isolation, Limit, Means};
use resow_manifest::plan::Plan;
use resow_manifest::quantity::{ByteSize, TimeSpan};
use resow_manifest::suggestion::did_you_mean;
use resow_store::StoreError;
use resow_verifier::claim::Claim;
use resow_verifier::record::Record;
use serde_json::json;

use crate::answer::Answer;
use crate::arguments::Overrides;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims;
use crate::pipeline::planning::plan_work_tree;
use crate::pipeline::verification::failure_lines;
use crate::project::Project;
use crate::report::outputs::short;
use crate::report::terminal::{bad, good, visible};
use crate::report::{seeding, trace};

/// Shows a record or an experiment. Where a name could be both, the experiment is meant.
pub(crate) fn show(project: &Project, what: &str) -> Result<Answer, Failure> {
    if let Ok(name) = what.parse::<ExperimentName>()
        && project.root().join(name.manifest_path()).is_file()
    {
        return show_experiment(project, &name);
    }
    let store = project.store_or_make()?;
    let id = store.find_record(what).map_err(|error| match error {
        StoreError::NoPrefix { .. } => neither(project, what),
        other => other.into(),
    })?;
    let record = store.record(&id)?;
    Ok(Answer::new(
        Exit::Done,
        record_text(&id, &record),
        json!({ "record": id, "content": record }),
    ))
}

/// Says that a text names nothing that can be shown, and what may have been meant.
fn neither(project: &Project, what: &str) -> Failure {
    let failure = Failure::new(
        Exit::Usage,
        format!(
            "`{}` is neither an experiment nor the start of a record",
            visible(what)
        ),
    );
    let names = project.experiments().unwrap_or_default();
    let hint = did_you_mean(what, names.iter().map(ExperimentName::as_str));
    failure.with_hint(hint.unwrap_or_else(|| {
        "`resow log` lists all records; manifests are in `experiments/`".to_owned()
    }))
}

fn show_experiment(project: &Project, name: &ExperimentName) -> Result<Answer, Failure> {
    let planned = plan_work_tree(project, name, &Overrides::default(), Keep::Memory)?;
    let found = claims::in_work_tree(project, name)?;
    let mut lines = vec![format!("experiment  {name}")];
    if let Some(description) = &planned.manifest.description {
        lines.push(format!("about       {}", visible(description)));
    }
    lines.push(format!("plan        {}", planned.plan.id()));
    lines.extend(plan_lines(&planned.plan));
    if let Some(found) = &found {
        lines.push(String::new());
        lines.extend(claim_lines(&found.claim, &found.place, &planned.plan));
    }
    Ok(Answer::new(
        Exit::Done,
        lines.join("\n"),
        json!({
            "experiment": name,
            "plan": { "id": planned.plan.id(), "content": planned.plan },
            "commit": planned.commit,
            "snapshot": planned.is_snapshot,
            "image": planned.image,
            "claim": found.map(|found| found.claim),
        }),
    ))
}

fn plan_lines(plan: &Plan) -> Vec<String> {
    let mut lines = vec![
        format!("  command   {}", visible(&plan.command.join(" "))),
        format!("  seed      {}", plan.seed),
        format!("  source    {}", plan.source),
        format!(
            "  image     {} ({})",
            plan.image.chain,
            visible(&plan.image.architecture)
        ),
        format!("  cpus      {}", plan.cpus),
        format!("  seeding   {}", seeding_line(plan)),
    ];
    for (name, value) in &plan.parameters {
        lines.push(format!(
            "  parameter {} = {}",
            visible(name),
            visible(&value.to_string())
        ));
    }
    for (name, value) in &plan.environment {
        lines.push(format!("  variable  {}={}", visible(name), visible(value)));
    }
    for (at, digest) in &plan.inputs {
        lines.push(format!("  input     {} {digest}", visible(at.as_str())));
    }
    for output in &plan.outputs {
        lines.push(format!("  output    {}", visible(&output.to_string())));
    }
    lines
}

/// The determinism settings in one line.
fn seeding_line(plan: &Plan) -> String {
    if plan.layer == 0 {
        return "layer 0: the seed is handed to the command, no library is seeded".to_owned();
    }
    let settings = &plan.determinism;
    let threads = settings.threads.map_or_else(
        || "threads as libraries decide".to_owned(),
        |threads| format!("threads {threads}"),
    );
    format!(
        "layer {}, {}: {threads}, instructions {}, algorithms {}, entropy {}, clock {}",
        plan.layer,
        settings.profile,
        settings.instruction_set,
        settings.algorithms,
        settings.entropy,
        settings.clock
    )
}

fn claim_lines(claim: &Claim, place: &str, plan: &Plan) -> Vec<String> {
    let commit = claim.provenance.commit.as_ref();
    let mut lines = vec![format!(
        "claim       {place}, of commit {}",
        commit.map_or("unknown", |commit| commit.short())
    )];
    let differences = claim.plan.plan().differences(plan);
    if plan.id() == claim.plan.id() {
        lines.push(format!("  plan      {}", good("the same")));
    } else {
        let fields: Vec<_> = differences
            .iter()
            .map(|each| visible(&each.field))
            .collect();
        lines.push(format!(
            "  plan      {}",
            bad(&format!("stale: {}", fields.join(", ")))
        ));
    }
    for (name, entry) in &claim.outputs {
        lines.push(format!(
            "  output    {}  {}",
            short(&entry.content),
            visible(&name.to_string())
        ));
    }
    if let Some(trace) = &claim.trace {
        lines.push(format!(
            "  trace     {}  {} steps ({})",
            trace.digest.short(),
            trace.steps,
            trace.declared
        ));
    }
    lines
}

fn record_text(id: &RecordId, record: &Record) -> String {
    let commit = record.provenance.commit.as_ref();
    let place = commit.map_or_else(
        || "none".to_owned(),
        |commit| {
            let kind = if record.provenance.snapshot {
                " (a snapshot)"
            } else {
                ""
            };
            format!("{commit}{kind}")
        },
    );
    let word = if record.is_success() {
        good("success")
    } else {
        bad("failure")
    };
    let mut lines = vec![
        format!("record      {id}"),
        format!("experiment  {}", record.experiment),
        format!(
            "outcome     {word}: {}",
            visible(&record.outcome.to_string())
        ),
    ];
    lines.extend(
        failure_lines(record)
            .into_iter()
            .skip(usize::from(!record.outcome.is_success())),
    );
    lines.extend([
        format!(
            "run         {}, resow {}",
            record.run,
            visible(&record.resow)
        ),
        format!(
            "time        {} to {}",
            record.started.strftime("%Y-%m-%d %H:%M:%S%.3f"),
            record.ended.strftime("%H:%M:%S%.3f UTC")
        ),
        format!("commit      {place}"),
        format!("plan        {}", record.plan.id()),
    ]);
    lines.extend(plan_lines(record.plan.plan()));
    lines.push("outputs".to_owned());
    for (name, entry) in &record.outputs {
        lines.push(format!(
            "  {}  {}",
            entry.content,
            visible(&name.to_string())
        ));
    }
    for (title, list) in [
        ("made and not declared", &record.workspace.undeclared),
        ("source files changed", &record.workspace.changed),
        ("source files deleted", &record.workspace.deleted),
    ] {
        if list.count > 0 {
            lines.push(format!("{title}: {}", list.count));
            lines.extend(list.first.iter().map(|path| format!("  {}", visible(path))));
        }
    }
    if let Some(isolation) = &record.isolation {
        lines.push("isolation, as read back".to_owned());
        lines.extend(isolation_lines(isolation));
    }
    lines.extend(seeding::lines(&record.seeding));
    lines.extend(record.trace.iter().flat_map(trace::lines));
    let host = &record.host;
    lines.extend([
        format!(
            "host        {}, {} cores, {}, Linux {}",
            visible(&host.cpu_model),
            host.cores,
            bytes(host.memory),
            visible(&host.kernel)
        ),
        format!("engine      {}", engine_line(&host.engine)),
    ]);
    lines.extend(
        host.as_if
            .map(|lesser| format!("as if       a processor with {lesser} alone")),
    );
    lines.join("\n")
}

fn cpu_set(isolation: &Isolation) -> String {
    let by = match isolation.cpu_set_means {
        Some(Means::Cgroup) => " (by cgroup)",
        Some(Means::Affinity) => " (by affinity, which a program may widen)",
        _ => "",
    };
    format!("  CPU set   {}{by}", visible(&isolation.cpu_set))
}

/// The engine in one line; what it does not say is left out.
fn engine_line(engine: &EngineFacts) -> String {
    let named = [
        ("API ", &engine.api),
        ("", &engine.runtime),
        ("storage ", &engine.storage),
        ("control groups ", &engine.cgroup),
    ];
    let said = named
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!(", {name}{}", visible(value)));
    format!(
        "{} {}{}",
        visible(&engine.name),
        visible(&engine.version),
        said.collect::<String>()
    )
}

fn isolation_lines(isolation: &Isolation) -> Vec<String> {
    let capabilities = if isolation.capabilities.is_empty() {
        "none".to_owned()
    } else {
        isolation.capabilities.join(", ")
    };
    let means = |limit: &Limit| {
        format!(
            "by {}",
            serde_json::to_value(limit.means)
                .unwrap_or_default()
                .as_str()
                .unwrap_or("?")
        )
    };
    let size = |name: &str, limit: &Limit| {
        format!("  {name:<9} {} ({})", bytes(limit.value), means(limit))
    };
    let mut lines = vec![
        "  network   none".to_owned(),
        format!(
            "  user      {}, capabilities {}",
            visible(&isolation.user),
            visible(&capabilities)
        ),
        format!(
            "  root      {}, privileges {}",
            if isolation.read_only_root {
                "read-only"
            } else {
                "writable"
            },
            if isolation.no_new_privileges {
                "cannot be gained"
            } else {
                "can be gained"
            }
        ),
        format!("  filter    {}", visible(&isolation.system_call_filter)),
        cpu_set(isolation),
        size("memory", &isolation.memory),
        format!(
            "  processes {} ({})",
            isolation.processes.value,
            means(&isolation.processes)
        ),
        format!(
            "  time      {} ({})",
            TimeSpan::from_seconds(isolation.time.value),
            means(&isolation.time)
        ),
        size("disk", &isolation.disk),
        size("shm", &isolation.shared_memory),
        size("tmp", &isolation.temporary),
    ];
    lines.extend(isolation.log.as_ref().map(|limit| size("log", limit)));
    lines
}

/// A size for people: three digits and a unit.
fn bytes(size: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value.fract() == 0.0 {
        format!(
            "{} {}",
            ByteSize::from_bytes(size).bytes() >> (10 * unit),
            units[unit]
        )
    } else {
        format!("{value:.1} {}", units[unit])
    }
}
