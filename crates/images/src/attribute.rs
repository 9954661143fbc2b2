//! ModifyImageAttribute, ResetImageAttribute and the owner's view of attributes.

use crate::image::CANCEL;
use crate::name::check_description;
use crate::{Image, Images, State, rows, settings};
use base::{AccountId, Error, ImageId, Reason, Result, Subject};
use identity::{Action, Call};
use std::collections::BTreeSet;
use store::Tx;

/// One change to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another description.
    Description(String),
    /// Who may launch it.
    Launch {
        /// Those who now may.
        add: Vec<Who>,
        /// Those who no longer may.
        remove: Vec<Who>,
    },
    /// These sellers' product codes too. There is no way back.
    ProductCodes(BTreeSet<String>),
    /// Instances require metadata session tokens from now on. There is no way back.
    ImdsV2,
}

/// Who may launch an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody (the group `all`).
    All,
    /// One account.
    Account(AccountId),
    /// Every account of an organization, by its ARN.
    Organization(String),
    /// Every account beneath an organizational unit, by its ARN.
    Unit(String),
}

impl Who {
    /// An organization, from what a caller sent: an ARN, never a bare id.
    pub fn organization(text: &str) -> Result<Who> {
        match organizations_arn(text) {
            Some(rest)
                if rest
                    .strip_prefix("organization/")
                    .is_some_and(is_organization) =>
            {
                Ok(Who::Organization(text.to_owned()))
            }
            _ => Err(bad_item(text, "organizationArn")),
        }
    }

    /// An organizational unit, from what a caller sent: an ARN, never a bare id.
    pub fn unit(text: &str) -> Result<Who> {
        let is_unit = |rest: &str| {
            let (organization, unit) = rest.strip_prefix("ou/")?.split_once('/')?;
            let (root, own) = unit.strip_prefix("ou-")?.split_once('-')?;
            let good =
                is_organization(organization) && is_word(root, 4..=32) && is_word(own, 8..=32);
            good.then_some(())
        };
        match organizations_arn(text).and_then(is_unit) {
            Some(()) => Ok(Who::Unit(text.to_owned())),
            None => Err(bad_item(text, "organizationalUnitArn")),
        }
    }
}

/// What follows the account in an ARN of Organizations.
fn organizations_arn(text: &str) -> Option<&str> {
    let (account, rest) = text
        .strip_prefix("arn:aws:organizations::")?
        .split_once(':')?;
    AccountId::parse(account).ok().map(|_| rest)
}

fn is_organization(id: &str) -> bool {
    id.strip_prefix("o-")
        .is_some_and(|rest| is_word(rest, 10..=32))
}

fn is_word(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    length.contains(&text.len()) && text.bytes().all(good)
}

/// The error for somebody that an image cannot be shared with.
pub fn bad_item(value: &str, kind: &str) -> Error {
    let shown: String = value.chars().take(64).collect();
    let message = format!("Invalid attribute item value \"{shown}\" for {kind} item type.");
    Error::new(Reason::Invalid, Subject::ImageAttribute, message)
}

fn never_public() -> Error {
    let message = "Images with product codes can't be shared publicly.";
    Error::new(Reason::NotPermitted, Subject::Image, message)
}

/// How many accounts one image can be shared with.
const SHARES: usize = 1000;

/// Changes an attribute of an image of the caller's.
pub async fn modify(images: &Images, call: &Call, id: &ImageId, change: Change) -> Result<()> {
    if let Change::Description(text) = &change {
        check_description(text)?;
    }
    let mut tx = images.db.begin().await?;
    let image = rows::visible(&mut tx, call.account(), &call.region, id).await?;
    let action = Action("ec2:ModifyImageAttribute");
    let permit = identity::authorize(&mut tx, call, action, &[&image]).await?;
    if matches!(&change, Change::Launch { add, .. } if !add.is_empty()) {
        check_shareable(&mut tx, call, &image).await?;
    }
    if let Change::ProductCodes(codes) = &change {
        images.rules.check_codes(call.account(), codes)?;
        let ids: Vec<_> = image.snapshots().cloned().collect();
        volumes::add_product_codes(&mut tx, &permit, &ids, codes).await?;
    }
    let blocked = settings::of(&mut tx, call.account(), &call.region)
        .await?
        .block_public;
    rows::update(&mut tx, &permit, &image.changed(change, blocked)?).await?;
    tx.commit().await
}

/// An image whose disk is sealed under the owner's own `aws/ebs` key cannot be shared: nobody else
/// could ever use the key.
async fn check_shareable(tx: &mut Tx, call: &Call, image: &Image) -> Result<()> {
    let ids: Vec<_> = image.snapshots().cloned().collect();
    let managed = |snapshot: &volumes::Snapshot| {
        snapshot
            .sealing
            .as_ref()
            .is_some_and(volumes::Sealing::is_managed)
            && snapshot.owner == *call.account()
    };
    if volumes::snapshots_by_id(tx, &ids)
        .await?
        .values()
        .any(managed)
    {
        let message = "Snapshots encrypted with the AWS Managed CMK can't be shared. Specify another snapshot.";
        return Err(Error::new(Reason::Invalid, Subject::Snapshot, message));
    }
    Ok(())
}

