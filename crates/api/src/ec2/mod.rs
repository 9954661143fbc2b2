//! The operations of EC2: one short file each, wire to request and answer to wire.

mod copy_image;
mod copy_snapshot;
mod create_snapshot;
mod create_tags;
mod create_volume;
mod delete_snapshot;
mod delete_tags;
mod delete_volume;
mod deregister_image;
mod describe_account_attributes;
mod describe_availability_zones;
mod describe_image_attribute;
mod describe_images;
mod describe_regions;
mod describe_snapshots;
mod describe_tags;
mod describe_volumes;
mod modify_image_attribute;
mod register_image;
mod reset_image_attribute;
