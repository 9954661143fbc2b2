//! The page of operations: what each honours and what it refuses by name.

use super::Operations;
use super::model::{Model, target};
use anyhow::{Context, Result, ensure};
use std::fmt::Write;

pub(crate) const HEAD: &str = "\
# Operations

Written by `cargo xtask gen` from `models/operations.toml` and AWS's service models. A parameter is
called as the models (and SDKs) call it. One that AWS knows and that is not honoured here is refused
by name, with `UnsupportedOperation` (EC2, STS) or `ValidationException` (EBS). A name honours or
refuses everything beneath it; `Name=value` honours that value alone. `DryRun` is honoured wherever
AWS has it.
";

/// Writes a service's part of the page.
pub(crate) fn service(model: &Model, operations: &Operations, out: &mut String) -> Result<()> {
    writeln!(out, "\n## {}", model.metadata("serviceId"))?;
    for (name, honoured) in operations {
        let input = target(&model.operation(name)?["input"]);
        let mut refused = Vec::new();
        if !input.is_empty() {
            for path in honoured {
                check(model, input, path).with_context(|| format!("{name}: {path}"))?;
            }
            without(model, input, honoured, "", &mut refused)?;
        }
        writeln!(out, "\n### {name}\n")?;
        writeln!(out, "- Honoured: {}", listing(honoured))?;
        writeln!(out, "- Refused: {}", listing(&refused))?;
    }
    Ok(())
}

fn listing(paths: &[String]) -> String {
    if paths.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    quoted.join(", ")
}

/// An honoured path must exist.
fn check(model: &Model, shape: &str, path: &str) -> Result<()> {
    let path = path.split_once('=').map_or(path, |(path, _)| path);
    let (first, rest) = path
        .split_once('.')
        .map_or((path, None), |(first, rest)| (first, Some(rest)));
    let member = model.shape(shape)?["members"].get(first);
    let member = member.with_context(|| format!("{shape} has no member {first}"))?;
    let Some(rest) = rest else { return Ok(()) };
    let inner = model.structure_in(target(member))?;
    ensure!(inner.is_some(), "{first} has no members");
    check(model, inner.unwrap_or_default(), rest)
}

fn without(
    model: &Model,
    shape: &str,
    honoured: &[String],
    path: &str,
    out: &mut Vec<String>,
) -> Result<()> {
    for (name, _, target) in model.members(shape)? {
        let at = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        };
        let beneath = format!("{at}.");
        if honoured.contains(&at) || at == "DryRun" {
            continue;
        }
        let inner = model.structure_in(target)?;
        match inner {
            Some(inner) if honoured.iter().any(|entry| entry.starts_with(&beneath)) => {
                without(model, inner, honoured, &at, out)?;
            }
            _ => out.push(at),
        }
    }
    Ok(())
}
