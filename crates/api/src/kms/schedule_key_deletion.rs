//! ScheduleKeyDeletion: the key goes, in 7 to 30 days.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use protocol::kms;

impl Run for kms::ScheduleKeyDeletion {
    async fn run(
        app: &App,
        call: &Call,
        input: kms::ScheduleKeyDeletionRequest,
    ) -> Result<kms::ScheduleKeyDeletionResponse> {
        let days = translate::unsigned(input.pending_window_in_days, "PendingWindowInDays")?;
        let given = super::key(input.key_id)?;
        let key = keys::schedule_deletion(&app.keys, call, &given, days).await?;
        Ok(kms::ScheduleKeyDeletionResponse {
            key_id: Some(key.arn()),
            deletion_date: key.deletion.map(translate::time),
            key_state: Some(key.state.as_str().to_owned()),
            pending_window_in_days: Some(input.pending_window_in_days.unwrap_or(30)),
        })
    }
}
