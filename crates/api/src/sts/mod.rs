//! The operations of the Security Token Service.

mod get_caller_identity;
