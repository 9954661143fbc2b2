//! From JSON to statements: the grammar of policies, and a sentence for each way to miss it.

use crate::condition::{Condition, Operator};
use crate::document::{Statement, What, Who, size};
use crate::json::Json;
use crate::principal::Name;
use crate::wildcard::{Pattern, Style};
use crate::{Effect, Kind, Problem};
use std::collections::BTreeSet;

type Read<T> = Result<T, Problem>;
type Members = [(String, Json)];

/// No document of any kind is longer than this, white space included.
const MAX_BYTES: usize = 131_072;

fn problem<T>(message: impl Into<String>) -> Read<T> {
    Err(Problem {
        message: message.into(),
    })
}

pub(crate) fn read(text: &str, kind: Kind) -> Read<Vec<Statement>> {
    let limit = match kind {
        Kind::Identity => 10_240,
        Kind::Resource => 32_768,
        Kind::Trust => 4_096,
        Kind::Session => 2_048,
    };
    let length = if kind == Kind::Resource {
        text.len()
    } else {
        size(text)
    };
    if length > limit || text.len() > MAX_BYTES {
        return problem(format!("Cannot exceed quota for PolicySize: {limit}"));
    }
    let json: Json = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => return problem(format!("This policy contains invalid Json: {error}.")),
    };
    let Json::Object(members) = json else {
        return problem("Syntax errors in policy: the document must be an object.");
    };
    document(&members, kind)
}

