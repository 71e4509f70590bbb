//! How resow recognises what it left in an engine.

use std::collections::HashMap;

use resow_manifest::identifiers::RunId;

pub(super) const STORE: &str = "resow.store";
pub(super) const RUN: &str = "resow.run";

/// The labels of a run's container and volumes.
pub(super) fn of(store: &str, run: &RunId) -> HashMap<String, String> {
    HashMap::from([
        (STORE.to_owned(), store.to_owned()),
        (RUN.to_owned(), run.to_string()),
    ])
}

/// The name of a run's container, and of the volume that is its workspace; other volumes have a number behind it.
pub(super) fn name(run: &RunId) -> String {
    format!("resow-{run}")
}

/// The name of the run's volume number `number`, for a folder that its image declares as one.
pub(super) fn image_volume(run: &RunId, number: usize) -> String {
    format!("{}-{number}", name(run))
}

/// The run that something belongs to: only if both its label and its name say so, since images have labels too.
pub(super) fn owner(labels: &HashMap<String, String>, found_name: &str) -> Option<RunId> {
    let run: RunId = labels.get(RUN)?.parse().ok()?;
    let rest = found_name.strip_prefix(&name(&run))?;
    let numbered = |number: &str| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (rest.is_empty() || rest.strip_prefix('-').is_some_and(numbered)).then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_and_name_must_agree() {
        let run = RunId::from_random(5);
        let labels = of("store", &run);
        for ours in [name(&run), image_volume(&run, 12)] {
            assert_eq!(owner(&labels, &ours), Some(run.clone()));
        }
        for strange in [
            "resow-",
            "other",
            &format!("{}x", name(&run)),
            &format!("{}-", name(&run)),
        ] {
            assert_eq!(owner(&labels, strange), None, "{strange}");
        }
        assert_eq!(owner(&HashMap::new(), &name(&run)), None);
    }
}
