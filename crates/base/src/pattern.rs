//! Filters of the describe operations: names, values and their wildcards.
//!
//! `*` matches any run of characters, `?` matches zero or one, and a backslash takes the next
//! `*`, `?` or `\` literally; a value must match as a whole. Values of one filter are alternatives,
//! filters are all needed. (EC2 User Guide, "List and filter using the CLI and API".)

use crate::{Error, Reason, Result, Subject};

/// One filter of a describe call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its name, such as `tag:Name`.
    pub name: String,
    /// Alternatives.
    pub values: Vec<String>,
}

const FILTERS: usize = 50;
const VALUES: usize = 200;
const VALUE_LENGTH: usize = 255;

/// Checks the filters of a call against the names that the call knows. A name that ends in `:`
/// stands for every name that begins so.
pub fn check(filters: &[Filter], known: &[&str]) -> Result<()> {
    let limit = |message: String| Err(Error::new(Reason::Limit, Subject::Filter, message));
    if filters.len() > FILTERS {
        return limit(format!("A call takes at most {FILTERS} filters."));
    }
    for filter in filters {
        if !known.iter().any(|name| names(name, &filter.name)) {
            let message = format!("The filter '{}' is invalid", shown(&filter.name));
            return Err(Error::new(Reason::Invalid, Subject::Filter, message));
        }
        if filter.values.is_empty() {
            let message = format!("The filter '{}' needs at least one value", filter.name);
            return Err(Error::new(Reason::Invalid, Subject::Filter, message));
        }
        if filter.values.len() > VALUES {
            return limit(format!("A filter takes at most {VALUES} values."));
        }
        if filter
            .values
            .iter()
            .any(|value| value.chars().count() > VALUE_LENGTH)
        {
            return limit(format!(
                "A filter's value has at most {VALUE_LENGTH} characters."
            ));
        }
    }
    Ok(())
}

fn names(known: &str, given: &str) -> bool {
    match known.strip_suffix(':') {
        Some(_) => given.len() > known.len() && given.starts_with(known),
        None => known == given,
    }
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

impl Filter {
    /// Whether any of the thing's values matches any of the filter's.
    pub fn any<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> bool {
        values
            .into_iter()
            .any(|value| self.values.iter().any(|pattern| matches(pattern, value)))
    }

    /// Whether the thing's one value matches.
    pub fn one(&self, value: &str) -> bool {
        self.any([value])
    }

    /// Whether the thing has the value and it matches.
    pub fn maybe(&self, value: Option<&str>) -> bool {
        self.any(value)
    }

    /// Whether a yes or no matches, written as `true` or `false`.
    pub fn yes(&self, value: bool) -> bool {
        self.one(if value { "true" } else { "false" })
    }

    /// Whether tags match a `tag:KEY` or `tag-key` filter.
    pub fn tags(&self, tags: &crate::Tags) -> bool {
        match self.name.strip_prefix("tag:") {
            Some(key) => self.maybe(tags.get(key).map(String::as_str)),
            None => self.any(tags.keys().map(String::as_str)),
        }
    }
}

/// Whether the whole text matches the pattern. Linear in the text for each star at worst: a
/// hostile pattern of stars cannot make it exponential.
pub fn matches(pattern: &str, text: &str) -> bool {
    let tokens = tokens(pattern);
    let chars: Vec<char> = text.chars().collect();
    // reachable[i]: the tokens so far can consume exactly the first i characters.
    let mut reachable = vec![false; chars.len() + 1];
    reachable[0] = true;
    for token in &tokens {
        reachable = step(token, &chars, &reachable);
    }
    reachable[chars.len()]
}

enum Token {
    Run,
    Maybe,
    Literal(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Run,
            '?' => Token::Maybe,
            '\\' => match chars.next_if(|next| matches!(next, '*' | '?' | '\\')) {
                Some(next) => Token::Literal(next),
                None => Token::Literal('\\'),
            },
            other => Token::Literal(other),
        });
    }
    tokens
}

fn step(token: &Token, chars: &[char], from: &[bool]) -> Vec<bool> {
    let mut to = vec![false; from.len()];
    for i in 0..from.len() {
        to[i] = match token {
            Token::Run => from[i] || (i > 0 && to[i - 1]),
            Token::Maybe => from[i] || (i > 0 && from[i - 1]),
            Token::Literal(c) => i > 0 && from[i - 1] && chars[i - 1] == *c,
        };
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_as_ec2_documents_them() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "web1", false),
            ("web*", "web", true),
            ("*1.2*", "v1.2.3", true),
            ("a?c", "abc", true),
            ("a?c", "ac", true),
            ("a?c", "abbc", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("a\\b", "a\\b", true),
            ("", "", true),
            ("", "x", false),
            ("Web", "web", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_stays_cheap() {
        assert!(!matches(&"*a".repeat(127), &"b".repeat(10_000)));
    }

    #[test]
    fn an_unknown_filter_is_refused_by_name() {
        let filter = |name: &str| Filter {
            name: name.into(),
            values: vec!["x".into()],
        };
        assert!(check(&[filter("tag:Name"), filter("name")], &["tag:", "name"]).is_ok());
        let error = check(&[filter("colour")], &["tag:", "name"]).unwrap_err();
        assert_eq!(error.message, "The filter 'colour' is invalid");
        assert!(check(&[filter("tag:")], &["tag:"]).is_err());
    }
}
