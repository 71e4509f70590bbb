//! Which exit code each library's error means.

use resow_executor::engine::EngineError;
use resow_executor::execute::ExecuteError;
use resow_executor::image::archive::{ArchiveError, ExportError};
use resow_executor::image::building::BuildError;
use resow_executor::image::lock::LockFileError;
use resow_executor::image::locking::LockError;
use resow_executor::image::recipe::RecipeError;
use resow_executor::input::InputError;
use resow_executor::resolve::ResolveError;
use resow_executor::root_file_system::RootFileSystemError;
use resow_executor::source::SourceError;
use resow_executor::workspace::WorkspaceError;
use resow_store::StoreError;
use resow_store::checking::CheckError;
use resow_verifier::digesting::DigestError;
use resow_verifier::verdict::ExaminationError;

use super::Failure;
use crate::exit_code::Exit;
use crate::report::terminal::visible;

/// Conversions of errors that all mean one exit code.
macro_rules! always {
    ($($error:ty => $exit:ident),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::from_error(Exit::$exit, &error, error.hint())
            }
        })*
    };
}

always! {
    WorkspaceError => Unavailable,
    RecipeError => Usage,
    LockFileError => Usage,
    ResolveError => Usage,
    ArchiveError => Damaged,
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let exit = if error.is_damage() {
            Exit::Damaged
        } else {
            Exit::Unavailable
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let exit = if error.is_damage() {
            Exit::Damaged
        } else {
            match error {
                SourceError::NotARepository { .. }
                | SourceError::Bare { .. }
                | SourceError::MalformedRevision { .. }
                | SourceError::UnsafeName { .. }
                | SourceError::NotUtf8 { .. }
                | SourceError::NothingMatches { .. }
                | SourceError::NothingEnters { .. }
                | SourceError::Unmerged { .. } => Exit::Usage,
                _ => Exit::Unavailable,
            }
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        Self::from_error(Exit::Damaged, &error, None)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let exit = match error {
            EngineError::Root(error) => return error.into(),
            EngineError::Interrupted => Exit::Interrupted,
            EngineError::Address { .. }
            | EngineError::ImageName { .. }
            | EngineError::Command
            | EngineError::Variable { .. }
            | EngineError::LimitValue { .. }
            | EngineError::InputBehindLink { .. } => Exit::Usage,
            _ => Exit::Unavailable,
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<RootFileSystemError> for Failure {
    fn from(error: RootFileSystemError) -> Self {
        let exit = match error {
            RootFileSystemError::Interrupted => return interrupted(),
            RootFileSystemError::Archive(error) => return error.into(),
            RootFileSystemError::Layer { .. } => Exit::Damaged,
            _ => Exit::Unavailable,
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<ExecuteError> for Failure {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Engine(error) => error.into(),
            ExecuteError::Workspace(error) => error.into(),
            other => Self::from_error(Exit::Unavailable, &other, other.hint()),
        }
    }
}

/// What was being done when the user asked to stop did not fail.
fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted")
}

impl From<BuildError> for Failure {
    fn from(error: BuildError) -> Self {
        if error.is_interrupted() {
            return interrupted();
        }
        let exit = match error {
            BuildError::Lock(_) => Exit::Usage,
            _ => Exit::Unavailable,
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Self {
        if error.is_interrupted() {
            return interrupted();
        }
        Self::from_error(Exit::Unavailable, &error, error.hint())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Damaged { .. } | StoreError::MissingBlob { .. } => Exit::Damaged,
            StoreError::DamagedDiagnosis { .. } => Exit::Damaged,
            StoreError::Record { source, .. } if source.is_damage() => Exit::Damaged,
            StoreError::NoPrefix { .. } | StoreError::AmbiguousRecord { .. } => Exit::Usage,
            _ => Exit::Unavailable,
        };
        Self::from_error(exit, &error, error.hint())
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::Store(error) => error.into(),
            CheckError::Interrupted => Self::new(Exit::Interrupted, error.to_string()),
        }
    }
}

impl From<DigestError<StoreError>> for Failure {
    fn from(error: DigestError<StoreError>) -> Self {
        match error {
            DigestError::Sink(error) => error.into(),
            other => Self::from_error(Exit::Unavailable, &other, None),
        }
    }
}

impl Failure {
    /// Why the bytes of outputs could not be looked into: damage of the store, or a file that cannot be read.
    pub(crate) fn of_bytes(error: std::io::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(damage) => damage.into(),
            Err(other) => Self::from_error(Exit::Unavailable, &other, None),
        }
    }
}

impl From<ExaminationError> for Failure {
    /// Damage of the store, or a file that cannot be read; and whose bytes those are.
    fn from(error: ExaminationError) -> Self {
        let failure = Self::of_bytes(error.source);
        match error.output {
            Some(output) => failure.at(&visible(&output.to_string())),
            None => failure.at("the trace"),
        }
    }
}
