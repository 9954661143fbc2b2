//! ListSnapshotBlocks: wire to request, answer to wire, nothing else.

use super::{block_index, block_size, snapshot_id};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ebs;
use volumes::direct::{ListBlocks, list_snapshot_blocks};

impl Run for ebs::ListSnapshotBlocks {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::ListSnapshotBlocksRequest,
    ) -> Result<ebs::ListSnapshotBlocksResponse> {
        let part = ListBlocks {
            next_token: input.next_token,
            max_results: input.max_results.map(i64::from),
            starting_block: input.starting_block_index.map(i64::from),
        };
        let id = snapshot_id(input.snapshot_id)?;
        let page = list_snapshot_blocks(&app.volumes, call, &id, part).await?;
        let block = |block: volumes::direct::ListedBlock| ebs::Block {
            block_index: block_index(block.index),
            block_token: Some(block.token),
        };
        Ok(ebs::ListSnapshotBlocksResponse {
            blocks: page.blocks.into_iter().map(block).collect(),
            next_token: page.next_token,
            volume_size: Some(i64::from(page.volume_size_gib)),
            block_size: block_size(),
            expiry_time: Some(translate::time(page.expiry)),
        })
    }
}
