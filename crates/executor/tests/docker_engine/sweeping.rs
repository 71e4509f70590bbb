//! What a killed resow leaves is removed, and nothing else.

use std::collections::BTreeSet;

use resow_manifest::identifiers::RunId;

use crate::support::{TestImage, docker, left_of, run_id};

struct Leftover {
    run: RunId,
    name: String,
}

/// What a resow that was killed leaves: a container with its volume.
fn leave(image: &TestImage, store: &str, name: Option<&str>) -> Leftover {
    let run = run_id();
    let name = name.map_or_else(|| format!("resow-{run}"), str::to_owned);
    let labels = [format!("resow.store={store}"), format!("resow.run={run}")];
    let labels = ["--label", &labels[0], "--label", &labels[1]];
    let mount = format!("{name}:/workspace");
    docker(&[&["volume", "create"][..], &labels, &[&name]].concat());
    let id = image.identity.id.to_string();
    let create = ["run", "--detach", "--network", "none", "--name", &name];
    let mounted = [
        "--volume",
        &mount,
        "--entrypoint",
        "sleep",
        "--env",
        "PATH=/bin",
    ];
    docker(&[&create[..], &labels, &mounted, &[&id, "600"]].concat());
    Leftover { run, name }
}

#[test]
fn a_sweep_removes_the_dead_of_its_own_store_alone() {
    let image = TestImage::shared();
    let store = format!("sweep-{}", std::process::id());
    let other_store = format!("{store}-other");
    let dead = leave(&image, &store, None);
    let alive = leave(&image, &store, None);
    let other = leave(&image, &other_store, None);
    let stranger = format!("stranger-{}", std::process::id());
    let stranger = leave(&image, &store, Some(&stranger));

    let mut asked = BTreeSet::new();
    let swept = image
        .engine
        .sweep(&store, &mut |run| {
            asked.insert(run.clone());
            *run == alive.run
        })
        .expect("the engine answers");
    let left = |leftover: &Leftover| left_of(&leftover.name).lines().count();
    let remaining = [&dead, &alive, &other, &stranger].map(left);
    let again = image
        .engine
        .sweep(&store, &mut |_| false)
        .expect("the engine answers");
    for leftover in [&other, &stranger] {
        docker(&["rm", "--force", "--volumes", &leftover.name]);
        docker(&["volume", "rm", &leftover.name]);
    }

    assert_eq!(swept, std::slice::from_ref(&dead.run));
    assert_eq!(asked, BTreeSet::from([dead.run.clone(), alive.run.clone()]));
    assert_eq!(remaining, [0, 2, 2, 2]);
    assert_eq!(again, [alive.run]);
}
