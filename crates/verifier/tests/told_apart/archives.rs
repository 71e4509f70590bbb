//! Tar archives.

use tar::{Builder, EntryType, Header};

use super::{assert_alike, assert_read, assert_told_apart};

/// An archive under construction; each member is readable by all.
struct Tar(Builder<Vec<u8>>);

impl Tar {
    fn new() -> Self {
        Self(Builder::new(Vec::new()))
    }

    fn file(self, name: &str, bytes: &[u8]) -> Self {
        self.member(name, bytes, |_| {})
    }

    fn member(mut self, name: &str, bytes: &[u8], change: impl FnOnce(&mut Header)) -> Self {
        let mut header = Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(bytes.len() as u64);
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        change(&mut header);
        header.set_cksum();
        self.0.append(&header, bytes).expect("memory");
        self
    }

    fn link(self, kind: EntryType, target: &str) -> Self {
        self.member("link", b"", |header| {
            header.set_entry_type(kind);
            header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        })
    }

    fn device(self, major: u32, minor: u32) -> Self {
        self.member("device", b"", |header| {
            header.set_entry_type(EntryType::Char);
            header.set_device_major(major).expect("small");
            header.set_device_minor(minor).expect("small");
        })
    }

    fn extended(mut self, key: &str, value: &[u8]) -> Self {
        self.0
            .append_pax_extensions([(key, value)])
            .expect("memory");
        self
    }

    /// GNU's header of a long name, or of a long target.
    fn long(mut self, kind: EntryType, text: &str) -> Self {
        let mut header = Header::new_gnu();
        header.set_mode(0);
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        header.as_old_mut().name[..13].copy_from_slice(b"././@LongLink");
        header.set_cksum();
        self.0.append(&header, text.as_bytes()).expect("memory");
        self
    }

    fn global(self, record: &str) -> Self {
        self.member("pax_global_header", record.as_bytes(), |header| {
            header.set_entry_type(EntryType::XGlobalHeader);
        })
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().expect("memory")
    }
}

fn plain() -> Vec<u8> {
    Tar::new().file("a", b"\0a").bytes()
}

#[test]
fn what_is_said_of_members_is_content() {
    let with = |key: &str, value: &[u8]| Tar::new().extended(key, value).file("a", b"\0a").bytes();
    for key in [
        "SCHILY.xattr.user.x",
        "SCHILY.acl.access",
        "comment",
        "hdrcharset",
    ] {
        assert_read("x.tar", &with(key, b"1"));
        assert_told_apart("x.tar", &plain(), &with(key, b"1"));
        assert_told_apart("x.tar", &with(key, b"1"), &with(key, b"2"));
    }
    for key in ["mtime", "uname", "gid"] {
        assert_alike("x.tar", &with(key, b"1"), &with(key, b"2"));
    }
}

#[test]
fn global_headers_are_content() {
    let with = |record: &str| Tar::new().global(record).file("a", b"\0a").bytes();
    assert_told_apart("x.tar", &plain(), &with("13 comment=1\n"));
    assert_told_apart("x.tar", &with("13 comment=1\n"), &with("13 comment=2\n"));
    assert_alike("x.tar", &with("11 mtime=1\n"), &with("11 mtime=2\n"));
    assert_read("x.tar", &with("13 comment=1\n"));
    // One that says how members are called, and one amid them.
    assert_told_apart("x.tar", &plain(), &with("10 path=b\n"));
    let amid = Tar::new()
        .file("a", b"\0a")
        .global("13 comment=1\n")
        .file("b", b"\0");
    let before = Tar::new()
        .global("13 comment=1\n")
        .file("a", b"\0a")
        .file("b", b"\0");
    assert_told_apart("x.tar", &amid.bytes(), &before.bytes());
}

