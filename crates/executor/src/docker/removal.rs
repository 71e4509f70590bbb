//! Taking away what a run left in the engine.

use std::time::Duration;

use bollard::errors::Error;
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RemoveVolumeOptions};
use resow_manifest::identifiers::RunId;

use crate::docker::address::Address;
use crate::docker::engine::{ANSWER, block_on};
use crate::docker::labels;
use crate::engine::EngineError;

/// How long removing may take while the engine answers.
const LIMIT: Duration = Duration::from_secs(30);

/// How often what is still in use is tried again, and after which pause.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Kills and removes the run's container, then its volumes. What is not there is no error.
pub(super) async fn of_run(
    client: &bollard::Docker,
    run: &RunId,
    volumes: impl IntoIterator<Item = &String>,
) -> Result<(), Error> {
    let all = async {
        container(client, &labels::name(run)).await?;
        for name in volumes {
            volume(client, run, name).await?;
        }
        Ok(())
    };
    tokio::time::timeout(LIMIT, all)
        .await
        .unwrap_or(Err(Error::RequestTimeoutError))
}

/// The same from a thread that has no client yet.
pub(super) fn of_run_at(
    address: &Address,
    run: &RunId,
    volumes: &[String],
) -> Result<(), EngineError> {
    let client = address.client(ANSWER)?;
    block_on(async {
        of_run(&client, run, volumes)
            .await
            .map_err(EngineError::request("remove the container"))
    })
}

async fn container(client: &bollard::Docker, name: &str) -> Result<(), Error> {
    insist(async || {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true);
        client.remove_container(name, Some(options.build())).await
    })
    .await
}

async fn volume(client: &bollard::Docker, run: &RunId, name: &str) -> Result<(), Error> {
    insist(async || {
        let removed = client
            .remove_volume(name, None::<RemoveVolumeOptions>)
            .await;
        if let Err(Error::DockerResponseServerError {
            status_code: 409, ..
        }) = removed
        {
            // Whoever was killed may have asked for a container that the engine has made only now.
            container(client, &labels::name(run)).await?;
        }
        removed
    })
    .await
}

/// Tries until the thing is gone: a removal may already be under way, a volume may be in use for another moment.
async fn insist(remove: impl AsyncFn() -> Result<(), Error>) -> Result<(), Error> {
    let mut result = Ok(());
    for _ in 0..TRIES {
        result = match remove().await {
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(()),
            Err(
                conflict @ Error::DockerResponseServerError {
                    status_code: 409, ..
                },
            ) => {
                tokio::time::sleep(PAUSE).await;
                Err(conflict)
            }
            other => return other,
        };
        if result.is_ok() {
            break;
        }
    }
    result
}
