//! What an installation was told at its start: from the command line, kept for later commands.

use crate::folder::Folder;
use anyhow::{Context, Result};
use base::Region;
use serde::{Deserialize, Serialize};

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
}

impl ImageRules {
    pub(crate) fn rules(&self) -> images::Rules {
        images::Rules {
            copy_foreign_billing_products: self.copy_foreign_billing_products,
            copy_foreign_product_codes: self.copy_foreign_product_codes,
            billing_product_accounts: self.billing_product_accounts.clone(),
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
