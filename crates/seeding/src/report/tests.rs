//! Events of processes, and the report that they make.

use resow_manifest::manifest::DeterminismDeclaration;

use super::*;

fn report(events: &str) -> SeedingReport {
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    read(events.as_bytes(), true, &command(), &determinism)
}

fn command() -> Vec<String> {
    vec!["python3".to_owned(), "train.py".to_owned()]
}

const PYTHON: &str = r#"{"kind":"process","pid":1,"program":"/usr/bin/python3.11","arguments":["python3","train.py"]}
{"kind":"language","pid":1,"name":"python","version":"3.11.2"}
"#;

#[test]
fn a_run_whose_layer_spoke_is_seeded() {
    let report = report(PYTHON);
    assert_eq!(report.state, SeedingState::Seeded);
    assert_eq!(report.programs, 1);
    assert_eq!(report.libraries[0].name, "python");
}

#[test]
fn a_run_of_which_nothing_was_heard_is_unseeded() {
    let report = report("");
    assert_eq!(report.state, SeedingState::Unseeded);
    assert_eq!(report.unreached[0].reason, UnreachedReason::Command);
    assert_eq!(report.unreached[0].program, "python3");
}

#[test]
fn a_command_that_becomes_a_program_with_the_layer_is_unreached_itself() {
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    let command = ["./launcher", "python3", "train.py"].map(str::to_owned);
    let report = read(PYTHON.as_bytes(), true, &command, &determinism);
    assert_eq!(report.state, SeedingState::Partly);
    assert_eq!(report.unreached[0].reason, UnreachedReason::Command);
    assert_eq!(report.unreached[0].program, "./launcher");
}

#[test]
fn a_script_is_what_its_interpreter_was_given() {
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    let script = r#"{"kind":"process","pid":1,"program":"/usr/bin/dash","arguments":["/bin/sh","-e","/workspace/run.sh","now"]}
"#;
    let command = ["./run.sh", "now"].map(str::to_owned);
    let report = read(script.as_bytes(), true, &command, &determinism);
    assert_eq!(report.state, SeedingState::Seeded);
}

#[test]
fn a_line_longer_than_any_event_is_a_fault() {
    let long = format!(
        "{{\"kind\":\"network\",\"pid\":1,\"host\":\"{}\"}}\n",
        "h".repeat(5000)
    );
    let report = report(&format!("{PYTHON}{long}"));
    assert_eq!(report.network, []);
    assert_eq!(report.faults.len(), 1);
}

#[test]
fn a_python_that_passed_over_its_layer_is_named() {
    let isolated = r#"{"kind":"process","pid":7,"program":"/usr/bin/python3.11","arguments":["python3","-I","-c","pass"]}
"#;
    let report = report(&format!("{PYTHON}{isolated}"));
    assert_eq!(report.state, SeedingState::Partly);
    assert_eq!(report.unreached.len(), 1);
    assert_eq!(report.unreached[0].arguments, ["-I", "-c", "pass"]);
    assert_eq!(report.unreached[0].reason, UnreachedReason::Language);
}

#[test]
fn a_process_that_becomes_another_program_is_both() {
    let shell = r#"{"kind":"process","pid":1,"program":"/usr/bin/dash","arguments":["sh","run.sh"]}
"#;
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    let command = ["sh", "run.sh"].map(str::to_owned);
    let events = format!("{shell}{PYTHON}");
    let report = read(events.as_bytes(), true, &command, &determinism);
    assert_eq!(report.state, SeedingState::Seeded);
    assert_eq!(report.programs, 2);
}

#[test]
fn a_question_for_the_version_is_no_program_to_seed() {
    let version = r#"{"kind":"process","pid":3,"program":"/usr/bin/python3.11","arguments":["python3","--version"]}
"#;
    let report = report(&format!("{PYTHON}{version}"));
    assert_eq!(report.state, SeedingState::Seeded);
}

#[test]
fn what_is_told_twice_is_listed_once() {
    let draw = r#"{"kind":"draw","pid":1,"call":"uuid.uuid1","reason":"the clock","file":"train.py","line":3}
"#;
    let report = report(&format!("{PYTHON}{draw}{draw}"));
    assert_eq!(report.draws.len(), 1);
    let at = report.draws[0].at.as_ref().expect("a place");
    assert_eq!((at.file.as_str(), at.line), ("train.py", 3));
    assert_eq!(report.state, SeedingState::Partly);
}

#[test]
fn a_line_that_is_no_event_is_a_fault() {
    let report = report(&format!("{PYTHON}{{\"kind\":\"seeded\"}}\nnothing\n"));
    assert_eq!(report.faults.len(), 1);
    assert_eq!(report.state, SeedingState::Partly);
}

#[test]
fn a_report_that_was_cut_off_is_not_called_seeded() {
    let determinism = DeterminismDeclaration::default().resolve(1, "amd64");
    let report = read(PYTHON.as_bytes(), false, &command(), &determinism);
    assert_eq!(report.state, SeedingState::Partly);
    assert!(report.truncated);
}

#[test]
fn an_attempt_that_was_seen_twice_is_listed_with_its_place() {
    let twice = r#"{"kind":"network","pid":1,"host":"data.example"}
{"kind":"network","pid":1,"host":"data.example:443","file":"train.py","line":3}
{"kind":"network","pid":1,"host":"other.example"}
"#;
    let report = report(&format!("{PYTHON}{twice}"));
    let hosts: Vec<_> = report.network.iter().map(|it| it.host.as_str()).collect();
    assert_eq!(hosts, ["data.example:443", "other.example"]);
}

#[test]
fn entropy_of_the_host_is_named() {
    let determinism = DeterminismDeclaration {
        entropy: Some(Entropy::Host),
        ..Default::default()
    }
    .resolve(1, "amd64");
    let report = read(PYTHON.as_bytes(), true, &command(), &determinism);
    assert_eq!(report.state, SeedingState::Partly);
    assert_eq!(report.draws[0].reason, "`entropy` is the host's");
}

#[test]
fn more_than_a_record_holds_is_cut_and_said_so() {
    let mut events = PYTHON.to_owned();
    for number in 0..600 {
        events.push_str(&format!(
            "{{\"kind\":\"network\",\"pid\":1,\"host\":\"host-{number}\"}}\n"
        ));
    }
    let report = report(&events);
    assert_eq!(report.network.len(), 500);
    assert!(report.truncated);
}
