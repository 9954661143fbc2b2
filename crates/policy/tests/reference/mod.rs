//! The slow, obvious evaluator: it reads policies as plain JSON each time, backtracks where it
//! matches, and follows the documented rules one by one. It shares no code with the crate.

use policy::Principal;
use serde_json::Value;
use std::collections::BTreeMap;

pub type Keys = BTreeMap<String, Vec<String>>;

#[derive(Debug, Clone, Default)]
pub struct World {
    pub identity: Vec<Value>,
    pub boundary: Option<Vec<Value>>,
    pub session: Option<Vec<Value>>,
    pub resource: Option<Value>,
    pub resource_must_allow: bool,
}

#[derive(Debug, Clone)]
pub struct Ask {
    pub principal: Principal,
    pub action: String,
    pub resource: String,
    pub owner: String,
    pub keys: Keys,
}

/// "allow", "deny" (explicit) or "none" (implicit).
pub fn verdict(world: &World, ask: &Ask) -> &'static str {
    let all: Vec<&Value> = world
        .identity
        .iter()
        .chain(world.boundary.iter().flatten())
        .chain(world.session.iter().flatten())
        .chain(&world.resource)
        .collect();
    if all.iter().any(|policy| says(policy, ask, "Deny", "any")) {
        return "deny";
    }
    let allows = |list: &[Value]| list.iter().any(|policy| says(policy, ask, "Allow", "any"));
    let is_root = matches!(ask.principal, Principal::Root { .. });
    let identity = is_root || allows(&world.identity);
    let boundary = world.boundary.as_deref().is_none_or(allows);
    let session = world.session.as_deref().is_none_or(allows);
    let resource = |grade| {
        world
            .resource
            .as_ref()
            .is_some_and(|policy| says(policy, ask, "Allow", grade))
    };
    let own = identity && boundary && session;
    let allowed = match &ask.principal {
        Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => {
            resource("any")
        }
        Principal::Root { account }
        | Principal::User { account, .. }
        | Principal::Session { account, .. } => {
            if *account != ask.owner {
                own && resource("any")
            } else if resource("direct") || (resource("role") && boundary && session) {
                true
            } else if world.resource_must_allow {
                own && resource("any")
            } else {
                own
            }
        }
    };
    if allowed { "allow" } else { "none" }
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        one => vec![one.clone()],
    }
}

fn says(policy: &Value, ask: &Ask, effect: &str, grade: &str) -> bool {
    let new = policy["Version"] == "2012-10-17";
    list(&policy["Statement"]).iter().any(|statement| {
        statement["Effect"] == effect
            && named(statement, ask, grade)
            && part(statement, "Action", &ask.action, ask, "action", false)
            && part(statement, "Resource", &ask.resource, ask, "resource", new)
            && statement["Condition"]
                .as_object()
                .into_iter()
                .flatten()
                .all(|(operator, keys)| {
                    keys.as_object().unwrap().iter().all(|(key, values)| {
                        condition(operator, key, &list(values), ask, effect, new)
                    })
                })
    })
}

/// Whether the statement names the caller: "direct", "role" or "any" closely.
fn named(statement: &Value, ask: &Ask, grade: &str) -> bool {
    if let Some(names) = statement.get("Principal") {
        return match grade {
            "direct" => direct(names, &ask.principal),
            "role" => role(names, &ask.principal),
            _ => {
                direct(names, &ask.principal)
                    || role(names, &ask.principal)
                    || account(names, &ask.principal)
            }
        };
    }
    if let Some(names) = statement.get("NotPrincipal") {
        let spared = match &ask.principal {
            _ if has(names, "AWS", "*") => true,
            Principal::Root { .. } => account(names, &ask.principal),
            Principal::User { arn, .. } => account(names, &ask.principal) && has(names, "AWS", arn),
            Principal::Session { arn, role_arn, .. } => {
                account(names, &ask.principal)
                    && has(names, "AWS", arn)
                    && has(names, "AWS", role_arn)
            }
            Principal::Service { .. } => direct(names, &ask.principal),
            Principal::Federated { .. } | Principal::Anonymous => false,
        };
        return !spared;
    }
    true
}

fn has(names: &Value, kind: &str, name: &str) -> bool {
    (name == "*" && names == "*")
        || names
            .get(kind)
            .is_some_and(|value| list(value).iter().any(|one| one == name))
}

