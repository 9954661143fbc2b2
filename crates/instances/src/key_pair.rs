//! Key pairs: CreateKeyPair, ImportKeyPair, DescribeKeyPairs, DeleteKeyPair.
//!
//! Only public keys are kept. A private key that is made here is answered once and forgotten.

use crate::key_material::{self, Public};
use crate::{Instances, KeyForm, KeyKind, rows};
use base::pattern::Filter;
use base::{AccountId, Error, KeyPairId, Reason, Region, ResourceId, Result, Secret, Subject};
use base::{Tags, Timestamp};
use identity::{Action, Call, Made, authorize, authorize_new, forget_tags, put_tags, tags_of_many};
use serde::{Deserialize, Serialize};

/// A key pair, of which only the public half is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPair {
    /// Its id.
    pub id: KeyPairId,
    /// Who owns it.
    pub owner: AccountId,
    /// Where it lies.
    pub region: Region,
    /// Its name: used once for each owner and Region.
    pub name: String,
    /// The kind of key.
    pub kind: KeyKind,
    /// As EC2 computes it: it depends on whether the key was made or imported.
    pub fingerprint: String,
    /// The public key as a line of OpenSSH, with the key pair's name as the comment.
    pub public_key: String,
    /// When it was made or imported.
    pub created: Timestamp,
}

impl identity::Resource for KeyPair {
    fn arn(&self) -> String {
        format!(
            "arn:aws:ec2:{}:{}:key-pair/{}",
            self.region, self.owner, self.name
        )
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn tagged_id(&self) -> String {
        self.id.to_string()
    }

    fn conditions(&self, context: &mut identity::Context) {
        context.set("ec2:KeyPairName", self.name.as_str());
        context.set("ec2:KeyPairType", self.kind.as_str());
    }
}

/// A key pair as it is described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedKeyPair {
    /// The key pair.
    pub key: KeyPair,
    /// The caller's tags.
    pub tags: Tags,
}

/// CreateKeyPair: makes a key and answers its private half as the text of a file.
pub async fn create_key_pair(
    instances: &Instances,
    call: &Call,
    (name, (kind, form), tags): (&str, (KeyKind, KeyForm), &Tags),
) -> Result<(KeyPair, Secret)> {
    check_name(name)?;
    let new = key_material::generate(kind, (form, name), instances.entropy())?;
    let key = insert(
        instances,
        call,
        ("ec2:CreateKeyPair", name, tags),
        new.public,
    )
    .await?;
    Ok((key, new.private))
}

/// ImportKeyPair: keeps a public key.
pub async fn import_key_pair(
    instances: &Instances,
    call: &Call,
    (name, material, tags): (&str, &[u8], &Tags),
) -> Result<KeyPair> {
    check_name(name)?;
    let public = key_material::import(material)?;
    insert(instances, call, ("ec2:ImportKeyPair", name, tags), public).await
}

