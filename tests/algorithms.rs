//! Operations without a deterministic version: they stop a strict run, and are listed where the manifest allows them.

mod environment;

use environment::{Environment, Repository};

/// A script in the image of PyTorch, which must end with `code`.
fn torch(farm: &Repository<'_>, script: &str, settings: &str, code: i32) -> serde_json::Value {
    farm.write("script.py", script);
    farm.write(
        "experiments/script.toml",
        format!(
            "version = 1\nseed = 42\ncommand = [\"python3\", \"script.py\"]\nimage.build = \"docker/torch\"\n{settings}\
             outputs = [{{ stream = \"stdout\" }}]\nsource = {{ include = [\"script.py\"] }}\n"
        ),
    );
    farm.git(&["add", "--all"]);
    farm.json(code, &["run", "script", "--force"])
}

/// Writes into a tensor by position, for which PyTorch has no deterministic version.
const PUT: &str = "import torch\n\nrow = torch.zeros(3)\n\
                   row.put_(torch.tensor([0, 0]), torch.tensor([1.0, 2.0]))\nprint(float(row.sum()) > 0)\n";

#[test]
fn image_torch_an_operation_without_a_deterministic_version_stops_a_strict_run() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_image("docker/torch");
    let run = torch(&farm, PUT, "", 3);
    assert_eq!(run["outcome"]["kind"], "exited", "{run}");
    let operation = &run["seeding"]["operations"][0];
    assert_eq!(operation["library"], "torch", "{run}");
    assert_eq!(operation["name"], "put_", "{run}");
    assert_eq!(operation["stopped"], true, "{run}");
    assert_eq!(operation["at"]["file"], "script.py", "{run}");
    assert_eq!(operation["at"]["line"], 4, "{run}");
    let told = farm.resow(&["run", "script", "--force"]);
    assert!(told.stderr.contains("`put_`"), "{told}");
    assert!(told.stderr.contains("algorithms = \"warn\""), "{told}");
}

#[test]
fn image_torch_the_same_operation_is_listed_where_that_is_allowed() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_image("docker/torch");
    let warn = "determinism = { algorithms = \"warn\" }\n";
    let run = torch(&farm, PUT, warn, 0);
    let operation = &run["seeding"]["operations"][0];
    assert_eq!(operation["name"], "put_", "{run}");
    assert_eq!(operation["stopped"], false, "{run}");
    // And beside a mismatch: this one differs by the clock.
    let script = format!("{PUT}import time\nprint(time.time_ns())\n");
    torch(&farm, &script, warn, 0);
    farm.commit("a script");
    farm.expect(0, &["claim", "script"]);
    farm.commit("what it gave");
    let verdict = farm.expect(1, &["verify", "script"]);
    assert!(
        verdict
            .stdout
            .contains("`put_` has no deterministic version"),
        "{verdict}"
    );
}
