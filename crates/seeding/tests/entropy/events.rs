//! Events, processors, addresses: what else the library does in a process.

use crate::layer::{KEY, Layer, printed};
use serde_json::json;
use std::fs;

#[test]
fn a_process_tells_its_start_once() {
    let layer = Layer::new();
    let mut long = vec!["é\"\n".to_string()];
    long.resize(3000, "argument".to_string());
    printed(
        layer
            .command(KEY, "/bin/true")
            .args(&long)
            .env("RESOW_ADDRESSES", "fixed"),
    );
    let events = layer.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["kind"], "process");
    assert_eq!(events[0]["arguments"][0], "/bin/true");
    assert_eq!(events[0]["arguments"][1], "é\"\n");
    let program = fs::canonicalize("/bin/true").expect("a program");
    assert_eq!(events[0]["program"], json!(program));
}

#[test]
fn processes_without_the_files_of_a_run_go_on() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &[]);
    let draw = |name: &str| {
        let missing = layer.path("missing");
        printed(
            layer
                .command(KEY, &program)
                .arg("getrandom")
                .env(name, missing),
        )
    };
    assert_eq!(draw("RESOW_OCCURRENCES"), draw("RESOW_OCCURRENCES"));
    layer.forget();
    draw("RESOW_EVENTS");
    assert_eq!(layer.events(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_full_table_of_occurrences_is_told() {
    let layer = Layer::new();
    fs::write(layer.path("occurrences"), [7; 32]).expect("occurrences");
    printed(&mut layer.command(KEY, "/bin/true"));
    let faults = layer.events_of("fault");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0]["what"], "occurrences");
}

#[test]
fn attempts_to_reach_a_network_are_told_once_a_host() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "network.c", &[]);
    layer.first(KEY, program, &[]);
    let events = layer.events_of("network");
    let hosts: Vec<_> = events
        .iter()
        .map(|event| event["host"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(
        hosts,
        [
            "192.0.2.7:443",
            "[2001:db8::1]:53",
            "host.invalid",
            "other.invalid"
        ]
    );
}

#[test]
fn processors_are_as_many_as_the_run_says() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "facts.c", &[]);
    let told = printed(layer.command(KEY, &program).env("RESOW_PROCESSORS", "7"));
    assert!(told.starts_with("7 7 7 7 4096\n"), "{told}");
    let plain = printed(&mut std::process::Command::new(&program));
    let host = printed(&mut layer.command(KEY, &program));
    assert_eq!(host.lines().next(), plain.lines().next());
}

#[test]
fn addresses_are_fixed() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "facts.c", &[]);
    let run = || printed(layer.command(KEY, &program).env("RESOW_ADDRESSES", "fixed"));
    let first = run();
    for _ in 0..4 {
        assert_eq!(run(), first);
    }
    let random = || printed(&mut layer.command(KEY, &program));
    assert_ne!(random(), random());
    let variables = printed(
        layer
            .command(KEY, "/usr/bin/env")
            .env("RESOW_ADDRESSES", "fixed"),
    );
    assert!(variables.contains("RESOW_ADDRESSES=fixed\n"), "{variables}");
}

#[test]
fn addresses_that_may_not_be_fixed_are_told_and_the_program_goes_on() {
    let layer = Layer::new();
    let refuse = layer.compile("gcc", "refuse.c", &[]);
    let mut command = layer.command(KEY, refuse);
    let told = printed(
        command
            .args(["/bin/echo", "on"])
            .env_remove("RESOW_ADDRESSES"),
    );
    assert_eq!(told, "on\n");
    assert_eq!(layer.events_of("fault"), Vec::<serde_json::Value>::new());
    layer.forget();
    // The first two programs are not under the layer: it would turn randomisation off before that is refused.
    let mut command = std::process::Command::new(command.get_program());
    command.args(["/usr/bin/env", "RESOW_ADDRESSES=fixed"]);
    for (name, file) in [
        ("LD_PRELOAD", "entropy.so"),
        ("RESOW_EVENTS", "events"),
        ("RESOW_OCCURRENCES", "occurrences"),
    ] {
        command.arg(format!("{name}={}", layer.path(file).display()));
    }
    command.args(["/bin/sh", "-c", "/bin/echo on; /bin/echo on"]);
    assert_eq!(printed(&mut command), "on\non\n");
    let faults = layer.events_of("fault");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0]["what"], "address randomisation");
    assert_eq!(layer.events_of("process").len(), 3);
}
