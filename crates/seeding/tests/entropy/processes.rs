//! Programs that programs start: each draws by its own name, and those that cannot be reached are told.

use crate::layer::{KEY, Layer, printed};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const DRAW: &str = "head -c 8 /dev/urandom | od -An -tx1; echo $*";
const WAYS: [&str; 12] = [
    "system",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "execv",
    "vexecv",
    "execve",
    "execvp",
    "execvpe",
    "execl",
    "execlp",
    "execle",
];

#[test]
fn programs_draw_by_their_name_however_they_are_started() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "starts.c", &[]);
    for way in WAYS {
        let printed = layer.assert_seeded(&program, &[way, DRAW]);
        assert_eq!(
            printed.contains("b c d e f g"),
            way == "execlp",
            "{printed}"
        );
    }
    assert_eq!(layer.events_of("unreached"), Vec::<Value>::new());
}

#[test]
fn the_same_program_started_again_draws_other_bytes() {
    let layer = Layer::new();
    let script = "for i in 1 2 3; do head -c 8 /dev/urandom | od -An -tx1; done";
    let printed = layer.shell(script);
    assert_eq!(printed.lines().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(layer.shell(script), printed);
}

#[test]
fn programs_started_at_once_draw_the_same_each_time() {
    let layer = Layer::new();
    let script = "for i in 1 2 3 4 5 6; do (head -c 8 /dev/urandom | od -An -tx1 > $0.$i) & done; wait; cat $0.*";
    let base = layer.path("drawn");
    let base = base.to_str().expect("a path of text");
    let run = || layer.first(KEY, "/bin/sh", &["-c", script, base]);
    let printed = run();
    assert_eq!(printed.lines().collect::<BTreeSet<_>>().len(), 6);
    for _ in 0..5 {
        assert_eq!(run(), printed);
    }
}

#[test]
fn a_program_with_an_empty_environment_is_reached() {
    let layer = Layer::new();
    let run = || layer.shell("env -i /usr/bin/od -An -tx1 -N 8 /dev/urandom");
    assert_eq!(run(), run());
    assert_eq!(layer.events_of("unreached"), Vec::<Value>::new());
    let variables = layer.shell("env -i A=1 /usr/bin/env");
    assert!(variables.starts_with("A=1\n"), "{variables}");
}

#[test]
fn what_a_program_puts_into_the_environment_itself_stays() {
    let layer = Layer::new();
    let own = "f".repeat(64);
    let printed = layer.shell(&format!(
        "LD_PRELOAD=/nothing.so RESOW_ENTROPY={own} RESOW_X=1 env 2>/dev/null"
    ));
    // The process writes its own key over the one that it was handed.
    assert!(!printed.contains(&own), "{printed}");
    let entropy = layer.path("entropy.so");
    assert!(
        printed.contains(&format!("LD_PRELOAD={}:/nothing.so\n", entropy.display())),
        "{printed}"
    );
    let first = printed
        .lines()
        .find(|line| line.starts_with("RESOW_ENTROPY="))
        .map(String::from);
    layer.forget();
    let again = layer.shell(&format!("true; RESOW_ENTROPY={own} RESOW_X=1 env"));
    assert!(again.contains(&first.expect("a key")), "{again}");
}

#[test]
fn static_programs_are_told() {
    let layer = Layer::new();
    let program = layer.compile("gcc", "draw.c", &["-static"]);
    let pie = layer.compile("gcc", "draw.c", &["-static-pie"]);
    let script = layer.path("script");
    std::fs::write(&script, format!("#!{} getrandom\n", program.display())).expect("a script");
    printed(std::process::Command::new("chmod").arg("+x").arg(&script));
    for (started, shown) in [(&program, &program), (&pie, &pie), (&script, &script)] {
        let name = started.to_str().expect("a path of text");
        layer.shell(&format!("{name} getrandom; true"));
        let told = layer.events_of("unreached");
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["reason"], "static");
        assert_eq!(told[0]["program"], json!(shown));
        assert_eq!(told[0]["arguments"], json!([name, "getrandom"]));
    }
    layer.forget();
    let folder = program.parent().expect("a folder").display().to_string();
    let name = program
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name of text");
    layer.shell(&format!(
        "PATH=/nothing:{folder}:$PATH; export PATH; env {name} getrandom"
    ));
    assert_eq!(layer.events_of("unreached").len(), 1);
}

#[test]
fn runtimes_that_ask_the_kernel_themselves_are_told() {
    let layer = Layer::new();
    for (options, told) in [
        (&["-DGO"][..], 1),
        (&["-DNODE", "-rdynamic"], 1),
        (&["-DRUBY", "-rdynamic"], 1),
        (&[], 0),
    ] {
        let program = layer.compile("gcc", "runtimes.c", options);
        layer.first(KEY, &program, &[]);
        let events = layer.events_of("unreached");
        assert_eq!(events.len(), told, "{options:?}: {events:?}");
        assert!(events.iter().all(|event| event["reason"] == "runtime"));
    }
}

#[test]
fn shells_of_a_program_that_removed_its_variables_are_told() {
    let layer = Layer::new();
    layer.first(KEY, layer.compile("gcc", "cleared.c", &[]), &[]);
    let events = layer.events_of("unreached");
    let told: Vec<_> = events
        .iter()
        .map(|event| (&event["reason"], &event["arguments"][2]))
        .collect();
    let reason = json!("environment");
    assert_eq!(
        told,
        [(&reason, &json!("true")), (&reason, &json!("exit 0"))]
    );
}

#[test]
fn what_cannot_be_started_fails_as_ever() {
    let layer = Layer::new();
    let script = "exec 2>&1; /nothing; echo $?; nothing; echo $?; /etc; echo $?; /etc/passwd; echo $?; \
                  env nothing; echo $?; env /etc; echo $?";
    let mut plain = layer.command(KEY, "/bin/sh");
    let plain = printed(plain.args(["-c", script]).env_remove("LD_PRELOAD"));
    assert_eq!(layer.shell(script), plain);
    assert_eq!(layer.events_of("unreached"), Vec::<Value>::new());
}
