//! Removing what runs left behind that ended without removing it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use resow_manifest::identifiers::RunId;

use crate::docker::engine::{Docker, block_on};
use crate::docker::error::EngineError;
use crate::docker::{labels, removal};

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
            let left = left_behind(&client, store).await?;
            let mut asked: BTreeMap<RunId, bool> = BTreeMap::new();
            let mut swept = Vec::new();
            for run in left {
                if *asked.entry(run.clone()).or_insert_with(|| is_alive(&run)) {
                    continue;
                }
                removal::of_run(&client, &run)
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

async fn left_behind(
    client: &bollard::Docker,
    store: &str,
) -> Result<BTreeSet<RunId>, EngineError> {
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

    let of_containers = containers.into_iter().filter_map(|container| {
        let labels = container.labels.unwrap_or_default();
        let names = container.names.unwrap_or_default();
        names
            .iter()
            .find_map(|name| labels::owner(&labels, name.trim_start_matches('/')))
    });
    let of_volumes = volumes
        .volumes
        .unwrap_or_default()
        .into_iter()
        .filter_map(|volume| labels::owner(&volume.labels, &volume.name));
    Ok(of_containers.chain(of_volumes).collect())
}
