//! Archives made here: whole, tampered with in every byte that matters, and in the forms that engines hand out.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::DiffId;
use tar::{EntryType, Header};

use super::writer::ArchiveWriter;
use super::{ArchiveError, ExportError, from_engine_export, read_identity};
use crate::image::configuration;
use crate::image::identity::ImageIdentity;

const LAYERS: [&[u8]; 2] = [b"lower layer", &[7; 2000]];

fn description() -> Vec<u8> {
    let layers = LAYERS.map(|layer| DiffId::new(Sha256Digest::of(layer)));
    let environment = BTreeMap::from([("PATH".to_owned(), "/bin".to_owned())]);
    configuration::write(&layers, "amd64", &environment).expect("plain")
}

fn whole() -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).expect("memory");
    for layer in LAYERS {
        writer.layer(|file| file.write_all(layer)).expect("memory");
    }
    writer.finish(&description()).expect("memory").into_inner()
}

fn read(bytes: &[u8]) -> Result<ImageIdentity, ArchiveError> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room");
    read_identity(file.path())
}

type Files = Vec<(String, EntryType, Vec<u8>)>;

fn files(bytes: &[u8]) -> Files {
    let mut archive = tar::Archive::new(bytes);
    let mut files = Vec::new();
    for entry in archive.entries().expect("a tar") {
        let mut entry = entry.expect("an entry");
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).expect("memory");
        let name = String::from_utf8(entry.path_bytes().into_owned()).expect("plain");
        files.push((name, entry.header().entry_type(), content));
    }
    files
}

fn tar_of(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in files {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        if matches!(kind, EntryType::Symlink) {
            let target = String::from_utf8(content.clone()).expect("plain");
            header.set_size(0);
            builder
                .append_link(&mut header, name, target)
                .expect("memory");
        } else {
            header.set_size(content.len() as u64);
            builder
                .append_data(&mut header, name, content.as_slice())
                .expect("memory");
        }
    }
    builder.into_inner().expect("memory")
}

fn plain(name: &str, content: impl Into<Vec<u8>>) -> (String, EntryType, Vec<u8>) {
    (name.to_owned(), EntryType::Regular, content.into())
}

#[test]
fn a_whole_archive_has_the_identity_of_its_configuration() {
    let identity = read(&whole()).expect("whole");
    assert_eq!(*identity.id.digest(), Sha256Digest::of(&description()));
    assert_eq!(identity.layers.len(), 2);
    assert_eq!(identity.environment["PATH"], "/bin");
}

#[test]
fn the_bytes_of_an_archive_never_change() {
    assert_eq!(
        Sha256Digest::of(&whole()).to_string(),
        "sha256:8e0d54f0a59fb075459179b7e3e86be39cb63f1df2885cd8ae07c24e18ef466a"
    );
}

#[test]
fn a_flipped_bit_in_any_file_is_found() {
    let files = files(&whole());
    for number in 0..files.len() {
        if files[number].2.is_empty() {
            continue;
        }
        let mut tampered = files.clone();
        let middle = tampered[number].2.len() / 2;
        tampered[number].2[middle] ^= 1;
        assert!(read(&tar_of(&tampered)).is_err(), "{}", files[number].0);
    }
    assert!(read(&tar_of(&files)).is_ok());
}

#[test]
fn a_file_more_or_less_or_twice_is_found() {
    let files = files(&whole());
    for number in 0..files.len() {
        if files[number].1 != EntryType::Regular {
            continue;
        }
        let mut fewer = files.clone();
        fewer.remove(number);
        assert!(
            read(&tar_of(&fewer)).is_err(),
            "without {}",
            files[number].0
        );
        let mut twice = files.clone();
        twice.push(files[number].clone());
        assert!(read(&tar_of(&twice)).is_err(), "twice {}", files[number].0);
    }
    let stray = format!("blobs/sha256/{}", Sha256Digest::of(b"stray").hex());
    for name in [stray.as_str(), "stray", "blobs/stray"] {
        let mut more = files.clone();
        more.push(plain(name, *b"stray"));
        let error = read(&tar_of(&more)).expect_err(name);
        assert!(matches!(error, ArchiveError::Unexpected(_)), "{error}");
    }
    let mut linked = files;
    linked.push((
        "blobs/link".into(),
        EntryType::Symlink,
        b"/etc/passwd".to_vec(),
    ));
    assert!(matches!(
        read(&tar_of(&linked)),
        Err(ArchiveError::Unexpected(_))
    ));
}

#[test]
fn an_archive_that_is_cut_off_is_found() {
    let bytes = whole();
    // The last kilobyte is the end mark, which readers of tars need not have.
    for length in (0..bytes.len() - 1024).step_by(61) {
        assert!(
            read(&bytes[..length]).is_err(),
            "{length} of {}",
            bytes.len()
        );
    }
}

fn exported(files: &Files) -> Result<(ImageIdentity, Vec<u8>), ExportError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut archive = Cursor::new(Vec::new());
    let export = tar_of(files);
    let identity = from_engine_export(&mut export.as_slice(), &mut archive, folder.path())?;
    Ok((identity, archive.into_inner()))
}

/// As Docker 20.10 hands images out; a layer that stands twice is a link.
fn engine_files() -> Files {
    let name = Sha256Digest::of(&description()).hex();
    let list = format!(
        r#"[{{"Config":"{name}.json","RepoTags":null,"Layers":["a/layer.tar","c/layer.tar"]}}]"#
    );
    vec![
        plain("a/VERSION", *b"1.0"),
        plain("a/layer.tar", LAYERS[0]),
        plain("b/layer.tar", LAYERS[1]),
        (
            "c/layer.tar".into(),
            EntryType::Symlink,
            b"../b/layer.tar".to_vec(),
        ),
        plain(&format!("{name}.json"), description()),
        plain("manifest.json", list),
        plain("repositories", *b"{}"),
    ]
}

#[test]
fn an_engines_export_becomes_the_same_archive() {
    let (identity, archive) = exported(&engine_files()).expect("whole");
    assert_eq!(archive, whole());
    assert_eq!(*identity.id.digest(), Sha256Digest::of(&description()));
    let (again, archive) = exported(&files(&whole())).expect("an archive is an export too");
    assert_eq!(archive, whole());
    assert_eq!(again, identity);
}

#[test]
fn compressed_layers_are_kept_uncompressed() {
    let mut files = engine_files();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(LAYERS[0]).expect("memory");
    files[1].2 = encoder.finish().expect("memory");
    files[2].2 = zstd::stream::encode_all(LAYERS[1], 1).expect("memory");
    assert_eq!(exported(&files).expect("whole").1, whole());
}

#[test]
fn a_damaged_export_is_refused() {
    let mut files = engine_files();
    files[1].2[0] ^= 1;
    assert!(matches!(exported(&files), Err(ExportError::Damaged { .. })));
    let mut files = engine_files();
    files[4].2.push(b' ');
    assert!(matches!(exported(&files), Err(ExportError::Damaged { .. })));
    for number in [1, 2, 3, 4, 5] {
        let mut files = engine_files();
        files.remove(number);
        assert!(
            matches!(exported(&files), Err(ExportError::Missing(_))),
            "{number}"
        );
    }
    let mut files = engine_files();
    files[5].2 = b"[]".to_vec();
    assert!(matches!(exported(&files), Err(ExportError::Several(0))));
}
