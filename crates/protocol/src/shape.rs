//! The tables that every codec reads: what members a structure has, and what they are called on
//! each wire. Values travel between Rust structures and codecs as [`Value`] trees, so that a
//! structure needs only two generated functions whatever the number of protocols.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;

/// A structure of a service model.
#[derive(Debug)]
pub struct Shape {
    /// AWS's name.
    pub name: &'static str,
    /// Its members, in the order of the model.
    pub members: &'static [Member],
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// AWS's name, as SDKs show it.
    pub name: &'static str,
    /// Its name in query parameters.
    pub query: &'static str,
    /// Its name as an XML element, JSON key, header, label or query string parameter.
    pub wire: &'static str,
    /// Where it travels in a REST protocol.
    pub location: Location,
    /// Whether a request must have it.
    pub required: bool,
    /// Whether it must not be logged.
    pub sensitive: bool,
    /// What it is.
    pub kind: Kind,
}

/// Where a member travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the document.
    Body,
    /// As the whole body.
    Payload,
    /// In a header.
    Header,
    /// In the query string.
    Query,
    /// In the path.
    Uri,
    /// As the HTTP status of an answer.
    Status,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text; enumerations too.
    String,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Long,
    /// A floating-point number.
    Double,
    /// Yes or no.
    Boolean,
    /// A moment.
    Timestamp,
    /// Bytes.
    Blob,
    /// A structure.
    Structure(fn() -> &'static Shape),
    /// A list.
    List(&'static List),
    /// A map from text.
    Map(&'static Map),
}

/// A list's items.
#[derive(Debug)]
pub struct List {
    /// What the items are.
    pub item: Kind,
    /// What an item's XML element or non-flattened query part is called.
    pub name: &'static str,
    /// Whether the items stand without an element around them.
    pub flat: bool,
    /// Whether an answer leaves the list out when it is empty; most are shown empty, because
    /// clients take them for granted.
    pub quiet: bool,
}

/// A map's values.
#[derive(Debug)]
pub struct Map {
    /// What the values are.
    pub value: Kind,
    /// What a key is called in query parameters and XML.
    pub key_name: &'static str,
    /// What a value is called there.
    pub value_name: &'static str,
    /// Whether the entries stand without an element around them.
    pub flat: bool,
}

/// A value on its way between a structure and a codec.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not there.
    Absent,
    /// Text.
    String(String),
    /// A number.
    Integer(i64),
    /// A floating-point number.
    Double(f64),
    /// Yes or no.
    Boolean(bool),
    /// A moment.
    Timestamp(Timestamp),
    /// Bytes.
    Blob(Bytes),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Vec<(String, Value)>),
    /// A structure's members, in the order of its shape.
    Structure(Vec<Value>),
}

/// A moment: milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A generated structure.
pub trait Structure:
    Sized + Clone + Default + fmt::Debug + PartialEq + Send + Sync + 'static
{
    /// Its table.
    fn shape() -> &'static Shape;
    /// Its members.
    fn into_value(self) -> Value;
    /// From its members; what is missing or of another kind is absent.
    fn from_value(value: Value) -> Self;
}

/// A member's Rust type.
pub trait Field: Sized {
    /// To a value.
    fn into_field(self) -> Value;
    /// From a value.
    fn from_field(value: Value) -> Self;
}

macro_rules! scalars {
    ($($rust:ty, $variant:ident, $into:expr, $from:expr;)*) => {$(
        impl Field for Option<$rust> {
            fn into_field(self) -> Value {
                self.map_or(Value::Absent, |inner| Value::$variant(($into)(inner)))
            }
            fn from_field(value: Value) -> Self {
                match value {
                    Value::$variant(inner) => ($from)(inner),
                    _ => None,
                }
            }
        }
        impl Item for $rust {
            fn into_item(self) -> Value {
                Some(self).into_field()
            }
            fn from_item(value: Value) -> Option<Self> {
                Field::from_field(value)
            }
        }
    )*};
}

/// What can stand in a list or map.
pub trait Item: Sized {
    /// To a value.
    fn into_item(self) -> Value;
    /// From a value.
    fn from_item(value: Value) -> Option<Self>;
}

scalars! {
    String, String, |x| x, Some;
    i32, Integer, i64::from, |x| i32::try_from(x).ok();
    i64, Integer, |x| x, Some;
    f64, Double, |x| x, Some;
    bool, Boolean, |x| x, Some;
    Timestamp, Timestamp, |x| x, Some;
    Bytes, Blob, |x| x, Some;
}

/// A structure that contains itself.
impl<S: Structure> Field for Option<Box<S>> {
    fn into_field(self) -> Value {
        self.map_or(Value::Absent, |inner| inner.into_value())
    }
    fn from_field(value: Value) -> Self {
        matches!(value, Value::Structure(_)).then(|| Box::new(S::from_value(value)))
    }
}

impl<S: Structure> Item for S {
    fn into_item(self) -> Value {
        self.into_value()
    }
    fn from_item(value: Value) -> Option<Self> {
        matches!(value, Value::Structure(_)).then(|| S::from_value(value))
    }
}

impl<T: Item> Item for Vec<T> {
    fn into_item(self) -> Value {
        Value::List(self.into_iter().map(T::into_item).collect())
    }
    fn from_item(value: Value) -> Option<Self> {
        match value {
            Value::List(items) => Some(items.into_iter().filter_map(T::from_item).collect()),
            _ => None,
        }
    }
}

impl<T: Item> Field for Vec<T> {
    fn into_field(self) -> Value {
        if self.is_empty() {
            return Value::Absent;
        }
        self.into_item()
    }
    fn from_field(value: Value) -> Self {
        Item::from_item(value).unwrap_or_default()
    }
}

