//! RunInstances: everything is checked and written before the answer; machines start in jobs.

use crate::groups::{NameOrId, ensure_default, find, own_groups};
use crate::instance::{
    FromImage, Instance, Known, MetadataOptions, Profile, ShutdownBehavior, State,
};
use crate::instance_type::{self, InstanceType};
use crate::jobs::Settle;
use crate::network::{Group, Interface, Subnet, default_network, mac_of};
use crate::{Instances, KeyPair, boot, key_pair, rows};
use base::{AttachmentId, Error, InstanceId, InterfaceId, Reason, ReservationId, ResourceId};
use base::{Result, SnapshotId, Subject, SubnetId, Tags, Zone};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use identity::{Call, Context, Made, Permit, Resource, authorize, put_tags};
use images::{Ebs, Image, LAUNCH_ACTION, Mapping, MappingRequest, Target};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use store::Tx;
use volumes::{Attachment, AttachmentState, NewVolume, ShapeRequest, Snapshot, Volume, VolumeKind};

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
const USER_DATA: usize = 16 * 1024;

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

impl Plan {
    fn instance_to_make(&self, call: &Call, request: &Run) -> Made {
        let mut context = Context::new();
        Known {
            kind: self.kind.name,
            zone: &self.subnet.zone,
            metadata: self.metadata,
            ebs_optimized: request.ebs_optimized,
            profile: self.profile.as_ref().map(|(_, arn)| arn.as_str()),
        }
        .tell(&mut context);
        Made::ec2(call, "instance", context)
    }

    fn new_volume(&self, request: &Run, ebs: &Ebs) -> Result<NewVolume> {
        let snapshot = match &ebs.snapshot {
            None => None,
            Some(id) => Some(self.snapshots.get(id).cloned().ok_or_else(|| {
                Error::not_found(
                    Subject::Snapshot,
                    format!("The snapshot '{id}' does not exist."),
                )
            })?),
        };
        Ok(NewVolume {
            zone: self.subnet.zone.clone(),
            shape: shape(ebs)?,
            snapshot,
            encryption: volumes::Asked {
                encrypted: ebs.encrypted.then_some(true),
                key: ebs.key.clone(),
            },
            tags: request.volume_tags.clone(),
        })
    }
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

/// What a launch is made from, looked up and checked.
struct Plan {
    image: Image,
    kind: InstanceType,
    key: Option<KeyPair>,
    subnet: Subnet,
    groups: Vec<Group>,
    devices: Vec<(String, Ebs)>,
    snapshots: BTreeMap<SnapshotId, Snapshot>,
    metadata: MetadataOptions,
    /// The id and the ARN of the instance profile.
    profile: Option<(String, String)>,
}

async fn decide(tx: &mut Tx, call: &Call, request: &Run) -> Result<Plan> {
    let Some(image) = &request.image else {
        return Err(Error::missing("ImageId"));
    };
    check_user_data(request.user_data.as_deref())?;
    let image = images::launchable(tx, call, image).await?;
    let kind = instance_type::find(request.kind.as_deref().unwrap_or(instance_type::DEFAULT))?;
    kind.check_architecture(&image.architecture)?;
    check_image(&image, kind)?;
    let key = match &request.key {
        None => None,
        Some(name) => Some(
            rows::key_named(tx, call.place(), name)
                .await?
                .ok_or_else(|| key_pair::not_found(name))?,
        ),
    };
    let (subnet, groups) = place(tx, call, request).await?;
    let metadata = metadata(&image, &request.metadata)?;
    let tags = &request.instance_tags;
    if metadata.tags && !tags.keys().all(|key| crate::metadata::is_servable(key)) {
        let message =
            "With InstanceMetadataTags enabled, tag keys have only letters, digits and +-=.,_:@";
        return Err(Error::invalid(message));
    }
    let (devices, snapshots) = devices(tx, call, &image, &request.mappings).await?;
    Ok(Plan {
        image,
        kind,
        key,
        subnet,
        groups,
        devices,
        snapshots,
        metadata,
        profile: match (&request.profile_name, &request.profile_arn) {
            (None, None) => None,
            (name, arn) => {
                let named = (name.as_deref(), arn.as_deref());
                let found = identity::profile_to_pass(tx, call, named).await?;
                Some((found.id.clone(), found.arn()))
            }
        },
    })
}

fn check_user_data(text: Option<&str>) -> Result<()> {
    let Some(text) = text else { return Ok(()) };
    let bad = |message: &str| Error::new(Reason::Malformed, Subject::UserData, message);
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| bad("Invalid BASE64 encoding of user data"))?;
    if bytes.len() > USER_DATA {
        return Err(bad("User data is limited to 16384 bytes"));
    }
    Ok(())
}

