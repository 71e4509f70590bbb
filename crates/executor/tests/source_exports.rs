//! What enters from a commit, and its export into the cache.

mod source_support;

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use resow_executor::source::{CachedSource, Keep, Repository, Selection, SourceCache, SourceError};
use resow_manifest::digest::Sha256Digest;
use resow_manifest::identifiers::CommitId;
use resow_manifest::source_tree::SourceKind;
use source_support::{Sandbox, entering, everything, git_in, including, raw_tree};

fn cache(sandbox: &Sandbox) -> SourceCache {
    SourceCache::open(&sandbox.folder.path().join("cache")).expect("a cache")
}

fn ensure(sandbox: &Sandbox, commit: &CommitId) -> Result<CachedSource, SourceError> {
    cache(sandbox).ensure(&sandbox.open(), commit, &everything())
}

fn refused(sandbox: &Sandbox, commit: &CommitId) -> SourceError {
    ensure(sandbox, commit).expect_err("it is refused")
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("a file")
}

fn leftovers(sandbox: &Sandbox) -> usize {
    std::fs::read_dir(sandbox.folder.path().join("cache"))
        .expect("a cache")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("temporary"))
        .count()
}

/// Waits until a sweep finds nothing locked: a child that another test forks holds this process's locks until it
/// becomes the program that it is to run.
fn swept(sandbox: &Sandbox) {
    for _ in 0..500 {
        cache(sandbox);
        if leftovers(sandbox) == 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("something is still locked");
}

#[test]
fn an_export_is_the_commit_and_not_the_work_tree() {
    let sandbox = Sandbox::new();
    sandbox.write("train.py", "print()");
    sandbox.write("tools/run.sh", "#!/bin/sh");
    sandbox.make_executable("tools/run.sh");
    sandbox.write("empty", "");
    std::os::unix::fs::symlink("../train.py", sandbox.path("tools/link")).expect("a link");
    std::os::unix::fs::symlink("/etc/passwd", sandbox.path("outside")).expect("a link");
    sandbox.write("experiments/a.toml", "manifest");
    sandbox.write("experiments/a.claim.toml", "claim");
    sandbox.write("experiments/code/b.toml", "kept");
    sandbox.write("results/a/out", "old");
    let commit = sandbox.commit("first");
    sandbox.write("train.py", "edited");
    let cached = ensure(&sandbox, &commit).expect("an export");
    let names: Vec<_> = cached
        .tree
        .entries
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        names,
        [
            "empty",
            "experiments/code/b.toml",
            "outside",
            "tools/link",
            "tools/run.sh",
            "train.py"
        ]
    );
    assert_eq!(read(&cached.path, "train.py"), "print()");
    assert_eq!(
        std::fs::read_link(cached.path.join("outside")).expect("a link"),
        Path::new("/etc/passwd")
    );
    for (name, mode, kind) in [
        ("train.py", 0o644, SourceKind::File),
        ("tools/run.sh", 0o755, SourceKind::Executable),
    ] {
        let facts = std::fs::metadata(cached.path.join(name)).expect("a file");
        assert_eq!(facts.permissions().mode() & 0o7777, mode);
        // As root they are the container user's; of any other they are its own.
        let process = std::fs::metadata("/proc/self").expect("a process");
        let owner = match (process.uid(), process.gid()) {
            (0, _) => (1000, 1000),
            own => own,
        };
        assert_eq!((facts.uid(), facts.gid()), owner);
        assert_eq!((facts.mtime(), facts.mtime_nsec()), (315_532_800, 0));
        let entry = cached.tree.entries[&name.parse().expect("a path")];
        let content = std::fs::read(cached.path.join(name)).expect("a file");
        assert_eq!(
            (entry.kind, entry.digest),
            (kind, Sha256Digest::of(&content))
        );
    }
    assert_eq!(
        std::fs::metadata(cached.path.join("tools"))
            .expect("a folder")
            .mtime(),
        315_532_800
    );
    assert_eq!(cached.id, cached.tree.id());
    assert_eq!(leftovers(&sandbox), 0);
}

