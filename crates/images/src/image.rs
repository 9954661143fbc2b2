//! The noun: what an image is, and which states it may pass through. Pure.

use crate::{Billing, Mapping};
use base::{AccountId, Error, ImageId, InstanceId, Reason, Region, Result, Subject, Timestamp};
use identity::{Action, Call, Context, Made, Resource};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// Who owns it.
    pub owner: AccountId,
    /// Where it lies.
    pub region: Region,
    /// Its name: used once for each owner and Region.
    pub name: String,
    /// What its owner says of it.
    pub description: String,
    /// Where it is in its life.
    pub state: State,
    /// Why it failed.
    pub state_reason: Option<StateReason>,
    /// `x86_64`, `arm64` or `i386`.
    pub architecture: String,
    /// `hvm` or `paravirtual`.
    pub virtualization: String,
    /// `legacy-bios`, `uefi` or `uefi-preferred`; absent: what the instance type does by default.
    pub boot_mode: Option<String>,
    /// Whether the guest has a driver for the enhanced network adapter.
    pub ena: bool,
    /// `simple`, or absent.
    pub sriov: Option<String>,
    /// `v2.0`: instances require metadata session tokens.
    pub imds_support: Option<String>,
    /// `v2.0`, or absent.
    pub tpm_support: Option<String>,
    /// The device that is booted from.
    pub root_device: String,
    /// The disks and where they appear.
    pub mappings: Vec<Mapping>,
    /// When it was made.
    pub created: Timestamp,
    /// The image that this one was copied or captured from.
    pub source_image: Option<ImageId>,
    /// Where that image lay.
    pub source_region: Option<Region>,
    /// The instance that this image was captured from.
    pub source_instance: Option<InstanceId>,
    /// Who may launch it, besides its owner.
    pub launch: LaunchPermission,
    /// Last launch, shown to the owner.
    pub last_launched: Option<Timestamp>,
    /// What it is billed as.
    #[serde(default)]
    pub billing: Billing,
    /// The account that was found to see it when this was read. Never stored: it is the proof of a
    /// look, because a share with an organization cannot be decided without the database.
    #[serde(skip)]
    pub(crate) seen_by: SeenBy,
}

/// Who was found to see an image. Counts for nothing when images are compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeenBy(pub(crate) Option<AccountId>);

impl PartialEq for SeenBy {
    fn eq(&self, _: &SeenBy) -> bool {
        true
    }
}

impl Eq for SeenBy {}

/// Why an image is in the state that it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReason {
    /// Such as `Client.InternalError`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// Who may launch an image besides its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchPermission {
    /// Everybody.
    pub public: bool,
    /// These accounts.
    pub accounts: BTreeSet<AccountId>,
    /// Every account of these organizations, by ARN.
    #[serde(default)]
    pub organizations: BTreeSet<String>,
    /// Every account beneath these organizational units, by ARN.
    #[serde(default)]
    pub units: BTreeSet<String>,
}

impl LaunchPermission {
    /// Everyone whom it names, apart from everybody: account ids and ARNs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let accounts = self.accounts.iter().map(AccountId::as_str);
        let groups = self.organizations.iter().chain(&self.units);
        accounts.chain(groups.map(String::as_str))
    }

    /// Whether it names one of these.
    pub fn names_any(&self, names: &[String]) -> bool {
        self.names()
            .any(|named| names.iter().any(|name| name == named))
    }
}

/// Where an image is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its snapshots are still being made.
    Pending,
    /// It can be launched and copied.
    Available,
    /// It never became available, or the rest of it never came.
    Failed,
    /// It is gone; the row remembers that it was.
    Deregistered,
}

/// What can happen to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Every snapshot is complete, or can be read while it is on its way.
    Completed,
    /// A snapshot cannot be made.
    Failed,
    /// Its owner deregisters it.
    Deregistered,
}

impl State {
    /// The only way a state changes. Nothing: the event is not possible in this state.
    pub fn next(self, event: Event) -> Option<State> {
        match (self, event) {
            (State::Pending, Event::Completed) => Some(State::Available),
            (State::Pending | State::Available, Event::Failed) => Some(State::Failed),
            (State::Pending | State::Available | State::Failed, Event::Deregistered) => {
                Some(State::Deregistered)
            }
            (State::Available, Event::Completed)
            | (State::Failed, Event::Completed | Event::Failed)
            | (State::Deregistered, Event::Completed | Event::Failed | Event::Deregistered) => None,
        }
    }

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Available => "available",
            State::Failed => "failed",
            State::Deregistered => "deregistered",
        }
    }
}

impl Image {
    /// The image after an event, or an error that says why it cannot happen.
    pub fn after(mut self, event: Event) -> Result<Image> {
        match self.state.next(event) {
            Some(state) => {
                self.state = state;
                Ok(self)
            }
            None => Err(self.unavailable()),
        }
    }

    /// Whether this account may see and launch it, as far as this copy of the row was read for it.
    pub fn is_visible_to(&self, account: &AccountId) -> bool {
        self.owner == *account
            || self.launch.public
            || self.launch.accounts.contains(account)
            || self.seen_by.0.as_ref() == Some(account)
    }

