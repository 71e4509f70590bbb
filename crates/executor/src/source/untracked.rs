//! Files that git does not track, which therefore never enter.

use std::path::Path;

use git2::{StatusOptions, StatusShow};
use resow_manifest::manifest::IncludePattern;
use resow_manifest::workspace_path::WorkspacePath;

use super::selection::IncludeMatcher;
use super::{Repository, Selection, SourceError};

/// How many files of one untracked folder are looked at.
const MOST_LOOKED_AT: usize = 10_000;

impl Repository {
    /// Untracked files that `include` would cover, were they tracked, sorted; an empty `include` covers everything.
    ///
    /// Ignored files are not among them, nor what never enters. A folder with nothing tracked in it is named once,
    /// with `/` at the end, where it is covered as a whole.
    ///
    /// # Errors
    /// Where the work tree or the index cannot be read.
    pub fn untracked_covered(
        &self,
        include: &[IncludePattern],
    ) -> Result<Vec<String>, SourceError> {
        let mut options = StatusOptions::new();
        options
            .show(StatusShow::Workdir)
            .include_untracked(true)
            .recurse_untracked_dirs(false)
            .exclude_submodules(true)
            .include_ignored(false);
        let statuses = self
            .objects
            .git
            .statuses(Some(&mut options))
            .map_err(SourceError::git("list untracked files"))?;
        let covering = Covering {
            matchers: include.iter().map(IncludeMatcher::new).collect(),
        };
        let mut found = Vec::new();
        for status in statuses.iter().filter(|status| status.status().is_wt_new()) {
            let path = String::from_utf8_lossy(status.path_bytes()).into_owned();
            let Some(folder) = path.strip_suffix('/') else {
                if covering.covers(&path) && !never_enters(&path) {
                    found.push(path);
                }
                continue;
            };
            if never_enters(folder) {
                continue;
            }
            // Manifests are in `experiments`, and are no warning's business.
            if covering.covers(folder) && folder != "experiments" {
                found.push(path);
            } else if covering.covers(folder) || covering.reaches_into(folder) {
                self.beneath(folder, &covering, &mut found);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Covered files beneath an untracked folder; links are not followed.
    fn beneath(&self, folder: &str, covering: &Covering, found: &mut Vec<String>) {
        let mut pending = vec![folder.to_owned()];
        let mut looked_at = 0;
        while let Some(folder) = pending.pop() {
            let Ok(entries) = std::fs::read_dir(self.root().join(&folder)) else {
                continue;
            };
            for entry in entries.flatten() {
                looked_at += 1;
                if looked_at > MOST_LOOKED_AT {
                    return;
                }
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                let ignored = self
                    .objects
                    .git
                    .is_path_ignored(Path::new(&path))
                    .unwrap_or(false);
                if ignored || never_enters(&path) {
                    continue;
                }
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if covering.covers(&path) {
                    found.push(if is_folder { format!("{path}/") } else { path });
                } else if is_folder && covering.reaches_into(&path) {
                    pending.push(path);
                }
            }
        }
    }
}

fn never_enters(path: &str) -> bool {
    path.parse::<WorkspacePath>()
        .is_ok_and(|path| Selection::default().is_kept_out(&path))
}

struct Covering {
    matchers: Vec<IncludeMatcher>,
}

impl Covering {
    /// Whether a pattern names the path or a folder above it.
    fn covers(&self, path: &str) -> bool {
        self.matchers.is_empty()
            || self.matchers.iter().any(|matcher| {
                matcher.names(path)
                    || path
                        .match_indices('/')
                        .any(|(index, _)| matcher.names(&path[..index]))
            })
    }

    fn reaches_into(&self, folder: &str) -> bool {
        self.matchers
            .iter()
            .any(|matcher| matcher.reaches_into(folder))
    }
}
