//! Pages of a list: a limit and an opaque token that says where to go on.

use base::{Error, Reason, Result, Subject};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Which part of a list the caller wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Token {
    /// The list that the token belongs to, so that one list's token is refused by another.
    list: String,
    after: String,
}

impl Page {
    /// Reads MaxResults and NextToken. `list` names the list (operation, account and Region).
    pub fn read(
        list: &str,
        max_results: Option<i32>,
        token: Option<&str>,
        most: usize,
    ) -> Result<Page> {
        let limit = match max_results {
            None => None,
            Some(number) => match usize::try_from(number) {
                Ok(number) if (1..=most).contains(&number) => Some(number),
                _ => return Err(out_of_range(number, most)),
            },
        };
        let after = match token {
            None | Some("") => None,
            Some(token) => Some(after(list, token)?),
        };
        Ok(Page { limit, after })
    }

    /// The key after which this page begins.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The most items that the page may hold.
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Cuts this page out of items that are sorted by `key`, and answers the token of the next.
    pub fn cut<T>(
        &self,
        list: &str,
        items: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let mut rest: Vec<T> = match &self.after {
            Some(after) => items
                .into_iter()
                .filter(|item| key(item) > *after)
                .collect(),
            None => items,
        };
        let Some(limit) = self.limit.filter(|limit| rest.len() > *limit) else {
            return (rest, None);
        };
        rest.truncate(limit);
        let token = rest.last().map(|last| token(list, &key(last)));
        (rest, token)
    }
}

/// The token that continues a list after this key.
fn token(list: &str, after: &str) -> String {
    let token = Token {
        list: list.to_owned(),
        after: after.to_owned(),
    };
    let text = serde_json::to_string(&token).expect("two strings always become JSON");
    URL_SAFE_NO_PAD.encode(text)
}

fn after(list: &str, text: &str) -> Result<String> {
    let bad = || {
        Error::new(
            Reason::Invalid,
            Subject::PageToken,
            "The token is not valid for this request.",
        )
    };
    if text.len() > 4096 {
        return Err(bad());
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    if token.list == list {
        Ok(token.after)
    } else {
        Err(bad())
    }
}

fn out_of_range(number: i32, most: usize) -> Error {
    let message = format!(
        "Value ( {number} ) for parameter maxResults is invalid. Expecting a value between 1 and {most}."
    );
    Error::new(Reason::Invalid, Subject::MaxResults, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_a_list_once_and_end() {
        let items: Vec<String> = (0..10).map(|n| format!("k{n}")).collect();
        let (mut seen, mut next) = (Vec::new(), None::<String>);
        loop {
            let page = Page::read("images", Some(3), next.as_deref(), 1000).unwrap();
            let (part, token) = page.cut("images", items.clone(), String::clone);
            assert!(part.len() <= 3);
            seen.extend(part);
            match token {
                Some(token) => next = Some(token),
                None => break,
            }
        }
        assert_eq!(seen, items);
    }

    #[test]
    fn a_token_of_another_list_or_of_nobody_is_refused() {
        let items: Vec<String> = (0..10).map(|n| format!("k{n}")).collect();
        let page = Page::read("images", Some(3), None, 1000).unwrap();
        let token = page.cut("images", items, String::clone).1.unwrap();
        assert!(Page::read("snapshots", None, Some(&token), 1000).is_err());
        assert!(Page::read("images", None, Some("zzz"), 1000).is_err());
        assert!(Page::read("images", Some(0), None, 1000).is_err());
    }
}
