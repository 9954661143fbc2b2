//! GetSnapshotBlock: wire to request, answer to wire, nothing else.

use super::{SHA256, block_size, snapshot_id};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ebs;
use volumes::direct::{GetBlock, get_snapshot_block};

impl Run for ebs::GetSnapshotBlock {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::GetSnapshotBlockRequest,
    ) -> Result<ebs::GetSnapshotBlockResponse> {
        let request = GetBlock {
            snapshot: snapshot_id(input.snapshot_id)?,
            index: i64::from(translate::required(input.block_index, "BlockIndex")?),
            token: translate::required(input.block_token, "BlockToken")?,
        };
        let block = get_snapshot_block(&app.volumes, call, request).await?;
        Ok(ebs::GetSnapshotBlockResponse {
            block_data: Some(block.data.into()),
            checksum: Some(block.checksum),
            checksum_algorithm: Some(SHA256.to_owned()),
            data_length: block_size(),
        })
    }
}
