//! Where a repository is found, and what its revisions name.

#[expect(dead_code, reason = "trees are made by hand elsewhere")]
mod source_support;

use resow_executor::source::{Repository, SourceError};
use source_support::{Sandbox, git_in};

#[test]
fn every_way_to_write_a_commit_names_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let first = sandbox.commit("first");
    sandbox.git(&["tag", "light"]);
    sandbox.git(&["tag", "-a", "-m", "annotated", "heavy"]);
    sandbox.write("a", "2");
    let second = sandbox.commit("second");
    let repository = sandbox.open();
    for (revision, expected) in [
        (first.as_str(), &first),
        (&first.as_str()[..8], &first),
        ("light", &first),
        ("heavy", &first),
        ("HEAD~1", &first),
        ("main", &second),
        ("HEAD", &second),
    ] {
        assert_eq!(
            &repository.resolve(revision).expect("it is there"),
            expected,
            "{revision}"
        );
    }
    assert_eq!(repository.head().expect("a head"), Some(second.clone()));
    assert_eq!(
        repository
            .commits_reachable(&second, 10)
            .expect("a history")
            .collect::<Result<Vec<_>, _>>()
            .expect("commits"),
        [second, first]
    );
}

#[test]
fn before_the_first_commit_there_is_nothing_to_fetch() {
    let sandbox = Sandbox::new();
    let repository = sandbox.open();
    for revision in ["HEAD", "HEAD~1", "@", "main"] {
        let error = repository.resolve(revision).expect_err("no commit");
        assert!(
            matches!(error, SourceError::NothingCommitted { .. }),
            "{revision}: {error}"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("git commit")));
    }
    for revision in ["v1.0", "0123456789012345678901234567890123456789"] {
        let error = repository.resolve(revision).expect_err("not here");
        assert!(
            matches!(error, SourceError::RevisionNotFound { .. }),
            "{revision}: {error}"
        );
    }
}

#[test]
fn what_names_no_commit_is_told_apart() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    sandbox.commit("first");
    let repository = sandbox.open();
    for revision in [
        "nowhere",
        "0123456789012345678901234567890123456789",
        "abcdef12",
    ] {
        let error = repository.resolve(revision).expect_err("it is not there");
        assert!(
            matches!(error, SourceError::RevisionNotFound { .. }),
            "{error}"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("git fetch")));
    }
    let error = repository.resolve("HEAD:a").expect_err("it is a blob");
    assert!(matches!(error, SourceError::NotACommit { .. }), "{error}");
    let error = repository.resolve("HEAD^{").expect_err("it is malformed");
    assert!(
        matches!(error, SourceError::MalformedRevision { .. }),
        "{error}"
    );
    // Blobs until two begin with the same four digits.
    let mut seen = std::collections::HashSet::new();
    let twice = (0..)
        .map(|number: u32| sandbox.object("blob", number.to_string().as_bytes())[..4].to_owned())
        .find(|prefix| !seen.insert(prefix.clone()))
        .expect("there are only 65,536");
    let error = repository.resolve(&twice).expect_err("there are two");
    assert!(
        matches!(error, SourceError::AmbiguousRevision { .. }),
        "{error}"
    );
}

#[test]
fn a_repository_is_found_from_wherever_one_works() {
    let sandbox = Sandbox::new();
    sandbox.write("folder/inner/a", "1");
    sandbox.commit("first");
    sandbox.write("folder/inner/a", "2");
    let second = sandbox.commit("second");
    let expected = sandbox.root().canonicalize().expect("a path");
    let root = |repository: &Repository| repository.root().canonicalize().expect("a path");
    let inner = Repository::discover(&sandbox.path("folder/inner")).expect("a repository");
    assert_eq!(root(&inner), expected);

    sandbox.git(&["worktree", "add", "-q", "../linked", "HEAD"]);
    let linked = sandbox.folder.path().join("linked");
    let repository = Repository::discover(&linked.join("folder")).expect("a linked work tree");
    assert_eq!(root(&repository), linked.canonicalize().expect("a path"));
    assert_eq!(repository.resolve("HEAD").expect("a commit"), second);

    let url = format!("file://{}", sandbox.root().display());
    git_in(
        sandbox.folder.path(),
        &["clone", "-q", "--depth", "1", &url, "shallow"],
    );
    let shallow =
        Repository::discover(&sandbox.folder.path().join("shallow")).expect("a shallow clone");
    assert_eq!(shallow.resolve("HEAD").expect("a commit"), second);
    let error = shallow.resolve("HEAD~1").expect_err("it is cut off");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("--unshallow")),
        "{error}"
    );
    assert_eq!(
        shallow
            .commits_reachable(&second, 10)
            .expect("a history")
            .filter_map(Result::ok)
            .count(),
        1
    );
}

#[test]
fn root_only_what_is_no_repository_or_has_no_work_tree_is_refused() {
    let sandbox = Sandbox::new();
    let path = sandbox.folder.path();
    let outside = tempfile::tempdir().expect("a folder");
    assert!(matches!(
        Repository::discover(outside.path()),
        Err(SourceError::NotARepository { .. })
    ));
    git_in(path, &["init", "-q", "--bare", "bare.git"]);
    assert!(matches!(
        Repository::discover(&path.join("bare.git")),
        Err(SourceError::Bare { .. })
    ));
    git_in(path, &["init", "-q", "foreign"]);
    for name in ["foreign", "foreign/.git"] {
        std::os::unix::fs::chown(path.join(name), Some(4321), Some(4321)).expect("root may");
    }
    let error = Repository::discover(&path.join("foreign"))
        .err()
        .expect("it is another user's");
    assert!(matches!(error, SourceError::ForeignOwner { .. }), "{error}");
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("safe.directory"))
    );
}

#[test]
fn what_a_partial_clone_lacks_is_named_with_what_fetches_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1");
    let commit = sandbox.commit("first");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.root().display());
    let arguments = ["clone", "-q", "-n", "--filter=blob:none", &url, "partial"];
    git_in(sandbox.folder.path(), &arguments);
    let repository =
        Repository::discover(&sandbox.folder.path().join("partial")).expect("a partial clone");
    let error = repository
        .read_file(&commit, "a")
        .expect_err("it was never fetched");
    assert!(
        matches!(error, SourceError::MissingObject { .. }),
        "{error}"
    );
    assert!(!error.is_damage());
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("--no-filter"))
    );
}

#[test]
fn files_and_folders_of_a_commit_are_read() {
    let sandbox = Sandbox::new();
    sandbox.write("experiments/a.toml", "a");
    sandbox.write("experiments/b.toml", "b");
    sandbox.write("experiments/deeper/c.toml", "c");
    std::os::unix::fs::symlink("a.toml", sandbox.path("experiments/link.toml")).expect("a link");
    let commit = sandbox.commit("first");
    sandbox.write("experiments/a.toml", "edited");
    let repository = sandbox.open();
    let read = |path| repository.read_file(&commit, path).expect("it is whole");
    assert_eq!(read("experiments/a.toml"), Some(b"a".to_vec()));
    for path in [
        "experiments",
        "experiments/link.toml",
        "none",
        "experiments/a.toml/x",
    ] {
        assert_eq!(read(path), None, "{path}");
    }
    assert_eq!(
        repository
            .list_folder(&commit, "experiments")
            .expect("it is whole"),
        ["a.toml", "b.toml"]
    );
    assert!(
        repository
            .list_folder(&commit, "none")
            .expect("whole")
            .is_empty()
    );
}
