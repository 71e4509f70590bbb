//! A reader for each format. One file a format; each turns bytes into a [`Document`] and knows no other stage.

mod compressed;
mod counter;
mod csv;
mod dense;
mod json;
mod keras;
mod members;
mod notebook;
mod notebook_widgets;
mod npy;
mod npz;
mod onnx;
mod png;
mod png_chunks;
mod png_rows;
mod protobuf;
mod python_literal;
mod safetensors;
mod strided;
mod tar_archive;
mod tar_headers;
mod tar_records;
mod text;
mod toml;
mod torch;
mod yaml;
mod yaml_scalar;
mod yaml_text;
mod zip_archive;
mod zip_entries;
mod zip_extra;
mod zip_layout;
mod zip_members;
mod zip_mode;
mod zstd_frames;

use resow_manifest::comparator::ComparatorKind;

use super::Document;
use super::budget::Budget;
use super::error::ContentError;
use super::foreign;
use super::format::Format;
use super::source::Source;

/// What the file holds, read as `format`.
///
/// # Errors
/// When it is not what the format promises, needs code to be run, or is more than `budget` allows.
pub fn read(
    format: Format,
    source: &Source,
    budget: &mut Budget,
) -> Result<Document, ContentError> {
    match format.kind() {
        ComparatorKind::Text => {
            text::check(format, source)?;
            Ok(Document::Text(source.clone()))
        }
        ComparatorKind::Npy => npy::read(format, source).map(Document::Arrays),
        ComparatorKind::Npz => npz::read(format, source, budget).map(Document::Arrays),
        ComparatorKind::Safetensors => {
            safetensors::read(format, source, budget).map(Document::Arrays)
        }
        ComparatorKind::Torch => torch::read(format, source, budget).map(Document::Arrays),
        ComparatorKind::Onnx => onnx::read(format, source, budget).map(Document::Arrays),
        ComparatorKind::Png => png::read(format, source, budget).map(Document::Arrays),
        ComparatorKind::Json => json::read(format, source, budget).map(Document::Tree),
        ComparatorKind::Toml => toml::read(format, source, budget).map(Document::Tree),
        ComparatorKind::Yaml => yaml::read(format, source, budget).map(Document::Tree),
        ComparatorKind::Notebook => notebook::read(format, source, budget).map(Document::Tree),
        ComparatorKind::Csv => csv::read(source).map(Document::Table),
        ComparatorKind::Gzip => {
            compressed::read_gzip(format, source, budget).map(Document::Archive)
        }
        ComparatorKind::Zstd => {
            compressed::read_zstd(format, source, budget).map(Document::Archive)
        }
        ComparatorKind::Tar => tar_archive::read(format, source, budget).map(Document::Archive),
        ComparatorKind::Zip => zip_archive::read(format, source, budget).map(Document::Archive),
        ComparatorKind::Keras => keras::read(format, source, budget).map(Document::Archive),
        ComparatorKind::Hdf5 | ComparatorKind::Parquet => {
            foreign::read(format, source, budget).map(Document::Arrays)
        }
        ComparatorKind::Auto | ComparatorKind::Bytes => Ok(Document::Bytes(source.clone())),
    }
}
