//! Calls that are allowed with some arguments only.
//!
//! Where the kernel takes an `int`, the lower 32 bits alone are compared: it ignores the others.

use libc::{Ioctl, c_int};
use seccompiler::{SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompRule};

use super::{Rules, SystemCallError};

/// The families of sockets that there are in a sandbox: one's own, and those of a network that has only `lo`.
pub(crate) const SOCKET_FAMILIES: &[c_int] = &[
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// Pairs of other families would load modules into the kernel.
pub(crate) const PAIR_FAMILIES: &[c_int] = &[libc::AF_UNIX];

/// The execution domains that Docker allows: Linux, 32-bit names, both with a version of 2.6, and the question which
/// it is.
pub(crate) const PERSONALITIES: &[u32] = &[0, 0x8, 0x0002_0000, 0x0002_0008, u32::MAX];

/// What types into a terminal, selects and pastes on the console, or loads a line discipline.
const TERMINAL_REQUESTS: &[Ioctl] = &[libc::TIOCSTI, libc::TIOCLINUX, libc::TIOCSETD];

/// The flags of `clone` that make namespaces. CLONE_NEWTIME is none of them: here its bit belongs to the signal.
pub(crate) const NEW_NAMESPACES: c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

/// The calls with their rules. `clone3` has none and is no known call: its flags lie in memory, where no filter can
/// look, and upon ENOSYS every C library uses `clone`.
pub(super) fn rules() -> Result<Rules, SystemCallError> {
    Ok(Rules::from([
        (libc::SYS_socket, one_of(families(SOCKET_FAMILIES))?),
        (libc::SYS_socketpair, one_of(families(PAIR_FAMILIES))?),
        (
            libc::SYS_personality,
            one_of(PERSONALITIES.iter().copied())?,
        ),
        (libc::SYS_ioctl, no_terminal_requests()?),
        (libc::SYS_clone, no_namespaces()?),
    ]))
}

/// Calls that seem to succeed and do nothing. With `prctl(PR_SET_DUMPABLE)`, a program could hide from whoever looks at
/// its memory and files. And `prctl(PR_SET_PDEATHSIG)`: the sandbox's first process must die with
/// bubblewrap, and could otherwise say that it will not. Programs that ask to die with their parents lose nothing: all
/// of them die with the first process.
pub(super) fn unanswered() -> Result<Rules, SystemCallError> {
    let options = [libc::PR_SET_PDEATHSIG, libc::PR_SET_DUMPABLE];
    let options = options.map(i32::unsigned_abs);
    Ok(Rules::from([(
        libc::SYS_prctl,
        one_of(options.into_iter())?,
    )]))
}

fn families(families: &[c_int]) -> impl Iterator<Item = u32> {
    families.iter().map(|family| family.unsigned_abs())
}

/// The first argument is one of these.
fn one_of(values: impl Iterator<Item = u32>) -> Result<Vec<SeccompRule>, SystemCallError> {
    values
        .map(|value| {
            Ok(SeccompRule::new(vec![lower_half(
                0,
                SeccompCmpOp::Eq,
                value,
            )?])?)
        })
        .collect()
}

fn no_terminal_requests() -> Result<Vec<SeccompRule>, SystemCallError> {
    let conditions = TERMINAL_REQUESTS
        .iter()
        .map(|request| lower_half(1, SeccompCmpOp::Ne, *request as u32))
        .collect::<Result<_, _>>()?;
    Ok(vec![SeccompRule::new(conditions)?])
}

fn no_namespaces() -> Result<Vec<SeccompRule>, SystemCallError> {
    let mask = SeccompCmpOp::MaskedEq(u64::from(NEW_NAMESPACES.unsigned_abs()));
    Ok(vec![SeccompRule::new(vec![lower_half(0, mask, 0)?])?])
}

fn lower_half(
    argument: u8,
    operator: SeccompCmpOp,
    value: u32,
) -> Result<SeccompCondition, SystemCallError> {
    let length = SeccompCmpArgLen::Dword;
    Ok(SeccompCondition::new(
        argument,
        length,
        operator,
        u64::from(value),
    )?)
}
