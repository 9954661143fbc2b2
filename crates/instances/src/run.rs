//! RunInstances: everything is checked and written before the answer; machines start in jobs.

use crate::capacity::{no_capacity, room};
use crate::decide::{Plan, decide, snapshot_of};
use crate::groups::ensure_default;
use crate::instance::{FromImage, Instance, MetadataOptions, Profile, ShutdownBehavior, State};
use crate::jobs::Settle;
use crate::network::{Interface, mac_of};
use crate::{Instances, rows};
use base::{AttachmentId, Error, InstanceId, InterfaceId, Reason, ReservationId, ResourceId};
use base::{Result, Subject, Tags};
use identity::{Call, Made, Permit, Resource, authorize, put_tags};
use images::{Ebs, Image, LAUNCH_ACTION, MappingRequest};
use serde::Serialize;
use std::net::Ipv4Addr;
use store::Tx;
use volumes::{Attachment, AttachmentState, Volume};

/// The request. What is absent is decided by the image and the default network.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Run {
    /// The image.
    pub image: Option<String>,
    /// MinCount.
    pub least: Option<i64>,
    /// MaxCount.
    pub most: Option<i64>,
    /// The instance type.
    pub kind: Option<String>,
    /// The name of a key pair.
    pub key: Option<String>,
    /// Security groups by id.
    pub group_ids: Vec<String>,
    /// Security groups by name, in the default VPC.
    pub group_names: Vec<String>,
    /// The subnet.
    pub subnet: Option<String>,
    /// The zone.
    pub zone: Option<String>,
    /// A private address; only for a single instance.
    pub private_ip: Option<Ipv4Addr>,
    /// Whether it gets a public address.
    pub public: Option<bool>,
    /// What its network interface is for.
    pub interface_description: String,
    /// User data, in Base64.
    pub user_data: Option<String>,
    /// Changes to the image's devices.
    pub mappings: Vec<MappingRequest>,
    /// Tags of the instances.
    pub instance_tags: Tags,
    /// Tags of their volumes.
    pub volume_tags: Tags,
    /// Tags of their network interfaces.
    pub interface_tags: Tags,
    /// How the metadata service answers.
    pub metadata: MetadataRequest,
    /// What the guest's own power-off means.
    pub shutdown: Option<ShutdownBehavior>,
    /// Whether termination is refused.
    pub disable_termination: bool,
    /// Whether stopping is refused.
    pub disable_stop: bool,
    /// Kept and shown.
    pub ebs_optimized: bool,
    /// Kept and shown.
    pub monitoring: bool,
    /// The name of the instance profile.
    pub profile_name: Option<String>,
    /// Or its ARN.
    pub profile_arn: Option<String>,
    /// The same token gets the same reservation again.
    #[serde(skip)]
    pub client_token: Option<String>,
}

/// The options of the metadata service that a request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetadataRequest {
    /// Whether every request needs a session token.
    pub tokens_required: Option<bool>,
    /// The IP hop limit of its answers.
    pub hop_limit: Option<i64>,
    /// Whether it answers at all.
    pub enabled: Option<bool>,
    /// Whether it shows the instance's tags.
    pub tags: Option<bool>,
}

impl MetadataRequest {
    /// The options with these changes.
    pub fn over(&self, before: MetadataOptions) -> Result<MetadataOptions> {
        let hop_limit = match self.hop_limit {
            None => before.hop_limit,
            Some(hops) => u8::try_from(hops).ok().filter(|hops| (1..=64).contains(hops)).ok_or_else(|| {
                let message = format!(
                    "Value ({hops}) for parameter httpPutResponseHopLimit is invalid. It is 1 to 64."
                );
                Error::invalid(message)
            })?,
        };
        Ok(MetadataOptions {
            tokens_required: self.tokens_required.unwrap_or(before.tokens_required),
            hop_limit,
            enabled: self.enabled.unwrap_or(before.enabled),
            tags: self.tags.unwrap_or(before.tags),
        })
    }
}

