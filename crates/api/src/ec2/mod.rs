//! The operations of EC2: one short file each, wire to request and answer to wire.

mod copy_image;
mod create_tags;
mod delete_tags;
mod deregister_image;
mod describe_account_attributes;
mod describe_availability_zones;
mod describe_image_attribute;
mod describe_images;
mod describe_regions;
mod describe_tags;
mod modify_image_attribute;
mod register_image;
mod reset_image_attribute;
