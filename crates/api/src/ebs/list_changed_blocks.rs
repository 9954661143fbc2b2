//! ListChangedBlocks: wire to request, answer to wire, nothing else.

use super::{block_index, block_size, snapshot_id};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ebs;
use volumes::direct::{ListBlocks, ListChanged, ListedChange, list_changed_blocks};

impl Run for ebs::ListChangedBlocks {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::ListChangedBlocksRequest,
    ) -> Result<ebs::ListChangedBlocksResponse> {
        let request = ListChanged {
            first: input
                .first_snapshot_id
                .map(|id| snapshot_id(Some(id)))
                .transpose()?,
            second: snapshot_id(input.second_snapshot_id)?,
            part: ListBlocks {
                next_token: input.next_token,
                max_results: input.max_results.map(i64::from),
                starting_block: input.starting_block_index.map(i64::from),
            },
        };
        let page = list_changed_blocks(&app.volumes, call, request).await?;
        let block = |change: ListedChange| ebs::ChangedBlock {
            block_index: block_index(change.index),
            first_block_token: change.first_token,
            second_block_token: change.second_token,
        };
        Ok(ebs::ListChangedBlocksResponse {
            changed_blocks: page.blocks.into_iter().map(block).collect(),
            next_token: page.next_token,
            volume_size: Some(i64::from(page.volume_size_gib)),
            block_size: block_size(),
            expiry_time: Some(translate::time(page.expiry)),
        })
    }
}
