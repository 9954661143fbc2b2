//! Every SQL statement of this crate, and nothing else.

use crate::{Group, Instance, KeyPair, State, Subnet, Vpc};
use base::VpcId;
use base::{AccountId, GroupId, InstanceId, KeyPairId, Region, ReservationId, Result, SubnetId};
use identity::Permit;
use serde::de::DeserializeOwned;
use std::net::Ipv4Addr;
use store::{Migration, Row, Tx, Value, doc};

/// The tables of this crate.
pub const SCHEMA: &[Migration] = &[Migration {
    name: "instances-001",
    sql: "
CREATE TABLE key_pairs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL,
    doc TEXT NOT NULL);
CREATE UNIQUE INDEX key_pairs_by_name ON key_pairs (owner, region, name);
CREATE TABLE vpcs (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX vpcs_by_owner ON vpcs (owner, region);
CREATE TABLE subnets (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, vpc TEXT NOT NULL,
    doc TEXT NOT NULL);
CREATE INDEX subnets_by_owner ON subnets (owner, region);
CREATE TABLE security_groups (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, vpc TEXT NOT NULL,
    name TEXT NOT NULL, doc TEXT NOT NULL);
CREATE UNIQUE INDEX security_groups_by_name ON security_groups (vpc, name);
CREATE INDEX security_groups_by_owner ON security_groups (owner, region);
CREATE TABLE instances (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL,
    vpc TEXT NOT NULL, reservation TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX instances_by_owner ON instances (owner, region);
CREATE INDEX instances_by_state ON instances (state);
CREATE INDEX instances_by_vpc ON instances (vpc);
CREATE INDEX instances_by_reservation ON instances (reservation);
CREATE TABLE private_addresses (
    subnet TEXT NOT NULL, address TEXT NOT NULL, instance TEXT NOT NULL,
    PRIMARY KEY (subnet, address));
CREATE TABLE public_addresses (address TEXT PRIMARY KEY, instance TEXT NOT NULL);
CREATE TABLE instances_secrets (name TEXT PRIMARY KEY, secret BLOB NOT NULL)",
}];

type Place<'a> = (&'a AccountId, &'a Region);

pub(crate) async fn insert_key(tx: &mut Tx, _permit: &Permit, key: &KeyPair) -> Result<()> {
    let sql = "INSERT INTO key_pairs (id, owner, region, name, doc) VALUES (?1, ?2, ?3, ?4, ?5)";
    let row = [
        (&key.id).into(),
        (&key.owner).into(),
        (&key.region).into(),
        (&key.name).into(),
        doc(key)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn delete_key(tx: &mut Tx, _permit: &Permit, id: &KeyPairId) -> Result<()> {
    tx.exec("DELETE FROM key_pairs WHERE id = ?1", &[id.into()])
        .await
        .map(drop)
}

pub(crate) async fn keys(tx: &mut Tx, place: Place<'_>) -> Result<Vec<KeyPair>> {
    let sql = "SELECT doc FROM key_pairs WHERE owner = ?1 AND region = ?2 ORDER BY name";
    docs(&tx.query(sql, &[place.0.into(), place.1.into()]).await?)
}

pub(crate) async fn key_named(
    tx: &mut Tx,
    place: Place<'_>,
    name: &str,
) -> Result<Option<KeyPair>> {
    let sql = "SELECT doc FROM key_pairs WHERE owner = ?1 AND region = ?2 AND name = ?3";
    one(tx
        .first(sql, &[place.0.into(), place.1.into(), name.into()])
        .await?)
}

/// Writes a VPC, unless it is there already.
pub(crate) async fn add_vpc(tx: &mut Tx, _permit: &Permit, vpc: &Vpc) -> Result<()> {
    let sql = "INSERT INTO vpcs (id, owner, region, doc) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO NOTHING";
    let row = [
        (&vpc.id).into(),
        (&vpc.owner).into(),
        (&vpc.region).into(),
        doc(vpc)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// Writes a subnet, unless it is there already.
pub(crate) async fn add_subnet(tx: &mut Tx, _permit: &Permit, subnet: &Subnet) -> Result<()> {
    let sql = "INSERT INTO subnets (id, owner, region, vpc, doc) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO NOTHING";
    let row = [
        (&subnet.id).into(),
        (&subnet.owner).into(),
        subnet.zone.region().into(),
        (&subnet.vpc).into(),
        doc(subnet)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// Writes a security group, unless it is there already.
pub(crate) async fn add_group(tx: &mut Tx, _permit: &Permit, group: &Group) -> Result<()> {
    let sql = "INSERT INTO security_groups (id, owner, region, vpc, name, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING";
    let row = [
        (&group.id).into(),
        (&group.owner).into(),
        (&group.region).into(),
        (&group.vpc).into(),
        (&group.name).into(),
        doc(group)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn update_group(tx: &mut Tx, _permit: &Permit, group: &Group) -> Result<()> {
    let sql = "UPDATE security_groups SET doc = ?2 WHERE id = ?1";
    tx.exec(sql, &[(&group.id).into(), doc(group)?])
        .await
        .map(drop)
}

pub(crate) async fn delete_group(tx: &mut Tx, _permit: &Permit, id: &GroupId) -> Result<()> {
    tx.exec("DELETE FROM security_groups WHERE id = ?1", &[id.into()])
        .await
        .map(drop)
}

pub(crate) async fn vpc(tx: &mut Tx, id: &VpcId) -> Result<Option<Vpc>> {
    one(tx
        .first("SELECT doc FROM vpcs WHERE id = ?1", &[id.into()])
        .await?)
}

pub(crate) async fn vpcs(tx: &mut Tx, place: Place<'_>) -> Result<Vec<Vpc>> {
    let sql = "SELECT doc FROM vpcs WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[place.0.into(), place.1.into()]).await?)
}

pub(crate) async fn subnet(tx: &mut Tx, id: &SubnetId) -> Result<Option<Subnet>> {
    one(tx
        .first("SELECT doc FROM subnets WHERE id = ?1", &[id.into()])
        .await?)
}

pub(crate) async fn subnets(tx: &mut Tx, place: Place<'_>) -> Result<Vec<Subnet>> {
    let sql = "SELECT doc FROM subnets WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[place.0.into(), place.1.into()]).await?)
}

pub(crate) async fn groups(tx: &mut Tx, place: Place<'_>) -> Result<Vec<Group>> {
    let sql = "SELECT doc FROM security_groups WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[place.0.into(), place.1.into()]).await?)
}

pub(crate) async fn groups_in(tx: &mut Tx, vpc: &VpcId) -> Result<Vec<Group>> {
    let sql = "SELECT doc FROM security_groups WHERE vpc = ?1 ORDER BY id";
    docs(&tx.query(sql, &[vpc.into()]).await?)
}

/// Writes an instance, new or changed.
pub(crate) async fn put_instance(tx: &mut Tx, _permit: &Permit, instance: &Instance) -> Result<()> {
    let sql = "INSERT INTO instances (id, owner, region, state, vpc, reservation, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, doc = excluded.doc";
    let row = [
        (&instance.id).into(),
        (&instance.owner).into(),
        (&instance.region).into(),
        instance.state.as_str().into(),
        (&instance.interface.vpc).into(),
        (&instance.reservation).into(),
        doc(instance)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn delete_instance(tx: &mut Tx, _permit: &Permit, id: &InstanceId) -> Result<()> {
    tx.exec("DELETE FROM instances WHERE id = ?1", &[id.into()])
        .await
        .map(drop)
}

pub(crate) async fn instance(tx: &mut Tx, id: &InstanceId) -> Result<Option<Instance>> {
    one(tx
        .first("SELECT doc FROM instances WHERE id = ?1", &[id.into()])
        .await?)
}

pub(crate) async fn instances(tx: &mut Tx, place: Place<'_>) -> Result<Vec<Instance>> {
    let sql = "SELECT doc FROM instances WHERE owner = ?1 AND region = ?2 ORDER BY id";
    docs(&tx.query(sql, &[place.0.into(), place.1.into()]).await?)
}

pub(crate) async fn launched(tx: &mut Tx, reservation: &ReservationId) -> Result<Vec<Instance>> {
    let sql = "SELECT doc FROM instances WHERE reservation = ?1 ORDER BY id";
    docs(&tx.query(sql, &[reservation.into()]).await?)
}

pub(crate) async fn instances_in(tx: &mut Tx, vpc: &VpcId) -> Result<Vec<Instance>> {
    let sql = "SELECT doc FROM instances WHERE vpc = ?1 AND state <> ?2 ORDER BY id";
    docs(
        &tx.query(sql, &[vpc.into(), State::Terminated.as_str().into()])
            .await?,
    )
}

/// Every instance of this installation that is not terminated.
pub(crate) async fn all_instances(tx: &mut Tx) -> Result<Vec<Instance>> {
    let sql = "SELECT doc FROM instances WHERE state <> ?1 ORDER BY id";
    docs(&tx.query(sql, &[State::Terminated.as_str().into()]).await?)
}

pub(crate) async fn private_addresses(tx: &mut Tx, subnet: &SubnetId) -> Result<Vec<Ipv4Addr>> {
    let sql = "SELECT address FROM private_addresses WHERE subnet = ?1";
    addresses(&tx.query(sql, &[subnet.into()]).await?)
}

pub(crate) async fn take_private_address(
    tx: &mut Tx,
    _permit: &Permit,
    instance: &Instance,
) -> Result<()> {
    let sql = "INSERT INTO private_addresses (subnet, address, instance) VALUES (?1, ?2, ?3)";
    let address = instance.interface.address.to_string();
    let row = [
        (&instance.interface.subnet).into(),
        address.into(),
        (&instance.id).into(),
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn public_addresses(tx: &mut Tx) -> Result<Vec<Ipv4Addr>> {
    addresses(
        &tx.query("SELECT address FROM public_addresses", &[])
            .await?,
    )
}

pub(crate) async fn take_public_address(
    tx: &mut Tx,
    _permit: &Permit,
    (address, instance): (Ipv4Addr, &InstanceId),
) -> Result<()> {
    let sql = "INSERT INTO public_addresses (address, instance) VALUES (?1, ?2)";
    tx.exec(sql, &[address.to_string().into(), instance.into()])
        .await
        .map(drop)
}

pub(crate) async fn free_public_address(
    tx: &mut Tx,
    _permit: &Permit,
    instance: &InstanceId,
) -> Result<()> {
    let sql = "DELETE FROM public_addresses WHERE instance = ?1";
    tx.exec(sql, &[instance.into()]).await.map(drop)
}

pub(crate) async fn free_private_address(
    tx: &mut Tx,
    _permit: &Permit,
    instance: &InstanceId,
) -> Result<()> {
    let sql = "DELETE FROM private_addresses WHERE instance = ?1";
    tx.exec(sql, &[instance.into()]).await.map(drop)
}

/// A secret of this installation: the given one, unless there was one already.
pub(crate) async fn secret(tx: &mut Tx, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
    let sql = "INSERT INTO instances_secrets (name, secret) VALUES (?1, ?2)
        ON CONFLICT (name) DO NOTHING";
    tx.exec(sql, &[name.into(), fresh.into()]).await?;
    let sql = "SELECT secret FROM instances_secrets WHERE name = ?1";
    let row = tx.first(sql, &[Value::from(name)]).await?;
    row.map_or_else(|| Ok(fresh.to_vec()), |row| Ok(row.blob(0)?.to_vec()))
}

fn docs<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>> {
    rows.iter().map(|row| row.doc(0)).collect()
}

fn one<T: DeserializeOwned>(row: Option<Row>) -> Result<Option<T>> {
    row.map(|row| row.doc(0)).transpose()
}

fn addresses(rows: &[Row]) -> Result<Vec<Ipv4Addr>> {
    rows.iter()
        .map(|row| row.text(0)?.parse().map_err(base::Error::internal))
        .collect()
}
