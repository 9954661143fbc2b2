//! The index of chunks, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a suite that cannot be set up must fail loudly"
)]

mod world;

use blocks::{Address, Location, Pack, PackId};
use std::time::Instant;
use world::{Model, schema};

fn pack(random: &mut Model, entries: usize) -> Pack {
    let name = |random: &mut Model, length| random.bytes(length);
    let id = PackId::from_bytes(name(random, 16).try_into().unwrap());
    let entries: Vec<_> = (0..entries)
        .map(|n| {
            let address = Address::from_bytes(name(random, 32).try_into().unwrap());
            let offset = u32::try_from(n).unwrap() * 1000;
            (
                address,
                Location {
                    pack: id,
                    offset,
                    len: 999,
                },
            )
        })
        .collect();
    Pack {
        id,
        bytes: 5_000_000_000,
        entries,
        pages: Vec::new(),
        note: None,
    }
}

#[tokio::test]
async fn a_pack_is_found_until_it_is_removed_and_only_in_its_region() {
    for database in testkit::databases(&schema()).await {
        let index = volumes::index(database.db.clone());
        let mut random = Model::new(1, 7);
        // Lengths around those that lists are padded to.
        let packs: Vec<Pack> = [0, 1, 15, 17, 129, 499, 501, 1003]
            .map(|n| pack(&mut random, n))
            .into();
        for pack in &packs {
            index.insert_pack("us-east-1", pack, 0).await.unwrap();
            index.insert_pack("us-east-1", pack, 0).await.unwrap();
        }
        for pack in &packs {
            let mut addresses: Vec<Address> = pack.entries.iter().map(|(a, _)| *a).collect();
            addresses.reverse();
            addresses.push(Address::from_bytes([9; 32]));
            addresses.push(addresses[0]);
            let found = index.lookup("us-east-1", &addresses).await.unwrap();
            let mut expected: Vec<_> = pack.entries.iter().rev().map(|(_, l)| Some(*l)).collect();
            expected.push(None);
            expected.push(expected[0]);
            assert_eq!(found, expected, "{}", database.engine);
            let elsewhere = index.lookup("us-west-2", &addresses).await.unwrap();
            assert!(elsewhere.iter().all(Option::is_none));
        }
        let mut expected: Vec<_> = packs.iter().map(|pack| (pack.id, pack.bytes)).collect();
        expected.sort();
        assert_eq!(index.list_packs("us-east-1").await.unwrap(), expected);
        // The first location of an address wins.
        let mut second = pack(&mut random, 1);
        second.entries.push((
            packs[2].entries[0].0,
            Location {
                pack: second.id,
                offset: 1,
                len: 1,
            },
        ));
        index.insert_pack("us-east-1", &second, 0).await.unwrap();
        let address = packs[2].entries[0].0;
        let found = index.lookup("us-east-1", &[address]).await.unwrap();
        assert_eq!(found, [Some(packs[2].entries[0].1)]);
        index.remove_pack("us-east-1", &packs[2].id).await.unwrap();
        assert_eq!(index.lookup("us-east-1", &[address]).await.unwrap(), [None]);
        assert_eq!(
            index.list_packs("us-east-1").await.unwrap().len(),
            packs.len()
        );
        assert!(index.lookup("us-east-1", &[]).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_and_readers_at_once_all_succeed() {
    for database in testkit::databases(&schema()).await {
        let index = volumes::index(database.db.clone());
        let mut random = Model::new(1, 8);
        let packs: Vec<Pack> = (0..12).map(|_| pack(&mut random, 1000)).collect();
        let begun = Instant::now();
        let tasks: Vec<_> = packs
            .iter()
            .cloned()
            .map(|pack| {
                let index = index.clone();
                tokio::spawn(async move {
                    index.insert_pack("us-east-1", &pack, 0).await.unwrap();
                    let addresses: Vec<Address> = pack.entries.iter().map(|(a, _)| *a).collect();
                    let found = index.lookup("us-east-1", &addresses).await.unwrap();
                    assert!(found.iter().all(Option::is_some));
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let engine = database.engine;
        println!(
            "{engine}: 12 packs of 1000 chunks written and found: {:?}",
            begun.elapsed()
        );
        let addresses: Vec<Address> = packs[3].entries.iter().map(|(a, _)| *a).take(400).collect();
        let begun = Instant::now();
        for _ in 0..20 {
            index.lookup("us-east-1", &addresses).await.unwrap();
        }
        println!("{engine}: a look-up of 400: {:?}", begun.elapsed() / 20);
    }
}

#[tokio::test]
async fn after_the_first_pack_postgresql_knows_what_the_index_holds() {
    for database in testkit::databases(&schema()).await {
        let index = volumes::index(database.db.clone());
        let pack = pack(&mut Model::new(3, 7), 1500);
        index.insert_pack("us-east-1", &pack, 0).await.unwrap();
        if database.engine != "postgresql" {
            continue;
        }
        let sql = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'chunks'";
        let mut tx = database.db.read().await.unwrap();
        let known = tx.first(sql, &[]).await.unwrap().unwrap();
        assert_eq!(known.int(0).unwrap(), 1500);
    }
}
