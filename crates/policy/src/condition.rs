//! One condition of a statement: an operator, a key and the values that it is compared with.

use crate::value::{Network, Number, instant};
use crate::wildcard::{Match, Pattern, Style};
use crate::{Context, Effect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::cmp::Ordering;
use std::net::IpAddr;

/// One operator applied to one key. It holds if any of its values does; all conditions of a
/// statement must hold.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub key: String,
    operator: Operator,
    values: Values,
}

/// An operator as it is written: `ForAnyValue:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    quantifier: Option<Quantifier>,
    test: Test,
    negated: bool,
    if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    All,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Text(Style),
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone)]
enum Values {
    Texts(Vec<Pattern>),
    Numbers(Vec<Number>),
    Instants(Vec<i128>),
    Bools(Vec<bool>),
    Binaries(Vec<Vec<u8>>),
    Networks(Vec<Network>),
}

impl Operator {
    /// Reads an operator's name; nothing if there is none of this name.
    pub fn parse(name: &str) -> Option<Operator> {
        let (quantifier, rest) = if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Some(Quantifier::All), rest)
        } else if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::Any), rest)
        } else {
            (None, name)
        };
        let (bare, if_exists) = match rest.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (rest, false),
        };
        let (test, negated) = test(bare)?;
        if test == Test::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Operator {
            quantifier,
            test,
            negated,
            if_exists,
        })
    }
}

fn test(name: &str) -> Option<(Test, bool)> {
    Some(match name {
        "StringEquals" => (Test::Text(Style::Exact), false),
        "StringNotEquals" => (Test::Text(Style::Exact), true),
        "StringEqualsIgnoreCase" => (Test::Text(Style::ExactAnyCase), false),
        "StringNotEqualsIgnoreCase" => (Test::Text(Style::ExactAnyCase), true),
        "StringLike" => (Test::Text(Style::Like), false),
        "StringNotLike" => (Test::Text(Style::Like), true),
        "ArnEquals" | "ArnLike" => (Test::Text(Style::Arn), false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Text(Style::Arn), true),
        "NumericEquals" => (Test::Number(Order::Equal), false),
        "NumericNotEquals" => (Test::Number(Order::Equal), true),
        "NumericLessThan" => (Test::Number(Order::Less), false),
        "NumericLessThanEquals" => (Test::Number(Order::LessOrEqual), false),
        "NumericGreaterThan" => (Test::Number(Order::Greater), false),
        "NumericGreaterThanEquals" => (Test::Number(Order::GreaterOrEqual), false),
        "DateEquals" => (Test::Date(Order::Equal), false),
        "DateNotEquals" => (Test::Date(Order::Equal), true),
        "DateLessThan" => (Test::Date(Order::Less), false),
        "DateLessThanEquals" => (Test::Date(Order::LessOrEqual), false),
        "DateGreaterThan" => (Test::Date(Order::Greater), false),
        "DateGreaterThanEquals" => (Test::Date(Order::GreaterOrEqual), false),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::Address, false),
        "NotIpAddress" => (Test::Address, true),
        "Null" => (Test::Null, false),
        _ => return None,
    })
}

impl Order {
    fn admits(self, ordering: Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

impl Condition {
    /// Reads the values that the operator compares with; an error names the one that it cannot.
    pub fn parse(
        operator: Operator,
        key: &str,
        texts: &[String],
        variables: bool,
    ) -> Result<Condition, String> {
        fn all<T>(texts: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
            texts
                .iter()
                .map(|text| read(text).ok_or_else(|| format!("Invalid condition value: {text}")))
                .collect()
        }
        let values = match operator.test {
            Test::Text(style) => Values::Texts(
                texts
                    .iter()
                    .map(|text| Pattern::parse(text, style, variables))
                    .collect::<Result<_, _>>()?,
            ),
            Test::Number(_) => Values::Numbers(all(texts, Number::parse)?),
            Test::Date(_) => Values::Instants(all(texts, instant)?),
            Test::Bool | Test::Null => Values::Bools(all(texts, boolean)?),
            Test::Binary => Values::Binaries(all(texts, |text| STANDARD.decode(text).ok())?),
            Test::Address => Values::Networks(all(texts, Network::parse)?),
        };
        Ok(Condition {
            key: key.to_owned(),
            operator,
            values,
        })
    }

    /// The keys that this needs: its own and those of its variables.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let patterns: &[Pattern] = match &self.values {
            Values::Texts(patterns) => patterns,
            _ => &[],
        };
        std::iter::once(self.key.as_str()).chain(patterns.iter().flat_map(Pattern::variables))
    }

    /// Whether the condition holds for a request. What cannot be known is taken in the way that
    /// denies: `effect` is that of the statement.
    pub fn holds(&self, context: &Context, effect: Effect) -> bool {
        let values = context.get(&self.key).unwrap_or_default();
        let operator = self.operator;
        if operator.test == Test::Null {
            let Values::Bools(wanted) = &self.values else {
                return false;
            };
            return wanted.contains(&values.is_empty());
        }
        let one = |value: &String| self.admits(value, context, effect);
        let mut told = values.iter().filter(|value| !value.is_empty());
        match operator.quantifier {
            Some(Quantifier::All) => told.all(one),
            Some(Quantifier::Any) if values.is_empty() => operator.if_exists,
            Some(Quantifier::Any) => told.any(one),
            None if values.is_empty() => operator.if_exists || operator.negated,
            None if operator.negated => values.iter().all(one),
            None => values.iter().any(one),
        }
    }

    /// Whether one value of the request satisfies the operator.
    fn admits(&self, value: &str, context: &Context, effect: Effect) -> bool {
        match self.compare(value, context) {
            Match::Yes => !self.operator.negated,
            Match::No => self.operator.negated,
            Match::Unresolved => self.operator.negated && effect == Effect::Deny,
        }
    }

    fn compare(&self, value: &str, context: &Context) -> Match {
        let is = |found: bool| if found { Match::Yes } else { Match::No };
        match (&self.values, self.operator.test) {
            (Values::Texts(patterns), _) => Match::first(
                patterns
                    .iter()
                    .map(|pattern| pattern.matches(value, context)),
            ),
            (Values::Numbers(numbers), Test::Number(order)) => is(Number::parse(value)
                .is_some_and(|own| numbers.iter().any(|other| order.admits(own.cmp(other))))),
            (Values::Instants(instants), Test::Date(order)) => is(instant(value)
                .is_some_and(|own| instants.iter().any(|other| order.admits(own.cmp(other))))),
            (Values::Bools(bools), _) => is(boolean(value).is_some_and(|own| bools.contains(&own))),
            (Values::Binaries(binaries), _) => is(STANDARD
                .decode(value)
                .is_ok_and(|own| binaries.contains(&own))),
            (Values::Networks(networks), _) => is(value
                .parse::<IpAddr>()
                .is_ok_and(|own| networks.iter().any(|network| network.contains(own)))),
            (Values::Numbers(_) | Values::Instants(_), _) => Match::No,
        }
    }
}
