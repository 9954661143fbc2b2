//! The Rust that is written: one file for each service, and a list of all operations.

use super::Operations;
use super::model::{Model, target};
use anyhow::{Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

const HEAD: &str =
    "//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.\n";

const USES: &str = "
#![allow(unused_imports, reason = \"not every service has every kind\")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;
";

/// Names that a structure cannot have, because the generated code means something else by them.
const TAKEN: &[&str] = &[
    "BTreeMap", "Box", "Bytes", "Kind", "List", "Map", "Model", "Option",
];

/// The list of all operations, written as it grows.
pub(crate) struct Index {
    modules: Vec<String>,
    entries: String,
    names: String,
    place: &'static str,
    list: &'static str,
    about: &'static str,
}

impl Index {
    pub(crate) fn new(place: &'static str, list: &'static str, about: &'static str) -> Index {
        let (entries, names) = (String::new(), String::new());
        Index {
            modules: Vec::new(),
            entries,
            names,
            place,
            list,
            about,
        }
    }

    /// Adds a service's operations.
    pub(crate) fn add(&mut self, module: &str, operations: &Operations) -> Result<()> {
        self.modules.push(module.to_owned());
        for name in operations.keys() {
            writeln!(self.entries, "    {module}::{name}::ENTRY,")?;
            writeln!(self.names, "            {}::{module}::{name},", self.place)?;
        }
        Ok(())
    }

    /// The file.
    pub(crate) fn finish(mut self, for_tests: &[&str]) -> String {
        self.modules.sort();
        let mut out = String::from(HEAD);
        out.push('\n');
        for module in &self.modules {
            out.push_str(&format!("pub mod {module};\n"));
        }
        for module in for_tests {
            let gate = "#[cfg(any(test, feature = \"fixture\"))]";
            out.push_str(&format!("{gate}\npub mod {module};\n"));
        }
        let (about, list) = (self.about, self.list);
        out.push_str(&format!(
            "\nuse crate::call::{{Entry, Operation}};\n\n/// {about}\n\
             pub static OPERATIONS: &[&Entry] = &[\n{}];\n\n\
             /// Calls a macro with the type of every operation, separated by commas.\n\
             #[macro_export]\nmacro_rules! {list} {{\n    ($with:ident) => {{\n        $with! {{\n\
             {}        }}\n    }};\n}}\n",
            self.entries, self.names
        ));
        out
    }
}

fn http(operation: &Value) -> (&str, &str, u64) {
    let http = &operation["http"];
    (
        http["method"].as_str().unwrap_or("POST"),
        http["requestUri"].as_str().unwrap_or("/"),
        http["responseCode"].as_u64().unwrap_or(200),
    )
}

/// A service's file.
pub(crate) fn service(model: &Model, operations: &Operations, service: &str) -> Result<String> {
    let protocol = protocol(model)?;
    let mut writer = Writer {
        model,
        protocol,
        out: format!("{HEAD}{USES}"),
    };
    writer.metadata()?;
    for (name, honoured) in operations {
        writer.operation(name, honoured, service)?;
    }
    for name in &model.closure(operations.keys())? {
        let clash = TAKEN.contains(&name.as_str()) || operations.contains_key(name);
        ensure!(!clash, "the structure {name} needs another name");
        writer.structure(name)?;
    }
    Ok(writer.out)
}

/// The first protocol of a model that we speak.
fn protocol(model: &Model) -> Result<&'static str> {
    Ok(match model.metadata("protocol") {
        "ec2" => "Ec2Query",
        "query" => "Query",
        "json" => "Json",
        "rest-json" => "RestJson",
        other => bail!("the protocol {other} is not spoken"),
    })
}

struct Writer<'a> {
    model: &'a Model,
    protocol: &'static str,
    out: String,
}

