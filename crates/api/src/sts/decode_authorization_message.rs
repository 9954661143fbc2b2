//! DecodeAuthorizationMessage: what the sealed part of a refusal says.

use crate::refusal;
use crate::translate::required;
use crate::{App, run::Run};
use base::Result;
use base::{Error, Reason, Subject};
use identity::Call;
use identity::{Action, admit};
use protocol::sts;

impl Run for sts::DecodeAuthorizationMessage {
    async fn run(
        app: &App,
        call: &Call,
        input: sts::DecodeAuthorizationMessageRequest,
    ) -> Result<sts::DecodeAuthorizationMessageResponse> {
        let message = required(input.encoded_message, "EncodedMessage")?;
        let mut tx = app.db.read().await?;
        admit(&mut tx, call, Action("sts:DecodeAuthorizationMessage")).await?;
        let decoded = refusal::open(app, call.account(), &message).ok_or_else(|| {
            let message = "Message content is invalid";
            Error::new(Reason::Malformed, Subject::Session, message)
        })?;
        Ok(sts::DecodeAuthorizationMessageResponse {
            decoded_message: Some(decoded),
        })
    }
}
