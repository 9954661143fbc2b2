//! Every SQL statement of this crate, and nothing else.

use crate::image::{SeenBy, unknown};
use crate::launch::names_of;
use crate::{Image, Settings};
use base::{AccountId, ImageId, Region, ResourceId, Result};
use identity::Permit;
use store::{Migration, Row, Tx, Value, doc};

/// The tables of images and of whom they are shared with.
pub const SCHEMA: &[Migration] = &[Migration {
    name: "images-001",
    sql: "
CREATE TABLE images (
    id TEXT PRIMARY KEY, region TEXT NOT NULL, owner TEXT NOT NULL, live_name TEXT,
    listed BIGINT NOT NULL, public BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE UNIQUE INDEX images_name ON images (owner, region, live_name);
CREATE INDEX images_by_name ON images (live_name, region, id);
CREATE INDEX images_by_owner ON images (owner, region, listed, id);
CREATE INDEX images_public ON images (public, region, listed, id);
CREATE TABLE image_launch (
    image TEXT NOT NULL REFERENCES images (id), account TEXT NOT NULL,
    PRIMARY KEY (account, image));
CREATE INDEX image_launch_by_image ON image_launch (image);
CREATE TABLE image_settings (
    account TEXT NOT NULL, region TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, region))",
}];

/// Whether an image is visible to one of `names`: the account, which comes first, its organization
/// and the units that it is in. Adds the values to those that are there.
fn is_visible(names: &[String], values: &mut Vec<Value>) -> String {
    let account = values.len() + 1;
    let shared = marks(names, values);
    format!(
        "(owner = ?{account} OR public = 1
          OR id IN (SELECT image FROM image_launch WHERE account IN ({shared})))"
    )
}

/// An image that this account may see, gone ones included; else not found.
pub async fn visible(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
    id: &ImageId,
) -> Result<Image> {
    let names = names_of(tx, account).await?;
    let mut values = vec![region.into(), id.into()];
    let is_visible = is_visible(&names, &mut values);
    let sql = format!("SELECT doc FROM images WHERE region = ?1 AND id = ?2 AND {is_visible}");
    let Some(row) = tx.first(&sql, &values).await? else {
        return Err(unknown(&[id.to_string()]));
    };
    let mut image: Image = row.doc(0)?;
    image.seen_by = SeenBy(Some(account.clone()));
    Ok(image)
}

/// Where a list begins, and how long it is at most.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) after: Option<&'a str>,
    pub(crate) limit: usize,
}

/// The images that this account may see and lists show, in the order of their ids. Each way in
/// which an image can be visible is walked along an index and no further than the part needs, so
/// the cost does not grow with the catalogue.
pub(crate) async fn listed(
    tx: &mut Tx,
    names: &[String],
    region: &Region,
    part: Part<'_>,
) -> Result<Vec<Image>> {
    let mut values = part_values(region, part);
    let shared = marks(names, &mut values);
    let sql = format!(
        "SELECT doc FROM images WHERE id IN (
             SELECT id FROM (SELECT id FROM images
                 WHERE owner = ?4 AND region = ?1 AND listed = 1 AND id > ?2
                 ORDER BY id LIMIT ?3) AS own
             UNION SELECT id FROM (SELECT id FROM images
                 WHERE public = 1 AND region = ?1 AND listed = 1 AND id > ?2
                 ORDER BY id LIMIT ?3) AS public_ones
             UNION SELECT id FROM (SELECT images.id FROM image_launch
                 JOIN images ON images.id = image_launch.image
                 WHERE account IN ({shared}) AND image > ?2 AND region = ?1 AND listed = 1
                 ORDER BY images.id LIMIT ?3) AS shared_ones)
         ORDER BY id LIMIT ?3"
    );
    docs(&tx.query(&sql, &values).await?)
}

/// The same of the images with one of these names.
pub(crate) async fn listed_by_name(
    tx: &mut Tx,
    names: &[String],
    region: &Region,
    part: Part<'_>,
    called: &[String],
) -> Result<Vec<Image>> {
    let mut values = part_values(region, part);
    let is_visible = is_visible(names, &mut values);
    let called = marks(called, &mut values);
    let sql = format!(
        "SELECT doc FROM images WHERE id IN (
             SELECT id FROM images WHERE live_name IN ({called}) AND region = ?1 AND id > ?2)
         AND {is_visible} ORDER BY id LIMIT ?3"
    );
    docs(&tx.query(&sql, &values).await?)
}