fn direct(names: &Value, principal: &Principal) -> bool {
    match principal {
        Principal::Root { .. } => has(names, "AWS", "*") || account(names, principal),
        Principal::User { arn, .. } | Principal::Session { arn, .. } => has(names, "AWS", arn),
        Principal::Service { name } => has(names, "AWS", "*") || has(names, "Service", name),
        Principal::Federated { .. } | Principal::Anonymous => has(names, "AWS", "*"),
    }
}

fn role(names: &Value, principal: &Principal) -> bool {
    match principal {
        Principal::Session { role_arn, .. } => {
            has(names, "AWS", "*") || has(names, "AWS", role_arn)
        }
        Principal::User { .. } => has(names, "AWS", "*"),
        _ => false,
    }
}

fn account(names: &Value, principal: &Principal) -> bool {
    principal.account().is_some_and(|account| {
        has(names, "AWS", account) || has(names, "AWS", &format!("arn:aws:iam::{account}:root"))
    })
}

/// Action or NotAction, Resource or NotResource.
fn part(
    statement: &Value,
    element: &str,
    text: &str,
    ask: &Ask,
    style: &str,
    variables: bool,
) -> bool {
    let any = |patterns: &Value, unresolved: bool| {
        let mut unknown = false;
        for one in list(patterns) {
            match matches(one.as_str().unwrap(), text, style, variables, &ask.keys) {
                Some(true) => return true,
                Some(false) => {}
                None => unknown = true,
            }
        }
        unknown && unresolved
    };
    if let Some(patterns) = statement.get(element) {
        return any(patterns, false);
    }
    match statement.get(format!("Not{element}")) {
        Some(patterns) => !any(patterns, statement["Effect"] == "Allow"),
        None => true,
    }
}

/// `None` where a variable has no value.
fn matches(pattern: &str, text: &str, style: &str, variables: bool, keys: &Keys) -> Option<bool> {
    let wild = !style.starts_with("equals");
    // Each character, and whether it is a wildcard.
    let mut atoms: Vec<(char, bool)> = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        if variables && rest.starts_with("${") {
            let end = rest.find('}').unwrap();
            let inner = &rest[2..end];
            let value = match inner {
                "*" | "?" | "$" => inner.to_owned(),
                _ => {
                    let (key, default) = match inner.split_once(", ") {
                        Some((key, default)) => (key, Some(default.trim_matches('\'').to_owned())),
                        None => (inner, None),
                    };
                    match keys.get(&key.to_lowercase()) {
                        Some(values) if values.len() == 1 => values[0].clone(),
                        Some(_) => return None,
                        None => default?,
                    }
                }
            };
            atoms.extend(value.chars().map(|one| (one, false)));
            rest = &rest[end + 1..];
        } else {
            let one = rest.chars().next().unwrap();
            atoms.push((one, wild && (one == '*' || one == '?')));
            rest = &rest[one.len_utf8()..];
        }
    }
    let fold = |text: String| {
        if style.ends_with("action") {
            text.to_lowercase()
        } else {
            text
        }
    };
    let atoms: Vec<(char, bool)> = atoms
        .into_iter()
        .map(|(one, wild)| (fold(one.to_string()).chars().next().unwrap(), wild))
        .collect();
    let text: Vec<char> = fold(text.to_owned()).chars().collect();
    if style == "arn" {
        let split = |at: &[usize], len: usize| {
            let mut ranges = Vec::new();
            let mut start = 0;
            for &colon in at.iter().take(5) {
                ranges.push(start..colon);
                start = colon + 1;
            }
            ranges.push(start..len);
            ranges
        };
        let pattern_colons: Vec<usize> =
            (0..atoms.len()).filter(|&at| atoms[at].0 == ':').collect();
        let text_colons: Vec<usize> = (0..text.len()).filter(|&at| text[at] == ':').collect();
        let patterns = split(&pattern_colons, atoms.len());
        let texts = split(&text_colons, text.len());
        return Some(
            patterns.len() == texts.len()
                && patterns
                    .into_iter()
                    .zip(texts)
                    .all(|(pattern, part)| glob(&atoms[pattern], &text[part], false)),
        );
    }
    Some(glob(&atoms, &text, style == "resource"))
}

fn glob(pattern: &[(char, bool)], text: &[char], segments: bool) -> bool {
    let Some((&(one, wild), rest)) = pattern.split_first() else {
        return text.is_empty();
    };
    if !wild {
        return text.first() == Some(&one) && glob(rest, &text[1..], segments);
    }
    if one == '?' {
        return text.first().is_some_and(|first| !segments || *first != ':')
            && glob(rest, &text[1..], segments);
    }
    let free = !segments || rest.first().is_none_or(|next| *next == (':', false));
    for taken in 0..=text.len() {
        if glob(rest, &text[taken..], segments) {
            return true;
        }
        if !free && text.get(taken) == Some(&':') {
            return false;
        }
    }
    false
}

