//! `cargo xtask gen`: writes the wire types from AWS's own service models.
//!
//! The models come with botocore, which is fetched by pip at generation time and never shipped.
//! `models/operations.toml` lists the operations and the parameters of each that are honoured.
//! No prose of the models is taken over. The same input writes the same files.

use crate::{guests, shell};
use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const BOTOCORE: &str = "1.43.11";
const SERVICES: &[(&str, &str, &str)] =
    &[("ec2", "2016-11-15", "Ec2"), ("sts", "2011-06-15", "Sts"), ("ebs", "2019-11-02", "Ebs")];

type Honoured = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Writes the files, or with `check` says whether they would change.
pub(crate) fn run(check: bool) -> Result<()> {
    let data = botocore()?;
    let listed = std::fs::read_to_string(shell::root().join("models/operations.toml"))?;
    let listed: Honoured = toml::from_str(&listed).context("models/operations.toml")?;
    let mut files = BTreeMap::new();
    let mut index = String::from(HEAD);
    index.push_str("\npub mod ebs;\npub mod ec2;\npub mod sts;\n\nuse crate::call::Service;\nuse crate::route::Entry;\n\n/// Every operation that is spoken.\npub static OPERATIONS: &[Entry] = &[\n");
    let mut docs = String::from(DOCS);
    for (service, version, variant) in SERVICES {
        let model = model(&data.join(service).join(version))?;
        let operations = listed.get(*service).with_context(|| format!("models/operations.toml has no {service}"))?;
        let generated = Generator::new(&model, variant).service(operations, &mut index, &mut docs)?;
        files.insert(PathBuf::from(format!("crates/protocol/src/gen/{service}.rs")), generated);
    }
    index.push_str("];\n");
    files.insert("crates/protocol/src/gen/mod.rs".into(), index);
    files.insert("docs/api/operations.md".into(), docs);
    files.iter().try_for_each(|(path, text)| put(path, text, check))
}

const HEAD: &str = "//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.\n";
const DOCS: &str = "# Operations\n\nWritten by `cargo xtask gen`. A parameter that AWS knows and that is not honoured here is refused by\nname; `*` marks those.\n";

fn put(path: &Path, text: &str, check: bool) -> Result<()> {
    let full = shell::root().join(path);
    if check {
        ensure!(shell::read(&full) == text, "{} is not what `cargo xtask gen` writes", path.display());
        return Ok(());
    }
    if let Some(folder) = full.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(full, text).with_context(|| path.display().to_string())
}

/// The folder of botocore's models, fetched if it is not in the cache.
fn botocore() -> Result<PathBuf> {
    let folder = guests::Cache::open()?.folder().join(format!("botocore-{BOTOCORE}"));
    let data = folder.join("botocore/data");
    if !data.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--target"]).arg(&folder);
        shell::output(pip.arg(format!("botocore=={BOTOCORE}")))?;
    }
    Ok(data)
}

fn model(folder: &Path) -> Result<Value> {
    let packed = folder.join("service-2.json.gz");
    if packed.exists() {
        let file = std::fs::File::open(packed)?;
        return Ok(serde_json::from_reader(std::io::BufReader::new(GzDecoder::new(file)))?);
    }
    let plain = folder.join("service-2.json");
    let text = std::fs::read_to_string(&plain).with_context(|| plain.display().to_string())?;
    Ok(serde_json::from_str(&text)?)
}

struct Generator<'a> {
    model: &'a Value,
    variant: &'a str,
    is_ec2: bool,
    out: String,
}