async fn insert(
    instances: &Instances,
    call: &Call,
    (action, name, tags): (&'static str, &str, &Tags),
    public: Public,
) -> Result<KeyPair> {
    let mut tx = instances.db().begin().await?;
    if rows::key_named(&mut tx, call.place(), name)
        .await?
        .is_some()
    {
        let message = format!("The keypair '{name}' already exists.");
        return Err(Error::new(Reason::Duplicate, Subject::KeyPair, message));
    }
    let made = Made::key_pair(call, name);
    let permit = authorize(&mut tx, call, Action(action), &[&made]).await?;
    let key = KeyPair {
        id: KeyPairId::random(instances.entropy()),
        owner: permit.account().clone(),
        region: permit.region().clone(),
        name: name.to_owned(),
        kind: public.kind,
        fingerprint: public.fingerprint,
        public_key: format!("{} {name}", public.line),
        created: permit.now(),
    };
    rows::insert_key(&mut tx, &permit, &key).await?;
    put_tags(&mut tx, &permit, key.id.as_ref(), "key-pair", tags).await?;
    tx.commit().await?;
    Ok(key)
}

/// DeleteKeyPair, by name or by id. One that is not there is no error; its id is answered if it was.
pub async fn delete_key_pair(
    instances: &Instances,
    call: &Call,
    (name, id): (Option<&str>, Option<&str>),
) -> Result<Option<KeyPairId>> {
    if name.is_none() && id.is_none() {
        return Err(Error::missing("KeyName"));
    }
    let id = id.map(KeyPairId::parse).transpose()?;
    let mut tx = instances.db().begin().await?;
    let found = rows::keys(&mut tx, call.place())
        .await?
        .into_iter()
        .find(|key| {
            id.as_ref()
                .map_or(name == Some(key.name.as_str()), |id| *id == key.id)
        });
    let Some(key) = found else {
        authorize_new(&mut tx, call, Action("ec2:DeleteKeyPair")).await?;
        return Ok(None);
    };
    let permit = authorize(&mut tx, call, Action("ec2:DeleteKeyPair"), &[&key]).await?;
    rows::delete_key(&mut tx, &permit, &key.id).await?;
    forget_tags(&mut tx, &permit, key.id.as_ref()).await?;
    tx.commit().await?;
    Ok(Some(key.id))
}

const FILTERS: &[&str] = &["key-pair-id", "key-name", "fingerprint", "tag:", "tag-key"];

/// DescribeKeyPairs, sorted by name. A name or id that is not there is an error.
pub async fn describe_key_pairs(
    instances: &Instances,
    call: &Call,
    (names, ids): (&[String], &[String]),
    filters: &[Filter],
) -> Result<Vec<DescribedKeyPair>> {
    base::pattern::check(filters, FILTERS)?;
    let ids: Vec<KeyPairId> = ids
        .iter()
        .map(|id| KeyPairId::parse(id))
        .collect::<Result<_>>()?;
    let mut tx = instances.db().read().await?;
    let all = rows::keys(&mut tx, call.place()).await?;
    if let Some(name) = names
        .iter()
        .find(|name| all.iter().all(|key| key.name != **name))
    {
        return Err(not_found(name));
    }
    if let Some(id) = ids.iter().find(|id| all.iter().all(|key| key.id != **id)) {
        let message = format!("The key pair ID '{id}' does not exist");
        return Err(Error::not_found(Subject::KeyPair, message));
    }
    let mut tags = tags_of_many(&mut tx, call.account(), &call.region, "key-pair").await?;
    authorize_new(&mut tx, call, Action("ec2:DescribeKeyPairs")).await?;
    let named = |key: &KeyPair| {
        (names.is_empty() && ids.is_empty()) || names.contains(&key.name) || ids.contains(&key.id)
    };
    let described = all.into_iter().filter(named).map(|key| {
        let tags = tags.remove(key.id.as_ref()).unwrap_or_default();
        DescribedKeyPair { key, tags }
    });
    Ok(described
        .filter(|key| filters.iter().all(|filter| meets(key, filter)))
        .collect())
}

fn meets(described: &DescribedKeyPair, filter: &Filter) -> bool {
    match filter.name.as_str() {
        "key-pair-id" => filter.one(described.key.id.as_ref()),
        "key-name" => filter.one(&described.key.name),
        "fingerprint" => filter.one(&described.key.fingerprint),
        _ => filter.tags(&described.tags),
    }
}

/// What a caller reads who names a key that is not there.
pub(crate) fn not_found(name: &str) -> Error {
    let shown: String = name.chars().take(255).collect();
    Error::not_found(
        Subject::KeyPair,
        format!("The keypair '{shown}' does not exist."),
    )
}

/// Up to 255 ASCII characters. It becomes the last word of a line in the guest's
/// `authorized_keys`, so it holds no control characters.
fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::missing("KeyName"));
    }
    let good = name.len() <= 255
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && name.trim() == name;
    if good {
        return Ok(());
    }
    let message = "A key name has up to 255 ASCII characters, without spaces at its ends.";
    Err(Error::invalid(message))
}
