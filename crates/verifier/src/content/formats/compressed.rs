//! One file that is compressed: gzip and zstd. What stands beside it, its name and time, means nothing.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use zstd::stream::read::Decoder;

use crate::content::parts::{Parts, damage};
use crate::content::{Budget, ContentError, Format, Member, Source};

/// The largest window of zstd, as a power of two: 128 MiB, as its own tool allows unasked.
const LARGEST_WINDOW: u32 = 27;

/// What was compressed with gzip, all of its members joined.
///
/// # Errors
/// When it is no gzip, or is more than `budget` allows.
pub(super) fn read_gzip(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<BTreeMap<String, Member>, ContentError> {
    unpacked(format, MultiGzDecoder::new(source.reader()), budget)
}

/// What was compressed with zstd, all of its frames joined.
///
/// # Errors
/// When it is no zstd, needs more memory than is given, or is more than `budget` allows.
pub(super) fn read_zstd(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<BTreeMap<String, Member>, ContentError> {
    let broken = |error| damage(format, error);
    let mut decoder = Decoder::new(source.reader()).map_err(broken)?;
    decoder.window_log_max(LARGEST_WINDOW).map_err(broken)?;
    unpacked(format, decoder, budget)
}

fn unpacked(
    format: Format,
    reader: impl Read,
    budget: &Budget,
) -> Result<BTreeMap<String, Member>, ContentError> {
    let mut parts = Parts::new(format, budget);
    parts.add(reader)?;
    let file = Member::File {
        source: parts.finish()?,
        executable: false,
    };
    Ok(BTreeMap::from([(String::new(), file)]))
}
