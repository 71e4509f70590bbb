//! Calls that the C library's headers do not name yet. From 424 on, a call has the same number on every architecture
//! (`scripts/syscall.tbl` of Linux).

const CACHESTAT: i64 = 451;
const FCHMODAT2: i64 = 452;
const MAP_SHADOW_STACK: i64 = 453;
const FUTEX_WAKE: i64 = 454;
const FUTEX_WAIT: i64 = 455;
const FUTEX_REQUEUE: i64 = 456;
const MSEAL: i64 = 462;

/// Allowed whatever their arguments.
pub(super) const ALLOWED: &[i64] = &[
    CACHESTAT,
    FCHMODAT2,
    MAP_SHADOW_STACK,
    FUTEX_WAKE,
    FUTEX_WAIT,
    FUTEX_REQUEUE,
    MSEAL,
];