#[test]
fn an_identity_is_content_and_needs_no_export() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    sandbox.write("README", "old");
    let first = sandbox.commit("first");
    sandbox.write("README", "new");
    let second = sandbox.commit("second");
    sandbox.write("a", "2");
    let third = sandbox.commit("third");
    let (cache, repository, selection) = (cache(&sandbox), sandbox.open(), including(&["a"]));
    let identify = |commit| {
        cache
            .identify(&repository, commit, &selection)
            .expect("an identity")
    };
    assert_eq!(identify(&first), identify(&second));
    assert_ne!(identify(&first), identify(&third));
    assert_eq!(
        identify(&third),
        cache
            .ensure(&repository, &third, &selection)
            .expect("one")
            .id
    );
    assert_eq!(
        cache
            .find_commit_with(
                &repository,
                &identify(&first),
                &selection,
                repository
                    .commits_reachable(&third, 100)
                    .expect("a history"),
            )
            .expect("whole"),
        Some(second.clone())
    );
    // A damaged answer is not believed.
    let expected = identify(&first);
    for entry in std::fs::read_dir(sandbox.folder.path().join("cache/ids")).expect("answers") {
        let path = entry.expect("an answer").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let flipped = if text.contains("sha256:0") {
            text.replace("sha256:0", "sha256:1")
        } else {
            let start = text.find("sha256:").expect("an identity") + 7;
            format!("{}0{}", &text[..start], &text[start + 1..])
        };
        std::fs::write(&path, flipped).expect("a file");
    }
    assert_eq!(identify(&first), expected);
}

#[test]
fn a_cached_export_is_used_again_and_an_edited_one_is_not() {
    let sandbox = Sandbox::new();
    sandbox.write("folder/a", "aaaa");
    sandbox.write("b", "b");
    let commit = sandbox.commit("first");
    let inode = |cached: &CachedSource| {
        std::fs::metadata(cached.path.join("folder/a"))
            .expect("a file")
            .ino()
    };
    let first = ensure(&sandbox, &commit).expect("an export");
    let before = inode(&first);
    assert_eq!(inode(&ensure(&sandbox, &commit).expect("the same")), before);
    drop(first);

    let edits: [fn(&Path); 5] = [
        |tree| {
            let file = std::fs::File::options()
                .write(true)
                .open(tree.join("folder/a"));
            let file = file.expect("a file");
            let time = file
                .metadata()
                .and_then(|facts| facts.modified())
                .expect("a time");
            std::io::Write::write_all(&mut &file, b"bbbb").expect("written");
            file.set_modified(time).expect("a time");
        },
        |tree| std::fs::write(tree.join("folder/extra"), "x").expect("written"),
        |tree| std::fs::remove_file(tree.join("b")).expect("removed"),
        |tree| {
            let mode = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(tree.join("b"), mode).expect("a mode");
        },
        |tree| std::fs::write(tree.join("../entries"), "damaged").expect("written"),
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let cached = ensure(&sandbox, &commit).expect("an export");
        std::thread::sleep(std::time::Duration::from_millis(10));
        edit(&cached.path);
        let again = ensure(&sandbox, &commit).expect("a new export");
        assert_eq!(read(&again.path, "folder/a"), "aaaa", "edit {number}");
        assert_eq!(read(&again.path, "b"), "b", "edit {number}");
        assert!(!again.path.join("folder/extra").exists());
        // The one that `cached` holds is kept aside until it is let go.
        assert_eq!(leftovers(&sandbox), 1, "edit {number}");
        drop(cached);
        swept(&sandbox);
    }
}

#[test]
fn an_export_of_another_start_of_the_host_is_read_before_it_is_used() {
    let sandbox = Sandbox::new();
    sandbox.write("folder/a", "aaaa");
    let commit = sandbox.commit("first");
    let first = ensure(&sandbox, &commit).expect("an export");
    let mark = first.path.with_file_name("boot");
    let start = std::fs::read(&mark).expect("a mark");
    let inode = std::fs::metadata(first.path.join("folder/a"))
        .expect("a file")
        .ino();
    drop(first);

    // Whole: it is used, and marked anew.
    std::fs::write(&mark, "another start\n").expect("written");
    let again = ensure(&sandbox, &commit).expect("the same");
    let same = std::fs::metadata(again.path.join("folder/a"))
        .expect("a file")
        .ino();
    assert_eq!(same, inode);
    assert_eq!(std::fs::read(&mark).expect("a mark"), start);
    drop(again);

    // Without a mark it is read as well.
    std::fs::remove_file(&mark).expect("removed");
    drop(ensure(&sandbox, &commit).expect("the same"));
    assert_eq!(std::fs::read(&mark).expect("a mark"), start);
}

