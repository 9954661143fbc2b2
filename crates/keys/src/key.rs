//! The noun: a key. Pure.
//!
//! ```text
//!  create ─▶ Enabled ◀──▶ Disabled ◀── cancel ──┐
//!               │             │                 │
//!               ├── schedule ─┴──────▶ PendingDeletion ─▶ gone
//!               ▼                               ▲
//!  create ─▶ PendingImport ──── schedule ───────┘      (keys whose material is imported)
//!               ▲    │
//!     expire ───┘    └─ import ─▶ Enabled
//! ```

use crate::name;
use crate::service::Unusable;
use base::{AccountId, Error, Reason, Region, Result, Subject, Tags, Timestamp};
use serde::{Deserialize, Serialize};

/// A symmetric key. Its material is elsewhere, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its id: a UUID, given once in the whole installation.
    pub id: String,
    /// The account that owns it.
    pub account: AccountId,
    /// The Region that it never leaves.
    pub region: Region,
    /// When it was made.
    pub created: Timestamp,
    /// What its owner wrote about it.
    pub description: String,
    /// What may be done with it.
    pub state: State,
    /// Where its material comes from.
    pub origin: Origin,
    /// Who looks after it.
    pub manager: Manager,
    /// When it goes, while it is pending deletion.
    pub deletion: Option<Timestamp>,
    /// Its yearly (or so) rotation.
    pub rotation: Rotation,
    /// The number of the material that encrypts; 0 before any was imported.
    pub material: u32,
    /// When imported material ends, if ever.
    pub expires: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
}

/// What may be done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Everything.
    Enabled,
    /// It is described and changed, not used.
    Disabled,
    /// It is described, until it is gone.
    PendingDeletion,
    /// Its material is not here (yet, or any more).
    PendingImport,
}

/// What happens to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// EnableKey.
    Enable,
    /// DisableKey.
    Disable,
    /// ScheduleKeyDeletion.
    Schedule,
    /// CancelKeyDeletion, with its material here or not.
    Cancel {
        /// Whether it has material.
        material: bool,
    },
    /// Its material comes in.
    Import,
    /// Its imported material goes.
    Forget,
}

impl State {
    /// The only way in which a state changes; nothing where the event is not possible.
    pub fn next(self, event: Event) -> Option<State> {
        use State::{Disabled, Enabled, PendingDeletion, PendingImport};
        match (self, event) {
            (Enabled | Disabled, Event::Enable) => Some(Enabled),
            (Enabled | Disabled, Event::Disable) => Some(Disabled),
            (Enabled | Disabled | PendingImport, Event::Schedule) => Some(PendingDeletion),
            (PendingDeletion, Event::Cancel { material: true }) => Some(Disabled),
            (PendingDeletion, Event::Cancel { material: false }) => Some(PendingImport),
            (PendingImport | Enabled, Event::Import) => Some(Enabled),
            (Disabled, Event::Import) => Some(Disabled),
            (Enabled | Disabled | PendingImport, Event::Forget) => Some(PendingImport),
            (PendingDeletion, Event::Forget) => Some(PendingDeletion),
            (PendingImport, Event::Enable | Event::Disable)
            | (PendingDeletion, Event::Enable | Event::Disable | Event::Schedule | Event::Import)
            | (Enabled | Disabled | PendingImport, Event::Cancel { .. }) => None,
        }
    }

    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Enabled => "Enabled",
            State::Disabled => "Disabled",
            State::PendingDeletion => "PendingDeletion",
            State::PendingImport => "PendingImport",
        }
    }

    /// The word in sentences.
    fn words(self) -> &'static str {
        match self {
            State::Enabled => "enabled",
            State::Disabled => "disabled",
            State::PendingDeletion => "pending deletion",
            State::PendingImport => "pending import",
        }
    }
}

/// Where a key's material comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Made here.
    AwsKms,
    /// Brought by its owner.
    External,
}

impl Origin {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::AwsKms => "AWS_KMS",
            Origin::External => "EXTERNAL",
        }
    }

    /// From AWS's word.
    pub fn parse(text: &str) -> Result<Origin> {
        match text {
            "AWS_KMS" => Ok(Origin::AwsKms),
            "EXTERNAL" => Ok(Origin::External),
            other => Err(Error::unsupported(format!(
                "Keys of the origin '{}' are not made here: AWS_KMS and EXTERNAL are.",
                name::shown(other)
            ))),
        }
    }
}

