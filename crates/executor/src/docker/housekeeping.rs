//! What user 1000 of a container made, opened to a host's user who is neither that one nor root.

use std::path::Path;

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, StartContainerOptions, WaitContainerOptions,
};
use futures_util::TryStreamExt;
use resow_manifest::identifiers::{ImageId, RunId};

use crate::docker::engine::{Docker, block_on};
use crate::docker::{labels, mounts, removal};
use crate::engine::{EngineError, WORKSPACE};

impl Docker {
    /// Lets everyone on the host read and remove what lies in `folder`, by the image's own `chmod`, as root with no
    /// other capability than that needs. Returns whether it could: an image need not have `chmod`.
    ///
    /// To be called when the run's container is removed: this one takes its name, so that a sweep finds it too.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn open_to_everyone(
        &self,
        image: &ImageId,
        store: &str,
        run: &RunId,
        folder: &Path,
    ) -> Result<bool, EngineError> {
        let client = self.patient_client()?;
        let body = body(image, store, run, folder)?;
        block_on(async {
            let result = change_modes(&client, &labels::name(run), body).await;
            let removed = removal::of_run(&client, run, &[]).await;
            let opened = result?;
            removed.map_err(EngineError::request("remove the container"))?;
            Ok(opened)
        })
    }
}

async fn change_modes(
    client: &bollard::Docker,
    name: &str,
    body: ContainerCreateBody,
) -> Result<bool, EngineError> {
    let options = CreateContainerOptionsBuilder::new().name(name).build();
    client
        .create_container(Some(options), body)
        .await
        .map_err(EngineError::request(
            "create a container that opens the run's files",
        ))?;
    match client
        .start_container(name, None::<StartContainerOptions>)
        .await
    {
        // The image has no `chmod`.
        Err(Error::DockerResponseServerError {
            status_code: 400 | 404,
            ..
        }) => return Ok(false),
        started => started.map_err(EngineError::request("open the run's files"))?,
    }
    let ended: Result<Vec<_>, _> = client
        .wait_container(name, None::<WaitContainerOptions>)
        .try_collect()
        .await;
    match ended {
        Ok(_) => Ok(true),
        Err(Error::DockerContainerWaitError { .. }) => Ok(false),
        Err(error) => Err(EngineError::request("open the run's files")(error)),
    }
}

fn body(
    image: &ImageId,
    store: &str,
    run: &RunId,
    folder: &Path,
) -> Result<ContainerCreateBody, EngineError> {
    Ok(ContainerCreateBody {
        user: Some("0:0".to_owned()),
        entrypoint: Some(vec!["chmod".to_owned()]),
        cmd: Some(["-R", "a+rwX", WORKSPACE].map(str::to_owned).to_vec()),
        image: Some(image.to_string()),
        network_disabled: Some(true),
        labels: Some(labels::of(store, run)),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(vec!["DAC_OVERRIDE".to_owned(), "FOWNER".to_owned()]),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            readonly_rootfs: Some(true),
            mounts: Some(vec![mounts::bind(folder, WORKSPACE.to_owned(), false)?]),
            ..Default::default()
        }),
        ..Default::default()
    })
}
