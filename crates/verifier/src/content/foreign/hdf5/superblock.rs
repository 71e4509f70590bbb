//! What a file says of itself at its start, as far as the reader goes past it.

use hdf5_reader::Hdf5File;

use super::super::refusal::Refusal;

/// Checks the superblock of a file of so many bytes.
pub(super) fn check(file: &Hdf5File, length: u64) -> Result<(), Refusal> {
    let superblock = file.superblock();
    if superblock.consistency_flags != 0 {
        return Err(Refusal::damaged("it says that it is still being written"));
    }
    if superblock.eof_address != length {
        return Err(Refusal::unsupported(
            "HDF5 that ends elsewhere than the file",
        ));
    }
    let undefined = u64::MAX >> (64 - 8 * u32::from(superblock.offset_size.clamp(1, 8)));
    let has_root_entry = superblock.root_symbol_table_entry.is_some();
    if has_root_entry && ![undefined, u64::MAX].contains(&superblock.driver_info_address) {
        return Err(Refusal::unsupported("HDF5 of a driver of its own"));
    }
    Ok(())
}
