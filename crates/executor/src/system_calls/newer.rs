//! Calls that the C library's headers do not name yet. From 424 on, a call has the same number on every architecture
//! (`scripts/syscall.tbl` of Linux).

use super::call::Call;

/// Allowed whatever their arguments.
pub(super) const ALLOWED: &[Call] = &[
    Call::new("cachestat", 451),
    Call::new("fchmodat2", 452),
    Call::new("map_shadow_stack", 453),
    Call::new("futex_wake", 454),
    Call::new("futex_wait", 455),
    Call::new("futex_requeue", 456),
    Call::new("mseal", 462),
];
