//! What is known about a request beside its action and resource: condition keys and their values.

use std::collections::BTreeMap;

/// Condition keys and their values. The names of keys are not case-sensitive. A key without values
/// is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    values: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A context that knows nothing.
    pub fn new() -> Context {
        Context::default()
    }

    /// Gives a key its one value, in place of those it had.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl Into<String>) {
        self.set_many(key, [value]);
    }

    /// Gives a key its values, in place of those it had. Without any, the key is absent.
    pub fn set_many<V: Into<String>>(
        &mut self,
        key: impl AsRef<str>,
        values: impl IntoIterator<Item = V>,
    ) {
        let key = key.as_ref().to_lowercase();
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if values.is_empty() {
            self.values.remove(&key);
        } else {
            self.values.insert(key, values);
        }
    }

    /// The values of a key, or nothing if the request has no such key.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.values.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// Takes over all keys of another context; where both know a key, the other's values stand.
    pub fn extend(&mut self, other: &Context) {
        for (key, values) in &other.values {
            self.values.insert(key.clone(), values.clone());
        }
    }

    /// All keys (in lower case) with their values, in order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.values
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}
