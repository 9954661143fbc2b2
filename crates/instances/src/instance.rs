//! The noun: an instance, its states, and what may happen to it. Pure.
//!
//! ```text
//!   pending ──booted──▶ running ──stop──▶ stopping ──halted──▶ stopped
//!      ▲ └─failed─┐        └────────────halted──────────────▶ │  │ │
//!      └──────────│──────────────────────start────────────────┘  │ │
//!                 ▼                                  terminate ◀──┘ │
//!            shutting-down ──gone──▶ terminated                     │
//!                 ▲─────────────terminate (from any)◀───────────────┘
//! ```
//!
//! A pending instance that cannot be started is on its way out if it never ran, and is stopped
//! again if it ran before ([`Event::LaunchFailed`], [`Event::StartFailed`]).

use crate::{GroupId, Interface, KeyPair};
use base::{AccountId, Error, ImageId, InstanceId, Reason, Region, ReservationId, Result, Subject};
use base::{ProfileAssociationId, Tags, Timestamp, Zone};
use identity::Context;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Who owns it.
    pub owner: AccountId,
    /// Where it lies.
    pub region: Region,
    /// In which zone.
    pub zone: Zone,
    /// The launch that it came from.
    pub reservation: ReservationId,
    /// Its place in that launch, from 0.
    pub launch_index: u32,
    /// The token of that launch.
    pub client_token: Option<String>,
    /// Where it is in its life.
    pub state: State,
    /// Why it is there.
    pub state_reason: Option<StateReason>,
    /// The same for people, such as `User initiated (2026-01-31 12:34:56 GMT)`.
    pub transition: String,
    /// When it was launched, or last started.
    pub launched: Timestamp,
    /// When it was launched first.
    pub created: Timestamp,
    /// The image that it was launched from.
    pub image: ImageId,
    /// Its type.
    pub kind: String,
    /// What the image said at the launch.
    pub from_image: FromImage,
    /// The key that the guest lets in.
    pub key: Option<KeyPair>,
    /// Its network card.
    pub interface: Interface,
    /// Whether it gets a public address whenever it starts.
    pub public: bool,
    /// Its public address, while it runs.
    pub public_ip: Option<Ipv4Addr>,
    /// User data as it was sent: Base64.
    pub user_data: Option<String>,
    /// How its metadata service answers.
    pub metadata: MetadataOptions,
    /// What the guest's own power-off means.
    pub shutdown: ShutdownBehavior,
    /// Whether termination is refused.
    pub disable_termination: bool,
    /// Whether stopping is refused.
    pub disable_stop: bool,
    /// Kept and shown.
    pub ebs_optimized: bool,
    /// Kept and shown: detailed monitoring.
    pub monitoring: bool,
    /// The system UUID, which begins with `ec2`.
    pub uuid: String,
    /// How it is to be brought down, and until when kindly.
    pub halt: Option<Halt>,
    /// It is to be shut down and started again, kindly until then.
    pub cycle: Option<Timestamp>,
    /// Images to be captured from it.
    pub captures: Vec<Capturing>,
    /// How many times it was started.
    pub boots: u32,
    /// How the machine of the last start ended.
    pub exit: Option<Exit>,
    /// The instance profile whose role it has.
    #[serde(default)]
    pub profile: Option<Profile>,
}

/// An instance profile, as an instance holds on to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its unique id, `AIPA…`.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The association of the two; absent in rows that are older than associations.
    #[serde(default)]
    pub association: Option<ProfileAssociationId>,
    /// Since when it has it; absent like the association.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// What an image says at a launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromImage {
    /// Such as `x86_64`.
    pub architecture: String,
    /// `hvm`.
    pub virtualization: String,
    /// What the image asked for.
    pub boot_mode: Option<String>,
    /// Enhanced networking.
    pub ena: bool,
    /// `simple`, or absent.
    pub sriov: Option<String>,
    /// `v2.0`, or absent.
    pub imds_support: Option<String>,
    /// `v2.0`, or absent.
    pub tpm_support: Option<String>,
    /// The device it boots from.
    pub root_device: String,
    /// What it is billed as.
    #[serde(default)]
    pub billing: images::Billing,
}

