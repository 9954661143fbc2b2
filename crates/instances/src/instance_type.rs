//! Instance types: what a name promises, as a table. Pure.
//!
//! Every type here is a machine of x86-64 with virtio disks and one virtio network card, whatever
//! hardware AWS has under that name; processors and memory are AWS's numbers. A host may give a
//! guest less than that (see [`crate::Settings`]), never more.

use base::pattern::Filter;
use base::{Error, Reason, Result, Subject};

/// One instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `t3.micro`.
    pub name: &'static str,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
}

/// The type of a launch that names none.
pub const DEFAULT: &str = "m1.small";

/// The architectures of every type.
pub const ARCHITECTURES: [&str; 2] = ["i386", "x86_64"];
/// The boot modes of every type.
pub const BOOT_MODES: [&str; 2] = ["legacy-bios", "uefi"];

const fn of(name: &'static str, vcpus: u32, memory_mib: u32) -> InstanceType {
    InstanceType {
        name,
        vcpus,
        memory_mib,
    }
}

/// The types, in the order of their names.
const TYPES: [InstanceType; 62] = [
    of("c4.large", 2, 3840),
    of("c4.xlarge", 4, 7680),
    of("c5.2xlarge", 8, 16_384),
    of("c5.4xlarge", 16, 32_768),
    of("c5.large", 2, 4096),
    of("c5.xlarge", 4, 8192),
    of("c5a.large", 2, 4096),
    of("c5a.xlarge", 4, 8192),
    of("c6i.2xlarge", 8, 16_384),
    of("c6i.large", 2, 4096),
    of("c6i.xlarge", 4, 8192),
    of("c7i.2xlarge", 8, 16_384),
    of("c7i.large", 2, 4096),
    of("c7i.xlarge", 4, 8192),
    of("m1.medium", 1, 3788),
    of("m1.small", 1, 1740),
    of("m3.medium", 1, 3840),
    of("m4.large", 2, 8192),
    of("m4.xlarge", 4, 16_384),
    of("m5.2xlarge", 8, 32_768),
    of("m5.4xlarge", 16, 65_536),
    of("m5.large", 2, 8192),
    of("m5.xlarge", 4, 16_384),
    of("m5a.large", 2, 8192),
    of("m5a.xlarge", 4, 16_384),
    of("m6a.large", 2, 8192),
    of("m6a.xlarge", 4, 16_384),
    of("m6i.2xlarge", 8, 32_768),
    of("m6i.large", 2, 8192),
    of("m6i.xlarge", 4, 16_384),
    of("m7i.2xlarge", 8, 32_768),
    of("m7i.large", 2, 8192),
    of("m7i.xlarge", 4, 16_384),
    of("r5.2xlarge", 8, 65_536),
    of("r5.large", 2, 16_384),
    of("r5.xlarge", 4, 32_768),
    of("r6i.large", 2, 16_384),
    of("r6i.xlarge", 4, 32_768),
    of("r7i.large", 2, 16_384),
    of("r7i.xlarge", 4, 32_768),
    of("t1.micro", 1, 627),
    of("t2.2xlarge", 8, 32_768),
    of("t2.large", 2, 8192),
    of("t2.medium", 2, 4096),
    of("t2.micro", 1, 1024),
    of("t2.nano", 1, 512),
    of("t2.small", 1, 2048),
    of("t2.xlarge", 4, 16_384),
    of("t3.2xlarge", 8, 32_768),
    of("t3.large", 2, 8192),
    of("t3.medium", 2, 4096),
    of("t3.micro", 2, 1024),
    of("t3.nano", 2, 512),
    of("t3.small", 2, 2048),
    of("t3.xlarge", 4, 16_384),
    of("t3a.2xlarge", 8, 32_768),
    of("t3a.large", 2, 8192),
    of("t3a.medium", 2, 4096),
    of("t3a.micro", 2, 1024),
    of("t3a.nano", 2, 512),
    of("t3a.small", 2, 2048),
    of("t3a.xlarge", 4, 16_384),
];

/// Every type, in the order of their names.
pub fn all() -> &'static [InstanceType] {
    &TYPES
}

/// The type of that name.
pub fn find(name: &str) -> Result<InstanceType> {
    TYPES
        .iter()
        .find(|kind| kind.name == name)
        .copied()
        .ok_or_else(|| {
            let shown: String = name.chars().take(64).collect();
            let message = format!("Invalid value '{shown}' for InstanceType.");
            Error::new(Reason::Invalid, Subject::InstanceType, message)
        })
}

impl InstanceType {
    /// Whether AWS counts it among those whose speed comes in bursts.
    pub fn is_burstable(&self) -> bool {
        self.name.starts_with('t')
    }

    /// Whether AWS counts it among the current ones.
    pub fn is_current(&self) -> bool {
        !["c4.", "m1.", "m3.", "m4.", "t1."]
            .iter()
            .any(|old| self.name.starts_with(old))
    }

