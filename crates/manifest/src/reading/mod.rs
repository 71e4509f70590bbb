//! Reads a manifest's text: every fault of it at once, each with its place.

mod claim;
mod command;
mod comparator;
mod determinism;
mod digest;
mod environment;
mod image;
mod inputs;
mod keys;
mod log;
mod outputs;
mod parameters;
mod places;
mod resources;
mod section;
mod setting;
mod source;
mod trace;

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use self::image::Image;
use self::inputs::Input;
use self::log::FaultLog;
use self::section::Section;
use self::setting::Setting;
use crate::fault::{Fault, FaultKind, Faults};
use crate::identifiers::CommitId;
use crate::manifest::{ImageDeclaration, InputDeclaration, Manifest, VERSION};
use crate::parameter::ParameterValue;
use crate::seed::Seed;
use crate::workspace_path::WorkspacePath;

/// What one pass over the text finds.
#[derive(Default)]
pub(crate) struct Reading {
    /// The manifest, where nothing is wrong with it.
    pub(crate) manifest: Option<Manifest>,
    /// Everything that is wrong.
    pub(crate) faults: Vec<Fault>,
    /// The image's reference without a digest, and where it stands.
    pub(crate) unpinned_image: Option<(String, Range<usize>)>,
    /// The inputs without a digest.
    pub(crate) unpinned_inputs: Vec<UnpinnedPlace>,
}

/// An input without a digest, and where it stands.
pub(crate) struct UnpinnedPlace {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) at: WorkspacePath,
    /// Where the value of `at` stands.
    pub(crate) at_span: Range<usize>,
    /// Whether the table is written inline.
    pub(crate) inline: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Every fault of the text, sorted by place.
    pub fn parse(text: &str) -> Result<Self, Faults> {
        let reading = read(text);
        match (Faults::new(reading.faults), reading.manifest) {
            (None, Some(manifest)) => Ok(manifest),
            (Some(faults), _) => Err(faults),
            (None, None) => unreachable!("what keeps a manifest from being read is noted"),
        }
    }
}

/// Reads the text.
pub(crate) fn read(text: &str) -> Reading {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        return Reading {
            faults: errors
                .iter()
                .map(|error| syntax_fault(error, text))
                .collect(),
            ..Reading::default()
        };
    }
    let mut log = FaultLog::default();
    let mut root = Section::root(document.get_ref());
    if let Some(fault) = newer_version(&root) {
        return Reading {
            faults: vec![fault],
            ..Reading::default()
        };
    }
    let (manifest, image, inputs) = read_root(&mut root, text, &mut log);
    let faults = log.into_faults();
    Reading {
        manifest: manifest.filter(|_| faults.is_empty()),
        faults,
        unpinned_image: match image {
            Some(Image::Unpinned(reference, span)) => Some((reference, span)),
            _ => None,
        },
        unpinned_inputs: unpinned_places(inputs, text),
    }
}

fn read_root(
    root: &mut Section<'_>,
    text: &str,
    log: &mut FaultLog,
) -> (Option<Manifest>, Option<Image>, Vec<Input>) {
    root.expect_keys(keys::ROOT, log);
    let root = &*root;
    check_version(root, log);
    let description = root
        .get("description")
        .and_then(|setting| setting.free_text(log).map(ToOwned::to_owned));
    let commit = root
        .get("commit")
        .and_then(|setting| read_commit(&setting, log));
    let seed = read_seed(root, log);
    let command = command::read(root, log);
    let include = source::read(root, log);
    let image = image::read(root, log);
    let parameters = parameters::read(root, log);
    let inputs = inputs::read(root, log);
    let outputs = outputs::read(root, log);
    let environment = environment::read(root, log);
    let resources = resources::read(root, log);
    environment::check_secrets(root, log);
    let determinism = determinism::read(root, log);
    let same = claim::read(root, log);
    let trace = trace::read(root, log);
    places::check(&inputs, &outputs, log);
    if let (Some(command), Some(parameters)) = (&command, &parameters) {
        command::check_placeholders(command, parameters, text, log);
    }
    let program_span = command
        .as_ref()
        .and_then(|command| command.first())
        .map(|program| program.span.clone());
    let manifest = (|| {
        Some(Manifest {
            description,
            commit,
            seed: seed?,
            command: command?
                .into_iter()
                .map(|argument| argument.value)
                .collect(),
            include: include?,
            image: pinned(image.as_ref()?)?,
            parameters: parameters?,
            inputs: inputs.iter().map(declaration).collect::<Option<_>>()?,
            outputs: outputs.into_iter().map(|output| output.value).collect(),
            environment: environment?,
            resources: resources?,
            determinism,
            same: same?,
            trace,
        })
    })();
    if let (Some(manifest), Some(span)) = (&manifest, program_span) {
        command::check_program(manifest, span, log);
    }
    (manifest, image, inputs)
}

