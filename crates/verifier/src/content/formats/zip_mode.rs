//! What the directory of a zip archive says of the kind of a member and of who may do what with it.

use crate::content::Attributes;

/// The system whose files have modes; what others keep in its place is read by some programs only.
const UNIX: u8 = 3;
const EXECUTABLE: u32 = 0o100;
const PERMISSIONS: u32 = 0o777;
/// The kind of a file in its mode, and those that are told apart.
const KIND: u32 = 0o170_000;
const FILE: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
/// In what DOS says of a file: that it is read-only, or changed since the last backup; and that it is a folder.
const DOS_LEFT_ASIDE: u32 = 0x21;
const DOS_FOLDER: u32 = 0x10;

/// The kind of a member, and whether its owner may execute it.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    /// Whether it is a folder: its name says so.
    pub(super) is_folder: bool,
    /// Whether it is a symbolic link.
    pub(super) is_link: bool,
    /// Whether its owner may execute it.
    pub(super) executable: bool,
}

impl Mode {
    /// That of a member of this name, by the system that it comes from and its external attributes. What they say besides
    /// is added to `attributes`: a kind that is not that of the name as well.
    pub(super) fn of(name: &[u8], system: u8, external: u32, attributes: &mut Attributes) -> Self {
        let is_folder = name.ends_with(b"/");
        let dos_left_aside = DOS_LEFT_ASIDE | if is_folder { DOS_FOLDER } else { 0 };
        let dos = external & 0xffff & !dos_left_aside;
        if dos != 0 {
            attributes.insert("DOS attributes".to_owned(), format!("{dos:#x}"));
        }
        let mut mode = external >> 16;
        if system != UNIX && mode != 0 {
            attributes.insert(format!("mode of system {system}"), format!("{mode:o}"));
            mode = 0;
        }
        let is_link = !is_folder && mode & KIND == LINK;
        let is_of_name = match mode & KIND {
            0 => true,
            FOLDER => is_folder,
            FILE => !is_folder,
            _ => is_link,
        };
        let special = mode & !PERMISSIONS & if is_of_name { !KIND } else { !0 };
        if special != 0 {
            attributes.insert("mode".to_owned(), format!("{special:o}"));
        }
        Self {
            is_folder,
            is_link,
            executable: mode & EXECUTABLE != 0 && !is_link,
        }
    }
}
