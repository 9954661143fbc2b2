//! ModifyImageAttribute, ResetImageAttribute and the owner's view of attributes.

use crate::name::check_description;
use crate::{Image, Images, State, rows};
use base::{AccountId, Error, ImageId, Reason, Result, Subject};
use identity::{Action, Call};

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
    rows::update(&mut tx, &permit, &image.changed(change)?).await?;
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
    fn changed(mut self, change: Change) -> Result<Image> {
        match change {
            Change::Description(text) => {
                if self.state == State::Deregistered {
                    return Err(self.unavailable());
                }
                self.description = text;
            }
            Change::ImdsV2 => {
                self.may_change()?;
                self.imds_support = Some("v2.0".into());
            }
            Change::Launch { add, remove } => {
                self.may_change()?;
                self.share(add, remove)?;
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
    fn share(&mut self, add: Vec<Who>, remove: Vec<Who>) -> Result<()> {
        for who in add {
            match who {
                Who::All => self.publish()?,
                Who::Account(account) => drop(self.launch.accounts.insert(account)),
            }
        }
        for who in remove {
            match who {
                Who::All => self.launch.public = false,
                Who::Account(account) => drop(self.launch.accounts.remove(&account)),
            }
        }
        if self.launch.accounts.len() > SHARES {
            let message = format!("An image can be shared with at most {SHARES} accounts.");
            return Err(Error::new(Reason::Limit, Subject::ImageAttribute, message));
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
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