/// The instances of one launch.
#[derive(Clone, Debug)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// Its instances.
    pub instances: Vec<crate::Described>,
}

const OPERATION: &str = "RunInstances";
/// The most instances of one launch.
const MOST: i64 = 100;

/// RunInstances.
pub async fn run(instances: &Instances, call: &Call, request: Run) -> Result<Reservation> {
    let request = request.without_empty_texts();
    let parameters = serde_json::to_string(&request).map_err(Error::internal)?;
    let ready = instances.hypervisor().await.map(drop);
    let mut tx = instances.db().begin().await?;
    if let Some(token) = &request.client_token
        && let Some(earlier) = tx
            .replay(call.place(), OPERATION, token, &parameters)
            .await?
    {
        return replayed(&mut tx, &earlier).await;
    }
    let (least, most) = request.counts()?;
    let plan = decide(&mut tx, call, &request).await?;
    ready.map_err(|error| {
        let message = "This host cannot run instances: QEMU is missing or too old.";
        Error::new(Reason::Unsupported, Subject::InstanceType, message).with_source(error)
    })?;
    let permit = may_launch(&mut tx, call, (&request, &plan)).await?;
    let room = room(instances, &mut tx, plan.kind).await?;
    let count = most.min(i64::try_from(room).unwrap_or(i64::MAX));
    if count < least {
        return Err(no_capacity());
    }
    ensure_default(&mut tx, &permit).await?;
    let reservation = ReservationId::random(instances.entropy());
    for index in 0..u32::try_from(count).map_err(Error::internal)? {
        launch(
            instances,
            &mut tx,
            (call, &permit),
            (&request, &plan),
            (&reservation, index),
        )
        .await?;
    }
    images::note_launch(&mut tx, &permit, &plan.image.id, permit.now()).await?;
    if let Some(token) = &request.client_token {
        tx.remember(
            call.place(),
            OPERATION,
            token,
            &parameters,
            reservation.as_ref(),
        )
        .await?;
    }
    let launched = described(&mut tx, &reservation).await?;
    tx.commit().await?;
    Ok(Reservation {
        id: reservation,
        instances: launched,
    })
}

/// Asks about what the launch uses and about what it makes, as EC2 does. The snapshots beneath the
/// image are part of it; those that the request names itself are asked about too.
async fn may_launch(tx: &mut Tx, call: &Call, (request, plan): (&Run, &Plan)) -> Result<Permit> {
    let mut made = vec![plan.instance_to_make(call, request)];
    let public = request.public.unwrap_or(plan.subnet.public_by_default);
    let card = crate::network::of_interface(&plan.subnet, public);
    made.push(Made::ec2(call, "network-interface", card));
    for (_, ebs) in &plan.devices {
        let new = plan.new_volume(request, ebs)?;
        made.push(volumes::volume_to_make(tx, call, &new).await?);
    }
    let of_image: Vec<_> = plan.image.mappings.iter().filter_map(snapshot_of).collect();
    let mut about: Vec<&dyn Resource> = vec![&plan.image, &plan.subnet];
    about.extend(plan.groups.iter().map(|group| group as &dyn Resource));
    about.extend(plan.key.iter().map(|key| key as &dyn Resource));
    let named = plan
        .snapshots
        .values()
        .filter(|s| !of_image.contains(&s.id));
    about.extend(named.map(|snapshot| snapshot as &dyn Resource));
    about.extend(made.iter().map(|made| made as &dyn Resource));
    authorize(tx, call, LAUNCH_ACTION, &about).await
}

async fn replayed(tx: &mut Tx, reservation: &str) -> Result<Reservation> {
    let id = ReservationId::parse(reservation)?;
    let instances = described(tx, &id).await?;
    if instances
        .iter()
        .all(|described| described.instance.state == State::Terminated)
    {
        let message = "The client token belongs to instances that are terminated.";
        return Err(Error::new(
            Reason::Unavailable,
            Subject::ClientToken,
            message,
        ));
    }
    Ok(Reservation { id, instances })
}

