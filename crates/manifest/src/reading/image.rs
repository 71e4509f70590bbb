//! `[image]`: one of a recipe, a pinned reference and an image's own digest.

use std::ops::Range;

use super::digest;
use super::keys;
use super::log::FaultLog;
use super::section::Section;
use super::setting::Setting;
use crate::fault::FaultKind;
use crate::identifiers::ImageId;
use crate::manifest::{ImageDeclaration, ImageReference};

/// What `[image]` says.
pub(super) enum Image {
    /// An image by content.
    Pinned(ImageDeclaration),
    /// A reference without a digest, and where it stands.
    Unpinned(String, Range<usize>),
}

const HINT: &str = "write `[image]` with one of `build`, `reference` and `id`";

/// Reads the image.
pub(super) fn read(root: &Section<'_>, log: &mut FaultLog) -> Option<Image> {
    let section = root
        .require("image", HINT, log)?
        .section(keys::IMAGE, log)?;
    let mut written: Vec<_> = keys::IMAGE
        .iter()
        .filter_map(|key| section.get(key))
        .collect();
    written.sort_by_key(|setting| setting.key_span.start);
    if written.is_empty() && !section.has_unknown() {
        log.add(
            FaultKind::Missing,
            section.span.clone(),
            "`image` names no image",
            Some(HINT.to_owned()),
        );
    }
    if let [first, rest @ ..] = &written[..] {
        for other in rest {
            log.add(
                FaultKind::Conflict,
                other.key_span.clone(),
                format!("`{}` and `{}` exclude each other", first.name, other.name),
                Some("keep one".to_owned()),
            );
        }
    }
    let build = section.get("build").and_then(|setting| {
        setting
            .parsed(log)
            .map(|path| Image::Pinned(ImageDeclaration::Build(path)))
    });
    let reference = section
        .get("reference")
        .and_then(|setting| read_reference(&setting, log));
    let id = section.get("id").and_then(|setting| {
        digest::read_prefixed(&setting, setting.text(log)?, log)
            .map(|digest| Image::Pinned(ImageDeclaration::Id(ImageId::new(digest))))
    });
    build.or(reference).or(id)
}

fn read_reference(setting: &Setting<'_>, log: &mut FaultLog) -> Option<Image> {
    let text = setting.text(log)?;
    if text.starts_with("sha256:") {
        let hint = "an image's own digest stands in `id`".to_owned();
        setting.refuse(
            format!("`{text}` names no image in a registry"),
            Some(hint),
            log,
        );
        return None;
    }
    let (written, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let Some(name) = repository_name(written) else {
        let hint = "write `registry/name@sha256:…`, the name in lower case".to_owned();
        setting.refuse(format!("`{text}` is not an image's name"), Some(hint), log);
        return None;
    };
    let Some(digest) = digest else {
        log.add(
            FaultKind::Unpinned,
            setting.span.clone(),
            format!("image `{text}` is not pinned"),
            Some("`resow pin` writes the digest into the manifest".to_owned()),
        );
        return Some(Image::Unpinned(text.to_owned(), setting.span.clone()));
    };
    Some(Image::Pinned(ImageDeclaration::Reference(ImageReference {
        name: name.to_owned(),
        digest: digest::read_prefixed(setting, digest, log)?,
    })))
}

/// The repository's name without its tag, where the text is `[host[:port]/]path[:tag]` as the OCI distribution
/// specification and Docker's reference grammar write it.
fn repository_name(text: &str) -> Option<&str> {
    let last_component = text.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match text[last_component..].find(':') {
        Some(colon) => {
            let colon = last_component + colon;
            (&text[..colon], Some(&text[colon + 1..]))
        }
        None => (text, None),
    };
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, name),
    };
    let right =
        host.is_none_or(is_host) && path.split('/').all(is_component) && tag.is_none_or(is_tag);
    (right && name.len() <= 255).then_some(name)
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let name_is_right = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    name_is_right && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_component(text: &str) -> bool {
    let ends_right = |byte: Option<u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    ends_right(text.bytes().next())
        && ends_right(text.bytes().last())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
        })
}

fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::repository_name;

    #[test]
    fn names_are_read_as_registries_write_them() {
        for (text, name) in [
            ("python", Some("python")),
            ("python:3.12", Some("python")),
            ("library/python:3.12-slim", Some("library/python")),
            ("localhost:5000/a/b", Some("localhost:5000/a/b")),
            ("localhost:5000/a/b:1", Some("localhost:5000/a/b")),
            ("Registry.Example:5000/a", Some("Registry.Example:5000/a")),
            ("Python", None),
            ("a b", None),
            ("", None),
            ("a//b", None),
            ("a:", None),
            ("a/", None),
            ("-a", None),
        ] {
            assert_eq!(repository_name(text), name, "{text}");
        }
    }
}
