//! Signatures in headers and query strings: nothing that was not signed with the secret is accepted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::{Timestamp, sigv4};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let target = lines.next().unwrap_or_default();
    let mut request = http::Request::builder().uri(target).header("host", "localhost");
    for line in lines {
        if let Some((name, value)) = line.split_once(':') {
            request = request.header(name, value);
        }
    }
    let Ok(request) = request.body(()) else { return };
    let parts = request.into_parts().0;
    let Ok(presented) = sigv4::read(&parts) else { return };
    let _ = format!("{presented:?}");
    let now = Timestamp(1_440_938_160_000);
    assert!(presented.verify("a secret that nobody knows", &parts, input, now).is_err());
});