#[test]
fn bits_of_the_mode_that_are_no_permissions_are_content() {
    let with = |mode: u32| {
        let archive = Tar::new().member("a", b"\0a", |header| header.set_mode(mode));
        archive.bytes()
    };
    for bits in [0o4000, 0o2000, 0o1000] {
        assert_told_apart("x.tar", &with(0o755), &with(bits | 0o755));
    }
    assert_told_apart("x.tar", &with(0o2755), &with(0o4755));
    assert_alike("x.tar", &with(0o755), &with(0o700));
}

#[test]
fn devices_have_numbers_and_links_lead_where_they_say() {
    let device = |major, minor| Tar::new().device(major, minor).bytes();
    assert_told_apart("x.tar", &device(1, 3), &device(1, 5));
    assert_told_apart("x.tar", &device(1, 3), &device(2, 3));
    for kind in [EntryType::Symlink, EntryType::Link] {
        let link = |target| Tar::new().link(kind, target).bytes();
        for (left, right) in [("/", "."), ("a", "a/"), ("./a", "a"), ("a", "b")] {
            assert_told_apart("x.tar", &link(left), &link(right));
        }
    }
}

#[test]
fn a_file_whose_name_ends_as_that_of_a_folder_keeps_its_bytes() {
    let with = |bytes: &[u8]| Tar::new().file("a/", bytes).bytes();
    let folder = Tar::new().member("a/", b"", |header| {
        header.set_entry_type(EntryType::Directory);
    });
    assert_told_apart("x.tar", &with(b"\x001"), &with(b"\x002"));
    assert_told_apart("x.tar", &with(b"\x001"), &folder.bytes());
    let full = |bytes: &[u8]| {
        let archive = Tar::new().member("a", bytes, |header| {
            header.set_entry_type(EntryType::Directory);
        });
        archive.bytes()
    };
    assert_told_apart("x.tar", &full(b"\x001"), &full(b"\x002"));
}

#[test]
fn nothing_is_hidden_between_and_behind_members() {
    let behind = |bytes: &[u8]| [&plain()[..], bytes].concat();
    let more = Tar::new().file("b", b"\0b").bytes();
    assert_told_apart("x.tar", &plain(), &behind(&more));
    assert_told_apart("x.tar", &plain(), &behind(b"more"));
    assert_alike("x.tar", &plain(), &behind(&[0; 512]));
    for place in [600, 108, 110, 350, 505, 300, 180] {
        let mut changed = plain();
        // The number of the owner; and behind what it, a text, or the member ends with.
        changed[place] = b'1';
        if place < 512 {
            let mut header = Header::new_old();
            header.as_mut_bytes().copy_from_slice(&changed[..512]);
            header.set_cksum();
            changed[..512].copy_from_slice(header.as_bytes());
        }
        match place == 108 {
            true => assert_alike("x.tar", &plain(), &changed),
            false => assert_told_apart("x.tar", &plain(), &changed),
        }
    }
}

#[test]
fn a_name_that_stands_there_twice_hides_nothing() {
    let twice = |first: &[u8]| Tar::new().file("a", first).file("./a", b"\0a").bytes();
    assert_told_apart("x.tar", &plain(), &twice(b"\0x"));
    assert_told_apart("x.tar", &twice(b"\0x"), &twice(b"\0y"));
}

#[test]
fn the_folder_that_everything_lies_in_is_a_member() {
    let folder = |mode: u32| {
        let archive = Tar::new().member("./", b"", |header| {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(mode);
        });
        archive.file("./a", b"\0a").bytes()
    };
    assert_told_apart("x.tar", &plain(), &folder(0o755));
    assert_told_apart("x.tar", &folder(0o1755), &folder(0o755));
}

#[test]
fn line_ends_of_members_are_content_where_no_text_is_declared() {
    let with = |bytes: &[u8]| Tar::new().file("a.log", bytes).bytes();
    assert_told_apart("x.tar", &with(b"a\nb\n"), &with(b"a\r\nb\r\n"));
    assert_told_apart("x.log", b"a\nb\n", b"a\r\nb\r\n");
}

