//! One line of what processes write.

use resow_manifest::seeding_report::UnreachedReason;
use serde::Deserialize;

/// One line, as the contract of the crate says.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Event {
    Process {
        pid: u32,
        program: String,
        arguments: Vec<String>,
    },
    Unreached {
        program: String,
        arguments: Vec<String>,
        reason: Reason,
    },
    Language {
        pid: u32,
        name: String,
        version: String,
    },
    Library {
        name: String,
        version: String,
    },
    Uses {
        name: String,
        what: String,
        value: String,
    },
    Draw {
        call: String,
        reason: String,
        file: Option<String>,
        line: Option<u32>,
    },
    Network {
        host: String,
        file: Option<String>,
        line: Option<u32>,
    },
    Operation {
        library: String,
        name: String,
        stopped: bool,
        file: Option<String>,
        line: Option<u32>,
    },
    Fault {
        what: String,
        message: String,
    },
}

/// Why a program that is about to start will be without the layer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reason {
    Static,
    Environment,
    Runtime,
}

impl From<Reason> for UnreachedReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Static => Self::Static,
            Reason::Environment => Self::Environment,
            Reason::Runtime => Self::Runtime,
        }
    }
}