/// Who looks after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manager {
    /// The account that owns it.
    Customer,
    /// The service: nobody changes it, and only through the service is it used.
    Aws,
}

/// How a key is rotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rotation {
    /// The days between two rotations; nothing if it is not rotated by itself.
    pub every_days: Option<u32>,
    /// When it is rotated next.
    pub next: Option<Timestamp>,
    /// How often it was rotated on demand.
    pub on_demand: u32,
}

impl Key {
    /// Its ARN.
    pub fn arn(&self) -> String {
        name::key_arn(&self.region, &self.account, &self.id)
    }

    /// Its state now: imported material that has ended is not here any more, whether or not
    /// somebody has tidied it away.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.expires {
            Some(end) if end <= now => self.state.next(Event::Forget).unwrap_or(self.state),
            _ => self.state,
        }
    }

    /// Changes the state, or says why not.
    pub fn apply(&mut self, event: Event) -> Result<()> {
        self.state = self.state.next(event).ok_or_else(|| self.wrong_state())?;
        Ok(())
    }

    /// Nothing if the key may be used now, else why not.
    pub fn check_usable(&self, now: Timestamp) -> Result<()> {
        match self.state_at(now) {
            State::Enabled => Ok(()),
            State::Disabled => {
                let message = format!("{} is disabled.", self.arn());
                Err(Error::new(Reason::Unavailable, Subject::Key, message)
                    .with_source(Unusable::Disabled))
            }
            state @ (State::PendingDeletion | State::PendingImport) => Err(self.not_while(state)),
        }
    }

    /// Nothing unless the key is pending deletion.
    pub fn check_stays(&self) -> Result<()> {
        match self.state {
            State::PendingDeletion => Err(self.wrong_state()),
            State::Enabled | State::Disabled | State::PendingImport => Ok(()),
        }
    }

    /// The refusal of what its state forbids.
    pub fn wrong_state(&self) -> Error {
        self.not_while(self.state)
    }

    fn not_while(&self, state: State) -> Error {
        let message = format!("{} is {}.", self.arn(), state.words());
        let error = Error::new(Reason::WrongState, Subject::Key, message);
        match state {
            State::PendingDeletion => error.with_source(Unusable::PendingDeletion),
            State::PendingImport => error.with_source(Unusable::PendingImport),
            State::Enabled | State::Disabled => error,
        }
    }

    /// Nothing if its owner may change it: what AWS manages, nobody changes.
    pub fn check_customers(&self) -> Result<()> {
        if self.manager == Manager::Customer {
            return Ok(());
        }
        let message = format!(
            "{} is managed by AWS: it cannot be changed, shared or deleted.",
            self.arn()
        );
        Err(Error::new(Reason::NotPermitted, Subject::Key, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_way_out_and_no_other() {
        let events = [
            Event::Enable,
            Event::Disable,
            Event::Schedule,
            Event::Cancel { material: true },
            Event::Cancel { material: false },
            Event::Import,
            Event::Forget,
        ];
        let row = |state: State| -> Vec<&str> {
            events
                .iter()
                .map(|event| state.next(*event).map_or("-", State::as_str))
                .collect()
        };
        assert_eq!(
            row(State::Enabled),
            [
                "Enabled",
                "Disabled",
                "PendingDeletion",
                "-",
                "-",
                "Enabled",
                "PendingImport"
            ]
        );
        assert_eq!(
            row(State::Disabled),
            [
                "Enabled",
                "Disabled",
                "PendingDeletion",
                "-",
                "-",
                "Disabled",
                "PendingImport"
            ]
        );
        assert_eq!(
            row(State::PendingImport),
            [
                "-",
                "-",
                "PendingDeletion",
                "-",
                "-",
                "Enabled",
                "PendingImport"
            ]
        );
        assert_eq!(
            row(State::PendingDeletion),
            [
                "-",
                "-",
                "-",
                "Disabled",
                "PendingImport",
                "-",
                "PendingDeletion"
            ]
        );
    }
}