fn check_image(image: &Image, kind: InstanceType) -> Result<()> {
    let cannot = |what: String| {
        let message = format!("The instance type '{}' does not support {what}.", kind.name);
        Err(Error::new(
            Reason::Combination,
            Subject::InstanceType,
            message,
        ))
    };
    if image.virtualization != "hvm" {
        return cannot(format!(
            "the virtualization type '{}'",
            image.virtualization
        ));
    }
    match &image.tpm_support {
        Some(tpm) => cannot(format!("TPM {tpm}, which the image requires")),
        None => Ok(()),
    }
}

/// A request's word counts, then the image's, then the usual. (EC2 User Guide, "Configure the
/// Instance Metadata Service options".)
fn metadata(image: &Image, request: &MetadataRequest) -> Result<MetadataOptions> {
    let v2 = image.imds_support.as_deref() == Some("v2.0");
    let usual = MetadataOptions {
        tokens_required: v2,
        hop_limit: if v2 { 2 } else { 1 },
        enabled: true,
        tags: false,
    };
    request.over(usual)
}

async fn place(tx: &mut Tx, call: &Call, request: &Run) -> Result<(Subnet, Vec<Group>)> {
    let network = default_network(call.account(), &call.region);
    let zone = request
        .zone
        .as_deref()
        .map(|zone| Zone::parse(&call.region, zone))
        .transpose()?;
    let subnet = match &request.subnet {
        Some(text) => own_subnet(tx, call, text).await?,
        None => {
            let zone = zone
                .clone()
                .unwrap_or_else(|| call.region.zones()[0].clone());
            let subnet = network
                .subnets
                .into_iter()
                .find(|subnet| subnet.zone == zone);
            subnet.ok_or_else(|| Error::internal("a zone has no default subnet"))?
        }
    };
    if zone.is_some_and(|zone| zone != subnet.zone) {
        let message = format!(
            "The subnet '{}' is not in the named availability zone.",
            subnet.id
        );
        return Err(Error::invalid(message));
    }
    let groups = own_groups(tx, call).await?;
    let groups = chosen_groups(&groups, call, request, &network.group)?;
    Ok((subnet, groups))
}

