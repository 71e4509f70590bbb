//! The sealed container, seen from inside, and as the record says it.

use std::collections::BTreeSet;

use resow_executor::engine::EngineError;
use resow_manifest::isolation::Means;
use resow_manifest::plan::Network;

use crate::support::TestImage;

#[test]
fn the_run_is_an_ordinary_user_without_powers() {
    let image = TestImage::shared();
    let seen = image
        .shell(
            "id -u; id -g; grep -E '^(Cap(Eff|Prm|Bnd|Inh)|NoNewPrivs|Seccomp):' /proc/self/status",
        )
        .success();
    let lines: Vec<_> = seen.lines().map(str::trim).collect();
    assert_eq!(lines[..2], ["1000", "1000"]);
    for line in &lines[2..] {
        let (name, value) = line.split_once(":\t").expect("a field of the status");
        match name {
            "NoNewPrivs" => assert_eq!(value, "1"),
            "Seccomp" => assert_eq!(value, "2"),
            capabilities => assert_eq!(value, "0000000000000000", "{capabilities}"),
        }
    }
    assert_eq!(lines.len(), 8);
}

#[test]
fn the_run_sees_no_network_and_writes_only_where_it_may() {
    let image = TestImage::shared();
    let seen = image
        .shell(
            "ls /sys/class/net; hostname; pwd
             for place in / /bin /etc /run /data /dev; do touch $place/x 2>/dev/null && echo wrote $place; done
             for place in /workspace /tmp $HOME /dev/shm; do touch $place/x || echo cannot write $place; done
             stat -c '%a %u %g' /tmp $HOME
             cat /data/of-the-image; ulimit -c",
        )
        .success();
    assert_eq!(
        seen,
        "lo\nresow\n/workspace\n1777 1000 1000\n755 1000 1000\ncontent0\n"
    );
}

#[test]
fn temporary_files_may_be_executed_and_are_limited() {
    let image = TestImage::shared();
    let seen = image
        .shell(
            "cd /tmp; printf '#!/bin/sh\\necho executed\\n' > x; /bin/busybox chmod +x x; ./x
             for place in /tmp $HOME /dev/shm; do
                 dd if=/dev/zero of=$place/big bs=1M count=64 2>/dev/null && echo unlimited $place
             done; true",
        )
        .success();
    assert_eq!(seen, "executed\n");
}

#[test]
fn the_environment_is_exactly_the_one_asked_for() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["/bin/env"]);
    request.environment = [("HOME", "/home/resow"), ("A", "b=c d\n e"), ("EMPTY", "")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let seen = image.run(&request).success();
    let lines: BTreeSet<_> = seen.lines().collect();
    assert_eq!(
        lines,
        BTreeSet::from(["HOME=/home/resow", "A=b=c d", " e", "EMPTY="])
    );
}

#[test]
fn processes_are_limited() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&[
        "sh",
        "-c",
        "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done; true",
    ]);
    request.limits.processes = 5;
    let ran = image.run(&request);
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("can't fork"),
        "{:?}",
        ran.outcome()
    );
}

#[test]
fn the_record_says_what_is_in_force() {
    let image = TestImage::shared();
    let (request, _workspace) = image.request(&["grep", "Cpus_allowed_list", "/proc/self/status"]);
    let ran = image.run(&request);
    let isolation = ran.isolation.clone().expect("the container was created");
    let allowed = ran.success();
    assert_eq!(
        allowed.trim_end().rsplit('\t').next(),
        Some(isolation.cpu_set.as_str())
    );
    assert_eq!(isolation.network, Network::None);
    assert_eq!(isolation.capabilities, Vec::<String>::new());
    assert!(isolation.no_new_privileges && isolation.read_only_root);
    assert_eq!(isolation.user, "1000:1000");
    assert_eq!(isolation.system_call_filter, "resow 1");
    assert_eq!(isolation.memory.value, request.limits.memory);
    assert_eq!(isolation.memory.means, Means::Cgroup);
    assert_eq!(isolation.processes.value, request.limits.processes);
    assert_eq!(isolation.shared_memory.value, request.limits.shared_memory);
    assert_eq!(isolation.temporary.value, request.limits.temporary);
    assert_eq!(isolation.time.value, request.limits.time.as_secs());
    assert_eq!(isolation.disk.means, Means::Supervision);
}

#[test]
fn a_limit_that_would_mean_none_is_refused() {
    let image = TestImage::shared();
    let (mut request, _workspace) = image.request(&["true"]);
    request.limits.processes = 0;
    assert!(matches!(
        image.try_run(&request),
        Err(EngineError::LimitValue {
            limit: "processes",
            value: 0
        })
    ));
}
