//! Instances: launched from images, run as QEMU processes, described, changed, captured into
//! images, and taken down; with their key pairs, network and metadata service.
//!
//! A request writes what is wanted and answers; [`run_job`] brings machine and row together, one
//! step at a time (`plan.rs` decides, `jobs.rs` acts). The states of an instance are drawn in
//! `instance.rs`.
//!
//! Promises
//! * What was answered survives a crash of this process, and so does a running guest:
//!   [`Instances::start`] takes machines up again, with their network and metadata service.
//! * How a machine ended is not guessed: a power-off by the guest, by us, or a breakdown each give
//!   their own reason.
//! * When a security group's change is answered, it holds for running guests.
//! * A guest reads its own metadata and nobody else's; what is listed there is answered.
//! * Private keys are never stored.
//!
//! It does not do: networks of the caller's own making (each account has a default VPC in every
//! Region), Elastic IPs, instance stores, more than one network card, TPM, architectures other
//! than x86-64, and, so far, more than one host: jobs of this crate must run where its machines are.
//!
//! Start at [`Instance`] and [`Instances`], then at the verb that you need.

mod access;
mod attach;
mod attribute;
mod boot;
mod capacity;
mod capture;
mod change;
mod console;
mod decide;
mod describe;
mod describe_network;
mod groups;
mod guest_api;
mod instance;
pub mod instance_type;
mod jobs;
mod key_material;
mod key_pair;
mod look;
pub mod metadata;
mod network;
mod plan;
mod profile;
mod rooms;
mod rows;
mod run;
mod supervisor;
#[cfg(test)]
mod testing;

pub use access::{MOST_PORTS, USUAL_PORTS};
pub use attach::{attach_volume, detach_volume};
pub use attribute::{Change, attributes, modify_attribute, modify_metadata_options};
pub use capture::{Reboot, create_image};
pub use change::{Changed, Manner, reboot, start, stop, terminate};
pub use console::{Console, Wake, console_output, console_screenshot};
pub use describe::{Described, Status, Which, describe, describe_status};
pub use describe_network::{
    DescribedRule, DescribedSubnet, List, Listed, describe_network_interfaces,
    describe_security_group_rules, describe_security_groups, describe_subnets, describe_vpcs,
};
pub use groups::{
    Asked, CreateGroup, NameOrId, PeerGroup, Revoke, authorize_ingress, create_security_group,
    delete_security_group, revoke_ingress,
};
pub use guest_api::{GuestApi, GuestConnection, guest_api};
pub use instance::{
    Capturing, Event, Exit, FromImage, Halt, Instance, MetadataOptions, ShutdownBehavior, State,
    StateReason,
};
pub use instance_type::InstanceType;
pub use jobs::run_job;
pub use key_material::{KeyForm, KeyKind};
pub use key_pair::{
    DescribedKeyPair, KeyPair, create_key_pair, delete_key_pair, describe_key_pairs,
    import_key_pair,
};
pub use look::{default_vpc, key_pair_name, kind_of};
pub use network::{
    DefaultNetwork, Group, Interface, Peer, Permission, Permits, Rule, Subnet, Vpc,
    default_network, host_name, private_domain, private_name,
};
pub use profile::{
    Association, NamedProfile, associate_profile, describe_associations, disassociate_profile,
    replace_profile,
};
pub use rows::SCHEMA;
pub use run::{MetadataRequest, Reservation, Run, run};
pub use supervisor::{Config, Instances, LONGEST_RUN_FOLDER, Settings};

pub(crate) use attach::move_volumes;
pub(crate) use base::GroupId;
