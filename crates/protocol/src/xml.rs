//! XML answers: written by the tables, and read back by clients.

use crate::fault::Unreadable;
use crate::query::{scalar_from, scalar_text};
use crate::shape::{Kind, Map, Shape, Value};
use std::fmt::Write;

/// How a document begins.
pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes a structure's members, without an element around them.
pub fn write(out: &mut String, value: &Value, shape: &Shape) {
    let Value::Structure(values) = value else {
        return;
    };
    for (member, value) in shape.members.iter().zip(values) {
        write_named(out, member.wire, value, &member.kind);
    }
}

fn write_named(out: &mut String, name: &str, value: &Value, kind: &Kind) {
    match (value, kind) {
        // An absent list is written empty, as EC2 does it: SDKs then show an empty list.
        (Value::Absent, Kind::List(list)) if !list.flat && !list.quiet => empty(out, name),
        (Value::Absent, _) => {}
        (Value::Structure(_), Kind::Structure(shape)) => {
            element(out, name, |out| write(out, value, shape()));
        }
        (Value::List(items), Kind::List(list)) if list.flat => {
            items
                .iter()
                .for_each(|item| write_named(out, name, item, &list.item));
        }
        (Value::List(items), Kind::List(list)) => element(out, name, |out| {
            items
                .iter()
                .for_each(|item| write_named(out, list.name, item, &list.item));
        }),
        (Value::Map(entries), Kind::Map(map)) if map.flat => {
            entries
                .iter()
                .for_each(|entry| write_entry(out, name, entry, map));
        }
        (Value::Map(entries), Kind::Map(map)) => element(out, name, |out| {
            entries
                .iter()
                .for_each(|entry| write_entry(out, "entry", entry, map));
        }),
        (scalar, _) => element(out, name, |out| escape(out, &scalar_text(scalar))),
    }
}

fn write_entry(out: &mut String, name: &str, (key, value): &(String, Value), map: &Map) {
    element(out, name, |out| {
        element(out, map.key_name, |out| escape(out, key));
        write_named(out, map.value_name, value, &map.value);
    });
}

/// Writes an element around something.
pub fn element(out: &mut String, name: &str, inner: impl FnOnce(&mut String)) {
    write!(out, "<{name}>").expect("a string takes everything");
    inner(out);
    write!(out, "</{name}>").expect("a string takes everything");
}

fn empty(out: &mut String, name: &str) {
    write!(out, "<{name}/>").expect("a string takes everything");
}

/// Writes text so that it reads back; what XML cannot carry becomes a question mark.
pub fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || c == '\u{FFFE}' || c == '\u{FFFF}' => out.push('?'),
            c => out.push(c),
        }
    }
}

/// An element of an answer that a client reads.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// The text in it.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Element>,
}

const DEPTH: usize = 64;

impl Element {
    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Reads a document: elements, text and character references; no document types.
    pub fn parse(text: &str) -> Result<Element, Unreadable> {
        let bad = |what: &str| Unreadable::Malformed(format!("the answer is not XML: {what}"));
        let mut stack: Vec<Element> = vec![Element::default()];
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let (before, tail) = rest.split_at(at);
            let top = stack.last_mut().ok_or_else(|| bad("too many ends"))?;
            top.text.push_str(&unescape(before));
            let end = tail.find('>').ok_or_else(|| bad("an open tag"))?;
            let tag = &tail[1..end];
            rest = &tail[end + 1..];
            if tag.starts_with(['?', '!']) {
                continue;
            }
            if let Some(name) = tag.strip_prefix('/') {
                let done = stack.pop().ok_or_else(|| bad("too many ends"))?;
                if done.name != name.trim() {
                    return Err(bad("ends do not match"));
                }
                stack
                    .last_mut()
                    .ok_or_else(|| bad("too many ends"))?
                    .children
                    .push(done);
                continue;
            }
            let (tag, closed) = tag
                .strip_suffix('/')
                .map_or((tag, false), |tag| (tag, true));
            let name = tag
                .split_whitespace()
                .next()
                .ok_or_else(|| bad("a tag without a name"))?;
            let element = Element {
                name: name.to_owned(),
                ..Element::default()
            };
            if closed {
                stack
                    .last_mut()
                    .ok_or_else(|| bad("too many ends"))?
                    .children
                    .push(element);
            } else if stack.len() < DEPTH {
                stack.push(element);
            } else {
                return Err(bad("too deep"));
            }
        }
        let mut root = stack
            .pop()
            .filter(|_| stack.is_empty())
            .ok_or_else(|| bad("it ends early"))?;
        root.children.pop().ok_or_else(|| bad("it is empty"))
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').map_or(rest.len(), |end| end + 1);
        let (entity, tail) = rest.split_at(end);
        rest = tail;
        match reference(entity) {
            Some(c) => out.push(c),
            None => out.push_str(entity),
        }
    }
    out.push_str(rest);
    out
}

