//! The credentials that guests read: the same ones until they are close to their end, as SDKs keep
//! them until then. Another profile, association or role shows at once; a start of the service
//! makes new ones, and the old ones are good for what is left of them.

use crate::Instance;
use base::{InstanceId, Result, Timestamp};
use identity::{Entity, Identity, InstanceSession, Resource};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Credentials with less time left are replaced. SDKs ask again within the last quarter of an hour.
const RENEWED_BEFORE: Duration = Duration::from_secs(3600);

/// The credentials that were handed out, by instance.
#[derive(Default)]
pub(crate) struct Handed {
    sessions: Mutex<HashMap<InstanceId, (Whose, InstanceSession)>>,
}

/// What credentials are of. A role that was made anew under the same name has another id.
#[derive(Clone, PartialEq, Eq)]
struct Whose {
    association: String,
    role: String,
}

impl Handed {
    /// Credentials of the role for this instance.
    pub(crate) fn get(
        &self,
        identity: &Identity,
        (instance, role): (&Instance, &Entity),
        now: Timestamp,
    ) -> Result<InstanceSession> {
        let whose = Whose {
            association: instance
                .association()
                .map(|one| one.id.to_string())
                .unwrap_or_default(),
            role: role.id.clone(),
        };
        let good_until = now.plus(RENEWED_BEFORE);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, session)) = sessions.get(&instance.id)
            && *of == whose
            && session.credentials.expires > good_until
        {
            return Ok(session.clone());
        }
        let session = identity::instance_session(identity, role, &instance.arn(), now)?;
        // Those of instances that are gone end here, too.
        sessions.retain(|_, (_, kept)| kept.credentials.expires > good_until);
        sessions.insert(instance.id.clone(), (whose, session.clone()));
        Ok(session)
    }
}