#[test]
fn many_may_export_the_same_at_once() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.write(
            &format!("folder{}/{number}", number % 7),
            &number.to_string(),
        );
    }
    let commit = sandbox.commit("first");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let cached = ensure(&sandbox, &commit).expect("an export");
                assert_eq!(read(&cached.path, "folder0/0"), "0");
            });
        }
    });
    assert_eq!(leftovers(&sandbox), 0);
}

#[test]
fn what_a_killed_process_left_is_swept_and_what_lives_is_not() {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder.path().join("cache");
    std::fs::create_dir_all(folder.join("temporary-dead/tree")).expect("folders");
    std::fs::create_dir_all(folder.join("temporary-live/tree")).expect("folders");
    let live = std::fs::File::open(folder.join("temporary-live")).expect("a folder");
    live.lock_shared().expect("a lock");
    cache(&sandbox);
    assert!(!folder.join("temporary-dead").exists());
    assert!(folder.join("temporary-live").exists());
    drop(live);
    swept(&sandbox);
}

#[test]
fn include_and_exclude_narrow_what_enters() {
    let sandbox = Sandbox::new();
    for name in [
        "train.py",
        "model/a.py",
        "model/deep/b.py",
        "data/x.csv",
        "data/y.csv",
        "results/r",
    ] {
        sandbox.write(name, name);
    }
    let commit = sandbox.commit("first");
    let repository = sandbox.open();
    let enters = |selection: &Selection| entering(&repository, &commit, selection);
    assert_eq!(
        enters(&including(&["train.py", "model/"])),
        ["model/a.py", "model/deep/b.py", "train.py"]
    );
    assert_eq!(
        enters(&including(&["**/*.py"])),
        ["model/a.py", "model/deep/b.py", "train.py"]
    );
    assert_eq!(
        enters(&including(&["m*", "model/a.py"])),
        ["model/a.py", "model/deep/b.py"]
    );
    let selection = Selection {
        include: Vec::new(),
        exclude: vec![
            "data/x.csv".parse().expect("a path"),
            "model".parse().expect("a path"),
        ],
    };
    assert_eq!(enters(&selection), ["data/y.csv", "train.py"]);

    let failed = |selection: &Selection| {
        repository
            .select(&commit, selection)
            .err()
            .expect("it is refused")
    };
    sandbox.write("new/file.py", "x");
    let error = failed(&including(&["train.py", "new"]));
    assert!(error.to_string().contains("`new`"), "{error}");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("git add new")),
        "{error}"
    );
    assert!(failed(&including(&["*.R"])).hint().is_some());
    let error = failed(&including(&["results"]));
    assert!(
        matches!(error, SourceError::NothingEnters { .. }),
        "{error}"
    );
}

#[test]
fn a_snapshot_in_memory_is_identified_and_exported_too() {
    let sandbox = Sandbox::new();
    for number in 0..50 {
        sandbox.write(&format!("f{number}"), "x");
    }
    sandbox.commit("first");
    sandbox.write("f7", "changed");
    let repository = sandbox.open();
    let snapshot = repository.snapshot(&[], Keep::Memory).expect("a snapshot");
    let cached = cache(&sandbox)
        .ensure(&repository, &snapshot.commit, &everything())
        .expect("an export");
    assert_eq!(read(&cached.path, "f7"), "changed");
}