fn pinned(image: &Image) -> Option<ImageDeclaration> {
    match image {
        Image::Pinned(declaration) => Some(declaration.clone()),
        Image::Unpinned(..) => None,
    }
}

fn declaration(input: &Input) -> Option<InputDeclaration> {
    Some(InputDeclaration {
        name: input.name.as_ref()?.value.clone(),
        at: input.at.as_ref()?.value.clone(),
        digest: input.digest?,
    })
}

fn unpinned_places(inputs: Vec<Input>, text: &str) -> Vec<UnpinnedPlace> {
    inputs
        .into_iter()
        .filter(|input| input.digest.is_none())
        .filter_map(|input| {
            let at = input.at?;
            Some(UnpinnedPlace {
                index: input.index,
                name: input.name?.value,
                at: at.value,
                at_span: at.span,
                inline: text[input.span].starts_with('{'),
            })
        })
        .collect()
}

fn syntax_fault(error: &toml::de::Error, text: &str) -> Fault {
    let span = error.span().unwrap_or(0..0);
    let span = on_boundaries(span, text);
    Fault::new(FaultKind::Syntax, span, error.message(), None)
}

/// The span, widened to whole characters inside the text.
fn on_boundaries(span: Range<usize>, text: &str) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The fault of a manifest that a newer resow wrote: nothing else can be said about it.
fn newer_version(root: &Section<'_>) -> Option<Fault> {
    let setting = root.get("version")?;
    let DeValue::Integer(integer) = setting.value else {
        return None;
    };
    let known = i64::from_str_radix(integer.as_str(), integer.radix());
    let newer = match known {
        Ok(version) => version > VERSION,
        Err(_) => !integer.as_str().starts_with('-'),
    };
    newer.then(|| {
        let message = format!("version `{integer}` of the manifest is newer than this resow reads");
        let hint = format!("this resow reads version {VERSION}: use a newer resow");
        Fault::new(FaultKind::NewerVersion, setting.span, &message, Some(hint))
    })
}

fn check_version(root: &Section<'_>, log: &mut FaultLog) {
    if let Some(setting) = root.require("version", "begin with `version = 1`", log) {
        let version = setting.integer(i64::MIN..=i64::MAX, log);
        if version.is_some_and(|version| version < 1) {
            let hint = format!("write `version = {VERSION}`");
            setting.refuse("there is no such version of the manifest", Some(hint), log);
        }
    }
}

fn read_seed(root: &Section<'_>, log: &mut FaultLog) -> Option<Seed> {
    let Some(setting) = root.get("seed") else {
        return Some(Seed::default());
    };
    let value = setting.integer(0..=i64::from(u32::MAX), log)?;
    Seed::try_from(value).ok()
}

fn read_commit(setting: &Setting<'_>, log: &mut FaultLog) -> Option<CommitId> {
    let text = setting.text(log)?;
    let commit = text.parse().ok();
    if commit.is_none() {
        let hint = if text.to_lowercase().parse::<CommitId>().is_ok() {
            "write it in lower case".to_owned()
        } else {
            "`git rev-parse REVISION` prints it".to_owned()
        };
        let message = format!("`{text}` is not a full commit hash of 40 hexadecimal digits");
        setting.refuse(message, Some(hint), log);
    }
    commit
}

/// Reads a parameter's value as TOML writes it; `Ok(None)` where the text is not a TOML value.
///
/// # Errors
/// The message of the first fault of a TOML value that no parameter can have.
pub(crate) fn read_parameter_value(text: &str) -> Result<Option<ParameterValue>, String> {
    let Ok(value) = DeValue::parse(text) else {
        return Ok(None);
    };
    let mut log = FaultLog::default();
    let setting = Setting {
        name: "value".to_owned(),
        key_span: value.span(),
        span: value.span(),
        value: value.get_ref(),
    };
    let read = parameters::value(&setting, &mut log);
    match log.into_faults().into_iter().next() {
        Some(fault) => Err(fault.message),
        None => Ok(read),
    }
}
