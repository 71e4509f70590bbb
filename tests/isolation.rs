//! What a run can see and do of its host: from inside, through the binary.

mod environment;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use environment::Environment;

const OUTPUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

#[test]
fn from_inside_there_is_no_network_no_privilege_and_no_host() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.declare_script(
        "look",
        "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '
         grep -E '^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status
         id -u; id -g; cat /proc/sys/kernel/hostname; pwd; echo $HOME
         for place in / /usr /etc /workspace /tmp $HOME /dev/shm /run /var/tmp /proc/sys/kernel; do
             if (echo > $place/try) 2>/dev/null; then echo can write $place; fi
         done
         for socket in /run/docker.sock /var/run/docker.sock; do test -e $socket && echo $socket; done; true",
        OUTPUT,
    );
    let run = farm.expect(0, &["run", "look"]);
    insta::assert_snapshot!(run.stdout, @"
    lo
    CapInh:	0000000000000000
    CapPrm:	0000000000000000
    CapEff:	0000000000000000
    CapBnd:	0000000000000000
    CapAmb:	0000000000000000
    NoNewPrivs:	1
    Seccomp:	2
    1000
    1000
    resow
    /workspace
    /home/resow
    can write /workspace
    can write /tmp
    can write /home/resow
    can write /dev/shm
    ");
}

#[test]
fn the_mounts_name_no_path_of_the_host_but_those_of_the_run() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("input.txt", "an input\n");
    fs::set_permissions(farm.path("input.txt"), fs::Permissions::from_mode(0o666)).expect("set");
    farm.write(".gitignore", "input.txt\n");
    farm.declare_script(
        "look",
        "cat /proc/self/mountinfo; echo ---; ls -d /*; ls -A /workspace; echo more >> input.txt",
        &format!("[[inputs]]\nname = \"data\"\nat = \"input.txt\"\n{OUTPUT}"),
    );
    farm.expect(0, &["pin", "look"]);
    let run = farm.expect(3, &["run", "look"]);
    assert!(run.stderr.contains("Read-only file system"), "{run}");
    let (mounts, seen) = run.stdout.split_once("---\n").expect("two parts");
    let places: Vec<_> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .collect();
    for place in [
        "/workspace",
        "/workspace/input.txt",
        "/tmp",
        "/home/resow",
        "/dev/shm",
    ] {
        assert!(places.contains(&place), "{place} in {places:?}");
    }
    for place in &places {
        let known = [
            "/",
            "/workspace",
            "/workspace/input.txt",
            "/tmp",
            "/home/resow",
            "/run/resow/parameters.json",
            "/run/resow/seeding",
            "/run/resow/events",
            "/run/resow/occurrences",
        ]
        .contains(place)
            || ["/proc", "/dev", "/sys"]
                .iter()
                .any(|root| place.starts_with(root))
            || ["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"].contains(place);
        assert!(known, "{place} is mounted");
    }
    assert!(seen.contains("docker\ninput.txt\n"), "{seen}");
    assert_eq!(farm.read("input.txt"), "an input\n");
}
