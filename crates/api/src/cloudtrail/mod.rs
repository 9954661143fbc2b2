//! The operations of CloudTrail.

mod lookup_events;
