//! Bodies in chunks: what is read is never longer than what came, and chunks that must be signed
//! are not accepted without their signatures.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use protocol::sigv4::{self, Presented};

fn presented(kind: &str) -> Presented {
    let authorization = "AWS4-HMAC-SHA256 Credential=A/20130524/us-east-1/s3/aws4_request, \
                         SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00";
    let request = http::Request::put("/")
        .header("host", "localhost")
        .header("x-amz-date", "20130524T000000Z")
        .header("x-amz-content-sha256", kind)
        .header("authorization", authorization);
    let parts = request.body(()).expect("the parts are right").into_parts().0;
    sigv4::read(&parts).expect("the signature has its parts")
}

fuzz_target!(|input: &[u8]| {
    let body = Bytes::copy_from_slice(input);
    let unsigned = presented("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    if let Ok(read) = unsigned.unchunk_with_trailers("secret", &body) {
        assert!(read.body.len() < body.len());
    }
    for kind in ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"] {
        assert!(presented(kind).unchunk("secret", &body).is_err());
    }
});
