//! Submodules: the repository that holds a submodule's commit, where one is on this machine.

use std::path::Path;

use git2::{ObjectType, Oid};

use super::SourceError;
use super::objects::{Memory, Objects};

/// The repository that holds `commit` for the submodule at `path`: that of its work tree, else the one that git keeps
/// under `modules/` in the git folder of `parent`.
///
/// `declarations` is the `.gitmodules` of the parent's tree; `root` is the parent's work tree, where it has one.
pub(crate) fn find_submodule(
    parent: &Objects,
    root: Option<&Path>,
    declarations: &[u8],
    path: &str,
    full_path: &str,
    commit: Oid,
) -> Result<Objects, SourceError> {
    let kept = declared_name(declarations, path)
        .map(|name| parent.git.commondir().join("modules").join(name));
    let in_work_tree = root.map(|root| root.join(path));
    for folder in [in_work_tree, kept].into_iter().flatten() {
        if let Ok(objects) = Objects::open(&folder, Memory::default())
            && objects.contains(commit)
        {
            return Ok(objects);
        }
    }
    Err(SourceError::MissingSubmodule {
        path: full_path.to_owned(),
        commit: commit.to_string(),
    })
}

/// The name under which `.gitmodules` declares the submodule at a path, where it is a safe one.
fn declared_name(declarations: &[u8], path: &str) -> Option<String> {
    let text = std::str::from_utf8(declarations).ok()?;
    let mut name = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            name = section
                .strip_prefix("submodule \"")
                .and_then(|rest| rest.strip_suffix("\"]"));
        } else if let Some((key, value)) = line.split_once('=')
            && key.trim() == "path"
            && value.trim().trim_matches('"') == path
        {
            // Names come from whoever wrote the commit: one with `..` would leave `modules/`.
            return name
                .filter(|name| {
                    !name.starts_with(['/', '-'])
                        && name
                            .split(['/', '\\'])
                            .all(|part| !matches!(part, "" | "." | ".."))
                })
                .map(str::to_owned);
        }
    }
    None
}

/// The `.gitmodules` blob among a root tree's entries, or nothing.
pub(crate) fn read_declarations(objects: &Objects, blob: Option<Oid>) -> Vec<u8> {
    const LARGEST: u64 = 1 << 20;
    blob.filter(|oid| {
        objects
            .blob_size(*oid, ".gitmodules")
            .is_ok_and(|size| size <= LARGEST)
    })
    .and_then(|oid| {
        objects
            .read(oid, ObjectType::Blob, ".gitmodules", <[u8]>::to_vec)
            .ok()
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_path_is_found_and_unsafe_ones_are_not_used() {
        let declarations = b"[submodule \"lib\"]\n\tpath = third/lib\n\turl = x\n\
            [submodule \"../../evil\"]\n\tpath = evil\n";
        assert_eq!(
            declared_name(declarations, "third/lib"),
            Some("lib".to_owned())
        );
        assert_eq!(declared_name(declarations, "evil"), None);
        assert_eq!(declared_name(declarations, "other"), None);
    }
}
