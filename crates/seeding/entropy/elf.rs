//! Loaded objects as the ELF format lays them out: program headers, the dynamic section, symbols and their hashes.

use crate::c;

/// A program header (`Elf64_Phdr`).
#[repr(C)]
pub(crate) struct Header {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical_address: u64,
    file_length: u64,
    length: u64,
    alignment: u64,
}

const LOADED: u32 = 1;
const DYNAMIC: u32 = 2;
#[cfg(entropy)]
const NOTES: u32 = 4;

impl Header {
    /// # Safety
    /// `headers` must be those of an object that stays loaded for `'a`.
    pub(crate) unsafe fn list<'a>(headers: *const u8, count: usize) -> &'a [Self] {
        if headers.is_null() {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { core::slice::from_raw_parts(headers.cast(), count) }
    }

    /// Whether `address` is in this part of the object that lies at `base`.
    pub(crate) fn holds(&self, base: usize, address: usize) -> bool {
        let start = base.wrapping_add(self.address as usize);
        self.kind == LOADED && address.wrapping_sub(start) < self.length as usize
    }

    /// The notes in this part of the object that lies at `base`, as they are in memory.
    ///
    /// # Safety
    /// The object must stay loaded for `'a`.
    #[cfg(entropy)]
    pub(crate) unsafe fn notes<'a>(&self, base: usize) -> &'a [u8] {
        if self.kind != NOTES {
            return &[];
        }
        let start = base.wrapping_add(self.address as usize) as *const u8;
        // SAFETY: the caller's promise; notes are in a part that is loaded for reading.
        unsafe { core::slice::from_raw_parts(start, self.length as usize) }
    }
}

#[repr(C)]
struct Symbol {
    name: u32,
    information: u8,
    other: u8,
    section: u16,
    value: usize,
    size: u64,
}

const FUNCTION: u8 = 2;
/// A function that answers which function to call.
const INDIRECT_FUNCTION: u8 = 10;
/// Of a version's number: that the symbol is only for programs which ask for this very version.
const HIDDEN: u16 = 0x8000;

/// Where an object keeps what it defines.
pub(crate) struct Symbols {
    base: usize,
    names: *const u8,
    symbols: *const Symbol,
    versions: *const u16,
    gnu_hash: *const u32,
    hash: *const u32,
}

impl Symbols {
    /// # Safety
    /// The object must be loaded at `base` and stay so while the answer is used.
    pub(crate) unsafe fn of(base: usize, headers: &[Header]) -> Option<Self> {
        let dynamic = headers.iter().find(|header| header.kind == DYNAMIC)?;
        let mut entry = base.wrapping_add(dynamic.address as usize) as *const [usize; 2];
        let (mut names, mut symbols, mut versions) = (0, 0, 0);
        let (mut gnu_hash, mut hash) = (0, 0);
        // SAFETY: the section ends with an entry of kind 0, and nothing after it is read.
        while let [kind @ 1..=usize::MAX, value] = unsafe { entry.read() } {
            // musl leaves offsets where glibc writes addresses.
            let address = if value < base { base + value } else { value };
            match kind {
                4 => hash = address,
                5 => names = address,
                6 => symbols = address,
                0x6fff_fef5 => gnu_hash = address,
                0x6fff_fff0 => versions = address,
                _ => {}
            }
            // SAFETY: that was not the last entry.
            entry = unsafe { entry.add(1) };
        }
        (names != 0 && symbols != 0).then_some(Self {
            base,
            names: names as *const u8,
            symbols: symbols as *const Symbol,
            versions: versions as *const u16,
            gnu_hash: gnu_hash as *const u32,
            hash: hash as *const u32,
        })
    }

    /// The address of the function `name`, if the object defines it for everyone.
    ///
    /// # Safety
    /// The object must still be loaded.
    pub(crate) unsafe fn find(&self, name: &[u8]) -> Option<usize> {
        // SAFETY: the caller's promise.
        let symbol = unsafe { self.symbol(name) }?;
        let address = self.base.wrapping_add(symbol.value);
        match symbol.information & 15 {
            FUNCTION => Some(address),
            INDIRECT_FUNCTION => {
                // SAFETY: a function of this kind takes nothing that matters on these processors, and has no effects.
                let choose: extern "C" fn() -> usize = unsafe { core::mem::transmute(address) };
                Some(choose())
            }
            _ => None,
        }
    }

