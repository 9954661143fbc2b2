//! XML answers: written by the tables, and read back by clients.

use crate::fault::Unreadable;
use crate::query::{scalar_from, scalar_text};
use crate::shape::{Kind, Shape, Value};
use std::fmt::Write;

/// Writes a structure's members, without an element around them.
pub fn write(out: &mut String, value: &Value, shape: &Shape) {
    let Value::Structure(values) = value else { return };
    for (member, value) in shape.members.iter().zip(values) {
        write_named(out, member.wire, value, &member.kind);
    }
}

fn write_named(out: &mut String, name: &str, value: &Value, kind: &Kind) {
    match (value, kind) {
        // An absent list is written empty, as EC2 does it: SDKs then show an empty list.
        (Value::Absent, Kind::List(list)) if !list.flat => empty(out, name),
        (Value::Absent, _) => {}
        (Value::Structure(_), Kind::Structure(shape)) => {
            element(out, name, |out| write(out, value, shape()));
        }
        (Value::List(items), Kind::List(list)) if list.flat => {
            items.iter().for_each(|item| write_named(out, name, item, &list.item));
        }
        (Value::List(items), Kind::List(list)) => element(out, name, |out| {
            items.iter().for_each(|item| write_named(out, list.name, item, &list.item));
        }),
        (scalar, _) => element(out, name, |out| escape(out, &scalar_text(scalar))),
    }
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
                stack.last_mut().ok_or_else(|| bad("too many ends"))?.children.push(done);
                continue;
            }
            let (tag, closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let name = tag.split_whitespace().next().ok_or_else(|| bad("a tag without a name"))?;
            let element = Element { name: name.to_owned(), ..Element::default() };
            if closed {
                stack.last_mut().ok_or_else(|| bad("too many ends"))?.children.push(element);
            } else if stack.len() < DEPTH {
                stack.push(element);
            } else {
                return Err(bad("too deep"));
            }
        }
        let mut root = stack.pop().filter(|_| stack.is_empty()).ok_or_else(|| bad("it ends early"))?;
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

/// Reads a structure out of an element.
pub fn read(element: &Element, shape: &Shape) -> Result<Value, Unreadable> {
    let mut values = Vec::with_capacity(shape.members.len());
    for member in shape.members {
        let value = match &member.kind {
            Kind::List(list) if list.flat => {
                let items: Result<Vec<Value>, Unreadable> = element
                    .children
                    .iter()
                    .filter(|child| child.name == member.wire)
                    .map(|child| read_value(child, &list.item))
                    .collect();
                Some(items?).filter(|items| !items.is_empty()).map_or(Value::Absent, Value::List)
            }
            kind => match element.child(member.wire) {
                Some(child) => read_value(child, kind)?,
                None => Value::Absent,
            },
        };
        values.push(value);
    }
    Ok(Value::Structure(values))
}

fn read_value(element: &Element, kind: &Kind) -> Result<Value, Unreadable> {
    match kind {
        Kind::Structure(shape) => read(element, shape()),
        Kind::List(list) => {
            let items = element.children.iter().map(|child| read_value(child, &list.item));
            let items: Vec<Value> = items.collect::<Result<_, _>>()?;
            Ok(if items.is_empty() { Value::Absent } else { Value::List(items) })
        }
        Kind::Map(_) => Ok(Value::Absent),
        scalar => scalar_from(&element.text, scalar, &element.name),
    }
}
