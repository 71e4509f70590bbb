//! Removing what runs left behind that ended without removing it.

use std::collections::{BTreeMap, HashMap};

use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use resow_manifest::identifiers::RunId;

use crate::docker::engine::{Docker, block_on};
use crate::docker::{labels, removal};
use crate::engine::EngineError;

impl Docker {
    /// Removes the containers and volumes of this store's runs that are no longer alive, and nothing else. Returns
    /// those runs.
    ///
    /// # Errors
    /// When the engine does not answer, or refuses to remove one.
    pub fn sweep(
        &self,
        store: &str,
        is_alive: &mut dyn FnMut(&RunId) -> bool,
    ) -> Result<Vec<RunId>, EngineError> {
        let client = self.client()?;
        block_on(async {
            let mut swept = Vec::new();
            for (run, volumes) in left_behind(&client, store).await? {
                if is_alive(&run) {
                    continue;
                }
                removal::of_run(&client, &run, &volumes)
                    .await
                    .map_err(EngineError::request(
                        "remove what an earlier run left behind",
                    ))?;
                swept.push(run);
            }
            Ok(swept)
        })
    }
}

/// The runs of which something is there, with their volumes.
async fn left_behind(
    client: &bollard::Docker,
    store: &str,
) -> Result<BTreeMap<RunId, Vec<String>>, EngineError> {
    let filters = HashMap::from([("label", vec![format!("{}={store}", labels::STORE)])]);
    let containers = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    let volumes = ListVolumesOptionsBuilder::new().filters(&filters).build();
    let list = EngineError::request("list what it has");
    let containers = client
        .list_containers(Some(containers))
        .await
        .map_err(list)?;
    let volumes = client.list_volumes(Some(volumes)).await.map_err(list)?;

    let mut left: BTreeMap<RunId, Vec<String>> = BTreeMap::new();
    for container in containers {
        let labels = container.labels.unwrap_or_default();
        let names = container.names.unwrap_or_default();
        let run = names
            .iter()
            .find_map(|name| labels::owner(&labels, name.trim_start_matches('/')));
        left.extend(run.map(|run| (run, Vec::new())));
    }
    for volume in volumes.volumes.unwrap_or_default() {
        if let Some(run) = labels::owner(&volume.labels, &volume.name) {
            left.entry(run).or_default().push(volume.name);
        }
    }
    Ok(left)
}