    /// The address and the size of the data `name`, if the object defines it for everyone.
    ///
    /// # Safety
    /// The object must still be loaded.
    #[cfg(clock)]
    pub(crate) unsafe fn find_data(&self, name: &[u8]) -> Option<(usize, usize)> {
        const DATA: u8 = 1;
        // SAFETY: the caller's promise.
        let symbol = unsafe { self.symbol(name) }?;
        let is_data = symbol.information & 15 == DATA;
        is_data.then(|| (self.base.wrapping_add(symbol.value), symbol.size as usize))
    }

    /// # Safety
    /// The object must still be loaded.
    unsafe fn symbol(&self, name: &[u8]) -> Option<&Symbol> {
        if !self.gnu_hash.is_null() {
            // SAFETY: the caller's promise.
            unsafe { self.find_by_gnu_hash(name) }
        } else if !self.hash.is_null() {
            // SAFETY: the caller's promise.
            unsafe { self.find_by_hash(name) }
        } else {
            None
        }
    }

    /// # Safety
    /// The object must still be loaded, and have this table.
    unsafe fn find_by_gnu_hash(&self, name: &[u8]) -> Option<&Symbol> {
        let hash = gnu_hash(name);
        let table = self.gnu_hash;
        // SAFETY: four words lead the table: how many buckets, the first symbol in it, how many words of a filter, a
        // shift; the filter's words of 64 bits, the buckets and the chains follow. A chain's last word is odd.
        unsafe {
            let (buckets, first, filter) = (*table, *table.add(1), *table.add(2));
            if buckets == 0 {
                return None;
            }
            let bucket_list = table.add(4 + 2 * filter as usize);
            let chains = bucket_list.add(buckets as usize);
            let mut index = *bucket_list.add((hash % buckets) as usize);
            while index >= first {
                let word = *chains.add((index - first) as usize);
                if word | 1 == hash | 1
                    && let Some(symbol) = self.defined(index, name)
                {
                    return Some(symbol);
                }
                if word & 1 == 1 {
                    return None;
                }
                index += 1;
            }
        }
        None
    }

    /// # Safety
    /// The object must still be loaded, and have this table.
    unsafe fn find_by_hash(&self, name: &[u8]) -> Option<&Symbol> {
        let table = self.hash;
        // SAFETY: two words lead the table: how many buckets, how many symbols; a word for each of either follows. The
        // symbol 0 ends a chain.
        unsafe {
            let buckets = *table;
            if buckets == 0 {
                return None;
            }
            let mut index = *table.add(2 + (old_hash(name) % buckets) as usize);
            while index != 0 {
                if let Some(symbol) = self.defined(index, name) {
                    return Some(symbol);
                }
                index = *table.add(2 + buckets as usize + index as usize);
            }
        }
        None
    }

    /// # Safety
    /// The object must still be loaded, and have a symbol of this number.
    unsafe fn defined(&self, index: u32, name: &[u8]) -> Option<&Symbol> {
        // SAFETY: the caller's promise.
        let symbol = unsafe { &*self.symbols.add(index as usize) };
        // SAFETY: the object has one version for each symbol, where it has any.
        let hidden =
            !self.versions.is_null() && unsafe { *self.versions.add(index as usize) } & HIDDEN != 0;
        // SAFETY: a symbol's name is a text among the object's names.
        let named = unsafe { c::text(self.names.add(symbol.name as usize)) } == name;
        (symbol.section != 0 && !hidden && named).then_some(symbol)
    }
}

fn gnu_hash(name: &[u8]) -> u32 {
    name.iter().fold(5381, |hash: u32, byte| {
        hash.wrapping_mul(33).wrapping_add(u32::from(*byte))
    })
}

fn old_hash(name: &[u8]) -> u32 {
    name.iter().fold(0, |hash: u32, byte| {
        let shifted = (hash << 4).wrapping_add(u32::from(*byte));
        let high = shifted & 0xf000_0000;
        (shifted ^ (high >> 24)) & !high
    })
}