fn condition(
    operator: &str,
    key: &str,
    values: &[Value],
    ask: &Ask,
    effect: &str,
    variables: bool,
) -> bool {
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .collect();
    let given = ask
        .keys
        .get(&key.to_lowercase())
        .cloned()
        .unwrap_or_default();
    let (quantifier, name) = operator.split_once(':').unwrap_or(("", operator));
    let if_exists = name.ends_with("IfExists");
    let name = name.trim_end_matches("IfExists");
    if name == "Null" {
        return values.contains(&given.is_empty().to_string());
    }
    let negated = name.contains("Not");
    let positive = name.replace("Not", "");
    let one = |own: &String| {
        let mut unknown = false;
        let mut found = false;
        for value in &values {
            match compare(&positive, own, value, &ask.keys, variables) {
                Some(true) => found = true,
                Some(false) => {}
                None => unknown = true,
            }
        }
        match (found, negated) {
            (true, negated) => !negated,
            (false, false) => false,
            (false, true) => !unknown || effect == "Deny",
        }
    };
    let solid: Vec<&String> = given.iter().filter(|value| !value.is_empty()).collect();
    match quantifier {
        "ForAllValues" => solid.into_iter().all(one),
        "ForAnyValue" => (given.is_empty() && if_exists) || solid.into_iter().any(one),
        _ if given.is_empty() => if_exists || negated,
        _ if negated => given.iter().all(one),
        _ => given.iter().any(one),
    }
}

fn compare(operator: &str, own: &str, value: &str, keys: &Keys, variables: bool) -> Option<bool> {
    let order = |own: Option<i64>, value: Option<i64>| {
        let (Some(own), Some(value)) = (own, value) else {
            return false;
        };
        match operator
            .trim_start_matches("Numeric")
            .trim_start_matches("Date")
        {
            "Equals" => own == value,
            "LessThan" => own < value,
            "LessThanEquals" => own <= value,
            "GreaterThan" => own > value,
            "GreaterThanEquals" => own >= value,
            other => unreachable!("{other}"),
        }
    };
    match operator {
        "StringEquals" => matches(value, own, "equals", variables, keys),
        "StringEqualsIgnoreCase" => matches(value, own, "equals-action", variables, keys),
        "StringLike" => matches(value, own, "like", variables, keys),
        "ArnEquals" | "ArnLike" => matches(value, own, "arn", variables, keys),
        "Bool" => Some(
            own.to_lowercase() == value.to_lowercase()
                && ["true", "false"].contains(&&*value.to_lowercase()),
        ),
        "BinaryEquals" => Some(own == value),
        "IpAddress" => Some(within(own, value)),
        numeric if numeric.starts_with("Numeric") => {
            Some(order(own.parse().ok(), value.parse().ok()))
        }
        date if date.starts_with("Date") => Some(order(seconds(own), seconds(value))),
        other => unreachable!("{other}"),
    }
}

/// Only the dates that the tests use.
fn seconds(text: &str) -> Option<i64> {
    match text {
        "1970-01-01T00:00:00Z" => Some(0),
        "2020-02-29T12:00:00Z" => Some(1_582_977_600),
        "2020-02-29T14:00:00+02:00" => Some(1_582_977_600),
        "2021-01-01" => Some(1_609_459_200),
        other => other.parse().ok(),
    }
}

/// By writing both out in binary digits.
fn within(address: &str, network: &str) -> bool {
    let binary = |text: &str| -> Option<String> {
        match text.parse().ok()? {
            std::net::IpAddr::V4(four) => Some(
                four.octets()
                    .iter()
                    .map(|byte| format!("{byte:08b}"))
                    .collect(),
            ),
            std::net::IpAddr::V6(six) => Some(
                six.octets()
                    .iter()
                    .map(|byte| format!("{byte:08b}"))
                    .collect(),
            ),
        }
    };
    let (base, prefix) = network.split_once('/').unwrap_or((network, "128"));
    let (Some(own), Some(base)) = (binary(address), binary(base)) else {
        return false;
    };
    let prefix: usize = prefix.parse().unwrap();
    let prefix = prefix.min(base.len());
    own.len() == base.len() && own[..prefix] == base[..prefix]
}