/// Why an instance is in its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReason {
    /// Such as `Client.UserInitiatedShutdown`.
    pub code: String,
    /// A sentence.
    pub message: String,
}

/// How an instance is brought down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// Until then the guest may shut itself down; after that the plug is pulled.
    pub kindly_until: Timestamp,
}

/// An image that is being captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capturing {
    /// The pending image.
    pub image: ImageId,
    /// The tags of its snapshots.
    pub snapshot_tags: Tags,
}

/// How a machine ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// The guest powered itself off.
    Guest,
    /// This service ended it.
    Cut,
    /// It broke, or somebody else ended it.
    Broken(String),
}

/// What the guest's own power-off means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ShutdownBehavior {
    #[default]
    Stop,
    Terminate,
}

impl ShutdownBehavior {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            ShutdownBehavior::Stop => "stop",
            ShutdownBehavior::Terminate => "terminate",
        }
    }

    /// Reads AWS's word.
    pub fn parse(text: &str) -> Result<ShutdownBehavior> {
        match text {
            "stop" => Ok(ShutdownBehavior::Stop),
            "terminate" => Ok(ShutdownBehavior::Terminate),
            other => {
                let shown: String = other.chars().take(32).collect();
                let message =
                    format!("Invalid value '{shown}' for instanceInitiatedShutdownBehavior.");
                Err(Error::invalid(message))
            }
        }
    }
}

/// How the metadata service answers an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// Whether every request needs a session token.
    pub tokens_required: bool,
    /// The IP hop limit of its answers, 1 to 64.
    pub hop_limit: u8,
    /// Whether it answers at all.
    pub enabled: bool,
    /// Whether it shows the instance's tags.
    pub tags: bool,
}

/// The state of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the module's drawing says it")]
pub enum State {
    Pending,
    Running,
    Stopping,
    Stopped,
    ShuttingDown,
    Terminated,
}

/// What may happen to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The machine was started.
    Booted,
    /// The machine of a launch could not be started.
    LaunchFailed,
    /// The machine of a stopped instance could not be started.
    StartFailed,
    /// It is to be started.
    Start,
    /// It is to be stopped.
    Stop,
    /// The machine is no more.
    Halted,
    /// It is to go.
    Terminate,
    /// Everything it had is given back.
    Gone,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] = [
        State::Pending,
        State::Running,
        State::Stopping,
        State::Stopped,
        State::ShuttingDown,
        State::Terminated,
    ];

    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Running => "running",
            State::Stopping => "stopping",
            State::Stopped => "stopped",
            State::ShuttingDown => "shutting-down",
            State::Terminated => "terminated",
        }
    }

    /// AWS's number for it.
    pub fn code(self) -> i32 {
        match self {
            State::Pending => 0,
            State::Running => 16,
            State::ShuttingDown => 32,
            State::Terminated => 48,
            State::Stopping => 64,
            State::Stopped => 80,
        }
    }

    /// The only way in which a state changes. Nothing: the event is not possible in this state.
    pub fn next(self, event: Event) -> Option<State> {
        match (self, event) {
            (State::Pending, Event::Booted) => Some(State::Running),
            (State::Pending, Event::LaunchFailed) => Some(State::ShuttingDown),
            (State::Pending, Event::StartFailed) => Some(State::Stopped),
            (State::Pending | State::Running | State::Stopping, Event::Stop) => {
                Some(State::Stopping)
            }
            (State::Running | State::Stopping, Event::Halted) => Some(State::Stopped),
            (State::Stopped, Event::Start) => Some(State::Pending),
            (
                State::Pending
                | State::Running
                | State::Stopping
                | State::Stopped
                | State::ShuttingDown,
                Event::Terminate,
            ) => Some(State::ShuttingDown),
            (State::ShuttingDown, Event::Gone) => Some(State::Terminated),
            (State::Terminated, Event::Terminate) => Some(State::Terminated),
            (State::Stopped, Event::Stop) => Some(State::Stopped),
            (State::Pending, Event::Start | Event::Halted | Event::Gone)
            | (
                State::Running,
                Event::Booted
                | Event::LaunchFailed
                | Event::StartFailed
                | Event::Start
                | Event::Gone,
            )
            | (
                State::Stopping,
                Event::Booted
                | Event::LaunchFailed
                | Event::StartFailed
                | Event::Start
                | Event::Gone,
            )
            | (
                State::Stopped,
                Event::Booted
                | Event::LaunchFailed
                | Event::StartFailed
                | Event::Halted
                | Event::Gone,
            )
            | (
                State::ShuttingDown,
                Event::Booted
                | Event::LaunchFailed
                | Event::StartFailed
                | Event::Start
                | Event::Stop
                | Event::Halted,
            )
            | (
                State::Terminated,
                Event::Booted
                | Event::LaunchFailed
                | Event::StartFailed
                | Event::Start
                | Event::Stop
                | Event::Halted
                | Event::Gone,
            ) => None,
        }
    }

    /// Whether it is, or may be, alive: whether it counts against what a host can bear.
    pub fn is_live(self) -> bool {
        match self {
            State::Pending | State::Running | State::Stopping | State::ShuttingDown => true,
            State::Stopped | State::Terminated => false,
        }
    }
}

