//! Client tokens: the same token with the same parameters gets the first answer again.

use crate::{Migration, Tx};
use base::{AccountId, Error, Reason, Region, Result, Subject};

pub(crate) const TABLE: &str = "
CREATE TABLE client_tokens (
    account TEXT NOT NULL, region TEXT NOT NULL, operation TEXT NOT NULL, token TEXT NOT NULL,
    parameters TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (account, region, operation, token))";

/// The table of remembered answers.
pub const SCHEMA: Migration = Migration {
    name: "store-001-client-tokens",
    sql: TABLE,
};

impl Tx {
    /// The answer that was remembered for this token, if it came before. The same token with other
    /// parameters is refused.
    pub async fn replay(
        &mut self,
        (account, region): (&AccountId, &Region),
        operation: &str,
        token: &str,
        parameters: &str,
    ) -> Result<Option<String>> {
        check(token)?;
        let sql = "SELECT parameters, answer FROM client_tokens
            WHERE account = ?1 AND region = ?2 AND operation = ?3 AND token = ?4";
        let key = [
            account.into(),
            region.into(),
            operation.into(),
            token.into(),
        ];
        let Some(row) = self.first(sql, &key).await? else {
            return Ok(None);
        };
        if row.text(0)? == parameters {
            return Ok(Some(row.text(1)?.to_owned()));
        }
        let message = format!("The client token '{token}' was used before with other parameters.");
        Err(Error::new(
            Reason::TokenReused,
            Subject::ClientToken,
            message,
        ))
    }

    /// Remembers the answer of this transaction under the token.
    pub async fn remember(
        &mut self,
        (account, region): (&AccountId, &Region),
        operation: &str,
        token: &str,
        parameters: &str,
        answer: &str,
    ) -> Result<()> {
        let sql =
            "INSERT INTO client_tokens (account, region, operation, token, parameters, answer)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = [
            account.into(),
            region.into(),
            operation.into(),
            token.into(),
            parameters.into(),
            answer.into(),
        ];
        self.exec(sql, &row).await?;
        Ok(())
    }
}

fn check(token: &str) -> Result<()> {
    if token.len() <= 64 && token.is_ascii() {
        return Ok(());
    }
    let message = "A client token has at most 64 ASCII characters.";
    Err(Error::new(Reason::Invalid, Subject::Parameter, message))
}
