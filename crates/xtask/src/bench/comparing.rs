//! Comparing by content, held against `cmp` and against hashing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::figure::{DIFFERENT, Figure};
use super::material::Material;
use crate::process::{TaskError, command, must};

/// The figures of comparing.
///
/// # Errors
/// When a command fails.
pub(super) fn figures(release: &Path, material: &Material) -> Result<Vec<Figure>, TaskError> {
    let folder = material.folder().join("comparing");
    fs::create_dir(&folder)?;
    let (left, right) = (
        folder.join("left.safetensors"),
        folder.join("right.safetensors"),
    );
    let other = folder.join("other.safetensors");
    write_safetensors(&left, &material.large_file)?;
    fs::copy(&left, &right)?;
    fs::copy(&left, &other)?;
    flip_last_bit(&other)?;
    let many = folder.join("many");
    must(
        command("cp", ["--recursive"])
            .arg(&material.many_files)
            .arg(&many),
    )?;
    let diff = |left: &Path, right: &Path| {
        let mut command = Command::new(release.join("resow"));
        command.arg("diff").args([left, right]);
        command.current_dir(&material.repository);
        command
    };
    let with_cmp = |left: &Path, right: &Path| {
        let mut command = Command::new("cmp");
        command.args([left, right]);
        command
    };
    let hash = || {
        let mut command = Command::new(release.join("examples/digest"));
        command.arg(&many);
        command
    };
    let figures = vec![
        Figure::ratio(
            "comparing two equal safetensors files of 1 GiB",
            ("resow diff LEFT RIGHT", &mut || diff(&left, &right)),
            ("cmp LEFT RIGHT", &mut || with_cmp(&left, &right)),
            Some(2.0),
        )?,
        // Neither can stop before the end.
        Figure::ratio_ending_with(
            DIFFERENT,
            "comparing two of which the last bit differs",
            ("resow diff LEFT RIGHT", &mut || diff(&left, &other)),
            ("cmp LEFT RIGHT", &mut || with_cmp(&left, &other)),
            Some(2.0),
        )?,
        Figure::peak_memory(
            DIFFERENT,
            "memory of comparing them",
            &mut diff(&left, &other),
            256 << 20,
        )?,
        Figure::ratio(
            "comparing two equal folders of 10,000 files",
            ("resow diff LEFT RIGHT", &mut || {
                diff(&material.many_files, &many)
            }),
            ("digest FOLDER", &mut || hash()),
            Some(1.2),
        )?,
    ];
    fs::remove_dir_all(&folder)?;
    Ok(figures)
}

/// Flips the lowest bit of a file's last byte.
fn flip_last_bit(path: &Path) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(path)?;
    let last = file.metadata()?.len() - 1;
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    file.write_all_at(&[byte[0] ^ 1], last)
}

/// A file of safetensors whose four tensors are the bytes of `content`: a header's length (8 bytes, little-endian), the
/// header as JSON, the data.
fn write_safetensors(path: &PathBuf, content: &Path) -> io::Result<()> {
    let mut content = File::open(content)?;
    let quarter = content.metadata()?.len() / 4;
    let tensors: Vec<_> = (0..4)
        .map(|index| {
            format!(
                "\"layer{index}.weight\":{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                quarter / 4,
                index * quarter,
                (index + 1) * quarter
            )
        })
        .collect();
    let header = format!("{{{}}}", tensors.join(","));
    let mut file = File::create(path)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    io::copy(&mut content, &mut file)?;
    Ok(())
}
