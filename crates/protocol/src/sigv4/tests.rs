use super::*;
use bytes::Bytes;
use http::Request;

const SUITE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const S3_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

fn signer() -> Signer {
    Signer {
        access_key: "AKIDEXAMPLE".into(),
        secret: SUITE_SECRET.into(),
        session_token: None,
        region: "us-east-1".into(),
        service: "service".into(),
    }
}

/// A request of the signature test suite that AWS published, with its published signature.
fn suite(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8], signature: &str) {
    let mut builder = Request::builder()
        .method(method)
        .uri(target)
        .header("host", "example.amazonaws.com")
        .header("x-amz-date", "20150830T123600Z");
    let mut signed = vec!["host", "x-amz-date"];
    for (name, value) in headers {
        builder = builder.header(*name, *value);
        signed.push(name);
    }
    signed.sort_unstable();
    signed.dedup();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
         SignedHeaders={}, Signature={signature}",
        signed.join(";")
    );
    let parts = builder
        .header("authorization", authorization)
        .body(())
        .unwrap()
        .into_parts()
        .0;
    let now = time::parse("20150830T123600Z").unwrap();
    let presented = read(&parts).unwrap();
    assert_eq!(
        presented.verify(SUITE_SECRET, &parts, body, now),
        Ok(()),
        "{method} {target}"
    );
    assert_eq!(
        presented.verify("other", &parts, body, now),
        Err(Refusal::Mismatch)
    );
}

#[test]
fn the_published_requests_verify_with_their_published_signatures() {
    suite(
        "GET",
        "/",
        &[],
        b"",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    );
    suite(
        "POST",
        "/",
        &[],
        b"",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    );
    suite(
        "GET",
        "/?Param2=value2&Param1=value1",
        &[],
        b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    );
    suite(
        "GET",
        "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        &[],
        b"",
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    );
    suite(
        "POST",
        "/",
        &[("content-type", "application/x-www-form-urlencoded")],
        b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    );
    suite(
        "GET",
        "/",
        &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
        b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    );
}