async fn described(tx: &mut Tx, reservation: &ReservationId) -> Result<Vec<crate::Described>> {
    let mut launched = rows::launched(tx, reservation).await?;
    launched.sort_by_key(|instance| instance.launch_index);
    let mut described = Vec::new();
    for instance in launched {
        described.push(crate::describe::of(tx, instance).await?);
    }
    Ok(described)
}

impl Run {
    /// Packer sends empty texts for what it does not set.
    fn without_empty_texts(mut self) -> Run {
        let texts = [
            &mut self.image,
            &mut self.kind,
            &mut self.key,
            &mut self.subnet,
            &mut self.zone,
            &mut self.user_data,
            &mut self.client_token,
            &mut self.profile_name,
            &mut self.profile_arn,
        ];
        for text in texts {
            text.take_if(|text| text.is_empty());
        }
        self
    }

    fn counts(&self) -> Result<(i64, i64)> {
        let least = self.least.ok_or_else(|| Error::missing("MinCount"))?;
        let most = self.most.ok_or_else(|| Error::missing("MaxCount"))?;
        if least < 1 || most < least {
            let message = format!(
                "Invalid value '{least}' for MinCount, or '{most}' for MaxCount: 1 <= MinCount <= MaxCount."
            );
            return Err(Error::invalid(message));
        }
        if most > MOST {
            let message = format!(
                "You have requested more instances ({most}) than your current instance limit of {MOST} allows."
            );
            return Err(Error::new(Reason::Limit, Subject::Instance, message));
        }
        if most > 1 && self.private_ip.is_some() {
            let message = "A private address can be given for a single instance only.";
            return Err(Error::new(Reason::Combination, Subject::Parameter, message));
        }
        Ok((least, most))
    }
}

/// Writes one instance with everything that it has.
async fn launch(
    instances: &Instances,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    (request, plan): (&Run, &Plan),
    (reservation, index): (&ReservationId, u32),
) -> Result<()> {
    let id = InstanceId::random(instances.entropy());
    let taken = rows::private_addresses(tx, &plan.subnet.id).await?;
    let address = match request.private_ip {
        Some(address) => plan
            .subnet
            .check_address(address, &taken)
            .map(|()| address)?,
        None => plan.subnet.free_address(&taken, chance(instances))?,
    };
    let instance = Instance {
        interface: interface(instances, permit, (request, plan), (&id, address)),
        id,
        owner: permit.account().clone(),
        region: permit.region().clone(),
        zone: plan.subnet.zone.clone(),
        reservation: reservation.clone(),
        launch_index: index,
        client_token: request.client_token.clone(),
        state: State::Pending,
        state_reason: None,
        transition: String::new(),
        launched: permit.now(),
        created: permit.now(),
        image: plan.image.id.clone(),
        kind: plan.kind.name.to_owned(),
        from_image: FromImage::of(&plan.image),
        key: plan.key.clone(),
        public: request.public.unwrap_or(plan.subnet.public_by_default),
        public_ip: None,
        user_data: request.user_data.clone(),
        metadata: plan.metadata,
        shutdown: request.shutdown.unwrap_or_default(),
        disable_termination: request.disable_termination,
        disable_stop: request.disable_stop,
        ebs_optimized: request.ebs_optimized,
        monitoring: request.monitoring,
        uuid: uuid(instances),
        halt: None,
        cycle: None,
        captures: vec![],
        boots: 0,
        exit: None,
        profile: plan
            .profile
            .clone()
            .map(|named| Profile::given(named, instances.entropy(), permit.now())),
    };
    rows::put_instance(tx, permit, &instance).await?;
    rows::take_private_address(tx, permit, &instance).await?;
    put_tags(
        tx,
        permit,
        instance.id.as_ref(),
        "instance",
        &request.instance_tags,
    )
    .await?;
    let card = instance.interface.id.as_ref();
    put_tags(
        tx,
        permit,
        card,
        "network-interface",
        &request.interface_tags,
    )
    .await?;
    for (device, ebs) in &plan.devices {
        let volume = new_volume(instances, tx, (call, permit), (request, plan, ebs)).await?;
        let attachment = Attachment {
            instance: instance.id.clone(),
            device: device.clone(),
            delete_on_termination: ebs.delete_on_termination,
            state: AttachmentState::Attached,
            attached_at: permit.now(),
        };
        volumes::attach_in(tx, permit, &volume, attachment).await?;
    }
    tx.enqueue(&Settle::of(&instance)).await
}