impl Instance {
    /// The instance after an event, or what a caller reads.
    pub fn after(&self, event: Event) -> Result<Instance> {
        let state = self
            .state
            .next(event)
            .ok_or_else(|| self.wrong_state(event))?;
        Ok(Instance {
            state,
            ..self.clone()
        })
    }

    /// The instance after an event, with AWS's reasons for it.
    pub fn after_because(
        &self,
        event: Event,
        transition: &str,
        (code, message): (&str, &str),
    ) -> Result<Instance> {
        let mut next = self.after(event)?;
        next.transition = transition.to_owned();
        next.state_reason = (!code.is_empty()).then(|| StateReason {
            code: code.to_owned(),
            message: format!("{code}: {message}"),
        });
        Ok(next)
    }

    fn wrong_state(&self, event: Event) -> Error {
        let what = match event {
            Event::Start => "started",
            Event::Stop => "stopped",
            Event::Terminate => "terminated",
            Event::Booted
            | Event::LaunchFailed
            | Event::StartFailed
            | Event::Halted
            | Event::Gone => "changed",
        };
        let message = format!(
            "The instance '{}' is not in a state from which it can be {what}.",
            self.id
        );
        Error::new(Reason::WrongState, Subject::Instance, message)
    }

    /// Whether its machine starts by UEFI.
    pub fn current_boot_mode(&self) -> &'static str {
        match self.from_image.boot_mode.as_deref() {
            Some("uefi" | "uefi-preferred") => "uefi",
            _ => "legacy-bios",
        }
    }

    /// Its private name.
    pub fn private_name(&self) -> String {
        crate::network::private_name(&self.region, self.interface.address)
    }
}

/// `User initiated (2026-01-31 12:34:56 GMT)`.
pub(crate) fn user_initiated(now: Timestamp) -> String {
    let text = now.to_string();
    let (day, time) = (
        text.get(..10).unwrap_or_default(),
        text.get(11..19).unwrap_or_default(),
    );
    format!("User initiated ({day} {time} GMT)")
}

/// What a caller reads who names instances that are not there.
pub(crate) fn not_found(ids: &[String]) -> Error {
    let message = match ids {
        [one] => format!("The instance ID '{one}' does not exist"),
        many => format!("The instance IDs '{}' do not exist", many.join(", ")),
    };
    Error::not_found(Subject::Instance, message)
}

impl identity::Resource for Instance {
    fn arn(&self) -> String {
        format!(
            "arn:aws:ec2:{}:{}:instance/{}",
            self.region, self.owner, self.id
        )
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn conditions(&self, context: &mut Context) {
        Known {
            kind: &self.kind,
            zone: &self.zone,
            metadata: self.metadata,
            ebs_optimized: self.ebs_optimized,
            profile: self.profile.as_ref().map(|profile| profile.arn.as_str()),
        }
        .tell(context);
        context.set("ec2:InstanceID", self.id.to_string());
    }
}

/// What policies may ask about an instance, even before it has an id.
pub(crate) struct Known<'a> {
    pub(crate) kind: &'a str,
    pub(crate) zone: &'a Zone,
    pub(crate) metadata: MetadataOptions,
    pub(crate) ebs_optimized: bool,
    /// The ARN of its instance profile.
    pub(crate) profile: Option<&'a str>,
}

