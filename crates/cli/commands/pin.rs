//! `resow pin`: the digests of tags and inputs, written into the manifest.

use std::fs::File;
use std::io::Write;

use resow_executor::content_digest::digest_of;
use resow_executor::engine::TaggedImage;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::pinning::{PinTargets, PinnedValues, pin as write_digests};
use serde_json::json;

use crate::answer::Answer;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;

/// Finds what the manifest does not pin, and writes the digests into it.
pub(crate) fn pin(project: &Project, name: &ExperimentName) -> Result<Answer, Failure> {
    let text = project.manifest_text(name)?;
    let path = name.manifest_path();
    let faulty = |faults| Failure::from_faults(&path, &text, &faults);
    let targets = PinTargets::parse(&text).map_err(faulty)?;
    if targets.is_empty() {
        return Ok(Answer::new(
            Exit::Done,
            format!("`{path}` is pinned already"),
            json!({ "experiment": name, "pinned": [] }),
        ));
    }
    let mut values = PinnedValues::default();
    let mut pinned = Vec::new();
    if let Some(reference) = &targets.image {
        let digest = image_digest(project, reference)?;
        pinned.push((format!("image `{reference}`"), digest));
        values.image = Some(digest);
    }
    for input in &targets.inputs {
        let file = project.root().join(input.at.as_str());
        let digest = File::open(&file)
            .and_then(|mut file| digest_of(&mut file))
            .map_err(|error| {
                Failure::from_error(Exit::Unavailable, &error, None)
                    .about(format!(
                        "cannot read input `{}` at `{}`",
                        input.name, input.at
                    ))
                    .with_hint(format!("put the file at `{}`", input.at))
            })?;
        pinned.push((format!("input `{}`", input.name), digest));
        values.inputs.insert(input.index, digest);
    }
    let new_text = write_digests(&text, &values).map_err(faulty)?;
    project.replace_file(&path, |file: &mut File| file.write_all(new_text.as_bytes()))?;
    let lines: Vec<_> = pinned
        .iter()
        .map(|(what, digest)| format!("{what} is {digest}"))
        .collect();
    Ok(Answer::new(
        Exit::Done,
        lines.join("\n"),
        json!({
            "experiment": name,
            "pinned": pinned
                .iter()
                .map(|(what, digest)| json!({"what": what, "digest": digest}))
                .collect::<Vec<_>>(),
        }),
    ))
}

fn image_digest(
    project: &Project,
    reference: &str,
) -> Result<resow_manifest::digest::Sha256Digest, Failure> {
    match project.engine()?.resolve_tag(reference)? {
        Some(TaggedImage::Reference(reference)) => Ok(reference.digest),
        Some(TaggedImage::Id(id)) => Err(Failure::new(
            Exit::Unavailable,
            format!("image `{reference}` is not from a registry: it has no digest there"),
        )
        .with_hint(format!("name what the engine has: `[image] id = \"{id}\"`"))),
        None => Err(Failure::new(
            Exit::Unavailable,
            format!("the engine has no image `{reference}`"),
        )
        .with_hint(format!("run `docker pull {reference}` first"))),
    }
}
