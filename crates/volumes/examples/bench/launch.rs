//! Volumes from a snapshot, as a launch makes them: rows, folders, exports, and the first sector read by NBD.

use crate::{Bench, Meter, REGION, word};
use anyhow::{Context, Result};
use aws_lc_rs::digest::{SHA256, digest};
use base::{AccountId, ResourceId, SnapshotId, Tags, VolumeId, Zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{Call, Caller};
use serde_json::{Value, json};
use std::fs::File;
use std::os::unix::fs::FileExt;
use volumes::direct::{CompleteSnapshot, PutBlock, StartSnapshot};
use volumes::{Asked, CreateVolume, Export, GIB};

impl Bench {
    pub(crate) fn call(&self) -> Result<Call> {
        Ok(Call {
            caller: Caller::root(AccountId::parse("111111111111")?),
            region: self.region.clone(),
            request_id: "bench".into(),
            now: self.volumes.clock().now(),
            dry_run: false,
            context: identity::Context::new(),
        })
    }

    /// `{file}`: a raw file as a completed snapshot, put block by block.
    pub(crate) async fn snapshot(&self, with: &Value) -> Result<Value> {
        let file = File::open(word(with, "file")?)?;
        let size = file.metadata()?.len();
        let start = StartSnapshot {
            encryption: Asked::default(),
            size_gib: i64::try_from(size.div_ceil(GIB))?,
            parent: None,
            description: String::new(),
            tags: Tags::new(),
            timeout_minutes: None,
            client_token: None,
        };
        let started = volumes::direct::start_snapshot(&self.volumes, &self.call()?, start).await?;
        let id = started.snapshot.id;
        let mut changed_blocks = 0;
        for index in 0..size.div_ceil(blocks::BLOCK) {
            let offset = index * blocks::BLOCK;
            let mut data = vec![0; usize::try_from(blocks::BLOCK)?];
            let length = usize::try_from(blocks::BLOCK.min(size - offset))?;
            file.read_exact_at(&mut data[..length], offset)?;
            if data.iter().all(|byte| *byte == 0) {
                continue;
            }
            let put = PutBlock {
                snapshot: id.clone(),
                index: i64::try_from(index)?,
                checksum: STANDARD.encode(digest(&SHA256, &data)),
                data,
                progress: None,
            };
            volumes::direct::put_snapshot_block(&self.volumes, &self.call()?, put).await?;
            changed_blocks += 1;
        }
        let complete = CompleteSnapshot {
            snapshot: id.clone(),
            changed_blocks,
            checksum: None,
        };
        volumes::direct::complete_snapshot(&self.volumes, &self.call()?, complete).await?;
        self.run_jobs().await?;
        Ok(json!({"snapshot": id.as_ref()}))
    }

    /// Runs all jobs that there are.
    pub(crate) async fn run_jobs(&self) -> Result<()> {
        let now = self.volumes.clock().now();
        while let Some(lease) = self.volumes.db().lease("bench", now).await? {
            let ran = volumes::run_job(&self.volumes, &lease).await;
            ran.context("a job of another crate")??;
        }
        Ok(())
    }

    async fn volume(&self, snapshot: &SnapshotId) -> Result<Export> {
        let volume = self.create(Some(snapshot.clone()), None).await?;
        Ok(volumes::open(&self.volumes, &volume).await?)
    }

    /// A new volume: from a snapshot, or empty.
    pub(crate) async fn create(
        &self,
        snapshot: Option<SnapshotId>,
        size_gib: Option<i64>,
    ) -> Result<VolumeId> {
        let request = CreateVolume {
            zone: Zone::parse(&self.region, &format!("{REGION}a"))?,
            size_gib,
            snapshot,
            kind: None,
            iops: None,
            throughput: None,
            encryption: Asked::default(),
            tags: Tags::new(),
            client_token: None,
        };
        let volume = volumes::create_volume(&self.volumes, &self.call()?, request).await?;
        Ok(volume.id)
    }

    /// `{snapshot, count}`: so many volumes at once, until each export has answered its first sector.
    pub(crate) async fn launch(&self, with: &Value) -> Result<Value> {
        let snapshot = SnapshotId::parse(word(with, "snapshot")?)?;
        let count = with["count"].as_u64().context("no count")?;
        let before = crate::disks::folder_bytes(&self.folder.join("volumes"))?;
        let meter = Meter::start()?;
        let launches = (0..count).map(|_| async {
            let export = self.volume(&snapshot).await?;
            tokio::task::spawn_blocking(move || first_sector(&export)).await?
        });
        futures::future::try_join_all(launches).await?;
        let mut answer = meter.stop()?;
        let after = crate::disks::folder_bytes(&self.folder.join("volumes"))?;
        answer["bytes_each"] = json!(after.saturating_sub(before) / count.max(1));
        Ok(answer)
    }

    /// `{snapshot}`: one volume, served for as long as this process lives.
    pub(crate) async fn serve(&self, with: &Value) -> Result<Value> {
        let snapshot = SnapshotId::parse(word(with, "snapshot")?)?;
        let export = self.volume(&snapshot).await?;
        Ok(json!({"socket": export.socket, "name": export.name}))
    }
}

/// What a guest's firmware does first.
fn first_sector(export: &Export) -> Result<()> {
    let mut guest = testkit::Guest::connect(&export.socket, &export.name)?;
    guest.read(0, 512)?;
    Ok(())
}