#[test]
fn a_hard_link_is_no_symbolic_link() {
    let link = |kind, target| Tar::new().file("a", b"\0a").link(kind, target).bytes();
    assert_read("x.tar", &link(EntryType::Link, "a"));
    for target in ["a", "a (a hard link)"] {
        assert_told_apart(
            "x.tar",
            &link(EntryType::Link, "a"),
            &link(EntryType::Symlink, target),
        );
    }
}

#[test]
fn where_a_hard_link_leads_is_written_in_two_ways() {
    let link = |target| {
        let archive = Tar::new().file("a", b"\0a");
        archive.link(EntryType::Link, target).bytes()
    };
    assert_alike("x.tar", &link("a"), &link("./a"));
    assert_told_apart("x.tar", &link("a"), &link("link"));
}

#[test]
fn the_oldest_form_is_read_where_the_name_shows_it() {
    let old = |time| {
        let archive = Tar::new().member("a", b"\0a", |header| {
            header.as_mut_bytes()[257..265].fill(0);
            header.as_mut_bytes()[265..345].fill(0);
            header.set_mtime(time);
        });
        archive.bytes()
    };
    assert_alike("x.tar", &old(1), &old(2));
}

#[test]
fn what_has_two_names_or_sizes_is_not_taken_for_either() {
    let named = |pax: &str, kind, long: &str| {
        let archive = Tar::new().extended(pax, b"one").long(kind, long);
        archive.link(EntryType::Symlink, "three").bytes()
    };
    for (pax, kind) in [
        ("path", EntryType::GNULongName),
        ("linkpath", EntryType::GNULongLink),
    ] {
        assert_told_apart(
            "x.tar",
            &named(pax, kind, "two"),
            &named("comment", kind, "two"),
        );
        assert_told_apart("x.tar", &named(pax, kind, "two"), &named(pax, kind, "one"));
    }
    assert_read("x.tar", &named("comment", EntryType::GNULongName, "two"));
    let sized = |key: &str, value: &[u8]| Tar::new().extended(key, value).file("a", b"\0a").bytes();
    assert_alike("x.tar", &sized("size", b"2"), &sized("mtime", b"2"));
    for (key, value) in [
        ("size", &b"1"[..]),
        ("size", b""),
        ("path", b""),
        ("linkpath", b""),
    ] {
        assert_told_apart("x.tar", &plain(), &sized(key, value));
    }
    // Before a global header, a reader may take it for what is said of the member behind that.
    let astray = |value: &[u8]| {
        let archive = Tar::new()
            .extended("comment", value)
            .global("13 comment=1\n");
        archive.file("a", b"\0a").bytes()
    };
    assert_told_apart("x.tar", &astray(b"1"), &astray(b"2"));
}

#[test]
fn records_are_no_fields_of_headers() {
    let record =
        |key: &str, value: &[u8]| Tar::new().extended(key, value).file("a", b"\0a").bytes();
    let header = |change: &dyn Fn(&mut Header)| Tar::new().member("a", b"\0a", change).bytes();
    let pairs = [
        (
            record("mode", b"4000"),
            header(&|header| header.set_mode(0o4644)),
        ),
        (
            record("contiguous", b""),
            header(&|header| header.set_entry_type(EntryType::Continuous)),
        ),
        (
            record("device", b"1:0"),
            header(&|header| {
                header.set_device_major(1).expect("small");
                header.set_device_minor(0).expect("small");
            }),
        ),
        (
            record("link name", b"b"),
            header(&|header| header.as_old_mut().linkname[0] = b'b'),
        ),
    ];
    for (record, header) in pairs {
        assert_read("x.tar", &record);
        assert_read("x.tar", &header);
        assert_told_apart("x.tar", &record, &header);
    }
    // What should be a time, and records that not every reader reaches.
    assert_told_apart("x.tar", &record("mtime", b"a"), &record("mtime", b"b"));
    let list = |text: &str| {
        let archive = Tar::new().member("PaxHeaders/a", text.as_bytes(), |header| {
            header.set_entry_type(EntryType::XHeader);
        });
        archive.file("a", b"\0a").bytes()
    };
    for text in [
        "13 comment=1\n\nmore",
        "13 comment=1\n13 comment=2",
        "\n13 comment=1\n",
    ] {
        assert_told_apart("x.tar", &list("13 comment=1\n"), &list(text));
    }
    assert_read("x.tar", &list("13 comment=1\n"));
}

