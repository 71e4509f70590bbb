//! Where the files of a wheel land.

use crate::image::root::path::{RootPath, RootPathError};

/// The folders of an image that wheels are spread into.
pub(super) struct Layout {
    /// Where modules go.
    pub(super) modules: RootPath,
    headers: RootPath,
}

/// Where one file lands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Here, as it is.
    File(RootPath),
    /// Here, as a program whose first line may have to be rewritten.
    Script(RootPath),
}

/// Where programs go.
pub(super) const SCRIPTS: &str = "usr/local/bin";

impl Layout {
    /// For Python `version`, such as `3.11`, and the project `name`.
    pub(super) fn new(version: &str, name: &str) -> Result<Self, RootPathError> {
        let local = RootPath::known("usr/local");
        Ok(Self {
            modules: local.join(&format!("lib/python{version}/dist-packages"))?,
            headers: local.join(&format!("include/python{version}/{name}"))?,
        })
    }

    /// Where the wheel's entry `name` lands, `data` being its `.data` folder. `None`: of a scheme that is not known.
    pub(super) fn place(&self, name: &str, data: &str) -> Result<Option<Place>, RootPathError> {
        let Some(inner) = name
            .strip_prefix(data)
            .and_then(|inner| inner.strip_prefix('/'))
        else {
            return self.modules.join(name).map(Place::File).map(Some);
        };
        let (scheme, inner) = inner.split_once('/').unwrap_or((inner, ""));
        let path = match scheme {
            "purelib" | "platlib" => self.modules.join(inner)?,
            "headers" => self.headers.join(inner)?,
            "data" => RootPath::known("usr/local").join(inner)?,
            "scripts" => {
                return RootPath::known(SCRIPTS)
                    .join(inner)
                    .map(Place::Script)
                    .map(Some);
            }
            _ => return Ok(None),
        };
        Ok(Some(Place::File(path)))
    }
}
