//! An instance for this crate's own tests.

use crate::instance::{FromImage, MetadataOptions, ShutdownBehavior};
use crate::{Instance, Interface, KeyKind, KeyPair, State};
use base::{AccountId, AttachmentId, GroupId, ImageId, InstanceId, InterfaceId, KeyPairId, Region};
use base::{ReservationId, ResourceId, SubnetId, Timestamp, VpcId, Zone};
use std::net::Ipv4Addr;

/// A running instance with a key, a public address and user data.
pub(crate) fn instance() -> Instance {
    let owner = AccountId::parse("111122223333").unwrap();
    let region = Region::parse("us-east-1").unwrap();
    let now = Timestamp::from_millis(1_700_000_000_000);
    Instance {
        id: InstanceId::parse("i-0123456789abcdef0").unwrap(),
        owner: owner.clone(),
        zone: Zone::parse(&region, "us-east-1b").unwrap(),
        region: region.clone(),
        reservation: ReservationId::parse("r-00000001").unwrap(),
        launch_index: 0,
        client_token: None,
        state: State::Running,
        state_reason: None,
        transition: String::new(),
        launched: now,
        created: now,
        image: ImageId::parse("ami-00000001").unwrap(),
        kind: "t3.micro".into(),
        from_image: FromImage {
            architecture: "x86_64".into(),
            virtualization: "hvm".into(),
            boot_mode: None,
            ena: true,
            sriov: None,
            imds_support: None,
            tpm_support: None,
            root_device: "/dev/xvda".into(),
            billing: images::Billing::default(),
        },
        key: Some(KeyPair {
            id: KeyPairId::parse("key-00000001").unwrap(),
            owner,
            region,
            name: "mine".into(),
            kind: KeyKind::Ed25519,
            fingerprint: String::new(),
            public_key: "ssh-ed25519 AAAA mine".into(),
            created: now,
        }),
        interface: Interface {
            id: InterfaceId::parse("eni-00000001").unwrap(),
            attachment: AttachmentId::parse("eni-attach-00000001").unwrap(),
            vpc: VpcId::parse("vpc-00000001").unwrap(),
            subnet: SubnetId::parse("subnet-00000001").unwrap(),
            mac: "02:00:00:00:00:01".into(),
            address: Ipv4Addr::new(172, 31, 16, 5),
            groups: vec![GroupId::parse("sg-00000001").unwrap()],
            source_dest_check: true,
            description: String::new(),
            attached: now,
        },
        public: true,
        public_ip: Some(Ipv4Addr::new(127, 16, 0, 5)),
        user_data: Some("IyEvYmluL3NoCg==".into()),
        metadata: MetadataOptions {
            tokens_required: false,
            hop_limit: 1,
            enabled: true,
            tags: false,
        },
        shutdown: ShutdownBehavior::Stop,
        disable_termination: false,
        disable_stop: false,
        ebs_optimized: false,
        monitoring: false,
        uuid: "ec2a1b2c-0000-4000-8000-000000000001".into(),
        halt: None,
        cycle: None,
        captures: vec![],
        boots: 1,
        exit: None,
        profile: None,
    }
}
