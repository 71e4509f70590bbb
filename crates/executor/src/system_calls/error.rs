//! Why there is no filter.

/// Why the filter of system calls could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SystemCallError {
    /// The table knows no such processor.
    #[error("there is no filter of system calls for the architecture `{architecture}`")]
    Architecture {
        /// As Rust names it.
        architecture: &'static str,
        /// What the compiler of filters said.
        source: seccompiler::BackendError,
    },
    /// The table could not be compiled.
    #[error("the filter of system calls could not be compiled")]
    Compile(#[from] seccompiler::BackendError),
}