#[test]
fn names_that_unpack_alike_are_told_apart() {
    let file = |name: &str| Tar::new().file(name, b"\0a").bytes();
    for name in ["a/.", "./a/.", ".//a", "b/../a", "/a", "a//b"] {
        assert_told_apart("x.tar", &file("a"), &file(name));
        assert_told_apart("x.tar", &file("a/b"), &file(name));
    }
    assert_alike("x.tar", &file("a"), &file("./a"));
    let special = |kind, name: &str| {
        let change = |header: &mut Header| {
            header.set_entry_type(kind);
            header.as_old_mut().linkname[0] = b'b';
        };
        Tar::new().member(name, b"", change).bytes()
    };
    for kind in [EntryType::Symlink, EntryType::Fifo] {
        assert_told_apart("x.tar", &special(kind, "a"), &special(kind, "a/"));
    }
    let folder = |name: &str| special(EntryType::Directory, name);
    assert_alike("x.tar", &folder("a"), &folder("a/"));
    assert_told_apart("x.tar", &folder("a"), &folder("a/."));
}

#[test]
fn where_the_order_of_members_matters_it_is_content() {
    let both = |first: fn(Tar) -> Tar, second: fn(Tar) -> Tar| {
        let archives = [second(first(Tar::new())), first(second(Tar::new()))];
        let [one, other] = archives.map(Tar::bytes);
        assert_told_apart("x.tar", &one, &other);
    };
    both(
        |tar| tar.file("a", b"\0a"),
        |tar| tar.link(EntryType::Link, "a"),
    );
    both(
        |tar| tar.file("link/a", b"\0a"),
        |tar| tar.link(EntryType::Symlink, "b"),
    );
    both(|tar| tar.file("/a", b"\0a"), |tar| tar.file("a", b"\0b"));
    both(
        |tar| tar.file("a//b", b"\0a"),
        |tar| tar.file("a/b", b"\0b"),
    );
}

#[test]
fn numbers_of_headers_hold_nothing_else() {
    let with = |range: std::ops::Range<usize>, bytes: &[u8]| {
        let change = |header: &mut Header| header.as_mut_bytes()[range].copy_from_slice(bytes);
        Tar::new().member("a", b"\0a", change).bytes()
    };
    assert_alike(
        "x.tar",
        &with(136..148, b"00000000001\0"),
        &with(136..148, b"00000000002\0"),
    );
    assert_alike(
        "x.tar",
        &with(136..148, b"00000000001\0"),
        &with(136..148, b"\x80\0\0\0\0\0\0\0\0\0\0\x01"),
    );
    for (range, one, other) in [
        (136..148, &b"1\0hidden..\0\0"[..], &b"1\0HIDDEN..\0\0"[..]),
        (
            136..148,
            b"\x80one\0\0\0\0\0\0\0\0",
            b"\x80two\0\0\0\0\0\0\0\0",
        ),
        (108..116, b"1\0two\0\0\0", b"1\0six\0\0\0"),
        (
            100..108,
            b"\x80\0\0\x01\0\0\x01\xa4",
            b"\x80\0\0\x02\0\0\x01\xa4",
        ),
        (
            124..136,
            b"\x80\x01\0\0\0\0\0\0\0\0\0\x02",
            b"\x80\x02\0\0\0\0\0\0\0\0\0\x02",
        ),
    ] {
        assert_told_apart("x.tar", &with(range.clone(), one), &with(range, other));
    }
}
