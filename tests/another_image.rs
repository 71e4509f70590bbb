//! `resow verify --accept image`: a claim in another image than the one that it was made in.

mod environment;

use environment::{Environment, steady};

/// An image of the engine that is removed when it goes out of scope.
struct Image<'environment> {
    environment: &'environment Environment,
    id: String,
}

impl<'environment> Image<'environment> {
    /// The image of `docker/python` with a file more in it.
    fn with_a_file(environment: &'environment Environment, content: &str) -> Self {
        let lock = environment::checkout().join("docker/python/recipe.lock");
        let lock = std::fs::read_to_string(lock).expect("a lock");
        let line = lock.split("[image]").nth(1).expect("an image");
        let base = line
            .lines()
            .find_map(|line| line.strip_prefix("id = \""))
            .and_then(|line| line.strip_suffix('"'))
            .expect("an identifier");
        let container = docker(environment, &["create", base, "true"]);
        let file = environment.path().join("added");
        std::fs::write(&file, content).expect("written");
        docker(
            environment,
            &[
                "cp",
                &file.to_string_lossy(),
                &format!("{container}:/added"),
            ],
        );
        let id = docker(environment, &["commit", &container]);
        docker(environment, &["rm", &container]);
        Self { environment, id }
    }
}

impl Drop for Image<'_> {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.environment.run(
            self.environment
                .command("docker", self.environment.path())
                .args(["rmi", &self.id]),
        );
    }
}

fn docker(environment: &Environment, arguments: &[&str]) -> String {
    let transcript = environment.run(
        environment
            .command("docker", environment.path())
            .args(arguments),
    );
    assert_eq!(transcript.code, 0, "docker {arguments:?}\n{transcript}");
    transcript.stdout.trim().to_owned()
}

#[test]
fn docker_only_another_image_is_accepted_when_asked_for_and_never_plainly_identical() {
    // The images are made by Docker, out of containers.
    let environment = Environment::new();
    let farm = environment.coin("farm");
    let one = Image::with_a_file(&environment, "one");
    let other = Image::with_a_file(&environment, "other");
    let build = "build = \"docker/python\"";
    farm.replace(
        "experiments/coin.toml",
        build,
        &format!("id = \"{}\"", one.id),
    );
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    farm.commit("what it gave");
    // The same image at hand: accepting another changes nothing.
    let verified = farm.expect(0, &["verify", "--accept", "image"]);
    assert!(
        verified.stdout.contains("coin: identical (profile"),
        "{verified}"
    );

    farm.replace("experiments/coin.toml", &one.id, &other.id);
    farm.commit("another image");
    let verified = farm.expect(3, &["verify"]);
    assert!(verified.stdout.contains("coin: stale: image"), "{verified}");
    let verified = farm.expect(0, &["verify", "--accept", "image"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 0
        --- stdout ---
        output    expected      got           verdict
        <stdout>  [__DIGEST__]  [__DIGEST__]  identical
        coin: identical, in spite of another image (profile portable, compared with
          experiments/coin.claim.toml)
          image:
            expected
              sha256:[DIGEST]
            got sha256:[DIGEST]
        coin: stale: image (accepted)
        --- stderr ---
        "#);
    });

    // The claim's image cannot be had any more.
    docker(&environment, &["rmi", &one.id]);
    let verified = farm.expect(4, &["verify"]);
    insta::with_settings!({filters => steady()}, {
        insta::assert_snapshot!(verified, @r#"
        exit code: 4
        --- stdout ---
        --- stderr ---
        error: `coin`: image `sha256:[DIGEST]` is neither in the engine nor in the store
        hint: `resow image load FILE` takes it out of a file; `--accept image` compares in spite of another image
        "#);
    });
    let gone = farm.expect(4, &["--docker-host", "unix:///nowhere.sock", "verify"]);
    assert!(gone.stderr.contains("nowhere.sock"), "{gone}");
    assert!(!gone.stderr.contains("--accept"), "{gone}");
    let answer = farm.json(0, &["verify", "--accept", "image"]);
    let verdict = &answer["claims"][0]["verdict"];
    assert_eq!(verdict["grade"], "identical", "{answer}");
    assert_eq!(
        verdict["accepted"],
        serde_json::json!(["image"]),
        "{answer}"
    );
    // A seed that changed as well is not accepted with it.
    farm.replace("experiments/coin.toml", "seed = 42", "seed = 43");
    let verified = farm.expect(3, &["verify", "--accept", "image"]);
    assert!(
        verified
            .stdout
            .contains("identical, in spite of another image"),
        "{verified}"
    );
    assert!(verified.stdout.contains("stale: image, seed"), "{verified}");
}
