//! What an archive's index says of packages (deb-control(5), the Packages index).

use resow_manifest::digest::Sha256Digest;

use crate::image::lock::LockedPackage;

/// The packages in `text`, which `apt-cache show` printed; stanzas without a digest are left out.
pub(super) fn packages(text: &str) -> Vec<LockedPackage> {
    text.split("\n\n").filter_map(package).collect()
}

fn package(stanza: &str) -> Option<LockedPackage> {
    let field = |name: &str| {
        stanza.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key == name).then(|| value.trim().to_owned())
        })
    };
    Some(LockedPackage {
        name: field("Package")?,
        version: field("Version")?,
        architecture: field("Architecture")?,
        size: field("Size")?.parse().ok()?,
        digest: Sha256Digest::from_hex(&field("SHA256")?).ok()?,
    })
}

/// The stanza that says of `package` that it is installed (dpkg(1), the file `status`). It asks for nothing itself.
///
/// It is held, since the archive's package of the same version, which does ask, would else take its place.
pub(super) fn installed(package: &LockedPackage) -> String {
    let LockedPackage {
        name,
        version,
        architecture,
        ..
    } = package;
    format!(
        "Package: {name}\nStatus: hold ok installed\nVersion: {version}\nArchitecture: {architecture}\n\n"
    )
}

/// The name, version and architecture of each package that a simulated installation would install:
/// `Inst NAME (VERSION ORIGIN [ARCHITECTURE])`.
pub(super) fn simulated(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let (name, rest) = line.strip_prefix("Inst ")?.split_once(" (")?;
            let version = rest.split(' ').next()?;
            let name = name.split(':').next()?;
            Some((name.to_owned(), version.to_owned()))
        })
        .collect()
}
