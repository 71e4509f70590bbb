//! Which limits this process can have held by control groups.

use std::fs;
use std::path::PathBuf;

use super::advice;
use super::controller::Controller;
use super::hierarchy::{self, Hierarchy};
use super::place::{Place, places};

/// Which interface the host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// No control groups can be seen.
    Absent,
    /// Version 1 alone.
    One,
    /// Version 1, with version 2 beside it for those that want no controllers.
    Hybrid,
    /// Version 2 alone.
    Two,
}

impl Layout {
    /// Its name in a record; empty where there are none.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "",
            Self::One => "1",
            Self::Hybrid => "hybrid",
            Self::Two => "2",
        }
    }
}

/// How control groups are laid out here, as far as this process can see.
pub(in crate::bubblewrap) fn layout() -> Layout {
    hierarchy::of_this_process().map_or(Layout::Absent, |found| hierarchy::layout(&found))
}

/// Which limits this process can have held by control groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Which interface the host has.
    pub layout: Layout,
    /// The controllers that this process can use, each with the folder beneath which it can make groups.
    pub usable: Vec<(Controller, PathBuf)>,
}

impl Delegation {
    /// The controllers that this process cannot use.
    pub fn missing(&self) -> Vec<Controller> {
        let is_usable = |wanted| {
            self.usable
                .iter()
                .any(|(controller, _)| *controller == wanted)
        };
        let mut missing = Controller::ALL.to_vec();
        missing.retain(|controller| !is_usable(*controller));
        missing
    }

    /// What would delegate the missing ones; `None` where none is missing.
    pub fn hint(&self) -> Option<String> {
        (!self.missing().is_empty()).then(|| advice::text(self.layout).to_owned())
    }
}

/// Tries what this process can use: makes a group in each hierarchy and removes it again.
///
/// Where nothing can be read, nothing can be used.
pub fn delegated() -> Delegation {
    delegation(&hierarchy::of_this_process().unwrap_or_default())
}

pub(super) fn delegation(hierarchies: &[Hierarchy]) -> Delegation {
    let mut usable: Vec<_> = hierarchies.iter().flat_map(usable_in).collect();
    usable.sort_by_key(|(controller, _)| *controller);
    usable.dedup_by_key(|(controller, _)| *controller);
    Delegation {
        layout: hierarchy::layout(hierarchies),
        usable,
    }
}

fn usable_in(hierarchy: &Hierarchy) -> Vec<(Controller, PathBuf)> {
    let places = places(hierarchy);
    let Some((place, usable)) = places
        .iter()
        .find_map(|place| Some((place, attempt(place)?)))
    else {
        return Vec::new();
    };
    usable
        .into_iter()
        .map(|controller| (controller, place.folder.clone()))
        .collect()
}

/// The controllers of a group made there.
fn attempt(place: &Place) -> Option<Vec<Controller>> {
    let folder = place
        .folder
        .join(format!("resow-doctor-{}", std::process::id()));
    fs::create_dir(&folder).ok()?;
    let mut usable = place.controllers.clone();
    usable.retain(|controller| folder.join(controller.limit_file(place.version)).exists());
    // Nothing has been in it.
    let _ = fs::remove_dir(&folder);
    (!usable.is_empty()).then_some(usable)
}
