//! A system call by its name and its number.

/// A system call of this architecture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    name: &'static str,
    pub(crate) number: i64,
}

impl Call {
    pub(super) const fn new(name: &'static str, number: i64) -> Self {
        Self { name, number }
    }

    /// As Linux calls it.
    pub(crate) fn name(self) -> &'static str {
        self.name.strip_prefix("SYS_").unwrap_or(self.name)
    }
}

/// Calls by the names that the C library's headers have for their numbers.
macro_rules! calls {
    ($($name:ident),* $(,)?) => {
        &[$($crate::system_calls::call::Call::new(stringify!($name), libc::$name)),*]
    };
}

pub(super) use calls;
