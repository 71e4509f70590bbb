//! `resow pin`, images by digest out of a real registry, and images by identifier.

mod environment;
#[path = "environment/registry.rs"]
mod registry;

use environment::{Environment, Repository, docker};
use registry::Registry;

const OUTPUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

/// An image of one's own, made of `docker/python` with settings that must not act, and gone afterwards.
struct OwnImage {
    id: String,
}

impl OwnImage {
    fn new(mark: &str) -> Self {
        let lock =
            std::fs::read_to_string(environment::checkout().join("docker/python/recipe.lock"))
                .expect("a lock");
        let base = lock
            .split("id = \"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("an image");
        let container = docker(&["create", base, "true"]);
        let id = docker(&[
            "commit",
            "--change=ENTRYPOINT [\"/bin/false\"]",
            "--change=CMD [\"acts\"]",
            "--change=USER 0:0",
            "--change=WORKDIR /srv",
            "--change=HEALTHCHECK CMD false",
            &format!("--change=ENV MARK={mark}-{}", std::process::id()),
            &container,
        ]);
        docker(&["rm", &container]);
        Self { id }
    }

    fn remove(&self) {
        let names = docker(&[
            "image",
            "inspect",
            "--format",
            "{{join .RepoTags \" \"}} {{join .RepoDigests \" \"}}",
            &self.id,
        ]);
        for name in names.split_whitespace() {
            // With its last tag, a digest goes too.
            let _ = std::process::Command::new("docker")
                .args(["image", "rm", name])
                .output();
        }
        let _ = std::process::Command::new("docker")
            .args(["image", "rm", "--force", &self.id])
            .output();
    }
}

impl Drop for OwnImage {
    fn drop(&mut self) {
        let _ = std::process::Command::new("docker")
            .args(["image", "rm", "--force", &self.id])
            .output();
    }
}

fn declare(farm: &Repository<'_>, image: &str) {
    farm.write(
        "experiments/look.toml",
        format!(
            "# what runs\nversion = 1   # the only one\ncommand = [\"sh\", \"-c\", \"echo $MARK; id -u; pwd\"]\n\n\
             [image]\n{image}\n\n{OUTPUT}"
        ),
    );
    farm.write("README.md", "something that enters\n");
    farm.git(&["add", "--all"]);
}

#[test]
fn docker_only_a_tag_is_pinned_and_the_digest_pulled_and_never_another_image() {
    // Registries are spoken to by Docker.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    environment.farm("only-for-the-image");
    let registry = Registry::start();
    let own = OwnImage::new("pulled");
    let tag = format!("{}/farm/look:1", registry.address);
    docker(&["tag", &own.id, &tag]);
    docker(&["push", "--quiet", &tag]);

    declare(&farm, &format!("reference = \"{tag}\"   # with a comment"));
    let before = farm.read("experiments/look.toml");
    let unpinned = farm.expect(2, &["run", "look"]);
    assert!(unpinned.stderr.contains("is not pinned"), "{unpinned}");
    assert!(unpinned.stderr.contains("hint: `resow pin"), "{unpinned}");

    farm.expect(0, &["pin", "look"]);
    let after = farm.read("experiments/look.toml");
    let (_, digest) = after.split_once("@sha256:").expect("a digest");
    let digest = &digest[..64];
    assert_eq!(
        after,
        before.replace(&format!("\"{tag}\""), &format!("\"{tag}@sha256:{digest}\"")),
        "everything else stays byte for byte"
    );
    let again = farm.expect(0, &["pin", "look"]);
    assert!(again.stdout.contains("pinned already"), "{again}");
    assert_eq!(farm.read("experiments/look.toml"), after);

    own.remove();
    let run = farm.expect(0, &["run", "look"]);
    let mark = format!("pulled-{}", std::process::id());
    assert_eq!(run.stdout, format!("{mark}\n1000\n/workspace\n"));

    // The tag is there, and its digest another: nothing else will do.
    farm.replace("experiments/look.toml", digest, &"0".repeat(64));
    let absent = farm.expect(4, &["run", "look"]);
    assert!(
        absent
            .stderr
            .contains(&format!("{}` cannot be had", "0".repeat(64))),
        "{absent}"
    );
    assert_eq!(absent.stdout, "");

    // And where the registry is gone, what the engine has will do, and what it lacks will not.
    farm.replace("experiments/look.toml", &"0".repeat(64), digest);
    drop(registry);
    farm.expect(0, &["run", "look", "--force"]);
    own.remove();
    let gone = farm.expect(4, &["run", "look", "--force"]);
    assert!(gone.stderr.contains(digest), "{gone}");
}

#[test]
fn docker_only_an_image_by_identifier_brings_its_environment_and_nothing_else() {
    // The image is made by Docker, out of a container.
    let environment = Environment::new();
    let farm = environment.repository("farm");
    environment.farm("only-for-the-image");
    let own = OwnImage::new("named");
    declare(&farm, &format!("id = \"{}\"", own.id));
    let run = farm.expect(0, &["run", "look"]);
    let mark = format!("named-{}", std::process::id());
    assert_eq!(run.stdout, format!("{mark}\n1000\n/workspace\n"));

    // Kept in the store, it survives its removal from the engine.
    farm.expect(0, &["image", "save", &own.id]);
    own.remove();
    let run = farm.expect(0, &["run", "look", "--force"]);
    assert!(run.stdout.contains(&mark), "{run}");

    declare(&farm, &format!("id = \"sha256:{}\"", "1".repeat(64)));
    let absent = farm.resow(&["run", "look"]);
    snapshot!(absent, @"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: image `sha256:[digest]` is neither in the engine nor in the store
    hint: `resow image load FILE` takes it out of a file
    ");
}

#[test]
fn inputs_are_pinned_too() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("data/field.csv", "1,2\n");
    farm.write(".gitignore", "/data\n");
    farm.declare_script(
        "look",
        "cat data/field.csv",
        &format!("[[inputs]]\nname = \"field\"\nat = \"data/field.csv\"   # not in git\n{OUTPUT}"),
    );
    let unpinned = farm.expect(2, &["run", "look"]);
    assert!(unpinned.stderr.contains("resow pin look"), "{unpinned}");
    let pin = farm.resow(&["pin", "look"]);
    snapshot!(pin, @"
    exit code: 0
    --- stdout ---
    input `field` is sha256:[digest]
    --- stderr ---
    ");
    assert!(
        farm.read("experiments/look.toml")
            .contains("# not in git\n")
    );
    assert_eq!(farm.expect(0, &["run", "look"]).stdout, "1,2\n");

    farm.write("data/field.csv", "1,3\n");
    let changed = farm.resow(&["run", "look", "--force"]);
    snapshot!(changed, @"
    exit code: 4
    --- stdout ---
    --- stderr ---
    error: input `field` differs: expected sha256:[digest], got sha256:[digest] in `[folder]/farm/data/field.csv`
    hint: restore the file, or remove `sha256` from the manifest and let `resow pin` write the present one
    ");
}
