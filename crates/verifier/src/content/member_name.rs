//! What a member of an archive is called, and where it lies.

/// Where the member called `name` lies in the archive at `place`. One without a name is the file itself, unpacked.
pub(crate) fn join(place: &str, name: &str) -> String {
    match (place, name) {
        ("", _) => name.to_owned(),
        (_, "") => place.to_owned(),
        _ => format!("{place}!{name}"),
    }
}

/// The name that shows the format of a member: of one without a name that of the outer file, without what says how it
/// was compressed.
pub(crate) fn name_of_format<'a>(outer: &'a str, member: &'a str) -> &'a str {
    if !member.is_empty() {
        return member;
    }
    let (name, extension) = outer.rsplit_once('.').unwrap_or((outer, ""));
    match extension.to_ascii_lowercase().as_str() {
        "gz" | "gzip" | "zst" | "zstd" => name,
        _ => outer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_is_named_as_what_it_lies_in() {
        assert_eq!(name_of_format("x.json.gz", ""), "x.json");
        assert_eq!(name_of_format("x.tar.ZST", ""), "x.tar");
        assert_eq!(name_of_format("x.tgz", ""), "x.tgz");
        assert_eq!(name_of_format("x.zip", "a.gz"), "a.gz");
        assert_eq!(join("", "a"), "a");
        assert_eq!(join("x", ""), "x");
        assert_eq!(join("x", "a"), "x!a");
    }
}
