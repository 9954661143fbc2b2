//! CompleteSnapshot: wire to request, answer to wire, nothing else.

use super::{SHA256, check_word, snapshot_id};
use crate::{App, run::Run, translate};
use base::Result;
use identity::Call;
use protocol::ebs;
use volumes::direct::{CompleteSnapshot, complete_snapshot};

impl Run for ebs::CompleteSnapshot {
    async fn run(
        app: &App,
        call: &Call,
        input: ebs::CompleteSnapshotRequest,
    ) -> Result<ebs::CompleteSnapshotResponse> {
        check_word(
            input.checksum_algorithm.as_deref(),
            SHA256,
            "checksum algorithm",
        )?;
        let method = input.checksum_aggregation_method.as_deref();
        check_word(method, "LINEAR", "checksum aggregation method")?;
        let count = translate::required(input.changed_blocks_count, "ChangedBlocksCount")?;
        let request = CompleteSnapshot {
            snapshot: snapshot_id(input.snapshot_id)?,
            changed_blocks: i64::from(count),
            checksum: input.checksum,
        };
        let state = complete_snapshot(&app.volumes, call, request).await?;
        Ok(ebs::CompleteSnapshotResponse {
            status: Some(state.as_str().to_owned()),
        })
    }
}