fn chosen_groups(
    groups: &[Group],
    call: &Call,
    request: &Run,
    default: &Group,
) -> Result<Vec<Group>> {
    if !request.group_names.is_empty() && request.subnet.is_some() {
        let message = "The parameter groupName cannot be used with the parameter subnet";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    let ids = request.group_ids.iter().map(|id| NameOrId {
        id: Some(id.clone()),
        name: None,
    });
    let names = request.group_names.iter().map(|name| NameOrId {
        id: None,
        name: Some(name.clone()),
    });
    let mut chosen: Vec<Group> = Vec::new();
    for which in ids.chain(names) {
        let group = find(groups, call, &which)?;
        if !chosen.iter().any(|known| known.id == group.id) {
            chosen.push(group.clone());
        }
    }
    if chosen.len() > 16 {
        let message = "An instance has at most 16 security groups.";
        return Err(Error::new(Reason::Limit, Subject::Group, message));
    }
    if chosen.is_empty() {
        chosen.push(default.clone());
    }
    Ok(chosen)
}

async fn own_subnet(tx: &mut Tx, call: &Call, text: &str) -> Result<Subnet> {
    let id = SubnetId::parse(text)?;
    let found = match rows::subnet(tx, &id).await? {
        Some(subnet) => Some(subnet),
        None => default_network(call.account(), &call.region)
            .subnets
            .into_iter()
            .find(|s| s.id == id),
    };
    let own =
        |subnet: &Subnet| subnet.owner == *call.account() && *subnet.zone.region() == call.region;
    found.filter(own).ok_or_else(|| {
        Error::not_found(
            Subject::Subnet,
            format!("The subnet ID '{id}' does not exist"),
        )
    })
}

type Devices = (Vec<(String, Ebs)>, BTreeMap<SnapshotId, Snapshot>);

/// The volumes of each instance: the image's, which whoever may launch it may read, and the
/// request's own, which the caller must be able to read.
async fn devices(
    tx: &mut Tx,
    call: &Call,
    image: &Image,
    entries: &[MappingRequest],
) -> Result<Devices> {
    let of_image: Vec<SnapshotId> = image.mappings.iter().filter_map(snapshot_of).collect();
    let mut snapshots = volumes::snapshots_by_id(tx, &of_image).await?;
    for id in entries
        .iter()
        .filter_map(|entry| entry.ebs.as_ref()?.snapshot.as_ref())
    {
        if !snapshots.contains_key(id) {
            let found = volumes::readable_snapshot(tx, call.account(), &call.region, id).await?;
            snapshots.insert(id.clone(), found);
        }
    }
    let merged = images::merge(&image.mappings, entries, |id| {
        Some(snapshots.get(id)?.size_gib)
    })?;
    let mut devices = Vec::new();
    for Mapping { device, target } in merged {
        // Instance store disks are carried along in images and attached nowhere.
        let Target::Ebs(ebs) = target else { continue };
        shape(&ebs)?;
        devices.push((device, ebs));
    }
    if devices.len() > 24 {
        let message = "An instance has at most 24 volumes.";
        return Err(Error::new(Reason::Limit, Subject::Attachment, message));
    }
    if !devices
        .iter()
        .any(|(device, _)| *device == image.root_device)
    {
        let message = format!(
            "The image's root device '{}' cannot be left out.",
            image.root_device
        );
        return Err(Error::new(
            Reason::Invalid,
            Subject::BlockDeviceMapping,
            message,
        ));
    }
    Ok((devices, snapshots))
}

fn snapshot_of(mapping: &Mapping) -> Option<SnapshotId> {
    match &mapping.target {
        Target::Ebs(ebs) => ebs.snapshot.clone(),
        Target::Ephemeral(_) => None,
    }
}

fn shape(ebs: &Ebs) -> Result<volumes::Shape> {
    let kind = VolumeKind::parse(&ebs.kind)?;
    let shape = ShapeRequest {
        kind: Some(kind),
        size_gib: i64::from(ebs.size_gib),
        iops: ebs.iops.map(i64::from),
        throughput: ebs.throughput.map(i64::from),
    };
    shape.check()
}

/// How many more guests of a type the host has room for.
async fn room(instances: &Instances, tx: &mut Tx, kind: InstanceType) -> Result<u64> {
    let settings = instances.settings();
    let mut used = 0u64;
    for instance in rows::all_instances(tx)
        .await?
        .iter()
        .filter(|i| i.state.is_live())
    {
        let promised = instance_type::find(&instance.kind).map_or(0, |kind| kind.memory_mib);
        used += u64::from(boot::memory_mib(promised, settings.memory_cap_mib));
    }
    let whole = settings
        .host_memory_mib
        .map_or_else(host_memory_mib, u64::from);
    let each = u64::from(boot::memory_mib(kind.memory_mib, settings.memory_cap_mib));
    Ok(whole.saturating_sub(used) / each)
}

/// Fails unless the host has room for so many more guests of each type.
pub(crate) async fn check_capacity(
    instances: &Instances,
    tx: &mut Tx,
    kinds: &[&str],
    count: u64,
) -> Result<()> {
    for kind in kinds {
        if room(instances, tx, instance_type::find(kind)?).await? < count {
            return Err(no_capacity());
        }
    }
    Ok(())
}

fn no_capacity() -> Error {
    let message = "There is not enough memory on this host for the requested instances. \
        Terminate or stop others, or choose a smaller instance type.";
    Error::new(Reason::Capacity, Subject::Instance, message)
}

/// Four fifths of what the host has.
fn host_memory_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(4096, |kib| kib / 1024 * 4 / 5)
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
    fn user_data_is_base64_of_at_most_sixteen_kib() {
        assert!(check_user_data(None).is_ok());
        assert!(check_user_data(Some(&STANDARD.encode(vec![0; 16_384]))).is_ok());
        for bad in [STANDARD.encode(vec![0; 16_385]), "%%%".to_owned()] {
            let error = check_user_data(Some(&bad)).unwrap_err();
            assert_eq!(
                (error.reason, error.subject),
                (Reason::Malformed, Subject::UserData)
            );
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
