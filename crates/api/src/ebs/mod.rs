//! The operations of the EBS direct API: one short file each.