impl Known<'_> {
    pub(crate) fn tell(&self, context: &mut Context) {
        let word = |on: bool, yes: &'static str, no: &'static str| if on { yes } else { no };
        let MetadataOptions {
            tokens_required,
            hop_limit,
            enabled,
            tags,
        } = self.metadata;
        context.set("ec2:AvailabilityZone", self.zone.to_string());
        context.set("ec2:EbsOptimized", self.ebs_optimized.to_string());
        context.set(
            "ec2:InstanceMetadataTags",
            word(tags, "enabled", "disabled"),
        );
        context.set("ec2:InstanceType", self.kind);
        context.set(
            "ec2:MetadataHttpEndpoint",
            word(enabled, "enabled", "disabled"),
        );
        context.set("ec2:MetadataHttpPutResponseHopLimit", hop_limit.to_string());
        context.set(
            "ec2:MetadataHttpTokens",
            word(tokens_required, "required", "optional"),
        );
        context.set("ec2:RootDeviceType", "ebs");
        context.set("ec2:Tenancy", "default");
        if let Some(profile) = self.profile {
            context.set("ec2:InstanceProfile", profile);
        }
    }
}

impl Instance {
    /// Whether it is a member of a group.
    pub fn is_in(&self, group: &GroupId) -> bool {
        self.interface.groups.contains(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_states_and_events() {
        let events = [
            Event::Booted,
            Event::LaunchFailed,
            Event::StartFailed,
            Event::Start,
            Event::Stop,
            Event::Halted,
            Event::Terminate,
            Event::Gone,
        ];
        let row = |state: State| {
            let cells = events.map(|event| state.next(event).map_or("-", State::as_str));
            format!("{}: {}", state.as_str(), cells.join(" "))
        };
        assert_eq!(
            State::ALL.map(row),
            [
                "pending: running shutting-down stopped - stopping - shutting-down -",
                "running: - - - - stopping stopped shutting-down -",
                "stopping: - - - - stopping stopped shutting-down -",
                "stopped: - - - pending stopped - shutting-down -",
                "shutting-down: - - - - - - shutting-down terminated",
                "terminated: - - - - - - terminated -",
            ]
        );
    }

    #[test]
    fn policies_may_ask_about_an_instance_that_is_to_be_made() {
        let region = Region::parse("us-east-1").unwrap();
        let zone = region.zones()[0].clone();
        let profile = "arn:aws:iam::111122223333:instance-profile/guest";
        let known = |profile| Known {
            kind: "t3.nano",
            zone: &zone,
            metadata: MetadataOptions {
                tokens_required: true,
                hop_limit: 2,
                enabled: true,
                tags: false,
            },
            ebs_optimized: false,
            profile,
        };
        let mut context = Context::new();
        known(None).tell(&mut context);
        for (key, value) in [
            ("ec2:AvailabilityZone", "us-east-1a"),
            ("ec2:EbsOptimized", "false"),
            ("ec2:InstanceMetadataTags", "disabled"),
            ("ec2:InstanceType", "t3.nano"),
            ("ec2:MetadataHttpEndpoint", "enabled"),
            ("ec2:MetadataHttpPutResponseHopLimit", "2"),
            ("ec2:MetadataHttpTokens", "required"),
            ("ec2:RootDeviceType", "ebs"),
            ("ec2:Tenancy", "default"),
        ] {
            assert_eq!(context.get(key).unwrap(), [value], "{key}");
        }
        assert_eq!(context.get("ec2:InstanceProfile"), None);
        known(Some(profile)).tell(&mut context);
        assert_eq!(context.get("ec2:InstanceProfile").unwrap(), [profile]);
    }

    #[test]
    fn a_reason_reads_as_ec2_writes_it() {
        let text = user_initiated(Timestamp::from_millis(1_700_000_000_007));
        assert_eq!(text, "User initiated (2023-11-14 22:13:20 GMT)");
    }
}
