//! The digest of what can be read to its end.

use std::io::{self, Read};

use resow_manifest::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

/// The digest of what `content` holds from here on.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(content: &mut impl Read) -> io::Result<Sha256Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => return Ok(Sha256Digest::from_bytes(hasher.finalize().into())),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a byte at a time, and is interrupted before each.
    struct Hesitant<'a> {
        left: &'a [u8],
        ready: bool,
    }

    impl Read for Hesitant<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.ready = !self.ready;
            if self.ready {
                return Err(io::ErrorKind::Interrupted.into());
            }
            self.left.read(&mut buffer[..1])
        }
    }

    #[test]
    fn content_in_pieces_has_the_digest_of_the_whole() {
        let mut pieces = Hesitant {
            left: b"resow",
            ready: false,
        };
        let digest = digest_of(&mut pieces).expect("readable");
        assert_eq!(digest, Sha256Digest::of(b"resow"));
    }
}