#[test]
fn submodules_enter_from_local_objects_in_any_work_tree() {
    let innermost = Sandbox::new();
    innermost.write("deep.py", "deep");
    innermost.commit("innermost");
    let inner = Sandbox::new();
    inner.write("code.py", "inner");
    let url = innermost.root().display().to_string();
    inner.git(&["submodule", "--quiet", "add", &url, "nested"]);
    inner.commit("inner");
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let url = inner.root().display().to_string();
    sandbox.git(&[
        "submodule",
        "--quiet",
        "add",
        "--name",
        "odd",
        &url,
        "third/lib",
    ]);
    let commit = sandbox.commit("first");
    let failed = |repository: &Repository| {
        repository
            .select(&commit, &everything())
            .err()
            .expect("a part is missing")
    };
    let error = failed(&sandbox.open());
    assert!(
        matches!(error, SourceError::MissingSubmodule { .. }),
        "{error}"
    );
    assert_eq!(
        error.hint().expect("a hint"),
        "run `git submodule update --init --recursive third/lib/nested`"
    );
    sandbox.git(&["submodule", "--quiet", "update", "--init", "--recursive"]);
    let expected = [
        ".gitmodules",
        "a",
        "third/lib/.gitmodules",
        "third/lib/code.py",
        "third/lib/nested/deep.py",
    ];
    assert_eq!(entering(&sandbox.open(), &commit, &everything()), expected);
    sandbox.git(&["worktree", "add", "-q", "../linked", "HEAD"]);
    let linked = Repository::discover(&sandbox.folder.path().join("linked")).expect("linked");
    assert_eq!(entering(&linked, &commit, &everything()), expected);
    let cached = cache(&sandbox)
        .ensure(&linked, &commit, &everything())
        .expect("an export");
    assert_eq!(read(&cached.path, "third/lib/nested/deep.py"), "deep");
    let only = including(&["third/lib/code.py"]);
    assert_eq!(entering(&linked, &commit, &only), ["third/lib/code.py"]);
    git_in(
        sandbox.folder.path(),
        &[
            "clone",
            "-q",
            &sandbox.root().display().to_string(),
            "bare-bones",
        ],
    );
    let other = Repository::discover(&sandbox.folder.path().join("bare-bones")).expect("a clone");
    assert!(matches!(
        failed(&other),
        SourceError::MissingSubmodule { .. }
    ));
    assert_eq!(entering(&other, &commit, &including(&["a"])), ["a"]);
}

#[test]
fn git_lfs_files_enter_with_their_content() {
    let sandbox = Sandbox::new();
    let content = "weights".repeat(1000);
    let digest = Sha256Digest::of(content.as_bytes());
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid {digest}\nsize {}\n",
        content.len()
    );
    sandbox.write("plain/model.bin", &pointer);
    sandbox.write(
        "data/.gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    );
    sandbox.write("data/model.bin", &pointer);
    let commit = sandbox.commit("first");
    let error = refused(&sandbox, &commit);
    assert_eq!(error.hint().expect("a hint"), "run `git lfs fetch`");
    let hexadecimal = digest.hex();
    let object = format!(
        ".git/lfs/objects/{}/{}/{hexadecimal}",
        &hexadecimal[..2],
        &hexadecimal[2..4]
    );
    sandbox.write(&object, &content.replace('w', "v"));
    let error = refused(&sandbox, &commit);
    assert!(error.is_damage(), "{error}");
    assert_eq!(leftovers(&sandbox), 0);
    sandbox.write(&object, &content);
    let cached = ensure(&sandbox, &commit).expect("an export");
    assert_eq!(read(&cached.path, "data/model.bin"), content);
    assert_eq!(read(&cached.path, "plain/model.bin"), pointer);
    // The work tree has the content where git has the pointer: that is no change.
    sandbox.write("data/model.bin", &content);
    let repository = sandbox.open();
    assert!(repository.snapshot(&[], Keep::Memory).expect("one").is_head);
    // Changed content enters as it is, and has the identity that its pointer will have.
    sandbox.write("data/model.bin", "new weights");
    let snapshot = repository.snapshot(&[], Keep::Memory).expect("one");
    let cached = cache(&sandbox).ensure(&repository, &snapshot.commit, &everything());
    assert_eq!(
        read(&cached.expect("an export").path, "data/model.bin"),
        "new weights"
    );
}

