//! Requests of every operation, in every protocol: a request is refused, or what is read can be
//! written by a client of ours and reads back as the same.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::call::{Entry, read_input, unreadable, write_input};
use protocol::{fixture, route};

fuzz_target!(|input: &[u8]| {
    let [which, rest @ ..] = input else { return };
    let entries: Vec<&Entry> = route::OPERATIONS.iter().chain(fixture::OPERATIONS).copied().collect();
    let entry = entries[usize::from(*which) % entries.len()];
    // The first line is path and query, the rest is the body.
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (line, body) = rest.split_at(end);
    let body = Bytes::copy_from_slice(body.get(1..).unwrap_or_default());
    let request = http::Request::builder().method(entry.method).uri(line);
    let Ok(request) = request.header("x-amz-data-length", "7").body(()) else { return };
    let parts = request.into_parts().0;
    let _ = route::target(&parts, &body, None);
    let _ = route::operation(entry.service, &parts, &body);
    match read_input(entry, &parts, &body) {
        Err(why) => assert!(unreadable(entry.service, &why).status == 400),
        Ok(value) => {
            let _ = protocol::honour::refused(&value, (entry.input)(), entry.honoured);
            let Ok(again) = write_input(entry, "http://localhost", &value) else { return };
            let (parts, body) = again.into_parts();
            let again = read_input(entry, &parts, &body);
            // What travels in headers and labels cannot all be written; all else can.
            assert!(again.is_ok_and(|again| again == value) || !entry.path.eq("/"), "{value:?}");
        }
    }
});