    /// How many milliseconds ago it was deprecated, if it is.
    pub(crate) fn deprecated_for(&self, _now: Timestamp) -> Option<i64> {
        None
    }

    /// `<owner>/<name>`.
    pub fn location(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The error for an image that is there, and not in a state for this.
    pub fn unavailable(&self) -> Error {
        let message = match self.state {
            State::Deregistered => format!("The image ID '{}' is no longer available", self.id),
            State::Pending | State::Available | State::Failed => {
                format!(
                    "The image ID '{}' is in the state '{}'",
                    self.id,
                    self.state.as_str()
                )
            }
        };
        Error::new(Reason::Unavailable, Subject::Image, message)
    }
}

/// The error for images that do not exist for this caller.
pub(crate) fn unknown(ids: &[String]) -> Error {
    let message = match ids {
        [one] => format!("The image id '[{one}]' does not exist"),
        many => format!("The image ids '[{}]' do not exist", many.join(", ")),
    };
    Error::not_found(Subject::Image, message)
}

/// Launching is what an image is shared for; everything else is its owner's.
pub(crate) const LAUNCH: Action = Action("ec2:RunInstances");
/// Copying needs the right to launch, and the storage, which is decided for each snapshot.
pub(crate) const COPY: Action = Action("ec2:CopyImage");

/// Giving a share back is its receiver's.
pub(crate) const CANCEL: Action = Action("ec2:CancelImageLaunchPermission");

impl Resource for Image {
    fn arn(&self) -> String {
        format!("arn:aws:ec2:{}::image/{}", self.region, self.id)
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn is_shared_for(&self, action: Action, account: &AccountId) -> bool {
        [LAUNCH, COPY, CANCEL].contains(&action) && self.is_visible_to(account)
    }

    fn conditions(&self, context: &mut Context) {
        context.set("ec2:ImageID", self.id.as_ref());
        tell(context, &self.owner, self.launch.public);
    }

    fn refusal(&self) -> Error {
        let message = format!("Not authorized for image:{}", self.id);
        Error::new(Reason::NotAuthorized, Subject::Image, message)
    }
}

/// What policies may ask about an image, whether it has an id or not yet.
fn tell(context: &mut Context, owner: &AccountId, public: bool) {
    context.set("ec2:ImageType", "machine");
    context.set("ec2:Owner", owner.as_str());
    context.set("ec2:Public", public.to_string());
    context.set("ec2:RootDeviceType", "ebs");
}

/// An image that is to be made, as policies are asked about it. None is public from the start.
pub fn image_to_make(call: &Call) -> Made {
    let mut context = Context::new();
    tell(&mut context, call.account(), false);
    Made::ec2(call, "image", context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_may_ask_about_an_image() {
        let image = Image {
            id: base::ResourceId::parse("ami-0123456789abcdef0").unwrap(),
            owner: AccountId::parse("111122223333").unwrap(),
            region: Region::parse("us-east-1").unwrap(),
            name: "image".into(),
            description: String::new(),
            state: State::Available,
            state_reason: None,
            architecture: "x86_64".into(),
            virtualization: "hvm".into(),
            boot_mode: None,
            ena: true,
            sriov: None,
            imds_support: None,
            tpm_support: None,
            root_device: "/dev/xvda".into(),
            mappings: vec![],
            created: Timestamp::from_millis(0),
            source_image: None,
            source_region: None,
            source_instance: None,
            launch: LaunchPermission::default(),
            last_launched: None,
            billing: Billing::default(),
            seen_by: SeenBy::default(),
        };
        let told = |image: &Image, key: &str| {
            let mut context = Context::new();
            image.conditions(&mut context);
            context.get(key).map(|values| values.join(" "))
        };
        for (key, value) in [
            ("ec2:ImageID", "ami-0123456789abcdef0"),
            ("ec2:ImageType", "machine"),
            ("ec2:Owner", "111122223333"),
            ("ec2:Public", "false"),
            ("ec2:RootDeviceType", "ebs"),
        ] {
            assert_eq!(told(&image, key).as_deref(), Some(value), "{key}");
        }
        let mut public = image;
        public.launch.public = true;
        assert_eq!(told(&public, "ec2:Public").as_deref(), Some("true"));
    }

    #[test]
    fn the_table_of_states_and_events() {
        let states = [
            State::Pending,
            State::Available,
            State::Failed,
            State::Deregistered,
        ];
        let events = [Event::Completed, Event::Failed, Event::Deregistered];
        let table: Vec<String> = states
            .iter()
            .map(|state| {
                let row: Vec<&str> = events
                    .iter()
                    .map(|event| state.next(*event).map_or("-", State::as_str))
                    .collect();
                format!("{}: {}", state.as_str(), row.join(" "))
            })
            .collect();
        assert_eq!(
            table,
            [
                "pending: available failed deregistered",
                "available: - failed deregistered",
                "failed: - - deregistered",
                "deregistered: - - -",
            ]
        );
    }
}
