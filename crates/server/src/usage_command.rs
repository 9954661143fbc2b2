//! `amiable account usage`: who is charged for what, and what snapshots hold. Quantities in bytes,
//! exact; prices are no part of this. Reads the data folder, while its server runs or not.

use crate::admin::{chained, open};
use crate::folder::Folder;
use anyhow::Result;
use base::{AccountId, Timestamp};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use volumes::{Held, UsageSearch};

#[derive(Args)]
pub(crate) struct Usage {
    /// Only what this account is charged for.
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
    /// Only what was recorded at this time or later: 2026-01-31 or 2026-01-31T12:34:56Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Also show what each snapshot holds now, and how much of it nothing else needs.
    #[arg(long)]
    snapshots: bool,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Account, usage type, Region.
type Sums = BTreeMap<(String, String, String), i128>;

pub(crate) async fn run(asked: Usage) -> Result<()> {
    let account = asked.account.as_deref().map(AccountId::parse).transpose();
    let since = asked.since.as_deref().map(Timestamp::parse).transpose();
    let search = UsageSearch {
        account: account.map_err(chained)?,
        since: since.map_err(chained)?,
    };
    let (db, _) = open(&Folder::open(&asked.data)?).await?;
    let records = volumes::usage(&db, &search).await.map_err(chained)?;
    let held = match asked.snapshots {
        true => Some(volumes::held(&db, search.account.as_ref()).await),
        false => None,
    };
    let held = held.transpose().map_err(chained)?;
    let sums = sums(&records);
    let mut out = std::io::stdout().lock();
    if asked.json {
        let mut shown = json!({
            "records": records.iter().map(record).collect::<Vec<_>>(),
            "sums": sums.iter().map(sum).collect::<Vec<_>>(),
        });
        if let Some(held) = held {
            shown["snapshots"] = held.iter().map(snapshot).collect();
        }
        writeln!(out, "{shown}")?;
        return Ok(());
    }
    for one in &records {
        writeln!(
            out,
            "{}  {}  {:32}  {:14}  {:22}  {:>16}  caused by {}",
            one.at,
            one.account,
            one.usage_type,
            one.operation,
            one.resource,
            one.quantity,
            one.caused_by
        )?;
    }
    writeln!(out, "sums, in bytes:")?;
    for ((account, usage_type, region), quantity) in &sums {
        writeln!(
            out,
            "{account}  {usage_type:32}  {region:14}  {quantity:>16}"
        )?;
    }
    for one in held.into_iter().flatten() {
        let own = one
            .own_bytes
            .map_or("not counted yet".to_owned(), |own| own.to_string());
        writeln!(
            out,
            "{}  {}  {}  holds {} bytes, its own: {own}",
            one.account, one.snapshot, one.region, one.full_bytes
        )?;
    }
    Ok(())
}

fn sums(records: &[volumes::Usage]) -> Sums {
    let mut sums = Sums::new();
    for one in records {
        let region = one.region.to_string();
        let key = (one.account.to_string(), one.usage_type.clone(), region);
        *sums.entry(key).or_default() += i128::from(one.quantity);
    }
    sums
}

fn record(one: &volumes::Usage) -> Value {
    json!({
        "id": one.id, "time": one.at.to_string(), "account": one.account.as_str(),
        "region": one.region.as_str(), "usage_type": one.usage_type, "operation": one.operation,
        "resource": one.resource, "quantity": one.quantity, "unit": "bytes",
        "caused_by": one.caused_by.as_str(),
    })
}

fn sum(((account, usage_type, region), quantity): (&(String, String, String), &i128)) -> Value {
    json!({
        "account": account, "usage_type": usage_type, "region": region,
        "quantity": i64::try_from(*quantity).ok(), "unit": "bytes",
    })
}

fn snapshot(one: &Held) -> Value {
    json!({
        "snapshot": one.snapshot.to_string(), "account": one.account.as_str(),
        "region": one.region.as_str(), "full_bytes": one.full_bytes, "own_bytes": one.own_bytes,
    })
}