impl<'a> Generator<'a> {
    fn new(model: &'a Value, variant: &'a str) -> Generator<'a> {
        Generator { model, variant, is_ec2: variant == "Ec2", out: String::new() }
    }

    fn shape(&self, name: &str) -> Result<&'a Value> {
        let shape = &self.model["shapes"][name];
        ensure!(shape.is_object(), "the model has no shape {name}");
        Ok(shape)
    }

    fn service(
        mut self,
        operations: &BTreeMap<String, Vec<String>>,
        index: &mut String,
        docs: &mut String,
    ) -> Result<String> {
        self.out.push_str(HEAD);
        self.out.push_str("\n#![allow(missing_docs, reason = \"the names are AWS's\")]\n#![allow(unused_imports, reason = \"not every service has every kind\")]\n\nuse crate::call::{Operation, Service, Unit};\nuse crate::shape::{Kind, List, Map, Structure, Timestamp};\nuse bytes::Bytes;\nuse std::collections::BTreeMap;\n");
        let mut wanted = BTreeSet::new();
        writeln!(docs, "\n## {}", self.variant)?;
        for (name, honoured) in operations {
            let operation = &self.model["operations"][name];
            ensure!(operation.is_object(), "the model has no operation {name}");
            self.operation(name, operation, honoured, index)?;
            for end in ["input", "output"] {
                if let Some(shape) = operation[end]["shape"].as_str() {
                    self.closure(shape, &mut wanted)?;
                }
            }
            self.document(name, operation, honoured, docs)?;
        }
        for name in &wanted {
            self.structure(name)?;
        }
        Ok(self.out)
    }

    fn closure(&self, name: &str, wanted: &mut BTreeSet<String>) -> Result<()> {
        let shape = self.shape(name)?;
        match shape["type"].as_str() {
            Some("structure") if wanted.insert(name.to_owned()) => {
                for member in shape["members"].as_object().into_iter().flat_map(|m| m.values()) {
                    self.closure(member["shape"].as_str().unwrap_or_default(), wanted)?;
                }
                Ok(())
            }
            Some("list") => self.closure(shape["member"]["shape"].as_str().unwrap_or_default(), wanted),
            Some("map") => self.closure(shape["value"]["shape"].as_str().unwrap_or_default(), wanted),
            _ => Ok(()),
        }
    }

    fn operation(&mut self, name: &str, operation: &Value, honoured: &[String], index: &mut String) -> Result<()> {
        let end = |end: &str| operation[end]["shape"].as_str().unwrap_or("Unit").to_owned();
        let (input, output) = (end("input"), end("output"));
        let method = operation["http"]["method"].as_str().unwrap_or("POST");
        let path = operation["http"]["requestUri"].as_str().unwrap_or("/");
        let status = operation["http"]["responseCode"].as_u64().unwrap_or(200);
        let honoured: Vec<String> = honoured.iter().map(|name| format!("{name:?}")).collect();
        let variant = self.variant;
        write!(
            self.out,
            "\n#[derive(Debug)]\npub struct {name};\n\nimpl Operation for {name} {{\n    type Input = {input};\n    type Output = {output};\n    const NAME: &'static str = \"{name}\";\n    const SERVICE: Service = Service::{variant};\n    const METHOD: &'static str = \"{method}\";\n    const PATH: &'static str = \"{path}\";\n    const STATUS: u16 = {status};\n    #[rustfmt::skip]\n    const HONOURED: &'static [&'static str] = &[{}];\n}}\n",
            honoured.join(", ")
        )?;
        writeln!(
            index,
            "    Entry {{ service: Service::{variant}, name: \"{name}\", method: \"{method}\", path: \"{path}\" }},"
        )?;
        Ok(())
    }

    fn document(&self, name: &str, operation: &Value, honoured: &[String], docs: &mut String) -> Result<()> {
        let Some(input) = operation["input"]["shape"].as_str() else { return Ok(()) };
        let members = self.shape(input)?["members"].as_object().cloned().unwrap_or_default();
        for path in honoured {
            ensure!(self.has_path(input, path)?, "{name} has no parameter {path}");
        }
        let list: Vec<String> = members
            .keys()
            .map(|member| {
                let beneath = format!("{member}.");
                let known = member == "DryRun" || honoured.iter().any(|h| h == member || h.starts_with(&beneath));
                if known { member.clone() } else { format!("{member}*") }
            })
            .collect();
        writeln!(docs, "\n**{name}**: {}", list.join(", "))?;
        Ok(())
    }

    fn has_path(&self, shape: &str, path: &str) -> Result<bool> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let Some(member) = self.shape(shape)?["members"].get(first) else { return Ok(false) };
        let Some(rest) = rest else { return Ok(true) };
        let mut name = member["shape"].as_str().unwrap_or_default();
        while let Some(item) = self.shape(name)?["member"]["shape"].as_str() {
            name = item;
        }
        self.has_path(name, rest)
    }

    fn structure(&mut self, name: &str) -> Result<()> {
        let shape = self.shape(name)?;
        let required: BTreeSet<&str> =
            shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let payload = shape["payload"].as_str();
        writeln!(self.out, "\n#[rustfmt::skip]\ncrate::structure!({name} {{")?;
        for (member, of) in shape["members"].as_object().into_iter().flatten() {
            let target = of["shape"].as_str().unwrap_or_default();
            let target_shape = self.shape(target)?;
            let wire = of["locationName"].as_str().unwrap_or(member);
            let query = match (of["queryName"].as_str(), of["locationName"].as_str()) {
                (Some(name), _) => name.to_owned(),
                (None, Some(name)) => capital(name),
                (None, None) => member.clone(),
            };
            let location = match (payload == Some(member), of["location"].as_str()) {
                (true, _) => "Payload",
                (_, Some("uri")) => "Uri",
                (_, Some("querystring")) => "Query",
                (_, Some("header")) => "Header",
                (_, None) => "Body",
                (_, Some(other)) => bail!("{name}.{member}: the location {other} is not known"),
            };
            let sensitive = target_shape["sensitive"].as_bool() == Some(true);
            let (kind, rust) = (self.kind(target, of)?, self.rust(target)?);
            let rust = if rust.starts_with("Vec<") || rust.starts_with("BTreeMap<") { rust } else { format!("Option<{rust}>") };
            writeln!(
                self.out,
                "    {}: {rust} = ({member:?}, {query:?}, {wire:?}, {location}, {}, {sensitive}, {kind});",
                snake(member),
                required.contains(member.as_str()),
            )?;
        }
        self.out.push_str("});\n");
        Ok(())
    }

    fn rust(&self, name: &str) -> Result<String> {
        let shape = self.shape(name)?;
        let inner = |part: &str| self.rust(shape[part]["shape"].as_str().unwrap_or_default());
        Ok(match shape["type"].as_str().unwrap_or_default() {
            "string" | "character" => "String".into(),
            "integer" => "i32".into(),
            "long" => "i64".into(),
            "double" | "float" => "f64".into(),
            "boolean" => "bool".into(),
            "timestamp" => "Timestamp".into(),
            "blob" => "Bytes".into(),
            "structure" => name.to_owned(),
            "list" => format!("Vec<{}>", inner("member")?),
            "map" => format!("BTreeMap<String, {}>", inner("value")?),
            other => bail!("{name} has the type {other}"),
        })
    }

    fn kind(&self, name: &str, member: &Value) -> Result<String> {
        let shape = self.shape(name)?;
        let inner = |part: &str| {
            self.kind(shape[part]["shape"].as_str().unwrap_or_default(), &shape[part])
        };
        Ok(match shape["type"].as_str().unwrap_or_default() {
            "string" | "character" => "Kind::String".into(),
            "integer" => "Kind::Integer".into(),
            "long" => "Kind::Long".into(),
            "double" | "float" => "Kind::Double".into(),
            "boolean" => "Kind::Boolean".into(),
            "timestamp" => "Kind::Timestamp".into(),
            "blob" => "Kind::Blob".into(),
            "structure" => format!("Kind::Structure({name}::shape)"),
            "list" => {
                let flat = shape["flattened"].as_bool() == Some(true) || member["flattened"].as_bool() == Some(true);
                let default = if self.is_ec2 { "item" } else { "member" };
                let item = shape["member"]["locationName"].as_str().unwrap_or(default);
                format!("Kind::List(&List {{ item: {}, name: {item:?}, flat: {flat} }})", inner("member")?)
            }
            "map" => format!("Kind::Map(&Map {{ value: {} }})", inner("value")?),
            other => bail!("{name} has the type {other}"),
        })
    }
}

fn capital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// `BlockDeviceMappings` to `block_device_mappings`, `VPCId` to `vpc_id`.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let after_lower = i > 0 && !chars[i - 1].is_uppercase();
        let before_lower = i > 0 && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_lower || before_lower) && i > 0 && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    if ["type", "return", "virtual", "self", "use", "move", "ref", "in", "final", "override"].contains(&out.as_str()) {
        return format!("r#{out}").replace("r#self", "self_");
    }
    out
}
