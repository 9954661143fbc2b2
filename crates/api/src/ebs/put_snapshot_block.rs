//! PutSnapshotBlock: wire to request, answer to wire, nothing else.

use super::{SHA256, check_word, snapshot_id};
use crate::{App, run::Run, translate};
use base::{Error, Result};
use identity::Call;
use protocol::ebs;
use volumes::direct::{PutBlock, put_snapshot_block, wanted_blocks};

impl Run for ebs::PutSnapshotBlock {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::PutSnapshotBlockRequest,
    ) -> Result<ebs::PutSnapshotBlockResponse> {
        check_word(
            input.checksum_algorithm.as_deref(),
            SHA256,
            "checksum algorithm",
        )?;
        let data = input.block_data.unwrap_or_default();
        let said = translate::required(input.data_length, "DataLength")?;
        if usize::try_from(said).ok() != Some(data.len()) {
            let message = format!("The data length is {said}, but {} bytes came.", data.len());
            return Err(Error::invalid(message));
        }
        let put = PutBlock {
            snapshot: snapshot_id(input.snapshot_id)?,
            index: i64::from(translate::required(input.block_index, "BlockIndex")?),
            data,
            checksum: translate::required(input.checksum, "Checksum")?,
            progress: input.progress.map(i64::from),
        };
        let checksum = put_snapshot_block(&app.volumes, call, put).await?;
        Ok(ebs::PutSnapshotBlockResponse {
            checksum: Some(checksum),
            checksum_algorithm: Some(SHA256.to_owned()),
        })
    }

    /// The blocks that machines wait for (docs/format/to-come.md).
    fn aside(app: &App, input: &ebs::PutSnapshotBlockRequest) -> Option<(&'static str, String)> {
        let id = snapshot_id(input.snapshot_id.clone()).ok()?;
        let blocks = wanted_blocks(&app.volumes, &id);
        let list: Vec<String> = blocks.iter().map(u64::to_string).collect();
        (!list.is_empty()).then(|| (protocol::WANTED, list.join(",")))
    }
}
