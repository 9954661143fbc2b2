//! A service model, and what one wants to know of its shapes.

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// A service model.
pub(crate) struct Model {
    json: Value,
    quiet: BTreeSet<String>,
    asked: BTreeSet<String>,
}

impl Model {
    /// Reads the newest version of a service's model.
    pub(crate) fn read(data: &Path, service: &str, quiet: Option<&Vec<String>>) -> Result<Model> {
        let folder = data.join(service);
        let versions = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let mut versions: Vec<_> = versions
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .map(|entry| entry.path())
            .collect();
        versions.sort();
        let newest = versions
            .last()
            .with_context(|| format!("{service} has no versions"))?;
        let (mut left_out, mut asked) = (BTreeSet::new(), BTreeSet::new());
        for name in quiet.into_iter().flatten() {
            match name.strip_suffix('?') {
                Some(name) => asked.insert(name.to_owned()),
                None => left_out.insert(name.clone()),
            };
        }
        let model = Model {
            json: parse(newest)?,
            quiet: left_out,
            asked,
        };
        model.check_quiet()?;
        Ok(model)
    }

    fn check_quiet(&self) -> Result<()> {
        for path in self.quiet.iter().chain(&self.asked) {
            let (shape, member) = path.split_once('.').context("Shape.Member is wanted")?;
            let known = self.json["shapes"][shape]["members"].get(member).is_some();
            ensure!(known, "models/answers.toml: there is no {path}");
        }
        Ok(())
    }

    /// Whether a list is left out of answers when it is empty, or when it was not asked for.
    pub(crate) fn is_quiet(&self, shape: &str, member: &str) -> bool {
        self.quiet.contains(&format!("{shape}.{member}")) || self.is_asked(shape, member)
    }

    /// Whether a list is shown, if need be empty, only when it was asked for.
    pub(crate) fn is_asked(&self, shape: &str, member: &str) -> bool {
        self.asked.contains(&format!("{shape}.{member}"))
    }

    /// Something that the model says of the whole service; nothing is an empty text.
    pub(crate) fn metadata(&self, name: &str) -> &str {
        self.json["metadata"][name].as_str().unwrap_or_default()
    }

    pub(crate) fn shape(&self, name: &str) -> Result<&Value> {
        let shape = &self.json["shapes"][name];
        ensure!(shape.is_object(), "the model has no shape {name:?}");
        Ok(shape)
    }

    pub(crate) fn operation(&self, name: &str) -> Result<&Value> {
        let operation = &self.json["operations"][name];
        ensure!(operation.is_object(), "the model has no operation {name}");
        Ok(operation)
    }

    /// A structure's members with the names of their shapes.
    pub(crate) fn members(&self, shape: &str) -> Result<Vec<(&str, &Value, &str)>> {
        let members = self.shape(shape)?["members"].as_object();
        let each = members.into_iter().flatten();
        Ok(each
            .map(|(name, member)| (name.as_str(), member, target(member)))
            .collect())
    }

    /// The structure that a value is, or that its items are.
    pub(crate) fn structure_in<'a>(&'a self, mut name: &'a str) -> Result<Option<&'a str>> {
        loop {
            let shape = self.shape(name)?;
            match shape["type"].as_str() {
                Some("structure") => return Ok(Some(name)),
                Some("list") => name = target(&shape["member"]),
                _ => return Ok(None),
            }
        }
    }

    /// Every structure that the operations reach.
    pub(crate) fn closure<'a>(
        &self,
        operations: impl Iterator<Item = &'a String>,
    ) -> Result<BTreeSet<String>> {
        let mut wanted = BTreeSet::new();
        for name in operations {
            let operation = self.operation(name)?;
            for end in ["input", "output"] {
                if let Some(shape) = operation[end]["shape"].as_str() {
                    self.reach(shape, &mut wanted)?;
                }
            }
        }
        Ok(wanted)
    }

    fn reach(&self, name: &str, wanted: &mut BTreeSet<String>) -> Result<()> {
        let shape = self.shape(name)?;
        match shape["type"].as_str() {
            Some("structure") if wanted.insert(name.to_owned()) => self
                .members(name)?
                .iter()
                .try_for_each(|(_, _, shape)| self.reach(shape, wanted)),
            Some("list") => self.reach(target(&shape["member"]), wanted),
            Some("map") => self.reach(target(&shape["value"]), wanted),
            _ => Ok(()),
        }
    }

    /// Whether a structure holds another in itself, not in a list: then a field of it needs a box.
    pub(crate) fn holds(&self, outer: &str, inner: &str) -> Result<bool> {
        let mut seen = BTreeSet::new();
        let mut next = vec![outer];
        while let Some(name) = next.pop() {
            if name == inner {
                return Ok(true);
            }
            if self.shape(name)?["type"] == "structure" && seen.insert(name) {
                next.extend(self.members(name)?.into_iter().map(|(_, _, shape)| shape));
            }
        }
        Ok(false)
    }

    /// Whether a value, or anything in it, must not be shown.
    pub(crate) fn is_sensitive(&self, name: &str) -> Result<bool> {
        let shape = self.shape(name)?;
        if shape["sensitive"] == true {
            return Ok(true);
        }
        match shape["type"].as_str() {
            Some("list") => self.is_sensitive(target(&shape["member"])),
            Some("map") => {
                let key = self.is_sensitive(target(&shape["key"]))?;
                Ok(key || self.is_sensitive(target(&shape["value"]))?)
            }
            _ => Ok(false),
        }
    }
}

/// The name of the shape that a member, key, value, input or output has.
pub(crate) fn target(reference: &Value) -> &str {
    reference["shape"].as_str().unwrap_or_default()
}

fn parse(folder: &Path) -> Result<Value> {
    let packed = folder.join("service-2.json.gz");
    if packed.exists() {
        let file = std::io::BufReader::new(std::fs::File::open(&packed)?);
        return serde_json::from_reader(GzDecoder::new(file))
            .with_context(|| packed.display().to_string());
    }
    let plain = folder.join("service-2.json");
    let text = std::fs::read_to_string(&plain).with_context(|| plain.display().to_string())?;
    serde_json::from_str(&text).with_context(|| plain.display().to_string())
}
