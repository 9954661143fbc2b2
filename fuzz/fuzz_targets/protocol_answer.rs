//! Answers of a strange server, read by our client: XML, JSON, errors.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::call::{Entry, read_output};
use protocol::{fixture, route};

fuzz_target!(|input: &[u8]| {
    let [which, status, body @ ..] = input else { return };
    let entries: Vec<&Entry> = route::OPERATIONS.iter().chain(fixture::OPERATIONS).copied().collect();
    let entry = entries[usize::from(*which) % entries.len()];
    let status = if status % 2 == 0 { 200 } else { 400 };
    let answer = http::Response::builder().status(status).header("x-amzn-errortype", "A#B:c");
    let answer = answer.body(Bytes::copy_from_slice(body)).expect("the parts are right");
    let read = read_output(entry, &answer);
    assert!(status == 200 || read.is_err());
});