    /// Whether AWS includes it in its free tier.
    pub fn is_free_tier(&self) -> bool {
        matches!(self.name, "t2.micro" | "t3.micro")
    }

    /// Whether a machine of this type runs an image of that architecture.
    pub fn check_architecture(&self, architecture: &str) -> Result<()> {
        if ARCHITECTURES.contains(&architecture) {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "The architecture '{}' of the specified instance type does not match the architecture \
             '{architecture}' of the specified AMI. Specify an instance type and an AMI that have \
             matching architectures, and try again. You can use 'describe-instance-types' or \
             'describe-images' to discover the architecture of the instance type or AMI.",
            ARCHITECTURES.join(",")
        )))
    }

    fn meets(&self, filter: &Filter) -> bool {
        match filter.name.as_str() {
            "instance-type" => filter.one(self.name),
            "processor-info.supported-architecture" => filter.any(ARCHITECTURES),
            "supported-boot-mode" => filter.any(BOOT_MODES),
            "supported-virtualization-type" => filter.one("hvm"),
            "supported-root-device-type" => filter.one("ebs"),
            "supported-usage-class" => filter.one("on-demand"),
            "hypervisor" => filter.one("nitro"),
            "bare-metal"
            | "instance-storage-supported"
            | "hibernation-supported"
            | "auto-recovery-supported"
            | "dedicated-hosts-supported" => filter.yes(false),
            "burstable-performance-supported" => filter.yes(self.is_burstable()),
            "current-generation" => filter.yes(self.is_current()),
            "free-tier-eligible" => filter.yes(self.is_free_tier()),
            "vcpu-info.default-vcpus" | "vcpu-info.default-cores" => {
                filter.one(&self.vcpus.to_string())
            }
            "memory-info.size-in-mib" => filter.one(&self.memory_mib.to_string()),
            "network-info.ena-support" => filter.one("supported"),
            "nitro-tpm-support" => filter.one("unsupported"),
            _ => false,
        }
    }
}

const FILTERS: &[&str] = &[
    "instance-type",
    "processor-info.supported-architecture",
    "supported-boot-mode",
    "supported-virtualization-type",
    "supported-root-device-type",
    "supported-usage-class",
    "hypervisor",
    "bare-metal",
    "instance-storage-supported",
    "hibernation-supported",
    "auto-recovery-supported",
    "dedicated-hosts-supported",
    "burstable-performance-supported",
    "current-generation",
    "free-tier-eligible",
    "vcpu-info.default-vcpus",
    "vcpu-info.default-cores",
    "memory-info.size-in-mib",
    "network-info.ena-support",
    "nitro-tpm-support",
];

/// DescribeInstanceTypes: the named ones (all if none is named) that meet the filters.
pub fn describe(names: &[String], filters: &[Filter]) -> Result<Vec<InstanceType>> {
    base::pattern::check(filters, FILTERS)?;
    let unknown: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|n| find(n).is_err())
        .collect();
    if !unknown.is_empty() {
        let shown: String = unknown.join(", ").chars().take(256).collect();
        let message = format!("The following supplied instance types do not exist: [{shown}]");
        return Err(Error::new(Reason::Invalid, Subject::InstanceType, message));
    }
    let wanted = |kind: &&InstanceType| {
        (names.is_empty() || names.iter().any(|name| name == kind.name))
            && filters.iter().all(|filter| kind.meets(filter))
    };
    Ok(TYPES.iter().filter(wanted).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_type_is_found_by_its_name() {
        assert!(TYPES.is_sorted_by_key(|kind| kind.name));
        assert!(TYPES.iter().all(|kind| find(kind.name).unwrap() == *kind));
        assert_eq!(find("t3.micro").unwrap().memory_mib, 1024);
        assert!(find(DEFAULT).is_ok());
        assert_eq!(
            find("x9.huge").unwrap_err().message,
            "Invalid value 'x9.huge' for InstanceType."
        );
    }

    #[test]
    fn an_image_of_another_architecture_is_refused_in_awss_words() {
        let kind = find("t3.micro").unwrap();
        assert!(kind.check_architecture("x86_64").is_ok());
        let message = kind.check_architecture("arm64").unwrap_err().message;
        assert!(
            message.starts_with("The architecture 'i386,x86_64' of the specified instance type")
        );
    }

    #[test]
    fn types_are_described_by_name_and_by_filter() {
        assert_eq!(
            describe(&["t3.nano".into()], &[]).unwrap()[0].memory_mib,
            512
        );
        let filter = Filter {
            name: "free-tier-eligible".into(),
            values: vec!["true".into()],
        };
        let free = describe(&[], &[filter]).unwrap();
        assert_eq!(
            free.iter().map(|k| k.name).collect::<Vec<_>>(),
            ["t2.micro", "t3.micro"]
        );
        assert!(describe(&["nope".into()], &[]).is_err());
    }
}