/// A list that is there, if need be empty, only if it was asked for.
impl<T: Item> Field for Option<Vec<T>> {
    fn into_field(self) -> Value {
        self.map_or(Value::Absent, Item::into_item)
    }
    fn from_field(value: Value) -> Self {
        Item::from_item(value)
    }
}

impl<T: Item> Item for BTreeMap<String, T> {
    fn into_item(self) -> Value {
        Value::Map(
            self.into_iter()
                .map(|(key, item)| (key, item.into_item()))
                .collect(),
        )
    }
    fn from_item(value: Value) -> Option<Self> {
        Some(Field::from_field(value))
    }
}

impl<T: Item> Field for BTreeMap<String, T> {
    fn into_field(self) -> Value {
        if self.is_empty() {
            return Value::Absent;
        }
        Value::Map(
            self.into_iter()
                .map(|(key, item)| (key, item.into_item()))
                .collect(),
        )
    }
    fn from_field(value: Value) -> Self {
        match value {
            Value::Map(items) => items
                .into_iter()
                .filter_map(|(k, v)| Some((k, T::from_item(v)?)))
                .collect(),
            _ => BTreeMap::new(),
        }
    }
}

/// Shows a structure without its sensitive members.
pub fn show<S: Structure>(it: &S, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    fmt::Debug::fmt(
        &Shown(&it.clone().into_value(), &Kind::Structure(S::shape)),
        f,
    )
}

struct Shown<'a>(&'a Value, &'a Kind);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Value::Structure(values), Kind::Structure(shape)) => {
                let mut out = f.debug_struct(shape().name);
                for (member, value) in shape().members.iter().zip(values) {
                    match value {
                        Value::Absent => {}
                        _ if member.sensitive => drop(out.field(member.name, &"(sensitive)")),
                        value => drop(out.field(member.name, &Shown(value, &member.kind))),
                    }
                }
                out.finish()
            }
            (Value::List(items), Kind::List(list)) => f
                .debug_list()
                .entries(items.iter().map(|item| Shown(item, &list.item)))
                .finish(),
            (Value::Map(items), Kind::Map(map)) => f
                .debug_map()
                .entries(
                    items
                        .iter()
                        .map(|(key, item)| (key, Shown(item, &map.value))),
                )
                .finish(),
            (Value::Blob(bytes), _) => write!(f, "{} bytes", bytes.len()),
            (Value::String(text), _) => text.fmt(f),
            (Value::Integer(number), _) => number.fmt(f),
            (Value::Double(number), _) => number.fmt(f),
            (Value::Boolean(yes), _) => yes.fmt(f),
            (value, _) => write!(f, "{value:?}"),
        }
    }
}

/// Writes a structure with its table.
#[macro_export]
macro_rules! structure {
    ($name:ident { $($field:ident: $ty:ty = ($($member:tt)*);)* }) => {
        #[doc = concat!("`", stringify!($name), "` of the service model.")]
        #[derive(Clone, Default, PartialEq)]
        #[allow(missing_docs, reason = "the names are AWS's")]
        pub struct $name { $(pub $field: $ty,)* }

        impl $crate::shape::Field for Option<$name> {
            fn into_field(self) -> $crate::shape::Value {
                self.map_or($crate::shape::Value::Absent, $crate::shape::Structure::into_value)
            }
            fn from_field(value: $crate::shape::Value) -> Self {
                $crate::shape::Item::from_item(value)
            }
        }

        impl $crate::shape::Structure for $name {
            fn shape() -> &'static $crate::shape::Shape {
                static SHAPE: $crate::shape::Shape = $crate::shape::Shape {
                    name: stringify!($name),
                    members: &[$($crate::member!($($member)*),)*],
                };
                &SHAPE
            }
            fn into_value(self) -> $crate::shape::Value {
                $crate::shape::Value::Structure(vec![
                    $($crate::shape::Field::into_field(self.$field),)*
                ])
            }
            #[allow(unused_mut, unused_variables, reason = "structures without members")]
            fn from_value(value: $crate::shape::Value) -> Self {
                let mut values = match value {
                    $crate::shape::Value::Structure(values) => values.into_iter(),
                    _ => Vec::new().into_iter(),
                };
                Self {
                    $($field: $crate::shape::Field::from_field(
                        values.next().unwrap_or($crate::shape::Value::Absent)
                    ),)*
                }
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::shape::show(self, f)
            }
        }
    };
}

/// Writes a row of a structure's table.
#[macro_export]
macro_rules! member {
    ($name:literal, $query:literal, $wire:literal, $location:ident, $required:literal, $sensitive:literal, $kind:expr) => {
        $crate::shape::Member {
            name: $name,
            query: $query,
            wire: $wire,
            location: $crate::shape::Location::$location,
            required: $required,
            sensitive: $sensitive,
            kind: $kind,
        }
    };
}

/// Writes an operation with its table.
#[macro_export]
macro_rules! operation {
    ($name:ident: $input:ident => $output:ident, $service:expr, $method:literal $path:literal $status:literal, [$($honoured:literal),*]) => {
        #[doc = concat!("`", stringify!($name), "` of the service model.")]
        #[derive(Debug)]
        pub struct $name;

        impl $crate::call::Operation for $name {
            type Input = $input;
            type Output = $output;
            const ENTRY: &'static $crate::call::Entry = &$crate::call::Entry {
                service: $service,
                name: stringify!($name),
                method: $method,
                path: $path,
                status: $status,
                input: <$input as $crate::shape::Structure>::shape,
                output: <$output as $crate::shape::Structure>::shape,
                honoured: &[$($honoured),*],
            };
        }
    };
}