fn chunk(data: &[u8], signature: &str) -> Vec<u8> {
    let mut out = format!("{:x};chunk-signature={signature}\r\n", data.len()).into_bytes();
    out.extend_from_slice(data);
    if !data.is_empty() {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The published upload of 65 KiB of `a` in chunks, with or without a trailer.
fn upload(kind: &str, trailer: &[(&str, &str)], seed: &str) -> Parts {
    let mut headers = vec![
        ("content-encoding", "aws-chunked"),
        ("content-length", "66824"),
        ("host", "s3.amazonaws.com"),
        ("x-amz-content-sha256", kind),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ];
    headers.extend_from_slice(trailer);
    let mut builder = Request::put("/examplebucket/chunkObject.txt");
    for (name, value) in &headers {
        builder = builder.header(*name, *value);
    }
    let mut signed: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    signed.retain(|name| trailer.is_empty() || *name != "content-length");
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
         SignedHeaders={},Signature={seed}",
        signed.join(";")
    );
    builder
        .header("authorization", authorization)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

#[test]
fn the_published_upload_in_chunks_verifies_and_no_chunk_can_change() {
    let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";
    let parts = upload(SIGNED_CHUNKS, &[], seed);
    let presented = read(&parts).unwrap();
    let now = time::parse("20130524T000000Z").unwrap();
    assert_eq!(presented.verify(S3_SECRET, &parts, b"", now), Ok(()));
    let body: Vec<u8> = [
        chunk(
            &[b'a'; 65536],
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        ),
        chunk(
            &[b'a'; 1024],
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        ),
        chunk(
            b"",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ),
        b"\r\n".to_vec(),
    ]
    .concat();
    let read = |body: &[u8]| presented.unchunk(S3_SECRET, &Bytes::copy_from_slice(body));
    assert_eq!(read(&body), Ok(Bytes::from(vec![b'a'; 66560])));
    for place in [0, 40, 100, 65_700, body.len() - 10] {
        let mut other = body.clone();
        other[place] ^= 1;
        assert_eq!(read(&other), Err(Refusal::Body), "{place}");
    }
    let short = [&body[..65536 + 90], &body[body.len() - 88..]].concat();
    assert_eq!(read(&short), Err(Refusal::Body), "a chunk is missing");
    assert_eq!(read(b""), Err(Refusal::Body));
    let more = [&body[..], b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n"].concat();
    assert_eq!(
        read(&more),
        Err(Refusal::Body),
        "a trailer that nobody signed"
    );
}

#[test]
fn the_published_trailer_verifies_and_cannot_change() {
    let seed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
    let parts = upload(
        SIGNED_CHUNKS_AND_TRAILER,
        &[("x-amz-trailer", "x-amz-checksum-crc32c")],
        seed,
    );
    let presented = read(&parts).unwrap();
    let now = time::parse("20130524T000000Z").unwrap();
    assert_eq!(presented.verify(S3_SECRET, &parts, b"", now), Ok(()));
    let with = |value: &str| {
        let trailer = format!(
            "x-amz-checksum-crc32c:{value}\r\nx-amz-trailer-signature:\
             d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
        );
        let body: Vec<u8> = [
            chunk(
                &[b'a'; 65536],
                "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            ),
            chunk(
                &[b'a'; 1024],
                "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            ),
            chunk(
                b"",
                "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
            ),
            trailer.into_bytes(),
        ]
        .concat();
        presented.unchunk_with_trailers(S3_SECRET, &Bytes::from(body))
    };
    let read = with("sOO8/Q==").unwrap();
    assert_eq!(read.body.len(), 66560);
    assert_eq!(
        read.trailers,
        [("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned())]
    );
    assert_eq!(with("sOO8/g=="), Err(Refusal::Body));
}

#[test]
fn unsigned_chunks_are_read_with_their_trailers() {
    let presented = Presented {
        payload: Payload::UnsignedChunks,
        ..signed_in_header().1
    };
    let read = |text: &str| presented.unchunk_with_trailers("", &Bytes::from(text.to_owned()));
    let whole = read("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n").unwrap();
    assert_eq!(whole.body, "abcde");
    assert_eq!(
        whole.trailers,
        [("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned())]
    );
    let huge = "ffffffffffffffff\r\nabc\r\n";
    for bad in [
        "",
        "3",
        "3\r\n",
        "3\r\nab",
        "3\r\nabcd\r\n0\r\n",
        "zz\r\n",
        huge,
        "0\r\nx\r\n",
    ] {
        assert_eq!(read(bad), Err(Refusal::Body), "{bad}");
    }
}

fn signed_in_header() -> (Parts, Presented, Bytes, Timestamp) {
    let now = Timestamp(1_700_000_000_000);
    let mut request = Request::post("http://127.0.0.1:4566/a%20b/../c?z=1&a=%2F")
        .header("x-amz-target", "A.B")
        .body(Bytes::from_static(b"Action=X"))
        .unwrap();
    signer().sign(&mut request, now);
    let (parts, body) = request.into_parts();
    let presented = read(&parts).unwrap();
    (parts, presented, body, now)
}

#[test]
fn what_we_sign_verifies_and_any_change_is_noticed() {
    let (parts, presented, body, now) = signed_in_header();
    let check = |parts: &Parts, body: &[u8], at: i64| {
        read(parts).and_then(|it| it.verify(SUITE_SECRET, parts, body, Timestamp(at)))
    };
    assert_eq!(check(&parts, &body, now.0), Ok(()));
    assert_eq!(check(&parts, b"Action=Y", now.0), Err(Refusal::Body));
    assert_eq!(check(&parts, &body, now.0 + SKEW_MS), Ok(()));
    assert_eq!(
        check(&parts, &body, now.0 + SKEW_MS + 1),
        Err(Refusal::Expired)
    );
    assert_eq!(
        check(&parts, &body, now.0 - SKEW_MS - 1),
        Err(Refusal::Expired)
    );
    assert_eq!(
        presented.verify("other", &parts, &body, now),
        Err(Refusal::Mismatch)
    );
    let changed = |change: &dyn Fn(&mut Parts)| {
        let mut other = parts.clone();
        change(&mut other);
        check(&other, &body, now.0)
    };
    let set = |name: &'static str, value: &'static str| {
        changed(&move |parts| drop(parts.headers.insert(name, value.parse().unwrap())))
    };
    let uri = "http://127.0.0.1:4566/a%20b/../c?z=2&a=%2F"
        .parse::<http::Uri>()
        .unwrap();
    assert_eq!(
        changed(&|parts| parts.uri = uri.clone()),
        Err(Refusal::Mismatch)
    );
    assert_eq!(
        changed(&|parts| parts.method = http::Method::PUT),
        Err(Refusal::Mismatch)
    );
    assert_eq!(set("host", "elsewhere"), Err(Refusal::Mismatch));
    assert_eq!(set("x-amz-target", "A.C"), Err(Refusal::Mismatch));
    assert_eq!(set("x-amz-checksum", "added"), Err(Refusal::Incomplete));
    assert_eq!(
        set("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        Err(Refusal::Incomplete)
    );
    assert_eq!(set("x-amz-user-agent", "added"), Ok(()));
    assert_eq!(set("user-agent", "added"), Ok(()));
}

#[test]
fn what_we_presign_verifies_until_its_time_is_over() {
    let now = Timestamp(1_700_000_000_000);
    let mut request = Request::get("http://localhost/?Action=GetCallerIdentity&Version=2011-06-15")
        .body(Bytes::new())
        .unwrap();
    let signer = Signer {
        session_token: Some("a/b+c=".into()),
        ..signer()
    };
    signer.presign(&mut request, 3600, now);
    let parts = request.into_parts().0;
    let presented = read(&parts).unwrap();
    assert_eq!(presented.session_token.as_deref(), Some("a/b+c="));
    assert!(
        !format!("{presented:?}").contains("a/b+c="),
        "a token must not be logged"
    );
    let check = |at: i64| presented.verify(SUITE_SECRET, &parts, b"", Timestamp(at));
    assert_eq!(check(now.0), Ok(()));
    assert_eq!(check(now.0 + 3_600_000), Ok(()));
    assert_eq!(check(now.0 + 3_600_001), Err(Refusal::Expired));
    assert_eq!(check(now.0 - SKEW_MS - 1), Err(Refusal::Expired));
    let other = |from: &str, to: &str| {
        let mut parts = parts.clone();
        parts.uri = parts.uri.to_string().replace(from, to).parse().unwrap();
        read(&parts).and_then(|it| it.verify(SUITE_SECRET, &parts, b"", now))
    };
    assert_eq!(
        other("Expires=3600", "Expires=7200"),
        Err(Refusal::Mismatch)
    );
    assert_eq!(
        other("Expires=3600", "Expires=604801"),
        Err(Refusal::Incomplete)
    );
    assert_eq!(
        other("GetCallerIdentity", "AssumeRole"),
        Err(Refusal::Mismatch)
    );
    assert_eq!(
        presented.verify(SUITE_SECRET, &parts, b"x", now),
        Err(Refusal::Mismatch)
    );
}

#[test]
fn what_is_no_signature_is_refused_without_a_panic() {
    let refuse = |value: &str| {
        let request = Request::get("/")
            .header("authorization", value)
            .body(())
            .unwrap();
        read(&request.into_parts().0).unwrap_err()
    };
    let short = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00";
    for bad in [
        "",
        "Basic x",
        "AWS4-HMAC-SHA256",
        short,
        "AWS4-HMAC-SHA256x Credential=a",
    ] {
        assert_eq!(refuse(bad), Refusal::Incomplete, "{bad}");
    }
    let plain = Request::get("/").body(()).unwrap().into_parts().0;
    assert_eq!(read(&plain).unwrap_err(), Refusal::Missing);
}

#[test]
fn a_body_goes_unsigned_only_where_its_service_takes_it() {
    let (parts, ..) = signed_in_header();
    let with = |service: &str| {
        let mut parts = parts.clone();
        parts
            .headers
            .insert("x-amz-content-sha256", UNSIGNED.parse().unwrap());
        let value = parts.headers["authorization"].to_str().unwrap();
        let value = value.replace("/service/", &format!("/{service}/"));
        parts
            .headers
            .insert("authorization", value.parse().unwrap());
        read(&parts).map(|presented| presented.payload)
    };
    assert_eq!(with("ebs"), Ok(Payload::Unsigned));
    assert_eq!(with("s3"), Ok(Payload::Unsigned));
    assert_eq!(with("ec2"), Err(Refusal::Incomplete));
}

#[test]
fn a_client_may_leave_its_body_unsigned_but_nothing_else() {
    let now = Timestamp(1_700_000_000_000);
    let mut request = Request::put("http://localhost/snapshots/snap-1/blocks/0")
        .header("x-amz-content-sha256", UNSIGNED)
        .header("x-amz-checksum", "of the block")
        .body(Bytes::from_static(b"the block"))
        .unwrap();
    let signer = Signer {
        service: "ebs".into(),
        ..signer()
    };
    signer.sign(&mut request, now);
    let (mut parts, body) = request.into_parts();
    let check = |parts: &Parts| read(parts)?.verify(SUITE_SECRET, parts, &body, now);
    assert_eq!(read(&parts).unwrap().payload, Payload::Unsigned);
    assert_eq!(check(&parts), Ok(()));
    parts
        .headers
        .insert("x-amz-checksum", "of another".parse().unwrap());
    assert_eq!(check(&parts), Err(Refusal::Mismatch));
}

#[test]
fn each_service_words_a_refusal_as_its_own() {
    let code = |refusal: Refusal, ec2, json| {
        let fault = refusal.fault(ec2, json);
        (fault.code, fault.status)
    };
    for refusal in [Refusal::UnknownKey, Refusal::Mismatch, Refusal::Body] {
        assert_eq!(code(refusal, true, false), ("AuthFailure".to_owned(), 401));
    }
    assert_eq!(
        code(Refusal::Expired, true, false),
        ("RequestExpired".to_owned(), 400)
    );
    let sts = code(Refusal::UnknownKey, false, false);
    assert_eq!(sts, ("InvalidClientTokenId".to_owned(), 403));
    let ebs = code(Refusal::Mismatch, false, true);
    assert_eq!(ebs, ("InvalidSignatureException".to_owned(), 403));
}
