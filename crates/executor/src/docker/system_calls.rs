//! The filter of system calls as Docker and Podman take it: the same table as bubblewrap's, by names.

use serde_json::{Value, json};

use crate::system_calls::{self, arguments};

/// The bits that the kernel looks at where a call takes an `int`.
const LOWER_HALF: u64 = 0xffff_ffff;

/// What a program asks for with which its addresses, and those of the programs that it starts, stand still
/// (personality(2)).
const ADDR_NO_RANDOMIZE: u32 = 0x0004_0000;

/// What a call that does not exist is answered with; C libraries then use an older one.
const NO_SUCH_CALL: i32 = libc::ENOSYS;

/// The profile. With `fixed_addresses`, a program may ask for addresses that stand still.
///
/// Of terminals nothing is said: a container here has none, and what is compared twice in one argument would be one of
/// both to the engine.
pub(super) fn profile(fixed_addresses: bool) -> String {
    let allowed: Vec<_> = system_calls::unconditional()
        .map(|call| call.name())
        .chain(["ioctl"])
        .collect();
    let denied: Vec<_> = system_calls::denied().map(|call| call.name()).collect();
    let mut rules = vec![
        json!({ "names": allowed, "action": "SCMP_ACT_ALLOW" }),
        json!({ "names": denied, "action": "SCMP_ACT_ERRNO", "errnoRet": libc::EPERM }),
        json!({ "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": NO_SUCH_CALL }),
    ];
    let families = |families: &[libc::c_int]| families.iter().map(|it| it.unsigned_abs()).collect();
    rules.extend(first_argument(
        "socket",
        families(arguments::SOCKET_FAMILIES),
    ));
    rules.extend(first_argument(
        "socketpair",
        families(arguments::PAIR_FAMILIES),
    ));
    rules.extend(first_argument(
        "personality",
        personalities(fixed_addresses),
    ));
    let namespaces = u64::from(arguments::NEW_NAMESPACES.unsigned_abs());
    rules.push(masked("clone", namespaces, 0));
    json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": NO_SUCH_CALL,
        "architectures": [architecture()],
        "syscalls": rules,
    })
    .to_string()
}

fn personalities(fixed_addresses: bool) -> Vec<u32> {
    let known = arguments::PERSONALITIES;
    let mut personalities = known.to_vec();
    if fixed_addresses {
        let fixed = known.iter().filter(|it| **it != u32::MAX);
        personalities.extend(fixed.map(|it| it | ADDR_NO_RANDOMIZE));
    }
    personalities
}

/// A rule for each value of the first argument.
fn first_argument(name: &'static str, values: Vec<u32>) -> impl Iterator<Item = Value> {
    values
        .into_iter()
        .map(move |value| masked(name, LOWER_HALF, u64::from(value)))
}

fn masked(name: &str, mask: u64, value: u64) -> Value {
    json!({
        "names": [name],
        "action": "SCMP_ACT_ALLOW",
        "args": [{ "index": 0, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ" }],
    })
}

/// This architecture as libseccomp calls it; a call of another one kills the program.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "SCMP_ARCH_AARCH64",
        _ => "SCMP_ARCH_X86_64",
    }
}
