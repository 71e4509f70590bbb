//! Images on their way into the engine and out of it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bollard::query_parameters::{CreateImageOptionsBuilder, ImportImageOptionsBuilder};
use futures_util::{Stream, StreamExt};
use resow_manifest::identifiers::ImageId;
use resow_manifest::manifest::ImageReference;
use tokio::io::AsyncReadExt;

use crate::docker::engine::{Docker, block_on};
use crate::docker::images;
use crate::engine::EngineError;
use crate::event::{Event, EventSink};
use crate::image::identity::ImageIdentity;
use crate::interrupt::Interrupt;

/// How often a transfer looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(50);

/// How much of an archive is read at once.
const PIECE: usize = 256 << 10;

impl Docker {
    /// Pulls an image by its digest. No credentials are sent: an image that needs them must be pulled beforehand.
    ///
    /// # Errors
    /// When the registry or the engine refuses, or afterwards has another image there.
    pub fn pull(
        &self,
        reference: &ImageReference,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<ImageIdentity, EngineError> {
        images::check_name(&reference.to_string())?;
        let client = self.patient_client()?;
        let pull = EngineError::request("pull the image");
        block_on(async {
            let options = CreateImageOptionsBuilder::new()
                .from_image(&reference.name)
                .tag(&reference.digest.to_string())
                .build();
            let mut steps = client.create_image(Some(options), None, None);
            while let Some(step) = next_unless(&mut steps, interrupt).await? {
                let step = step.map_err(pull)?;
                if let Some(progress) = step.progress_detail {
                    let bytes = |value: Option<i64>| value.and_then(|v| u64::try_from(v).ok());
                    events(Event::Progress {
                        activity: "pulling the image",
                        done: bytes(progress.current).unwrap_or(0),
                        total: bytes(progress.total),
                    });
                }
            }
            images::find_reference(&client, reference)
                .await?
                .ok_or_else(|| EngineError::UnusableImage {
                    image: reference.to_string(),
                    reason: "after pulling, the engine does not list it under that digest"
                        .to_owned(),
                })
        })
    }

    /// Loads the images of an archive (docker-archive or OCI layout, a tar) into the engine.
    ///
    /// # Errors
    /// When the archive cannot be read, or the engine refuses it.
    pub fn load_image(
        &self,
        archive: &Path,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        let unreadable = |source| EngineError::Archive {
            path: archive.to_owned(),
            source,
        };
        let client = self.patient_client()?;
        block_on(async {
            let file = tokio::fs::File::open(archive).await.map_err(unreadable)?;
            let total = file.metadata().await.map_err(unreadable)?.len();
            let done = Arc::new(AtomicU64::new(0));
            let counter = Arc::clone(&done);
            let pieces = futures_util::stream::unfold(file, move |mut file| {
                let counter = Arc::clone(&counter);
                async move {
                    let mut piece = vec![0; PIECE];
                    match file.read(&mut piece).await {
                        Ok(0) => None,
                        Ok(length) => {
                            counter.fetch_add(length as u64, Ordering::Relaxed);
                            piece.truncate(length);
                            Some((Ok(piece.into()), file))
                        }
                        Err(error) => Some((Err(error), file)),
                    }
                }
            });
            let options = ImportImageOptionsBuilder::new().quiet(true).build();
            let mut answers = client.import_image(options, bollard::body_try_stream(pieces), None);
            loop {
                match tokio::time::timeout(GLANCE, answers.next()).await {
                    Ok(None) => return Ok(()),
                    Ok(Some(answer)) => {
                        answer.map_err(EngineError::request("load the image"))?;
                    }
                    Err(_) => events(Event::Progress {
                        activity: "loading the image",
                        done: done.load(Ordering::Relaxed),
                        total: Some(total),
                    }),
                }
                if interrupt.is_requested() {
                    return Err(EngineError::Interrupted);
                }
            }
        })
    }

    /// Writes an image, as the tar that the engine makes of it, to `destination`.
    ///
    /// # Errors
    /// When the engine does not have the image, or `destination` cannot be written.
    pub fn export_image(
        &self,
        id: &ImageId,
        destination: &mut dyn Write,
        events: &mut EventSink<'_>,
        interrupt: &Interrupt,
    ) -> Result<(), EngineError> {
        let client = self.patient_client()?;
        block_on(async {
            let name = id.to_string();
            if images::inspect(&client, &name).await?.is_none() {
                return Err(EngineError::ImageMissing { id: *id });
            }
            let mut pieces = client.export_image(&name);
            let mut done = 0;
            while let Some(piece) = next_unless(&mut pieces, interrupt).await? {
                let piece = piece.map_err(EngineError::request("export the image"))?;
                destination
                    .write_all(&piece)
                    .map_err(|source| EngineError::Destination { source })?;
                done += piece.len() as u64;
                events(Event::Progress {
                    activity: "exporting the image",
                    done,
                    total: None,
                });
            }
            destination
                .flush()
                .map_err(|source| EngineError::Destination { source })
        })
    }
}

/// The next element, unless the user asks to stop.
async fn next_unless<S: Stream + Unpin>(
    stream: &mut S,
    interrupt: &Interrupt,
) -> Result<Option<S::Item>, EngineError> {
    loop {
        if interrupt.is_requested() {
            return Err(EngineError::Interrupted);
        }
        if let Ok(element) = tokio::time::timeout(GLANCE, stream.next()).await {
            return Ok(element);
        }
    }
}
