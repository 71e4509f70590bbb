//! Digests and checksums made right again after a mutation, so that what lies behind them is reached too.
//!
//! A property sees the mended bytes as it would any others: nothing is loosened for it.

mod archive;
mod envelope;
mod sealed;
mod tarball;
mod zip;

pub use archive::archive;
pub use envelope::package;
pub use sealed::{claim, record};
pub use tarball::tarball;
pub use zip::wheel;

/// Mends `after`, which was `before`; `None` where nothing can be mended.
pub type Mend = fn(before: &[u8], after: &[u8]) -> Option<Vec<u8>>;

/// Mends the first `size` bytes of `buffer`, which were `before`, in place, and returns how many they are then. One
/// mutation in eight stays as it is, as does what would not fit.
pub fn in_place(buffer: &mut [u8], size: usize, before: &[u8], choice: u32, mend: Mend) -> usize {
    if choice.is_multiple_of(8) {
        return size;
    }
    match mend(before, &buffer[..size]) {
        Some(mended) if mended.len() <= buffer.len() => {
            buffer[..mended.len()].copy_from_slice(&mended);
            mended.len()
        }
        _ => size,
    }
}