fn document(members: &Members, kind: Kind) -> Read<Vec<Statement>> {
    // Without a version, a policy is of the older one.
    let mut variables = false;
    let mut found = None;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("Version", Json::Text(version)) => match version.as_str() {
                "2012-10-17" => variables = true,
                "2008-10-17" => variables = false,
                other => {
                    return problem(format!(
                        "The policy version {other} is not supported. It must be 2012-10-17 or 2008-10-17."
                    ));
                }
            },
            ("Id", Json::Text(_)) => {}
            ("Statement", value) => found = Some(value),
            ("Version" | "Id", _) => {
                return problem(format!("Syntax errors in policy: {name} must be a string."));
            }
            _ => return problem(format!("Syntax errors in policy: Unknown field {name}.")),
        }
    }
    let list = match found {
        None => return problem("Syntax errors in policy: Missing required field Statement."),
        Some(Json::List(list)) if list.is_empty() => {
            return problem("Syntax errors in policy: Statement must not be empty.");
        }
        Some(Json::List(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let mut statements = Vec::with_capacity(list.len());
    let mut sids = BTreeSet::new();
    for json in list {
        let Json::Object(members) = json else {
            return problem("Syntax errors in policy: a statement must be an object.");
        };
        let statement = Reader { kind, variables }.statement(members)?;
        if let Some(sid) = statement.sid.as_ref().filter(|sid| !sid.is_empty())
            && !sids.insert(sid.clone())
        {
            return problem("Statement IDs (SID) in a single policy must be unique.");
        }
        statements.push(statement);
    }
    Ok(statements)
}

struct Reader {
    kind: Kind,
    variables: bool,
}

/// One of an element and its opposite.
fn either<T>(slot: &mut Option<T>, value: T, element: &str) -> Read<()> {
    if slot.replace(value).is_some() {
        return problem(format!(
            "Syntax errors in policy: a statement has either {element} or Not{element}, not both."
        ));
    }
    Ok(())
}

impl Reader {
    fn statement(&self, members: &Members) -> Read<Statement> {
        let (mut sid, mut effect, mut principal) = (None, None, None);
        let (mut action, mut resource) = (None, None);
        let mut conditions = Vec::new();
        for (name, value) in members {
            match name.as_str() {
                "Sid" => sid = Some(self.sid(value)?),
                "Effect" => effect = Some(read_effect(value)?),
                "Principal" => either(&mut principal, Who::Any(self.names(value)?), "Principal")?,
                "NotPrincipal" => {
                    either(&mut principal, Who::AllBut(self.names(value)?), "Principal")?
                }
                "Action" => either(&mut action, What::Any(self.actions(value)?), "Action")?,
                "NotAction" => either(&mut action, What::AllBut(self.actions(value)?), "Action")?,
                "Resource" => either(&mut resource, What::Any(self.resources(value)?), "Resource")?,
                "NotResource" => {
                    either(
                        &mut resource,
                        What::AllBut(self.resources(value)?),
                        "Resource",
                    )?;
                }
                "Condition" => conditions = self.conditions(value)?,
                _ => return problem(format!("Syntax errors in policy: Unknown field {name}.")),
            }
        }
        let Some(effect) = effect else {
            return problem("Syntax errors in policy: Missing required field Effect.");
        };
        let Some(action) = action else {
            return problem("Policy statement must contain actions.");
        };
        if principal.is_none() && matches!(self.kind, Kind::Resource | Kind::Trust) {
            return problem("Missing required field Principal.");
        }
        if resource.is_none() && self.kind != Kind::Trust {
            return problem("Policy statement must contain resources.");
        }
        if effect == Effect::Allow && matches!(principal, Some(Who::AllBut(_))) {
            return problem("Allow with NotPrincipal is not allowed.");
        }
        Ok(Statement {
            sid,
            effect,
            principal,
            action,
            resource,
            conditions,
        })
    }

    fn sid(&self, value: &Json) -> Read<String> {
        let Json::Text(sid) = value else {
            return problem("Syntax errors in policy: Sid must be a string.");
        };
        // Policies of resources may have spaces in them, as the default policy of a key does.
        let is_sid = |one: char| {
            one.is_ascii_alphanumeric() || (self.kind == Kind::Resource && " -_.".contains(one))
        };
        if !sid.chars().all(is_sid) {
            return problem(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
            );
        }
        Ok(sid.clone())
    }

    fn actions(&self, value: &Json) -> Read<Vec<Pattern>> {
        let Some(texts) = texts(value) else {
            return problem("Syntax errors in policy: an action must be a string.");
        };
        if texts.is_empty() {
            return problem("Policy statement must contain actions.");
        }
        texts.into_iter().map(|text| self.action(text)).collect()
    }

    fn action(&self, text: &str) -> Read<Pattern> {
        if text != "*" {
            let Some((vendor, name)) = text.split_once(':') else {
                return problem(
                    "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                );
            };
            if vendor.is_empty()
                || !vendor
                    .chars()
                    .all(|one| one.is_ascii_alphanumeric() || one == '-')
            {
                return problem(format!("Vendor {vendor} is not valid"));
            }
            if name.is_empty()
                || !name
                    .chars()
                    .all(|one| one.is_ascii_alphanumeric() || "*?-_".contains(one))
            {
                return problem(format!("The action {text} is not valid."));
            }
        }
        let is_sts = text
            .get(..4)
            .is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:"));
        if self.kind == Kind::Trust && !is_sts {
            return problem("AssumeRole policy may only specify STS AssumeRole actions.");
        }
        pattern(text, Style::LikeAnyCase, false)
    }

    fn resources(&self, value: &Json) -> Read<Vec<Pattern>> {
        if self.kind == Kind::Trust {
            return problem("Has prohibited field Resource");
        }
        let Some(texts) = texts(value) else {
            return problem("Syntax errors in policy: a resource must be a string.");
        };
        if texts.is_empty() {
            return problem("Policy statement must contain resources.");
        }
        for text in &texts {
            if *text != "*" && !text.starts_with("arn:") {
                return problem(format!("Resource {text} must be in ARN format or \"*\"."));
            }
        }
        texts
            .into_iter()
            .map(|text| pattern(text, Style::Resource, self.variables))
            .collect()
    }

    fn names(&self, value: &Json) -> Read<Vec<Name>> {
        if matches!(self.kind, Kind::Identity | Kind::Session) {
            return problem("Policy document should not specify a principal.");
        }
        match value {
            Json::Text(text) if text == "*" => Ok(vec![Name::Everyone]),
            Json::Text(text) => problem(format!("Invalid principal in policy: \"{text}\"")),
            Json::Object(members) if !members.is_empty() => {
                let mut names = Vec::new();
                for (kind, value) in members {
                    let Some(texts) = texts(value).filter(|texts| !texts.is_empty()) else {
                        return problem(format!(
                            "Invalid principal in policy: \"{kind}\" must be a string or a list of strings"
                        ));
                    };
                    for text in texts {
                        let Some(name) = name(kind, text) else {
                            return problem(format!(
                                "Invalid principal in policy: \"{kind}\":\"{text}\""
                            ));
                        };
                        names.push(name);
                    }
                }
                Ok(names)
            }
            _ => problem("Invalid principal in policy."),
        }
    }

    fn conditions(&self, value: &Json) -> Read<Vec<Condition>> {
        let Json::Object(operators) = value else {
            return problem("Syntax errors in policy: Condition must be an object.");
        };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let Some(operator) = Operator::parse(name) else {
                return problem(format!("Invalid Condition type : {name}."));
            };
            let Json::Object(keys) = keys else {
                return problem(format!(
                    "Syntax errors in policy: {name} must be an object."
                ));
            };
            let mut seen = BTreeSet::new();
            for (key, value) in keys {
                if !key
                    .split_once(':')
                    .is_some_and(|(vendor, rest)| !vendor.is_empty() && !rest.is_empty())
                {
                    return problem(
                        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                    );
                }
                if !seen.insert(key.to_lowercase()) {
                    return problem(format!(
                        "Syntax errors in policy: the condition key {key} is given twice."
                    ));
                }
                let Some(values) = scalars(value).filter(|values| !values.is_empty()) else {
                    return problem(format!(
                        "Syntax errors in policy: the values of the condition key {key} must be strings, numbers or booleans."
                    ));
                };
                let condition = Condition::parse(operator, key, &values, self.variables)
                    .map_err(|message| Problem { message })?;
                conditions.push(condition);
            }
        }
        Ok(conditions)
    }
}

fn pattern(text: &str, style: Style, variables: bool) -> Read<Pattern> {
    Pattern::parse(text, style, variables).map_err(|message| Problem { message })
}

fn read_effect(value: &Json) -> Read<Effect> {
    match value {
        Json::Text(text) if text == "Allow" => Ok(Effect::Allow),
        Json::Text(text) if text == "Deny" => Ok(Effect::Deny),
        Json::Text(text) => problem(format!("Invalid effect: {text}")),
        _ => problem("Syntax errors in policy: Effect must be a string."),
    }
}

/// A string, or a list of strings.
fn texts(value: &Json) -> Option<Vec<&str>> {
    fn text(value: &Json) -> Option<&str> {
        match value {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
    match value {
        Json::List(list) => list.iter().map(text).collect(),
        one => text(one).map(|one| vec![one]),
    }
}

/// A scalar or a list of them, as texts.
fn scalars(value: &Json) -> Option<Vec<String>> {
    let scalar = |value: &Json| match value {
        Json::Text(text) | Json::Number(text) => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    };
    match value {
        Json::List(list) => list.iter().map(scalar).collect(),
        one => scalar(one).map(|one| vec![one]),
    }
}

/// One principal of a kind, if it is well formed. A wildcard stands only alone.
fn name(kind: &str, text: &str) -> Option<Name> {
    match kind {
        "AWS" if text == "*" => Some(Name::Everyone),
        "AWS" if is_account(text) => Some(Name::Account(text.to_owned())),
        "AWS" if is_unique_id(text) => Some(Name::Id(text.to_owned())),
        "AWS" => principal_arn(text),
        "Service" => is_service(text).then(|| Name::Service(text.to_owned())),
        "Federated" => {
            let is_plain = !text.is_empty()
                && !text.contains(['*', '?'])
                && !text.contains(char::is_whitespace);
            is_plain.then(|| Name::Federated(text.to_owned()))
        }
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unique_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_service(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn principal_arn(text: &str) -> Option<Name> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition) = (parts.next()?, parts.next()?);
    let (service, region) = (parts.next()?, parts.next()?);
    let (account, resource) = (parts.next()?, parts.next()?);
    let is_partition = matches!(partition, "aws" | "aws-cn" | "aws-us-gov");
    if arn != "arn" || !is_partition || !region.is_empty() || !is_account(account) {
        return None;
    }
    if service == "iam" && resource == "root" {
        return Some(Name::Account(account.to_owned()));
    }
    let (kind, rest) = resource.split_once('/')?;
    let is_name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || "+=,.@_-".contains(one))
    };
    let is_known = match (service, kind) {
        ("iam", "user" | "role") => rest.split('/').all(is_name),
        ("sts", "assumed-role") => rest.split('/').count() == 2 && rest.split('/').all(is_name),
        ("sts", "federated-user") => is_name(rest),
        _ => false,
    };
    is_known.then(|| Name::Arn(text.to_owned()))
}