async fn new_volume(
    instances: &Instances,
    tx: &mut Tx,
    (call, permit): (&Call, &Permit),
    (request, plan, ebs): (&Run, &Plan, &Ebs),
) -> Result<Volume> {
    let new = plan.new_volume(request, ebs)?;
    volumes::create_volume_in(instances.volumes(), tx, (call, permit), new).await
}

fn interface(
    instances: &Instances,
    permit: &Permit,
    (request, plan): (&Run, &Plan),
    (instance, address): (&InstanceId, Ipv4Addr),
) -> Interface {
    let id = InterfaceId::random(instances.entropy());
    Interface {
        mac: mac_of(&id, instance),
        id,
        attachment: AttachmentId::random(instances.entropy()),
        vpc: plan.subnet.vpc.clone(),
        subnet: plan.subnet.id.clone(),
        address,
        groups: plan.groups.iter().map(|group| group.id.clone()).collect(),
        source_dest_check: true,
        description: request.interface_description.clone(),
        attached: permit.now(),
    }
}

impl FromImage {
    fn of(image: &Image) -> FromImage {
        FromImage {
            architecture: image.architecture.clone(),
            virtualization: image.virtualization.clone(),
            boot_mode: image.boot_mode.clone(),
            ena: image.ena,
            sriov: image.sriov.clone(),
            imds_support: image.imds_support.clone(),
            tpm_support: image.tpm_support.clone(),
            root_device: image.root_device.clone(),
            billing: image.billing.clone(),
        }
    }
}

fn chance(instances: &Instances) -> u32 {
    let mut bytes = [0u8; 4];
    instances.entropy().fill(&mut bytes);
    u32::from_le_bytes(bytes) >> 8
}

/// A UUID that begins with `ec2`, by which guests know where they are.
fn uuid(instances: &Instances) -> String {
    let mut bytes = [0u8; 16];
    instances.entropy().fill(&mut bytes);
    bytes[0] = 0xec;
    bytes[1] = 0x20 | bytes[1] & 0x0f;
    bytes[6] = 0x40 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let hex = hex::encode(bytes);
    let part = |from: usize, to: usize| hex[from..to].to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_needed_and_in_order() {
        let counts = |least, most| {
            Run {
                least,
                most,
                ..Run::default()
            }
            .counts()
        };
        assert_eq!(counts(Some(1), Some(3)).unwrap(), (1, 3));
        assert_eq!(
            counts(None, Some(1)).unwrap_err().message,
            "The request must contain the parameter MinCount"
        );
        for (least, most) in [(0, 1), (2, 1), (-1, 5), (1, 101)] {
            assert!(counts(Some(least), Some(most)).is_err());
        }
    }

    #[test]
    fn the_hop_limit_has_a_range_and_other_options_are_taken_as_they_are() {
        let usual = MetadataOptions {
            tokens_required: false,
            hop_limit: 1,
            enabled: true,
            tags: false,
        };
        let ask = |hop_limit| {
            MetadataRequest {
                hop_limit,
                ..MetadataRequest::default()
            }
            .over(usual)
        };
        assert_eq!(ask(None).unwrap(), usual);
        assert_eq!(ask(Some(64)).unwrap().hop_limit, 64);
        for bad in [0, 65, -1, 300] {
            assert!(ask(Some(bad)).is_err());
        }
    }
}
