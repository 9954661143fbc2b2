//! What operations of STS answer in the same way.

use crate::translate;
use protocol::sts;

pub(super) fn credentials(made: &identity::Credentials) -> sts::Credentials {
    sts::Credentials {
        access_key_id: Some(made.key_id.clone()),
        secret_access_key: Some(made.secret.expose().to_owned()),
        session_token: Some(made.token.expose().to_owned()),
        expiration: Some(translate::time(made.expires)),
    }
}
