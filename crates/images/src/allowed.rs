//! Which images of others an account lets its users find and use ("Allowed AMIs"). Pure.
//!
//! An image is allowed if it is the account's own or meets one of the criteria; it meets a criterion
//! if it meets every condition that the criterion has. Without any criterion, only the account's
//! own are allowed. (EC2 User Guide, "Control the discovery and use of AMIs with Allowed AMIs".)

use crate::Image;
use base::pattern::Filter;
use base::{AccountId, Error, Reason, Result, Subject, Timestamp};
use serde::{Deserialize, Serialize};

/// Whether criteria count, and which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowed {
    /// Whether they count.
    pub state: AllowedState,
    /// The criteria.
    pub criteria: Vec<Criterion>,
}

/// Whether the criteria count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AllowedState {
    /// Every image is allowed.
    #[default]
    Disabled,
    /// Every image is allowed, and lists show which would not be.
    Audit,
    /// What does not meet the criteria is as if it did not exist.
    Enabled,
}

impl AllowedState {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            AllowedState::Disabled => "disabled",
            AllowedState::Audit => "audit-mode",
            AllowedState::Enabled => "enabled",
        }
    }
}

/// One criterion: every condition that is there must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Owners: account ids or aliases of AWS's; `none` for nobody but the account itself.
    pub providers: Vec<String>,
    /// Product codes of the marketplace.
    pub product_codes: Vec<String>,
    /// Names, with `*` and `?`.
    pub names: Vec<String>,
    /// Days since the image was deprecated, at most.
    pub days_since_deprecated: Option<u32>,
    /// Days since the image was made, at most.
    pub days_since_created: Option<u32>,
}

/// AWS's limits.
const CRITERIA: usize = 10;
const PROVIDERS: usize = 200;
const OTHERS: usize = 50;
const DAY_MILLIS: i64 = 24 * 3600 * 1000;

/// Checks criteria that a caller sent.
pub(crate) fn check(criteria: &[Criterion]) -> Result<()> {
    if criteria.len() > CRITERIA {
        return Err(bad(format!(
            "At most {CRITERIA} image criteria are possible."
        )));
    }
    criteria.iter().try_for_each(check_one)
}

fn check_one(criterion: &Criterion) -> Result<()> {
    if *criterion == Criterion::default() {
        return Err(bad("An image criterion needs at least one condition."));
    }
    let providers = &criterion.providers;
    if providers.len() > PROVIDERS {
        return Err(bad(format!(
            "A criterion has at most {PROVIDERS} image providers."
        )));
    }
    if providers.len() > 1 && providers.iter().any(|name| name == "none") {
        let message = "The image provider 'none' cannot be given with others.";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    for name in providers {
        let known = ["amazon", "aws-marketplace", "aws-backup-vault", "none"];
        if !known.contains(&name.as_str()) && AccountId::parse(name).is_err() {
            let shown: String = name.chars().take(64).collect();
            return Err(bad(format!("Value ({shown}) is not an image provider.")));
        }
    }
    if criterion.names.len() > OTHERS || criterion.product_codes.len() > OTHERS {
        let message = format!("A criterion has at most {OTHERS} names and {OTHERS} product codes.");
        return Err(bad(message));
    }
    criterion
        .names
        .iter()
        .try_for_each(|name| check_name(name))?;
    criterion
        .product_codes
        .iter()
        .try_for_each(|code| check_code(code))
}

fn check_name(name: &str) -> Result<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || " ()[]./-'@_*?".contains(c);
    let length = name.chars().count();
    let least = if name.contains('?') { 3 } else { 1 };
    if (least..=128).contains(&length) && name.chars().all(good) {
        return Ok(());
    }
    let shown: String = name.chars().take(64).collect();
    Err(bad(format!("Value ({shown}) is not a name of images.")))
}

fn check_code(code: &str) -> Result<()> {
    if (1..=25).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let shown: String = code.chars().take(64).collect();
    Err(bad(format!("Value ({shown}) is not a product code.")))
}

fn bad(message: impl Into<String>) -> Error {
    Error::invalid(message)
}

impl Allowed {
    /// What a list shows of an image: nothing while the criteria do not count.
    pub fn verdict(&self, image: &Image, account: &AccountId, now: Timestamp) -> Option<bool> {
        (self.state != AllowedState::Disabled).then(|| self.meets(image, account, now))
    }

    /// Whether the image is hidden from the account.
    pub fn hides(&self, image: &Image, account: &AccountId, now: Timestamp) -> bool {
        self.state == AllowedState::Enabled && !self.meets(image, account, now)
    }

    fn meets(&self, image: &Image, account: &AccountId, now: Timestamp) -> bool {
        image.owner == *account
            || self
                .criteria
                .iter()
                .any(|criterion| criterion.is_met_by(image, now))
    }
}

impl Criterion {
    fn is_met_by(&self, image: &Image, now: Timestamp) -> bool {
        let provider = self.providers.is_empty()
            || self
                .providers
                .iter()
                .any(|name| name == image.owner.as_str());
        let code = self.product_codes.is_empty()
            || image
                .billing
                .codes
                .iter()
                .any(|code| self.product_codes.contains(&code.code));
        let name = self.names.is_empty() || {
            let filter = Filter {
                name: "name".into(),
                values: self.names.clone(),
            };
            filter.one(&image.name)
        };
        let age = now.millis().saturating_sub(image.created.millis());
        let young = self
            .days_since_created
            .is_none_or(|days| age <= i64::from(days) * DAY_MILLIS);
        // An image that is not deprecated meets every condition about its deprecation.
        let fresh = self.days_since_deprecated.is_none_or(|days| {
            image
                .deprecated_for(now)
                .is_none_or(|gone| gone <= i64::from(days) * DAY_MILLIS)
        });
        provider && code && name && young && fresh
    }
}
