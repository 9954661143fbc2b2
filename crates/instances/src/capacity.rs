//! How many guests the host has room for: memory is what there is least of.

use crate::instance_type::{self, InstanceType};
use crate::{Instances, boot, rows};
use base::{Error, Reason, Result, Subject};
use store::Tx;

/// How many more guests of a type the host has room for.
pub(crate) async fn room(instances: &Instances, tx: &mut Tx, kind: InstanceType) -> Result<u64> {
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

pub(crate) fn no_capacity() -> Error {
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
