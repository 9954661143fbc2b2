//! Values that travel between SQL and Rust.

use base::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One value of a row or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL's NULL.
    Null,
    /// A `BIGINT`.
    Int(i64),
    /// A `TEXT`.
    Text(String),
    /// A `BLOB` (`BYTEA`).
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Value {
        Value::Text(value.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Value {
        Value::Blob(value.to_vec())
    }
}

impl From<base::Timestamp> for Value {
    fn from(value: base::Timestamp) -> Value {
        Value::Int(value.millis())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! text_values {
    ($($name:ty),*) => {$(
        impl From<&$name> for Value {
            fn from(value: &$name) -> Value {
                Value::Text(value.to_string())
            }
        }
    )*};
}

text_values!(
    base::AccountId,
    base::Region,
    base::ImageId,
    base::SnapshotId,
    base::VolumeId,
    base::InstanceId,
    base::ReservationId,
    base::KeyPairId,
    base::VpcId,
    base::SubnetId,
    base::GroupId,
    base::GroupRuleId,
    base::InterfaceId
);

/// A document column: the thing as JSON text.
pub fn doc<T: Serialize>(thing: &T) -> Result<Value> {
    Ok(Value::Text(
        serde_json::to_string(thing).map_err(Error::internal)?,
    ))
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    fn value(&self, column: usize) -> Result<&Value> {
        self.0
            .get(column)
            .ok_or_else(|| Error::internal(format!("the row has no column {column}")))
    }

    /// The text of a column.
    pub fn text(&self, column: usize) -> Result<&str> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            other => Err(wrong(column, "text", other)),
        }
    }

    /// The text of a column that may be NULL.
    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// The number of a column.
    pub fn int(&self, column: usize) -> Result<i64> {
        match self.value(column)? {
            Value::Int(number) => Ok(*number),
            other => Err(wrong(column, "a number", other)),
        }
    }

    /// The bytes of a column.
    pub fn blob(&self, column: usize) -> Result<&[u8]> {
        match self.value(column)? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(wrong(column, "bytes", other)),
        }
    }

    /// The document of a column.
    pub fn doc<T: DeserializeOwned>(&self, column: usize) -> Result<T> {
        serde_json::from_str(self.text(column)?).map_err(Error::internal)
    }
}

fn wrong(column: usize, expected: &str, found: &Value) -> Error {
    let kind = match found {
        Value::Null => "NULL",
        Value::Int(_) => "a number",
        Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
    };
    Error::internal(format!("column {column} holds {kind}, not {expected}"))
}
