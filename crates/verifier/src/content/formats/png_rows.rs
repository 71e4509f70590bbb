//! The rows that are packed in a PNG file: how many bytes they are, and that none of their bits is hidden.

use std::io::{self, Read};

/// The first pixel and the steps of each pass of Adam7, after the specification.
const PASSES: [(u64, u64, u64, u64); 7] = [
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
];
/// The longest row that is looked at, in bytes.
const LONGEST: u64 = 64 << 20;

/// How the pixels of a picture lie in rows.
pub(super) struct PackedRows {
    /// The width and the height of each pass.
    passes: Vec<(u64, u64)>,
    /// How many bits a pixel has.
    bits: u64,
}

impl PackedRows {
    /// Those of a picture with this header; `None` where it is none.
    pub(super) fn of_header(header: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, depth, color, 0, 0, interlacing] = *header else {
            return None;
        };
        let width = u64::from(u32::from_be_bytes([a, b, c, d]));
        let height = u64::from(u32::from_be_bytes([e, f, g, h]));
        let samples = match color {
            0 | 3 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => return None,
        };
        let passes = match interlacing {
            0 => vec![(width, height)],
            1 => {
                let size = |(x, y, across, down)| {
                    let width = width.saturating_sub(x).div_ceil(across);
                    (width, height.saturating_sub(y).div_ceil(down))
                };
                PASSES.map(size).to_vec()
            }
            _ => return None,
        };
        Some(Self {
            passes: passes.into_iter().filter(|(width, _)| *width > 0).collect(),
            bits: samples * u64::from(depth),
        })
    }

    /// How many bytes all rows have, each with the byte that says how it is filtered.
    pub(super) fn size(&self) -> Option<u64> {
        self.passes.iter().try_fold(0_u64, |sum, (width, height)| {
            sum.checked_add(height.checked_mul(1 + self.row(*width)?)?)
        })
    }

    /// How many bytes a row has.
    fn row(&self, width: u64) -> Option<u64> {
        Some(width.checked_mul(self.bits)?.div_ceil(8))
    }

    /// Whether rows of pixels of no more than a byte hold nothing but pixels, each of which is one of so many colors.
    ///
    /// # Errors
    /// When they cannot be unpacked.
    pub(super) fn are_plain(&self, colors: u64, mut packed: impl Read) -> io::Result<bool> {
        for (width, height) in &self.passes {
            let length = self.row(*width).filter(|length| *length <= LONGEST);
            let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
                return Ok(false);
            };
            let mut above = vec![0; length];
            let mut row = vec![0; length];
            for _ in 0..*height {
                let mut filter = [0];
                packed.read_exact(&mut filter)?;
                packed.read_exact(&mut row)?;
                if !unfilter(filter[0], &mut row, &above) || !self.is_plain(*width, colors, &row) {
                    return Ok(false);
                }
                std::mem::swap(&mut above, &mut row);
            }
        }
        Ok(true)
    }

    fn is_plain(&self, width: u64, colors: u64, row: &[u8]) -> bool {
        let used = width * self.bits % 8;
        let behind = row.last().is_some_and(|last| used > 0 && last << used != 0);
        if behind || colors >= 1 << self.bits {
            return !behind;
        }
        let mask = (1 << self.bits) - 1;
        let shifts = (0..8 / self.bits).map(|index| index * self.bits);
        // The unused bits are zero, and so the first color.
        shifts.into_iter().all(|shift| {
            row.iter()
                .all(|byte| u64::from(byte >> shift) & mask < colors)
        })
    }
}

/// Undoes what a filter did to a row whose pixels have no more than a byte; whether there is such a filter.
fn unfilter(filter: u8, row: &mut [u8], above: &[u8]) -> bool {
    let (mut left, mut corner) = (0, 0);
    for (byte, above) in row.iter_mut().zip(above) {
        let predicted = match filter {
            0 => 0,
            1 => left,
            2 => *above,
            3 => left.midpoint(*above),
            4 => nearest(left, *above, corner),
            _ => return false,
        };
        *byte = byte.wrapping_add(predicted);
        (left, corner) = (*byte, *above);
    }
    true
}

/// The one of three neighbours that is nearest to what continues them, after Paeth.
fn nearest(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let [to_left, to_above, to_corner] = [b - c, a - c, a + b - 2 * c].map(i16::abs);
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}
