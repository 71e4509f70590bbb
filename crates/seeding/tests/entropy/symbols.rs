//! What the libraries ask of the process that loads them: as little as any C library has.

use object::elf;
use object::read::elf::{Dyn, FileHeader, SectionHeader, Sym};
use object::{Endianness, StringTable};
use resow_seeding::libraries;
use std::collections::BTreeSet;

/// Relocations in the packed form, which loaders before 2022 do not read.
const DT_RELR: u32 = 36;

type Header = elf::FileHeader64<Endianness>;

fn undefined(library: &[u8]) -> BTreeSet<String> {
    let header = Header::parse(library).expect("an ELF file");
    let endian = header.endian().expect("an endianness");
    let sections = header.sections(endian, library).expect("sections");
    let symbols = sections
        .symbols(endian, library, elf::SHT_DYNSYM)
        .expect("symbols");
    let names = symbols.strings();
    let missing = symbols
        .iter()
        .skip(1)
        .filter(|symbol| symbol.is_undefined(endian));
    missing
        .map(|symbol| name(names, symbol.st_name(endian)))
        .collect()
}

fn name(names: StringTable<'_>, offset: u32) -> String {
    String::from_utf8(names.get(offset).expect("a name").to_vec()).expect("a name of text")
}

/// The kinds of the entries of the dynamic section.
fn dynamic(library: &[u8]) -> BTreeSet<u64> {
    let header = Header::parse(library).expect("an ELF file");
    let endian = header.endian().expect("an endianness");
    let sections = header.sections(endian, library).expect("sections");
    let section = sections
        .iter()
        .find_map(|section| section.dynamic(endian, library).expect("entries"));
    let (entries, _) = section.expect("a dynamic section");
    entries.iter().map(|entry| entry.d_tag(endian)).collect()
}

#[test]
fn the_libraries_ask_for_names_that_every_c_library_has() {
    let entropy = [
        "__errno_location",
        "bcmp",
        "dl_iterate_phdr",
        "environ",
        "memcpy",
        "memset",
        "strlen",
    ];
    let clock = [
        "__errno_location",
        "bcmp",
        "dl_iterate_phdr",
        "environ",
        "strlen",
    ];
    assert_eq!(
        undefined(libraries::ENTROPY),
        entropy.map(String::from).into()
    );
    assert_eq!(undefined(libraries::CLOCK), clock.map(String::from).into());
}

#[test]
fn the_libraries_need_no_other_and_no_version_of_a_symbol() {
    for library in [libraries::ENTROPY, libraries::CLOCK] {
        let kinds = dynamic(library);
        for kind in [
            elf::DT_NEEDED,
            elf::DT_VERNEED,
            elf::DT_VERSYM,
            elf::DT_TEXTREL,
            DT_RELR,
        ] {
            assert!(
                !kinds.contains(&u64::from(kind)),
                "{kind:#x} is in {kinds:x?}"
            );
        }
    }
}

#[test]
fn the_libraries_have_no_storage_of_threads_and_no_executable_stack() {
    for library in [libraries::ENTROPY, libraries::CLOCK] {
        use object::read::elf::ProgramHeader;
        let header = Header::parse(library).expect("an ELF file");
        let endian = header.endian().expect("an endianness");
        for part in header
            .program_headers(endian, library)
            .expect("program headers")
        {
            assert_ne!(part.p_type(endian), elf::PT_TLS);
            let writable_code = elf::PF_W | elf::PF_X;
            assert_ne!(part.p_flags(endian) & writable_code, writable_code);
        }
    }
}