#[test]
fn damaged_and_missing_objects_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("folder/a", &"a long line of text\n".repeat(100));
    let commit = sandbox.commit("first");
    let path_of = |hash: &str| format!(".git/objects/{}/{}", &hash[..2], &hash[2..]);
    for (revision, place) in [("HEAD:folder/a", "folder/a"), ("HEAD:folder", "folder")] {
        let hash = sandbox.git(&["rev-parse", revision]);
        let path = sandbox.path(&path_of(&hash));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("a mode");
        let whole = std::fs::read(&path).expect("an object");
        for position in 0..whole.len() {
            let mut content = whole.clone();
            content[position] ^= 1;
            std::fs::write(&path, &content).expect("written");
            match sandbox
                .open()
                .select(&commit, &everything())
                .and_then(|tree| tree.identify())
            {
                Err(error) => {
                    assert!(error.is_damage(), "byte {position}: {error}");
                    assert!(error.to_string().contains(&hash), "{error}");
                    assert!(error.to_string().contains(place), "{error}");
                }
                // Some bits of a compressed stream say nothing of the content.
                Ok(tree) => assert_eq!(tree.entries.len(), 1, "byte {position}"),
            }
        }
        std::fs::write(&path, b"").expect("written");
        let error = refused(&sandbox, &commit);
        assert!(error.is_damage(), "emptied: {error}");
        std::fs::remove_file(&path).expect("removed");
        let error = refused(&sandbox, &commit);
        assert!(
            matches!(error, SourceError::MissingObject { .. }),
            "{error}"
        );
        assert!(error.to_string().contains(place), "{error}");
        std::fs::write(&path, &whole).expect("written");
    }
    // An object under the name of another.
    let hash = sandbox.git(&["rev-parse", "HEAD:folder/a"]);
    let other = sandbox.object("blob", b"other");
    std::fs::copy(
        sandbox.path(&path_of(&other)),
        sandbox.path(&path_of(&hash)),
    )
    .expect("copied");
    assert!(refused(&sandbox, &commit).is_damage());
}

#[test]
fn hostile_trees_are_refused() {
    let sandbox = Sandbox::new();
    let blob = sandbox.object("blob", b"x");
    let empty = sandbox.object("blob", b"");
    let inner = sandbox.object("tree", &raw_tree(&[("100644", b"b", &blob)]));
    let long = [b'x'; 256];
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("parent", raw_tree(&[("100644", b"..", &blob)])),
        ("parent folder", raw_tree(&[("40000", b"..", &inner)])),
        ("self", raw_tree(&[("40000", b".", &inner)])),
        ("absolute", raw_tree(&[("100644", b"/etc/x", &blob)])),
        ("slash", raw_tree(&[("100644", b"a/b", &blob)])),
        ("empty name", raw_tree(&[("100644", b"", &blob)])),
        ("git", raw_tree(&[("40000", b".git", &inner)])),
        ("GIT", raw_tree(&[("40000", b".GiT", &inner)])),
        ("long", raw_tree(&[("100644", &long, &blob)])),
        (
            "twice",
            raw_tree(&[("100644", b"a", &blob), ("100644", b"a", &blob)]),
        ),
        (
            "link and folder",
            raw_tree(&[("120000", b"a", &blob), ("40000", b"a", &inner)]),
        ),
        ("not UTF-8", raw_tree(&[("100644", b"caf\xe9", &blob)])),
        ("mode", raw_tree(&[("20000", b"device", &blob)])),
        ("empty link", raw_tree(&[("120000", b"link", &empty)])),
        ("blob as folder", raw_tree(&[("40000", b"folder", &blob)])),
        ("folder as blob", raw_tree(&[("100644", b"file", &inner)])),
        (
            "truncated",
            raw_tree(&[("100644", b"a", &blob)])[..15].to_vec(),
        ),
    ];
    for (name, tree) in cases {
        let tree = sandbox.object("tree", &tree);
        let commit = sandbox.object(
            "commit",
            format!("tree {tree}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\n{name}\n")
                .as_bytes(),
        );
        let error = refused(&sandbox, &commit.parse().expect("a hash"));
        assert!(
            !matches!(error, SourceError::File { .. }),
            "{name}: {error}"
        );
    }
    assert_eq!(leftovers(&sandbox), 0);
}

#[test]
fn a_tree_that_describes_billions_of_paths_is_refused() {
    let sandbox = Sandbox::new();
    let blob = sandbox.object("blob", b"x");
    let names: Vec<String> = (0..20).map(|number| format!("n{number:02}")).collect();
    let mut tree = {
        let rows: Vec<_> = names
            .iter()
            .map(|name| ("100644", name.as_bytes(), blob.as_str()))
            .collect();
        sandbox.object("tree", &raw_tree(&rows))
    };
    for _ in 0..9 {
        let rows: Vec<_> = names
            .iter()
            .map(|name| ("40000", name.as_bytes(), tree.as_str()))
            .collect();
        let content = raw_tree(&rows);
        tree = sandbox.object("tree", &content);
    }
    let commit = sandbox.commit_tree(&tree);
    let error = refused(&sandbox, &commit);
    assert!(
        matches!(error, SourceError::TooManyEntries { .. }),
        "{error}"
    );
}
