//! What a run sees of its host: the workspace, the inputs, and a few files.

use std::fs;
use std::path::{Path, PathBuf};

use bollard::models::{
    ImageConfig, Mount, MountBindOptions, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig,
};

use crate::docker::labels;
use crate::engine::{ContainerRequest, EngineError, HOME, TEMPORARY, WORKSPACE, refuse_links};
use crate::workspace::WorkspaceMount;

/// All mounts of a run, except those in memory.
pub(super) fn of(
    request: &ContainerRequest,
    image: &ImageConfig,
) -> Result<Vec<Mount>, EngineError> {
    let mut mounts = vec![workspace(request)?];
    for input in &request.inputs {
        refuse_links(&request.workspace, &input.at)?;
        let target = format!("{WORKSPACE}/{}", input.at);
        mounts.push(bind(&input.source, target, true)?);
    }
    for file in &request.files {
        mounts.push(bind(&file.source, file.target.clone(), !file.is_writable)?);
    }
    mounts.extend(image_volumes(request, image)?);
    Ok(mounts)
}

/// The volumes that `mounts` makes, which have to be removed by name.
pub(super) fn volumes(mounts: &[Mount]) -> Vec<String> {
    mounts
        .iter()
        .filter(|mount| mount.typ == Some(MountType::VOLUME))
        .filter_map(|mount| mount.source.clone())
        .collect()
}

fn workspace(request: &ContainerRequest) -> Result<Mount, EngineError> {
    match &request.workspace {
        WorkspaceMount::Folder(folder) => bind(folder, WORKSPACE.to_owned(), false),
        WorkspaceMount::Overlay { options, .. } => Ok(Mount {
            target: Some(WORKSPACE.to_owned()),
            source: Some(labels::name(&request.run)),
            typ: Some(MountType::VOLUME),
            volume_options: Some(MountVolumeOptions {
                no_copy: Some(true),
                labels: Some(labels::of(&request.store, &request.run)),
                driver_config: Some(MountVolumeOptionsDriverConfig {
                    name: Some("local".to_owned()),
                    options: Some(
                        [("type", "overlay"), ("device", "overlay"), ("o", options)]
                            .map(|(key, value)| (key.to_owned(), value.to_owned()))
                            .into(),
                    ),
                }),
                ..Default::default()
            }),
            ..Default::default()
        }),
    }
}

/// The path without links, so that what is mounted is what was looked at.
fn resolve(path: &Path) -> Result<PathBuf, EngineError> {
    fs::canonicalize(path).map_err(|source| EngineError::Mount {
        path: path.to_owned(),
        source,
    })
}

fn as_text(path: &Path) -> Result<&str, EngineError> {
    path.to_str().ok_or_else(|| EngineError::MountPath {
        path: path.to_owned(),
    })
}

pub(super) fn bind(source: &Path, target: String, read_only: bool) -> Result<Mount, EngineError> {
    Ok(Mount {
        target: Some(target),
        source: Some(as_text(&resolve(source)?)?.to_owned()),
        typ: Some(MountType::BIND),
        read_only: Some(read_only),
        bind_options: Some(MountBindOptions {
            // Older engines leave file systems beneath a read-only mount writable: they do not enter.
            non_recursive: Some(true),
            ..Default::default()
        }),
        ..Default::default()
    })
}

/// Folders that the image declares as volumes would be writable and outlive every limit: they are mounted read-only,
/// with the image's content.
fn image_volumes(
    request: &ContainerRequest,
    image: &ImageConfig,
) -> Result<Vec<Mount>, EngineError> {
    let mut mounts = Vec::new();
    for declared in image.volumes.iter().flatten() {
        let path = declared.trim_end_matches('/');
        if [WORKSPACE, HOME, TEMPORARY].contains(&path) {
            continue;
        }
        if [WORKSPACE, HOME, TEMPORARY]
            .iter()
            .any(|ours| Path::new(ours).starts_with(path) || Path::new(path).starts_with(ours))
        {
            return Err(EngineError::UnusableImage {
                image: request.image.to_string(),
                reason: format!("it declares a volume at `{declared}`, where resow mounts its own"),
            });
        }
        mounts.push(Mount {
            target: Some(declared.clone()),
            // Engines refuse a volume that is read-only and has no name.
            source: Some(labels::image_volume(&request.run, mounts.len())),
            typ: Some(MountType::VOLUME),
            read_only: Some(true),
            volume_options: Some(MountVolumeOptions {
                labels: Some(labels::of(&request.store, &request.run)),
                ..Default::default()
            }),
            ..Default::default()
        });
    }
    Ok(mounts)
}