fn part_values(region: &Region, part: Part<'_>) -> Vec<Value> {
    let limit = i64::try_from(part.limit).unwrap_or(i64::MAX);
    vec![region.into(), part.after.unwrap_or("").into(), limit.into()]
}

/// Adds texts to the values, and answers their marks.
fn marks(texts: &[String], values: &mut Vec<Value>) -> String {
    let first = values.len() + 1;
    values.extend(texts.iter().map(|text| Value::from(text.as_str())));
    let marks: Vec<String> = (first..=values.len()).map(|at| format!("?{at}")).collect();
    marks.join(", ")
}

/// An image by id, whoever asks: for jobs.
pub(crate) async fn by_id(tx: &mut Tx, id: &ImageId) -> Result<Option<Image>> {
    let row = tx
        .first("SELECT doc FROM images WHERE id = ?1", &[id.into()])
        .await?;
    row.map(|row| row.doc(0)).transpose()
}

/// The image of this owner, in this Region, that has the name.
pub(crate) async fn named(tx: &mut Tx, permit: &Permit, name: &str) -> Result<Option<ImageId>> {
    let sql = "SELECT id FROM images WHERE owner = ?1 AND region = ?2 AND live_name = ?3";
    let values = [permit.account().into(), permit.region().into(), name.into()];
    tx.first(sql, &values)
        .await?
        .map(|row| ImageId::parse(row.text(0)?))
        .transpose()
}

pub(crate) async fn insert(tx: &mut Tx, permit: &Permit, image: &Image) -> Result<()> {
    let sql = "INSERT INTO images (id, region, owner, live_name, listed, public, doc)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let [id, live_name, listed, public, doc] = columns(image)?;
    let row = [
        id,
        permit.region().into(),
        permit.account().into(),
        live_name,
        listed,
        public,
        doc,
    ];
    tx.exec(sql, &row).await.map(drop)
}

pub(crate) async fn update(tx: &mut Tx, _permit: &Permit, image: &Image) -> Result<()> {
    let sql = "UPDATE images SET live_name = ?2, listed = ?3, public = ?4, doc = ?5 WHERE id = ?1";
    tx.exec(sql, &columns(image)?).await?;
    tx.exec(
        "DELETE FROM image_launch WHERE image = ?1",
        &[(&image.id).into()],
    )
    .await?;
    for name in image.launch.names() {
        let sql = "INSERT INTO image_launch (image, account) VALUES (?1, ?2)";
        tx.exec(sql, &[(&image.id).into(), name.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn settings(
    tx: &mut Tx,
    account: &AccountId,
    region: &Region,
) -> Result<Option<Settings>> {
    let sql = "SELECT doc FROM image_settings WHERE account = ?1 AND region = ?2";
    let row = tx.first(sql, &[account.into(), region.into()]).await?;
    row.map(|row| row.doc(0)).transpose()
}

pub(crate) async fn put_settings(tx: &mut Tx, permit: &Permit, settings: &Settings) -> Result<()> {
    let sql = "INSERT INTO image_settings (account, region, doc) VALUES (?1, ?2, ?3)
        ON CONFLICT (account, region) DO UPDATE SET doc = excluded.doc";
    let row = [
        permit.account().into(),
        permit.region().into(),
        doc(settings)?,
    ];
    tx.exec(sql, &row).await.map(drop)
}

/// A gone image keeps its row and gives its name back.
fn columns(image: &Image) -> Result<[Value; 5]> {
    let gone = image.state == crate::State::Deregistered;
    let live_name = if gone {
        Value::Null
    } else {
        (&image.name).into()
    };
    Ok([
        (&image.id).into(),
        live_name,
        (!gone).into(),
        image.launch.public.into(),
        doc(image)?,
    ])
}

fn docs(rows: &[Row]) -> Result<Vec<Image>> {
    rows.iter().map(|row| row.doc(0)).collect()
}
