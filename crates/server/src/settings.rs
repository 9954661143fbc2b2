//! What an installation was told at its start: from the command line, kept for later commands.

use crate::folder::Folder;
use anyhow::{Context, Result};
use base::Region;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The settings of an installation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The Regions it has.
    pub(crate) regions: Vec<Region>,
    /// A PostgreSQL URL; absent: the embedded database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) database: Option<String>,
    /// Where packs are kept, such as `s3://bucket/prefix`; absent: the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) blocks: Option<String>,
    /// Regions whose packs are kept elsewhere than the others'.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stores: BTreeMap<Region, StoreSettings>,
    /// What may be done with images of others that carry a price. Only in the file.
    #[serde(default)]
    pub(crate) images: ImageRules,
    /// How long the audit trail is kept. Only in the file.
    #[serde(default)]
    pub(crate) audit: AuditRules,
    /// How many copies an account may have in flight into a Region. Only in the file.
    #[serde(default)]
    pub(crate) limits: volumes::Limits,
}

/// How long the audit trail is kept; for ever, unless the file says otherwise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuditRules {
    /// Older records are cut off once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) keep_days: Option<u32>,
}

/// Where one Region's packs are kept, and how to get there. What is not said here comes from the
/// environment (`AWS_...`).
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreSettings {
    /// Such as `s3://bucket/prefix`.
    pub(crate) url: String,
    /// Options of the object store, such as `aws_endpoint`. Secrets are better kept in a file of
    /// their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) options: BTreeMap<String, String>,
    /// A file with more options, one `name = value` a line, for what is secret. Relative to the
    /// data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) options_file: Option<String>,
}

/// Options may hold secrets, and are not shown.
impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreSettings")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl StoreSettings {
    /// `REGION=URL`, as the command line has it.
    pub(crate) fn parse(given: &str) -> Result<(Region, StoreSettings)> {
        let (region, url) = given
            .split_once('=')
            .with_context(|| format!("--store {given}: REGION=URL is expected"))?;
        let store = StoreSettings {
            url: url.to_owned(),
            options: BTreeMap::new(),
            options_file: None,
        };
        Ok((Region::parse(region)?, store))
    }

    /// All options, the most particular last.
    pub(crate) fn all_options(&self, folder: &Folder) -> Result<Vec<(String, String)>> {
        let mut all: Vec<(String, String)> = environment().collect();
        all.extend(self.options.clone());
        if let Some(file) = &self.options_file {
            let path = folder.path(file);
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            for line in text.lines().map(str::trim) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                // The line itself is not shown: it may be a secret.
                let (name, value) = line.split_once('=').with_context(|| {
                    format!("{}: each line is to be name = value", path.display())
                })?;
                let value = value.trim().trim_matches('"');
                all.push((name.trim().to_owned(), value.to_owned()));
            }
        }
        Ok(all)
    }
}

/// The options that the environment gives to every object store.
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars().filter(|(name, _)| name.starts_with("AWS_"))
}

/// The rules for images that carry a price; as AWS has them, unless the file says otherwise.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ImageRules {
    /// Whether an image of another account with an EC2 billing product can be copied.
    copy_foreign_billing_products: bool,
    /// Whether an image of another account with a seller's product code can be copied.
    copy_foreign_product_codes: bool,
    /// The accounts that may register images with billing products.
    billing_product_accounts: Vec<base::AccountId>,
    /// Sellers' product codes, and the account that each belongs to.
    product_codes: std::collections::BTreeMap<String, base::AccountId>,
}

impl ImageRules {
    pub(crate) fn rules(&self) -> images::Rules {
        images::Rules {
            copy_foreign_billing_products: self.copy_foreign_billing_products,
            copy_foreign_product_codes: self.copy_foreign_product_codes,
            billing_product_accounts: self.billing_product_accounts.clone(),
            product_codes: self.product_codes.clone(),
        }
    }
}

impl Settings {
    fn defaults() -> Settings {
        let regions = ["us-east-1", "us-west-2", "eu-west-1"];
        let parse = |name| Region::parse(name).expect("the default Regions are well formed");
        Settings {
            regions: regions.map(parse).to_vec(),
            database: None,
            blocks: None,
            stores: BTreeMap::new(),
            images: ImageRules::default(),
            audit: AuditRules::default(),
            limits: volumes::Limits::default(),
        }
    }

    /// The settings of a folder, with defaults for one that is new.
    pub(crate) fn load(folder: &Folder) -> Result<Settings> {
        let path = folder.path("settings.toml");
        if !path.exists() {
            return Ok(Settings::defaults());
        }
        let text = std::fs::read_to_string(&path)?;
        toml::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))
    }

    /// Keeps them for the commands that come later.
    pub(crate) fn save(&self, folder: &Folder) -> Result<()> {
        folder.replace("settings.toml", toml::to_string(self)?.as_bytes())
    }

    /// What [`store::Db::open`] is given.
    pub(crate) fn database_url(&self, folder: &Folder) -> String {
        let file = || folder.path("catalogue.db").to_string_lossy().into_owned();
        self.database.clone().unwrap_or_else(file)
    }
}
