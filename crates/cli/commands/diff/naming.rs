//! What an argument names: a file, a folder, a claim, a record, or a revision.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::identifiers::CommitId;
use resow_store::StoreError;

use super::side::Side;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::pipeline::claims;
use crate::project::Project;
use crate::report::terminal::visible;
use crate::work_file::cannot_read;

/// Where it stands what an argument may name.
const HELP: &str = "`resow diff --help` says what can be compared";

/// What an argument names.
pub(super) enum Named {
    /// A file that is no claim.
    File,
    Folder(PathBuf),
    /// A claim or a record.
    Side(Box<Side>),
    /// A revision, with every experiment in it.
    Revision(CommitId),
}

impl Named {
    /// What the text names: a folder, an experiment with a claim, `REVISION:NAME`, a file, the start of a record, or a
    /// revision, the first of these that there is.
    pub(super) fn find(project: &Project, text: &str) -> Result<Self, Failure> {
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        if let Some(name) = claimed_name(project, text)
            && let Some(found) = claims::in_work_tree(project, &name)?
        {
            return Ok(Self::Side(Box::new(Side::of_claim(found))));
        }
        if is_file(path, text)? {
            return Ok(Self::File);
        }
        if let Some(side) = side_of_revision(project, text)? {
            return Ok(Self::Side(Box::new(side)));
        }
        let store = project.store_or_make()?;
        let error = match store.find_record(text) {
            Ok(id) => {
                let record = store.record(&id)?;
                return Ok(Self::Side(Box::new(Side::of_record(&id, record))));
            }
            Err(error) => error,
        };
        match (project.repository.resolve(text), error) {
            (Ok(commit), StoreError::NoRecord { .. } | StoreError::NoPrefix { .. }) => {
                Ok(Self::Revision(commit))
            }
            (Err(_), StoreError::NoPrefix { shortest, .. }) => {
                Err(names_nothing(project, text, shortest))
            }
            (_, error) => Err(error.into()),
        }
    }

    /// As a side, where the other is of this experiment.
    pub(super) fn into_side(
        self,
        project: &Project,
        text: &str,
        experiment: Option<&ExperimentName>,
    ) -> Result<Side, Failure> {
        let odd = |what: &str, hint: &str| {
            let message = format!(
                "`{}` is a {what}, and what it is compared with is none",
                visible(text)
            );
            Failure::new(Exit::Usage, message).with_hint(hint)
        };
        match (self, experiment) {
            (Self::Side(side), _) => Ok(*side),
            (Self::Folder(path), _) => Side::of_folder(&path, &Default::default()),
            (Self::File, _) => Err(odd("file", "a file is compared with another file")),
            (Self::Revision(commit), Some(name)) => side_of_commit(project, name, &commit),
            (Self::Revision(_), None) => Err(odd(
                "revision",
                "`REVISION:NAME` names what one experiment gave there",
            )),
        }
    }

    /// The experiment that it is of.
    pub(super) fn experiment(&self) -> Option<ExperimentName> {
        match self {
            Self::Side(side) => side.experiment.clone(),
            _ => None,
        }
    }
}

/// Whether a file stands there; a FIFO, a device or a socket is none.
fn is_file(path: &Path, text: &str) -> Result<bool, Failure> {
    let kind = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => return Ok(true),
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            let message = format!("`{}` is a link that leads nowhere", visible(text));
            return Err(Failure::new(Exit::Usage, message).with_hint(HELP));
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Err(cannot_read(&visible(text))(error));
        }
        Err(_) => return Ok(false),
    };
    let what = if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    let message = format!(
        "`{}` is {what}, and what it gives is read once at most",
        visible(text)
    );
    Err(Failure::new(Exit::Usage, message).with_hint("write it to a file, and compare that"))
}

/// Says that a text names nothing, and what it may have been meant to be.
fn names_nothing(project: &Project, text: &str, shortest: usize) -> Failure {
    let shown = visible(text);
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Failure::new(
            Exit::Usage,
            format!("`{shown}` is no commit, and too short or too long for the start of a record"),
        )
        .with_hint(format!(
            "use at least {shortest} hexadecimal digits, in lower case; `resow log` lists all records"
        ));
    }
    if let Ok(name) = text.parse::<ExperimentName>()
        && project.declares(&name)
    {
        return Failure::new(Exit::Usage, format!("`{name}` has no claim")).with_hint(format!(
            "`resow claim {name}` writes it; `resow log {name}` lists its records"
        ));
    }
    if text.contains(['/', '.']) {
        return Failure::new(
            Exit::Usage,
            format!("there is no file or folder `{shown}`, nor a revision of that name"),
        )
        .with_hint(HELP);
    }
    Failure::new(
        Exit::Usage,
        format!(
            "`{shown}` is neither a file or folder, nor an experiment with a claim, a revision or the start of a record"
        ),
    )
    .with_hint("`resow log` lists all records; `REVISION:NAME` names the claim in a revision")
}

/// The experiment that `digits`, `experiments/digits.claim.toml` and the like name.
fn claimed_name(project: &Project, text: &str) -> Option<ExperimentName> {
    let file = Path::new(text).file_name()?.to_str()?;
    let stem = file.strip_suffix(".claim.toml").unwrap_or(text);
    let name: ExperimentName = stem.parse().ok()?;
    project
        .root()
        .join(name.claim_path())
        .is_file()
        .then_some(name)
}

/// What `REVISION:NAME` names; `None` where the text is none.
fn side_of_revision(project: &Project, text: &str) -> Result<Option<Side>, Failure> {
    // A record's identifier has a colon too.
    let parts = text.rsplit_once(':');
    let Some((revision, name)) = parts.filter(|(revision, _)| *revision != "sha256") else {
        return Ok(None);
    };
    let Ok(name) = name.parse::<ExperimentName>() else {
        return Ok(None);
    };
    let commit = project.repository.resolve(revision)?;
    side_of_commit(project, &name, &commit).map(Some)
}

fn side_of_commit(
    project: &Project,
    name: &ExperimentName,
    commit: &CommitId,
) -> Result<Side, Failure> {
    Side::of_commit(project, name, commit)?.ok_or_else(|| {
        Failure::new(
            Exit::Unavailable,
            format!(
                "commit `{}` has no claim of `{name}`, and the store no record of its plan",
                commit.short()
            ),
        )
        .with_hint(format!("`resow rerun {}:{name}` runs it", commit.short()))
    })
}
