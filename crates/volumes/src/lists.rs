//! Lists of addresses in the statements of the index.
//!
//! Every list is padded to one of a few lengths, so that the engines prepare a handful of statements and not
//! one for each length.
//!
//! PostgreSQL gets its lists as tables of values. It would compare a plain list with every row of the Region
//! wherever it takes the Region for few rows: as it does of a table that was filled a moment ago, and in
//! plans that it made before.

use crate::index::blob;
use blocks::Address;
use std::fmt::Write;
use store::{Row, Tx, Value};

const LENGTHS: [usize; 4] = [1, 16, 128, LONGEST];
const LONGEST: usize = 500;

/// Where these addresses are, as far as it is known: address, pack, place, length.
pub(crate) async fn look_up(
    tx: &mut Tx,
    region: &str,
    addresses: &[Address],
) -> base::Result<Vec<Row>> {
    let mut rows = Vec::with_capacity(addresses.len());
    for part in addresses.chunks(LONGEST) {
        let (count, values) = padded(region, part);
        let sql = look_up_sql(count, tx.is_postgres());
        rows.extend(tx.query(&sql, &values).await?);
    }
    Ok(rows)
}

/// Runs a statement of this Region over lists of addresses: `{}` in it stands for a list, `?1` is
/// the Region. Adds up how many rows it touched.
pub(crate) async fn exec_over(
    tx: &mut Tx,
    region: &str,
    sql: &str,
    addresses: &[Address],
) -> base::Result<u64> {
    let mut touched = 0;
    for part in addresses.chunks(LONGEST) {
        let (count, values) = padded(region, part);
        let sql = with_list(sql, count, tx.is_postgres());
        touched += tx.exec(&sql, &values).await?;
    }
    Ok(touched)
}

/// The same for a query: all of its rows.
pub(crate) async fn query_over(
    tx: &mut Tx,
    region: &str,
    sql: &str,
    addresses: &[Address],
) -> base::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for part in addresses.chunks(LONGEST) {
        let (count, values) = padded(region, part);
        let sql = with_list(sql, count, tx.is_postgres());
        rows.extend(tx.query(&sql, &values).await?);
    }
    Ok(rows)
}

/// The Region and a list as parameters, and how long the list has become: padded by repeating the
/// last address, which no statement notices.
fn padded(region: &str, part: &[Address]) -> (usize, Vec<Value>) {
    let count = LENGTHS
        .into_iter()
        .find(|n| *n >= part.len())
        .unwrap_or(part.len());
    let mut values = vec![Value::from(region)];
    values.extend(part.iter().map(|address| blob(address.as_bytes())));
    if let Some(last) = part.last() {
        values.resize(count + 1, blob(last.as_bytes()));
    }
    (count, values)
}

fn look_up_sql(addresses: usize, on_postgres: bool) -> String {
    if on_postgres {
        // The limit makes it look for one address at a time.
        return format!(
            "SELECT found.* FROM ({}) AS asked (wanted) CROSS JOIN LATERAL (
                SELECT address, pack, place, length FROM chunks
                WHERE region = ?1 AND length > 0 AND address = wanted LIMIT 1) AS found",
            values_table(addresses)
        );
    }
    format!(
        "SELECT address, pack, place, length FROM chunks
        WHERE region = ?1 AND length > 0 AND address IN ({})",
        places(addresses, 2)
    )
}

/// The parameters from `?2` on as a table of one column, for PostgreSQL.
fn values_table(count: usize) -> String {
    // The first one says of which type all are.
    let mut sql = "VALUES (CAST(?2 AS BLOB))".to_owned();
    for n in 1..count {
        write!(sql, ", (?{})", n + 2).expect("writing to a string cannot fail");
    }
    sql
}

fn with_list(sql: &str, count: usize, on_postgres: bool) -> String {
    let list = if on_postgres {
        let table = values_table(count);
        format!("SELECT wanted FROM ({table}) AS asked (wanted)")
    } else {
        places(count, 2)
    };
    sql.replace("{}", &list)
}

/// `?2, ?3, …`, so many of them.
pub(crate) fn places(count: usize, first: usize) -> String {
    let mut sql = String::with_capacity(count * 6);
    for n in 0..count {
        let comma = if n == 0 { "" } else { ", " };
        write!(sql, "{comma}?{}", n + first).expect("writing to a string cannot fail");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::look_up_sql;
    use crate::{index, usage};

    /// Also where PostgreSQL knows nothing of the table.
    #[tokio::test]
    async fn a_look_up_reads_what_it_asks_for_and_not_the_region() {
        for database in testkit::databases(&[usage::SCHEMA, index::SCHEMA]).await {
            if database.engine != "postgresql" {
                continue;
            }
            let mut tx = database.db.begin().await.unwrap();
            tx.exec("ALTER TABLE chunks SET (autovacuum_enabled = off)", &[])
                .await
                .unwrap();
            let fill = "INSERT INTO chunks (region, address, pack, place, length, refs, since)
                SELECT 'us-east-1', sha256(CAST(n AS TEXT)::bytea), 'a', n, 1, 0, 0
                FROM generate_series(1, 30000) AS n";
            tx.exec(fill, &[]).await.unwrap();
            let mut sql = look_up_sql(500, true).replace("BLOB", "BYTEA");
            for n in (1..=501).rev() {
                let value = match n {
                    1 => "'us-east-1'".to_owned(),
                    n => format!("sha256('{n}')"),
                };
                sql = sql.replace(&format!("?{n}"), &value);
            }
            let plan = tx.query(&format!("EXPLAIN {sql}"), &[]).await.unwrap();
            let plan: Vec<&str> = plan.iter().map(|row| row.text(0).unwrap()).collect();
            let by_both = |line: &&str| {
                line.contains("Index Cond")
                    && line.contains("region =")
                    && line.contains("address =")
            };
            assert!(plan.iter().any(by_both), "{plan:#?}");
        }
    }
}