/// Gives back a share that names the caller's account itself.
pub async fn cancel_launch_permission(images: &Images, call: &Call, id: &ImageId) -> Result<()> {
    let mut tx = images.db.begin().await?;
    let mut image = rows::visible(&mut tx, call.account(), &call.region, id).await?;
    if image.state == State::Deregistered {
        return Err(crate::image::unknown(&[id.to_string()]));
    }
    let permit = identity::authorize(&mut tx, call, CANCEL, &[&image]).await?;
    if !image.launch.accounts.remove(call.account()) {
        let message = format!("The image {id} is not shared with your account directly.");
        return Err(Error::new(Reason::NotPermitted, Subject::Image, message));
    }
    rows::update(&mut tx, &permit, &image).await?;
    tx.commit().await
}

/// Takes back every launch permission of an image of the caller's.
pub async fn reset_launch_permission(images: &Images, call: &Call, id: &ImageId) -> Result<()> {
    let mut tx = images.db.begin().await?;
    let mut image = rows::visible(&mut tx, call.account(), &call.region, id).await?;
    let action = Action("ec2:ResetImageAttribute");
    let permit = identity::authorize(&mut tx, call, action, &[&image]).await?;
    image.may_change()?;
    image.launch = crate::LaunchPermission::default();
    rows::update(&mut tx, &permit, &image).await?;
    tx.commit().await
}

/// An image whose attributes the caller may read: its own.
pub async fn attributes(images: &Images, call: &Call, id: &ImageId) -> Result<Image> {
    let mut tx = images.db.read().await?;
    let image = rows::visible(&mut tx, call.account(), &call.region, id).await?;
    let action = Action("ec2:DescribeImageAttribute");
    identity::authorize(&mut tx, call, action, &[&image]).await?;
    if image.state == State::Deregistered {
        return Err(image.unavailable());
    }
    Ok(image)
}

impl Image {
    fn changed(mut self, change: Change, blocked: bool) -> Result<Image> {
        match change {
            Change::Description(text) => {
                if self.state == State::Deregistered {
                    return Err(self.unavailable());
                }
                self.description = text;
            }
            Change::ProductCodes(codes) => {
                self.may_change()?;
                if self.launch.public {
                    return Err(never_public());
                }
                self.billing.add_codes(&codes);
            }
            Change::ImdsV2 => {
                self.may_change()?;
                self.imds_support = Some("v2.0".into());
            }
            Change::Launch { add, remove } => {
                self.may_change()?;
                self.share(add, remove, blocked)?;
            }
        }
        Ok(self)
    }

    fn may_change(&self) -> Result<()> {
        if self.state == State::Available {
            Ok(())
        } else {
            Err(self.unavailable())
        }
    }

    /// Adding what is there and removing what is not both succeed; the owner is never listed.
    fn share(&mut self, add: Vec<Who>, remove: Vec<Who>, blocked: bool) -> Result<()> {
        for who in add {
            match who {
                Who::All => self.publish(blocked)?,
                Who::Account(account) if account == self.owner => {}
                Who::Account(account) => drop(self.launch.accounts.insert(account)),
                Who::Organization(arn) => drop(self.launch.organizations.insert(arn)),
                Who::Unit(arn) => drop(self.launch.units.insert(arn)),
            }
        }
        for who in remove {
            match who {
                Who::All => self.launch.public = false,
                Who::Account(account) => drop(self.launch.accounts.remove(&account)),
                Who::Organization(arn) => drop(self.launch.organizations.remove(&arn)),
                Who::Unit(arn) => drop(self.launch.units.remove(&arn)),
            }
        }
        if self.launch.names().count() > SHARES {
            let message = format!(
                "An image can be shared with at most {SHARES} accounts, organizations and units."
            );
            return Err(Error::new(Reason::Limit, Subject::ImageAttribute, message));
        }
        Ok(())
    }

    fn publish(&mut self, blocked: bool) -> Result<()> {
        if blocked && !self.launch.public {
            let message = "You can't publicly share this image because block public access for \
                AMIs is enabled for this account. To publicly share the image, you must call the \
                DisableImageBlockPublicAccess API.";
            return Err(Error::new(Reason::NotPermitted, Subject::Image, message));
        }
        if !self.billing.codes.is_empty() {
            return Err(never_public());
        }
        let sealed = |mapping: &crate::Mapping| matches!(&mapping.target, crate::Target::Ebs(ebs) if ebs.encrypted);
        if self.mappings.iter().any(sealed) {
            let message = "Encrypted snapshots can't be shared publicly. Specify another snapshot.";
            return Err(Error::new(
                Reason::Unsupported,
                Subject::ImageAttribute,
                message,
            ));
        }
        self.launch.public = true;
        Ok(())
    }
}
