//! Whether what a manifest places in the workspace gets in each other's way.

use super::inputs::Input;
use super::log::{FaultLog, Located};
use crate::fault::FaultKind;
use crate::manifest::OutputDeclaration;
use crate::output_location::OutputLocation;
use crate::workspace_path::WorkspacePath;

/// Notes every reserved place and every pair of places that meet.
pub(super) fn check(inputs: &[Input], outputs: &[Located<OutputDeclaration>], log: &mut FaultLog) {
    let mut places: Vec<Place> = Vec::new();
    for at in inputs.iter().filter_map(|input| input.at.as_ref()) {
        places.push(Place {
            noun: "input",
            location: OutputLocation::Path(at.value.clone()),
            span: at.span.clone(),
        });
    }
    for output in outputs {
        places.push(Place {
            noun: "output",
            location: output.value.location.clone(),
            span: output.span.clone(),
        });
    }
    places.sort_by_key(|place| place.span.start);
    for (index, place) in places.iter().enumerate() {
        if let Some(owner) = reserved_by(&place.location) {
            log.add(
                FaultKind::BadValue,
                place.span.clone(),
                format!("{} `{}` lies where {owner}", place.noun, place.location),
                Some("choose another path".to_owned()),
            );
        }
        if let Some(message) = places[..index]
            .iter()
            .find_map(|earlier| place.conflict(earlier))
        {
            let hint = match place.location {
                OutputLocation::StandardOutput => "leave one out",
                _ => "give one another path",
            };
            log.add(
                FaultKind::Conflict,
                place.span.clone(),
                message,
                Some(hint.to_owned()),
            );
        }
    }
}

struct Place {
    noun: &'static str,
    location: OutputLocation,
    span: std::ops::Range<usize>,
}

impl Place {
    /// How the place meets one that is declared before it.
    fn conflict(&self, earlier: &Self) -> Option<String> {
        let (noun, location) = (self.noun, &self.location);
        let (other_noun, other) = (earlier.noun, &earlier.location);
        if location == other && *location == OutputLocation::StandardOutput {
            return Some("the standard output is declared twice".to_owned());
        }
        if location == other {
            return Some(if noun == other_noun {
                format!("two {noun}s are at `{location}`")
            } else {
                format!("an input and an output are both at `{location}`")
            });
        }
        if lies_within(location, other) {
            Some(format!(
                "{noun} `{location}` lies in {other_noun} `{other}`"
            ))
        } else if lies_within(other, location) {
            Some(format!(
                "{other_noun} `{other}` lies in {noun} `{location}`"
            ))
        } else {
            None
        }
    }
}

/// Whether all of `inner` is part of `outer`; two globs are only seen to meet where they are equal.
fn lies_within(inner: &OutputLocation, outer: &OutputLocation) -> bool {
    match (inner, outer) {
        (OutputLocation::Path(path), outer) => outer.covers(path),
        (OutputLocation::Glob(glob), OutputLocation::Path(folder)) => {
            fixed_folder(glob.as_str()).is_some_and(|path| path.is_within(folder))
        }
        _ => false,
    }
}

/// The folder in which all that the glob names lies.
fn fixed_folder(glob: &str) -> Option<WorkspacePath> {
    let special = glob.find(['*', '?', '[', '{', '\\'])?;
    let (folder, _) = glob[..special].rsplit_once('/')?;
    folder.parse().ok()
}

fn reserved_by(location: &OutputLocation) -> Option<&'static str> {
    let text = match location {
        OutputLocation::StandardOutput => return None,
        OutputLocation::Path(path) => path.as_str(),
        OutputLocation::Glob(glob) => glob.as_str(),
    };
    let (first, rest) = text.split_once('/').unwrap_or((text, ""));
    match first {
        ".git" => Some("git keeps its own files"),
        ".resow" => Some("resow keeps its store"),
        "results" => Some("resow puts the last run's outputs"),
        "experiments" if rest.ends_with(".toml") && !rest.contains('/') => {
            Some("manifests and claims lie")
        }
        _ => None,
    }
}
