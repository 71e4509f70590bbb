//! What the processes of a watched run counted, in a page that all of them share.

use crate::places::COUNTERS_SIZE;

/// What is counted, in the order of its places: 64 bytes each, of which the first 8 are the count, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Reads of a clock that tells the time of day.
    WallClock,
    /// Reads of another clock.
    OtherClock,
    /// Draws of the operating system's entropy.
    Entropy,
    /// Folders with two entries or more that were listed, in Python.
    Folder,
    /// Questions for the host's name.
    HostName,
    /// Questions for the time of day in a time zone.
    TimeZone,
    /// Choices of a locale.
    Locale,
    /// Questions for the number of processors.
    Processors,
    /// Threads that were made.
    Thread,
    /// Programs that began with fixed addresses.
    FixedAddresses,
    /// Programs that began with random addresses.
    RandomAddresses,
    /// The bytes of the largest environment that a program began with: no count.
    EnvironmentSize,
    /// Folders that were listed by the C library's functions, where they are listed in another order; a language's own may
    /// be among them.
    OtherFolder,
}

/// How far is counted: then each process leaves the page alone, so that it costs nothing.
pub const MOST: u64 = 1000;

/// The counts, as the processes of a run left them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(Vec<u64>);

impl Counters {
    const STEP: usize = 64;

    /// Reads the page; what is not there was not counted.
    pub fn read(page: &[u8]) -> Self {
        let page = page.get(..COUNTERS_SIZE as usize).unwrap_or(page);
        let counts = page
            .chunks(Self::STEP)
            .filter_map(|place| place.first_chunk())
            .map(|bytes| u64::from_le_bytes(*bytes));
        Self(counts.collect())
    }

    /// One of them.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0.get(counter as usize).copied().unwrap_or(0)
    }

    /// One of them in words: `3 times`, `1000 times or more`.
    pub fn times(&self, counter: Counter) -> String {
        match self.get(counter) {
            1 => "once".to_owned(),
            count if count >= MOST => format!("{MOST} times or more"),
            count => format!("{count} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_64_bytes_apart() {
        let mut page = vec![0; 4096];
        page[64..72].copy_from_slice(&7_u64.to_le_bytes());
        page[704] = 9;
        page[128..136].copy_from_slice(&u64::MAX.to_le_bytes());
        let counters = Counters::read(&page);
        assert_eq!(counters.get(Counter::WallClock), 0);
        assert_eq!(counters.get(Counter::OtherClock), 7);
        assert_eq!(counters.get(Counter::EnvironmentSize), 9);
        assert_eq!(counters.times(Counter::Entropy), "1000 times or more");
    }

    #[test]
    fn a_page_that_is_cut_counts_nothing_more() {
        assert_eq!(Counters::read(&[1, 2]).get(Counter::WallClock), 0);
        assert_eq!(Counters::read(&[]), Counters::default());
        assert_eq!(Counters::read(&[255; 9000]).0.len(), 64);
    }
}
