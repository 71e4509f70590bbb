//! What `resow diff` and `resow verify` print is read at 80 columns, and is not endless.

mod environment;

use environment::terminal::fits;
use environment::{Environment, Repository};

/// Differences of many kinds, which two runs of a script make.
const SCRIPT: &str = r#"
python3 - <<'PYTHON'
import json, os, time
now = time.time_ns()
deep = "out/a-folder/whose-name/goes-on/and-on/until-nobody/wants-to/read-it/any-more"
os.makedirs(deep)
open(f"{deep}/weights-of-the-first-layer.txt", "w").write(f"{'a word  ' * 40}{now}\n")
json.dump({"time of a thing with a long name " * 4: str(now) * 20, "loss": now * 1e-30, "short": now}, open("out/metrics.json", "w"))
open("out/binary", "wb").write(bytes([0, 255]) + str(now).encode())
os.symlink(f"/somewhere/else/that/is/far/away/from/here/{now}", "out/link")
open(f"out/named-{now}", "w").write("the same under another name")
for number in range(40):
    open(f"out/number-{number}", "w").write(str(now + number))
if now % 2:
    open("out/odd", "w").write("odd")
PYTHON
"#;

fn rich(environment: &Environment) -> Repository<'_> {
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("rich", SCRIPT, "[[outputs]]\npath = \"out\"\n");
    farm.commit("an experiment");
    farm
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let environment = Environment::new();
    let farm = rich(&environment);
    let one = farm.json(0, &["run", "rich"]);
    farm.expect(0, &["claim", "rich"]);
    farm.commit("what it gave");
    let verified = farm.expect(1, &["verify"]);
    fits(&verified.stdout, 80);
    let text = &verified.stdout;
    assert!(text.contains(" more (`--json` has all)"), "{verified}");
    assert!(text.contains("out/metrics.json: "), "{verified}");
    let words = ["left", "right", "there,"];
    let is_odd = |word: &str| words.contains(&word.trim_matches(':'));
    assert!(!text.split_whitespace().any(is_odd), "{verified}");

    farm.replace("experiments/rich.toml", "seed = 42", "seed = 43");
    farm.replace(
        "experiments/rich.toml",
        "command = [\"sh\", \"code/rich.sh\"]",
        "command = [\"sh\", \"code/rich.sh\", \"an argument\", \"and another one that makes the line longer\"]",
    );
    let other = farm.json(0, &["run", "rich"]);
    let short =
        |answer: &serde_json::Value| answer["record"].as_str().expect("a record").to_owned();
    for left in ["rich".to_owned(), short(&one)] {
        let compared = farm.expect(1, &["diff", &left, &short(&other)]);
        fits(&compared.stdout, 80);
        assert!(
            compared.stdout.contains("plan: command:\n  left "),
            "{compared}"
        );
    }
    fits(&farm.expect(1, &["verify"]).stdout, 80);
}

#[test]
fn a_claim_knows_its_host_and_what_libraries_used() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.add_python_image();
    farm.experiment("coin", "echo heads\n", "[[outputs]]\nstream = \"stdout\"\n");
    farm.commit("coin");
    farm.expect(0, &["run", "coin"]);
    farm.expect(0, &["claim", "coin"]);
    farm.commit("what it gave");
    let elsewhere = farm.json(0, &["rerun", "HEAD:coin", "--as-if", "x86-64-v3"]);
    let record = elsewhere["reruns"][0]["record"].as_str().expect("a record");
    let compared = farm.expect(0, &["diff", "coin", record]);
    assert!(
        compared
            .stdout
            .contains("host: as_if: left nothing, right x86-64-v3"),
        "{compared}"
    );
    let answer = farm.json(0, &["diff", "coin", record]);
    assert_eq!(answer["host"][0]["field"], "as_if", "{answer}");
}

#[test]
fn of_many_files_the_first_are_told() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    for number in 0..1500 {
        farm.write(&format!("left/{number}"), format!("{number}\n"));
        farm.write(&format!("right/{number}"), format!("{number} more\n"));
    }
    let compared = farm.expect(1, &["diff", "left", "right"]);
    fits(&compared.stdout, 80);
    let lines = compared.stdout.lines().count();
    assert!(lines < 100, "{lines} lines\n{compared}");
    assert!(
        compared
            .stdout
            .contains("… and 1480 more (`--json` has all)"),
        "{compared}"
    );
    assert!(
        compared.stdout.contains("1500 of 1500 outputs differ"),
        "{compared}"
    );
    let answer = farm.json(1, &["diff", "left", "right"]);
    assert_eq!(answer["outputs"].as_array().expect("outputs").len(), 1500);
}

#[test]
fn an_executable_bit_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("left/run.sh", "echo\n");
    farm.write("right/run.sh", "echo\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(farm.path("right/run.sh"), executable).expect("set");
    let compared = farm.expect(1, &["diff", "left", "right"]);
    assert!(compared.stdout.contains("  executable bit\n"), "{compared}");
    assert!(
        compared
            .stdout
            .contains("right an executable file, the same bytes"),
        "{compared}"
    );
}

#[test]
fn last_places_near_zero_say_little() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    farm.write("a.json", "{\"loss\": 0.0}");
    farm.write("b.json", "{\"loss\": 0.5}");
    let compared = farm.expect(1, &["diff", "a.json", "b.json"]);
    assert!(
        compared
            .stdout
            .contains(" last places (which say little near zero)"),
        "{compared}"
    );
    let answer = farm.json(1, &["diff", "a.json", "b.json"]);
    let distance = &answer["comparison"]["differences"][0]["distance"];
    assert_eq!(distance["is_near_zero"], true, "{answer}");
}

#[test]
fn help_names_all_that_can_be_compared() {
    let environment = Environment::new();
    let farm = environment.repository("farm");
    let help = farm.expect(0, &["--help"]);
    let codes = "0    done, or identical, equivalent, within tolerance\n";
    assert!(help.stdout.contains(codes), "{help}");
    let help = farm.expect(0, &["diff", "--help"]);
    assert!(
        help.stdout
            .contains("records, claims, revisions, folders or files"),
        "{help}"
    );
    assert!(help.stdout.contains("resow diff v1.0 HEAD"), "{help}");
}