fn reference(entity: &str) -> Option<char> {
    match entity {
        "&amp;" => Some('&'),
        "&lt;" => Some('<'),
        "&gt;" => Some('>'),
        "&quot;" => Some('"'),
        "&apos;" => Some('\''),
        other => {
            let digits = other.strip_prefix("&#")?.strip_suffix(';')?;
            let number = match digits.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)
        }
    }
}

/// Reads a structure out of an element; what the table does not know is passed over.
pub fn read(element: &Element, shape: &Shape) -> Result<Value, Unreadable> {
    let mut values = Vec::with_capacity(shape.members.len());
    for member in shape.members {
        let mut named = element
            .children
            .iter()
            .filter(|child| child.name == member.wire);
        values.push(match &member.kind {
            Kind::List(list) if list.flat => {
                let items = named.map(|child| read_value(child, &list.item));
                filled(items.collect::<Result<_, _>>()?, Value::List)
            }
            Kind::Map(map) if map.flat => {
                let entries = named.map(|child| read_entry(child, map));
                filled(entries.collect::<Result<_, _>>()?, Value::Map)
            }
            kind => match named.next() {
                Some(child) => read_value(child, kind)?,
                None => Value::Absent,
            },
        });
    }
    Ok(Value::Structure(values))
}

fn filled<T>(items: Vec<T>, value: impl FnOnce(Vec<T>) -> Value) -> Value {
    if items.is_empty() {
        Value::Absent
    } else {
        value(items)
    }
}

fn read_value(element: &Element, kind: &Kind) -> Result<Value, Unreadable> {
    match kind {
        Kind::Structure(shape) => read(element, shape()),
        Kind::List(list) => {
            let items = element
                .children
                .iter()
                .map(|child| read_value(child, &list.item));
            Ok(filled(items.collect::<Result<_, _>>()?, Value::List))
        }
        Kind::Map(map) => {
            let entries = element.children.iter().map(|child| read_entry(child, map));
            Ok(filled(entries.collect::<Result<_, _>>()?, Value::Map))
        }
        scalar => scalar_from(&element.text, scalar, &element.name),
    }
}

fn read_entry(element: &Element, map: &Map) -> Result<(String, Value), Unreadable> {
    let part = |name: &str| {
        element
            .child(name)
            .ok_or_else(|| Unreadable::Malformed("a map's entry is not whole".into()))
    };
    Ok((
        part(map.key_name)?.text.clone(),
        read_value(part(map.value_name)?, &map.value)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_escaped_reads_back_but_what_xml_cannot_carry() {
        let mut out = String::new();
        element(&mut out, "a", |out| {
            escape(out, "<b> & \"c\" \r\n\t ] é \u{1F4BE} \u{0}\u{1b}\u{FFFF}")
        });
        let read = Element::parse(&out).unwrap();
        assert_eq!(read.text, "<b> & \"c\" \r\n\t ] é \u{1F4BE} ???");
    }

    #[test]
    fn what_is_not_a_document_is_refused() {
        let deep = "<a>".repeat(1000);
        for bad in [
            "",
            "x",
            "<",
            "<a",
            "<a>",
            "<a></b>",
            "</a>",
            "<a></a></a>",
            "<>",
            "</>",
            &deep,
        ] {
            assert!(Element::parse(bad).is_err(), "{bad:.20}");
        }
        let odd = Element::parse("<?xml?><a b='c'>&#x41;&#65;&lt;&bogus;&#xD800;<d/></a>").unwrap();
        assert_eq!(
            (odd.name.as_str(), odd.text.as_str()),
            ("a", "AA<&bogus;&#xD800;")
        );
        assert!(odd.child("d").is_some());
    }
}
