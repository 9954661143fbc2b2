//! Documents that were read before: every call of a user weighs all its policies, and to read a
//! document costs far more than to weigh it (`cargo run --release -p policy --example cost`).
//!
//! What is kept is found by the text itself, so there is nothing to keep in step with the database.

use policy::{Document, Kind, Problem};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// All texts that are kept. A document takes a few times its text. When they are more, all are
/// forgotten: what is in use is soon back.
const MOST_BYTES: usize = 8 << 20;

static READ: LazyLock<Mutex<Read>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Read {
    bytes: usize,
    documents: HashMap<String, Vec<(Kind, Arc<Document>)>>,
}

/// A document that was stored, read once and kept.
pub fn document(text: &str, kind: Kind) -> Result<Arc<Document>, Problem> {
    let read = || READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = read().find(text, kind) {
        return Ok(found);
    }
    let document = Arc::new(Document::parse(text, kind)?);
    read().keep(text, kind, document.clone());
    Ok(document)
}

impl Read {
    fn find(&self, text: &str, kind: Kind) -> Option<Arc<Document>> {
        let all = self.documents.get(text)?;
        let found = all.iter().find(|(of, _)| *of == kind);
        found.map(|(_, document)| document.clone())
    }

    fn keep(&mut self, text: &str, kind: Kind, document: Arc<Document>) {
        if self.bytes + text.len() > MOST_BYTES {
            *self = Read::default();
        }
        // Another call may have read it meanwhile.
        if self.find(text, kind).is_none() {
            self.bytes += text.len();
            let all = self.documents.entry(text.to_owned()).or_default();
            all.push((kind, document));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sid: usize) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S{sid}","Effect":"Allow","Action":"*","Resource":"*"}}]}}"#
        )
    }

    #[test]
    fn a_document_is_read_once_for_each_kind() {
        let first = document(&text(0), Kind::Identity).unwrap();
        let again = document(&text(0), Kind::Identity).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let session = document(&text(0), Kind::Session).unwrap();
        assert!(!Arc::ptr_eq(&first, &session));
        // A resource's policy names a principal.
        assert!(document(&text(0), Kind::Resource).is_err());
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut read = Read::default();
        let document = Arc::new(Document::parse(&text(0), Kind::Identity).unwrap());
        let long = |number: usize| format!("{number:>50000}");
        for number in 0..200 {
            read.keep(&long(number), Kind::Identity, document.clone());
            assert!(read.bytes <= MOST_BYTES);
            let kept: usize = read.documents.keys().map(String::len).sum();
            assert_eq!(kept, read.bytes);
        }
        assert!(read.find(&long(199), Kind::Identity).is_some());
        assert!(read.find(&long(0), Kind::Identity).is_none());
    }
}
