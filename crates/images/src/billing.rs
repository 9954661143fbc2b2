//! What an image is billed as besides the machine time: EC2's billing products (the operating
//! system) and product codes of the marketplace. They follow an image into its copies, and into
//! instances and what is captured from those. Pure.

use base::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an image is billed as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Billing {
    /// EC2's own products, such as `bp-6fa54006` (Windows).
    pub products: Vec<String>,
    /// Codes of sellers' products.
    pub codes: Vec<ProductCode>,
}

/// The code of a seller's product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductCode {
    /// The code.
    pub code: String,
    /// `marketplace` or `devpay`.
    pub kind: String,
}

impl ProductCode {
    /// A code of the marketplace.
    pub fn marketplace(code: &str) -> ProductCode {
        ProductCode {
            code: code.to_owned(),
            kind: "marketplace".to_owned(),
        }
    }
}

/// EC2's products whose codes are public, and how they are shown.
const KNOWN: &[(&str, &str, &str)] = &[
    ("bp-6fa54006", "Windows", "RunInstances:0002"),
    (
        "bp-63a5400a",
        "Red Hat Enterprise Linux",
        "RunInstances:0010",
    ),
];

impl Billing {
    /// These codes, too.
    pub(crate) fn add_codes<'a>(&mut self, codes: impl IntoIterator<Item = &'a String>) {
        for code in codes {
            if self.codes.iter().all(|known| known.code != *code) {
                self.codes.push(ProductCode::marketplace(code));
            }
        }
    }

    /// The same with these product codes, whatever it had.
    pub fn sold_as(mut self, codes: &BTreeSet<String>) -> Billing {
        self.codes.clear();
        self.add_codes(codes);
        self
    }

    /// AWS's PlatformDetails and UsageOperation.
    pub fn platform(&self) -> (&'static str, &'static str) {
        let known = KNOWN
            .iter()
            .find(|(code, _, _)| self.products.iter().any(|product| product == code));
        known.map_or(("Linux/UNIX", "RunInstances"), |(_, details, operation)| {
            (*details, *operation)
        })
    }

    /// Whether `platform` is shown as `windows`.
    pub fn is_windows(&self) -> bool {
        self.platform().0 == "Windows"
    }
}

/// What may be done with images of others that carry a price.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether an image of another account with an EC2 billing product can be copied.
    pub copy_foreign_billing_products: bool,
    /// Whether an image of another account with a product code can be copied.
    pub copy_foreign_product_codes: bool,
    /// The accounts that may register images with billing products.
    pub billing_product_accounts: Vec<base::AccountId>,
    /// Sellers' product codes, and whose they are.
    pub product_codes: BTreeMap<String, base::AccountId>,
}

impl Default for Rules {
    /// As AWS has it: such images are launched, and captured from their instances, and not copied.
    fn default() -> Rules {
        Rules {
            copy_foreign_billing_products: false,
            copy_foreign_product_codes: false,
            billing_product_accounts: Vec::new(),
            product_codes: BTreeMap::new(),
        }
    }
}

impl Rules {
    /// Whether an image of another account may be copied, as far as its price is concerned.
    pub(crate) fn check_copy(&self, billing: &Billing) -> Result<()> {
        let refused = |message: &str| Err(Error::new(Reason::Invalid, Subject::Storage, message));
        if !billing.codes.is_empty() && !self.copy_foreign_product_codes {
            return refused("Images from AWS Marketplace cannot be copied to another AWS account");
        }
        if !billing.products.is_empty() && !self.copy_foreign_billing_products {
            return refused(
                "Images with EC2 BillingProduct codes cannot be copied to another AWS account",
            );
        }
        Ok(())
    }

    /// Whether the account may put these product codes on its images: only those that are its own.
    pub(crate) fn check_codes(
        &self,
        account: &base::AccountId,
        codes: &BTreeSet<String>,
    ) -> Result<()> {
        match codes
            .iter()
            .find(|code| self.product_codes.get(*code) != Some(account))
        {
            None => Ok(()),
            Some(code) => {
                let shown: String = code.chars().take(64).collect();
                let message = format!("The product code '{shown}' is not one of your account's.");
                Err(Error::new(
                    Reason::NotPermitted,
                    Subject::ProductCode,
                    message,
                ))
            }
        }
    }

    /// Whether the account may register an image with these billing products.
    pub(crate) fn check_register(
        &self,
        account: &base::AccountId,
        products: &[String],
    ) -> Result<()> {
        if products.is_empty() {
            return Ok(());
        }
        if !self.billing_product_accounts.contains(account) {
            let message = "Your account is not authorized to specify billing product codes.";
            return Err(Error::new(Reason::NotAuthorized, Subject::Image, message));
        }
        let good = |code: &String| {
            code.len() == 11
                && code.strip_prefix("bp-").is_some_and(|rest| {
                    rest.bytes()
                        .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
                })
        };
        match products.iter().find(|code| !good(code)) {
            None => Ok(()),
            Some(code) => {
                let shown: String = code.chars().take(64).collect();
                Err(Error::invalid(format!(
                    "Value ({shown}) for parameter BillingProduct is invalid."
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_a_price_is_copied_across_accounts_only_if_the_rules_say_so() {
        let windows = Billing {
            products: vec!["bp-6fa54006".into()],
            ..Billing::default()
        };
        let sold = Billing {
            codes: vec![ProductCode {
                code: "abc".into(),
                kind: "marketplace".into(),
            }],
            ..Billing::default()
        };
        let strict = Rules::default();
        assert!(strict.check_copy(&Billing::default()).is_ok());
        assert_eq!(
            strict.check_copy(&windows).unwrap_err().message,
            "Images with EC2 BillingProduct codes cannot be copied to another AWS account"
        );
        assert_eq!(
            strict.check_copy(&sold).unwrap_err().message,
            "Images from AWS Marketplace cannot be copied to another AWS account"
        );
        let free = Rules {
            copy_foreign_billing_products: true,
            copy_foreign_product_codes: true,
            ..Rules::default()
        };
        assert!(free.check_copy(&windows).is_ok() && free.check_copy(&sold).is_ok());
        assert_eq!(windows.platform(), ("Windows", "RunInstances:0002"));
    }
}
