//! Which system calls a sandbox may make: an allowlist as strict as that of Docker for a container without
//! capabilities, as programs that the kernel runs at each call.
//!
//! Three programs are installed. The first allows what [`allowed`] and [`arguments`] say and answers EPERM to the rest;
//! the second allows whatever is known here, allowed or not, and answers ENOSYS to the rest. Where both refuse, the
//! kernel takes the answer of the one installed last. So a call that is known and denied fails with EPERM, and one
//! that this table has never heard of with ENOSYS, upon which C libraries fall back to an older one. A program of
//! another architecture (32 bits) is killed with SIGSYS at its first call; x32 calls are unknown numbers. The third
//! makes one call do nothing: with it, a program could outlive the resow that runs it.

mod allowed;
mod architecture;
pub(crate) mod arguments;
mod call;
mod denied;
mod error;
mod newer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch};

use self::call::Call;
pub(crate) use self::error::SystemCallError;

/// Name and version of the table, for the record. It changes with every change of what is allowed.
pub(crate) const NAME: &str = "resow 1";

/// How many programs there are.
pub(crate) const PROGRAMS: usize = 3;

/// What is allowed, and under which conditions: one of a call's rules must hold; no rule is no condition.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The programs for this processor, in the order of installation, each an array of `struct sock_filter` in host
/// order as `bwrap --add-seccomp-fd` reads it.
///
/// # Errors
/// On a processor for which there is no table.
pub(crate) fn filters() -> Result<Vec<Vec<u8>>, SystemCallError> {
    programs(libc::EPERM, libc::ENOSYS)
}

fn programs(denied: i32, unknown: i32) -> Result<Vec<Vec<u8>>, SystemCallError> {
    let allowed = allowed_calls()?;
    let denied_ones = denied::CALLS.iter().chain(architecture::DENIED);
    let known = allowed
        .keys()
        .copied()
        .chain(denied_ones.map(|call| call.number));
    let known: Rules = known.map(|number| (number, Vec::new())).collect();
    let refuse = |error: i32| SeccompAction::Errno(error.unsigned_abs());
    Ok(vec![
        compile(allowed, refuse(denied), SeccompAction::Allow)?,
        compile(known, refuse(unknown), SeccompAction::Allow)?,
        // To the caller it has succeeded.
        compile(arguments::unanswered()?, SeccompAction::Allow, refuse(0))?,
    ])
}

fn allowed_calls() -> Result<Rules, SystemCallError> {
    let mut rules: Rules = unconditional()
        .map(|call| (call.number, Vec::new()))
        .collect();
    rules.extend(arguments::rules()?);
    Ok(rules)
}

/// The calls that are allowed whatever their arguments.
pub(crate) fn unconditional() -> impl Iterator<Item = Call> {
    let groups = allowed::GROUPS.iter().copied().flatten();
    groups
        .chain(architecture::ALLOWED)
        .chain(architecture::UNNAMED)
        .chain(newer::ALLOWED)
        .copied()
}

/// The calls that are known and denied.
pub(crate) fn denied() -> impl Iterator<Item = Call> {
    denied::CALLS.iter().chain(architecture::DENIED).copied()
}

/// Does `listed` with what the rules list, and `other` with anything else.
fn compile(
    rules: Rules,
    other: SeccompAction,
    listed: SeccompAction,
) -> Result<Vec<u8>, SystemCallError> {
    let architecture = std::env::consts::ARCH;
    let target =
        TargetArch::try_from(architecture).map_err(|source| SystemCallError::Architecture {
            architecture,
            source,
        })?;
    let program: BpfProgram = SeccompFilter::new(rules, other, listed, target)?.try_into()?;
    Ok(bytes(&program))
}

/// The layout of `struct sock_filter` (`linux/filter.h`): code, two jumps, operand.
fn bytes(program: &BpfProgram) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(program.len() * 8);
    for instruction in program {
        bytes.extend(instruction.code.to_ne_bytes());
        bytes.extend([instruction.jt, instruction.jf]);
        bytes.extend(instruction.k.to_ne_bytes());
    }
    bytes
}