impl Writer<'_> {
    fn metadata(&mut self) -> Result<()> {
        let of = |name: &str| self.model.metadata(name);
        let name = if of("signingName").is_empty() {
            of("endpointPrefix")
        } else {
            of("signingName")
        };
        let content_type = match self.protocol {
            "Json" => format!("application/x-amz-json-{}", of("jsonVersion")),
            "RestJson" => "application/json".to_owned(),
            _ => "text/xml;charset=UTF-8".to_owned(),
        };
        let mut namespace = of("xmlNamespace").to_owned();
        if !namespace.is_empty() && !namespace.ends_with('/') {
            namespace.push('/');
        }
        let (protocol, version, target) = (self.protocol, of("apiVersion"), of("targetPrefix"));
        let about = "What the model says of the whole service.";
        write!(
            self.out,
            "\n/// {about}\npub static MODEL: Model = Model {{\n    name: {name:?},\n    \
             protocol: Protocol::{protocol},\n    version: {version:?},\n    \
             namespace: {namespace:?},\n    target: {target:?},\n    \
             content_type: {content_type:?},\n}};\n"
        )?;
        Ok(())
    }

    fn operation(&mut self, name: &str, honoured: &[String], service: &str) -> Result<()> {
        let operation = self.model.operation(name)?;
        let end = |end: &str| {
            operation[end]["shape"]
                .as_str()
                .unwrap_or("Unit")
                .to_owned()
        };
        let (input, output) = (end("input"), end("output"));
        let (method, path, status) = http(operation);
        ensure!(
            !path.contains(['+', '?']),
            "{name}: the path {path} is of a kind not spoken"
        );
        let honoured: Vec<String> = honoured.iter().map(|name| format!("{name:?}")).collect();
        let honoured = honoured.join(", ");
        writeln!(
            self.out,
            "\ncrate::operation!({name}: {input} => {output}, {service}, \
             {method:?} {path:?} {status}, [{honoured}]);"
        )?;
        Ok(())
    }

    fn structure(&mut self, name: &str) -> Result<()> {
        let shape = self.model.shape(name)?;
        let required = shape["required"].as_array().into_iter().flatten();
        let required: BTreeSet<&str> = required.filter_map(Value::as_str).collect();
        let payload = shape["payload"].as_str();
        writeln!(self.out, "\ncrate::structure!({name} {{")?;
        for (member, reference, target) in self.model.members(name)? {
            let wire = reference["locationName"].as_str().unwrap_or(member);
            let query = query_name(member, reference);
            let location = match (payload == Some(member), reference["location"].as_str()) {
                (true, _) => "Payload",
                (_, Some("uri")) => "Uri",
                (_, Some("querystring")) => "Query",
                (_, Some("header")) => "Header",
                (_, Some("statusCode")) => "Status",
                (_, None) => "Body",
                (_, Some(other)) => bail!("{name}.{member}: the location {other} is not spoken"),
            };
            let sensitive = self.model.is_sensitive(target)? || reference["sensitive"] == true;
            let quiet = self.model.is_quiet(name, member);
            let (kind, rust) = (
                self.kind(target, reference, quiet)?,
                self.field((name, member), target)?,
            );
            writeln!(
                self.out,
                "    {}: {rust} = ({member:?}, {query:?}, {wire:?}, {location}, {}, {sensitive}, {kind});",
                snake(member),
                required.contains(member),
            )?;
        }
        self.out.push_str("});\n");
        Ok(())
    }

    fn field(&self, (outer, member): (&str, &str), name: &str) -> Result<String> {
        let rust = self.rust(name)?;
        let is_structure = self.model.shape(name)?["type"] == "structure";
        Ok(if self.model.is_asked(outer, member) {
            format!("Option<{rust}>")
        } else if rust.starts_with("Vec<") || rust.starts_with("BTreeMap<") {
            rust
        } else if is_structure && self.model.holds(name, outer)? {
            format!("Option<Box<{rust}>>")
        } else {
            format!("Option<{rust}>")
        })
    }

    fn rust(&self, name: &str) -> Result<String> {
        let shape = self.model.shape(name)?;
        Ok(match shape["type"].as_str().unwrap_or_default() {
            "string" | "character" => "String".into(),
            "integer" => "i32".into(),
            "long" => "i64".into(),
            "double" | "float" => "f64".into(),
            "boolean" => "bool".into(),
            "timestamp" => "Timestamp".into(),
            "blob" => "Bytes".into(),
            "structure" => name.to_owned(),
            "list" => format!("Vec<{}>", self.rust(target(&shape["member"]))?),
            "map" => format!("BTreeMap<String, {}>", self.rust(target(&shape["value"]))?),
            other => bail!("{name} has the type {other:?}"),
        })
    }

    fn kind(&self, name: &str, reference: &Value, quiet: bool) -> Result<String> {
        let shape = self.model.shape(name)?;
        let flat = shape["flattened"] == true || reference["flattened"] == true;
        Ok(match shape["type"].as_str().unwrap_or_default() {
            "string" | "character" => "Kind::String".into(),
            "integer" => "Kind::Integer".into(),
            "long" => "Kind::Long".into(),
            "double" | "float" => "Kind::Double".into(),
            "boolean" => "Kind::Boolean".into(),
            "timestamp" => {
                let format = &[shape, reference].map(|of| of["timestampFormat"].as_str());
                ensure!(
                    *format == [None, None],
                    "{name}: a format of moments that is not spoken"
                );
                "Kind::Timestamp".into()
            }
            "blob" => "Kind::Blob".into(),
            "structure" => format!("Kind::Structure({name}::shape)"),
            "list" => self.list(name, shape, flat, quiet)?,
            "map" => self.map(shape, flat)?,
            other => bail!("{name} has the type {other:?}"),
        })
    }

    fn list(&self, name: &str, shape: &Value, flat: bool, quiet: bool) -> Result<String> {
        let member = &shape["member"];
        let named = member["locationName"].as_str();
        ensure!(
            !(flat && named.is_some()),
            "{name}: a flat list whose items have a name"
        );
        let default = if self.protocol == "Ec2Query" {
            "item"
        } else {
            "member"
        };
        let item = self.kind(target(member), member, false)?;
        let named = named.unwrap_or(default);
        Ok(format!(
            "Kind::List(&List {{ item: {item}, name: {named:?}, flat: {flat}, quiet: {quiet} }})"
        ))
    }

    fn map(&self, shape: &Value, flat: bool) -> Result<String> {
        let value = self.kind(target(&shape["value"]), &shape["value"], false)?;
        let key_name = shape["key"]["locationName"].as_str().unwrap_or("key");
        let value_name = shape["value"]["locationName"].as_str().unwrap_or("value");
        Ok(format!(
            "Kind::Map(&Map {{ value: {value}, key_name: {key_name:?}, value_name: {value_name:?}, flat: {flat} }})"
        ))
    }
}

/// What a member is called in EC2's query parameters.
fn query_name(member: &str, reference: &Value) -> String {
    match (
        reference["queryName"].as_str(),
        reference["locationName"].as_str(),
    ) {
        (Some(name), _) => name.to_owned(),
        (None, Some(name)) => capital(name),
        (None, None) => member.to_owned(),
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Words that Rust keeps for itself.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// `BlockDeviceMappings` to `block_device_mappings`, `VPCId` to `vpc_id`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let after_lower = i > 0 && !chars[i - 1].is_uppercase();
        let before_lower = i > 0 && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    if KEYWORDS.contains(&out.as_str()) {
        format!("r#{out}")
    } else {
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_rust_names() {
        let pairs = [
            ("BlockDeviceMappings", "block_device_mappings"),
            ("VPCId", "vpc_id"),
            ("Type", "r#type"),
            ("dryRun", "dry_run"),
            ("Ipv6Addresses", "ipv6_addresses"),
            ("KmsKeyId", "kms_key_id"),
        ];
        for (name, wanted) in pairs {
            assert_eq!(snake(name), wanted);
        }
    }
}
