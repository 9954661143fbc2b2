//! The stored formats, byte for byte: docs/format/vectors/*.hex. A reader of any version must
//! read them for ever, and this version writes them exactly.

use crate::entropy::Entropy;
use crate::error::{Error, Result};
use crate::frame::{self, Kind};
use crate::keys::{DataKey, Domain, KeyRing};
use crate::names::{Address, Digest, PackId};
use crate::pack::{self, Filling};
use crate::page::{Child, Entry, Inner, Leaf};
use proptest::prelude::*;
use std::path::PathBuf;

struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, buf: &mut [u8]) -> Result<()> {
        buf.fill(self.0);
        Ok(())
    }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/format/vectors")
        .join(name)
}

fn vector(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(path(name)).unwrap();
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    hex::decode(digits.replace(char::is_whitespace, "")).unwrap()
}

fn plain() -> Vec<u8> {
    b"Amiable stores a grain of text once. "
        .iter()
        .copied()
        .cycle()
        .take(4096)
        .collect()
}

fn sealed() -> Domain {
    Domain::Sealed(KeyRing::new(1, DataKey::new([0x11; 32])).unwrap())
}

fn make_frame(domain: &Domain) -> (Address, Vec<u8>) {
    let key = domain.writing().unwrap();
    let address = key.address(Kind::Chunk, &plain());
    let mut frame = Vec::new();
    frame::encode(
        Kind::Chunk,
        &plain(),
        &address,
        &key,
        &Fixed(0x22),
        &mut frame,
    )
    .unwrap();
    (address, frame)
}

fn make_leaf() -> Leaf {
    let mut blocks = [Digest::ZERO; 32];
    blocks[0] = Digest::from_bytes([0xa0; 32]);
    blocks[31] = Digest::from_bytes([0xa1; 32]);
    let entry = |start, grains, slot, fill| Entry {
        start,
        grains,
        slot,
        address: Address::from_bytes([fill; 32]),
    };
    Leaf {
        blocks,
        entries: vec![
            entry(0, 1, 0, 0xb0),
            entry(5, 32, 2, 0xb1),
            entry(4090, 6, 0, 0xb2),
        ],
    }
}

fn make_inner() -> Inner {
    let child = |slot, fill: u8| Child {
        address: Address::from_bytes([fill; 32]),
        slot,
        digest: Digest::from_bytes([fill + 1; 32]),
    };
    Inner {
        level: 2,
        children: vec![(0, child(0, 0xc0)), (511, child(9, 0xd0))],
    }
}

fn make_pack() -> Vec<u8> {
    let mut filling = Filling::new();
    for domain in [Domain::Plain, sealed()] {
        let (address, frame) = make_frame(&domain);
        filling.push(address, &frame).unwrap();
    }
    filling
        .close(PackId::from_bytes([0x33; 16]))
        .unwrap()
        .1
        .to_vec()
}

fn all() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("frame-plain.hex", make_frame(&Domain::Plain).1),
        ("frame-sealed.hex", make_frame(&sealed()).1),
        ("leaf.hex", make_leaf().encode()),
        ("inner.hex", make_inner().encode()),
        ("pack.hex", make_pack()),
    ]
}

#[test]
#[ignore = "writes the vectors anew; only for a new version of a format"]
fn write_the_vectors() {
    for (name, bytes) in all() {
        let mut text = format!("# {name}: see the page of this format for what it holds\n");
        for line in bytes.chunks(32) {
            text.push_str(&hex::encode(line));
            text.push('\n');
        }
        std::fs::write(path(name), text).unwrap();
    }
}

#[test]
fn this_version_writes_and_reads_the_vectors() {
    for (name, bytes) in all() {
        // The compressor may change with its version; what must not is that its output reads.
        if !name.starts_with("frame") && name != "pack.hex" {
            assert_eq!(vector(name), bytes, "{name}");
        }
    }
    assert_eq!(Leaf::decode(&vector("leaf.hex")).unwrap(), make_leaf());
    assert_eq!(Inner::decode(&vector("inner.hex")).unwrap(), make_inner());
    for (name, domain) in [
        ("frame-plain.hex", Domain::Plain),
        ("frame-sealed.hex", sealed()),
    ] {
        let key = domain.writing().unwrap();
        let address = key.address(Kind::Chunk, &plain());
        let mut frame = vector(name);
        frame::check(&frame, &address).unwrap();
        let opened = frame::decode(Kind::Chunk, &mut frame, &address, &key).unwrap();
        assert_eq!(opened, plain(), "{name}");
    }
    let stored = vector("pack.hex");
    let entries = pack::parse(PackId::from_bytes([0x33; 16]), &stored).unwrap();
    let addresses: Vec<_> = entries.iter().map(|(address, _)| *address).collect();
    assert_eq!(
        addresses,
        [make_frame(&Domain::Plain).0, make_frame(&sealed()).0]
    );
    for (address, place) in entries {
        let range = (u64::from(place.offset), u64::from(place.len));
        frame::check(
            pack::pack_range(&stored, range.0, range.1).unwrap(),
            &address,
        )
        .unwrap();
    }
}

#[test]
fn every_changed_or_missing_byte_of_a_sealed_frame_is_noticed() {
    let key = sealed().writing().unwrap();
    let address = key.address(Kind::Chunk, &plain());
    let whole = vector("frame-sealed.hex");
    for at in 0..whole.len() {
        let mut frame = whole.clone();
        frame[at] ^= 0x40;
        assert!(frame::check(&frame, &address).is_err(), "byte {at}");
        // The checksum is for who has no key; a reader has the seal.
        if !(8..24).contains(&at) {
            assert!(
                frame::decode(Kind::Chunk, &mut frame, &address, &key).is_err(),
                "byte {at}"
            );
        }
        let mut short = whole[..at].to_vec();
        assert!(frame::decode(Kind::Chunk, &mut short, &address, &key).is_err());
    }
    let as_page = frame::decode(Kind::Page, &mut whole.clone(), &address, &key);
    assert!(matches!(as_page, Err(Error::Corrupt { .. })));
}

#[test]
fn a_frame_that_unpacks_to_more_than_it_claims_is_refused() {
    let key = Domain::Plain.writing().unwrap();
    let bomb = zstd::bulk::compress(&vec![0; 50 << 20], 1).unwrap();
    for claimed in [4096_u32, 131_072, 131_073, u32::MAX, 0] {
        let mut frame = vec![0, 1, 0, 0];
        frame.extend(claimed.to_le_bytes());
        frame.extend([0; 16]);
        frame.extend(&bomb);
        let opened = frame::decode(Kind::Chunk, &mut frame, &Address::from_bytes([1; 32]), &key);
        assert!(matches!(opened, Err(Error::Corrupt { .. })));
    }
}

#[test]
fn a_page_cut_off_anywhere_or_longer_than_it_says_is_refused() {
    for (name, decode) in [
        (
            "leaf.hex",
            (|b: &[u8]| Leaf::decode(b).is_ok()) as fn(&[u8]) -> bool,
        ),
        ("inner.hex", |b: &[u8]| Inner::decode(b).is_ok()),
    ] {
        let mut bytes = vector(name);
        for len in 0..bytes.len() {
            assert!(!decode(&bytes[..len]), "{name} of {len} bytes");
        }
        bytes.push(0);
        assert!(!decode(&bytes));
    }
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic_and_pages_have_one_form(
        which in 0..5_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = all().swap_remove(which).1;
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        for bytes in [bytes, noise] {
            crate::fuzz::pack(&bytes);
            crate::fuzz::page(&bytes);
            crate::fuzz::frame(&bytes);
        }
    }
}
