//! Patterns: texts with `*`, `?` and policy variables, and whether they match.
//!
//! The work of a match is bounded by the product of the two lengths, and is linear in the text for
//! patterns that people write: a set of states moves over the text once, and a star that may take
//! anything makes all states before it superfluous. Nothing backtracks.

use crate::Context;

/// How a text is read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Every character stands for itself.
    Exact,
    /// As [`Style::Exact`], without regard to case.
    ExactAnyCase,
    /// `*` is any run of characters, `?` any one.
    Like,
    /// As [`Style::Like`], without regard to case.
    LikeAnyCase,
    /// The resource of a statement: a `*` or `?` stays within its colon-separated segment, but a `*`
    /// that ends its segment may go on beyond the colon.
    Resource,
    /// An ARN in a condition: each of six components for itself.
    Arn,
}

impl Style {
    fn has_wildcards(self) -> bool {
        !matches!(self, Style::Exact | Style::ExactAnyCase)
    }

    fn ignores_case(self) -> bool {
        matches!(self, Style::ExactAnyCase | Style::LikeAnyCase)
    }
}

/// A pattern as it is written, read once.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    style: Style,
    parts: Vec<Part>,
    /// Compiled, if there are no variables in it.
    fixed: Option<Compiled>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    One(char),
    AnyOne,
    AnyRun,
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// Whether a pattern matched, or could not be known because a variable has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    Unresolved,
}

impl Match {
    /// What several patterns say together: yes if any does, unresolved if none does and one is.
    pub fn first(all: impl Iterator<Item = Match>) -> Match {
        let mut found = Match::No;
        for one in all {
            match one {
                Match::Yes => return Match::Yes,
                Match::Unresolved => found = Match::Unresolved,
                Match::No => {}
            }
        }
        found
    }
}

impl Pattern {
    /// Reads a pattern; with `variables`, `${…}` is one. An ill-formed variable is an error.
    pub fn parse(text: &str, style: Style, variables: bool) -> Result<Pattern, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if variables && rest.starts_with("${") {
                let Some(end) = rest.find('}') else {
                    return Err(format!("The policy variable in {text} is not closed."));
                };
                parts.extend(variable(&rest[2..end])?);
                rest = &rest[end + 1..];
                continue;
            }
            parts.push(match first {
                '*' if style.has_wildcards() => Part::AnyRun,
                '?' if style.has_wildcards() => Part::AnyOne,
                other => Part::One(other),
            });
            rest = &rest[first.len_utf8()..];
        }
        let mut pattern = Pattern {
            style,
            parts,
            fixed: None,
        };
        if !pattern
            .parts
            .iter()
            .any(|part| matches!(part, Part::Variable { .. }))
        {
            pattern.fixed = pattern.compile(&Context::new());
        }
        Ok(pattern)
    }

    /// The keys that the pattern takes from the context and has no default for.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { key, default: None } => Some(key.as_str()),
            Part::Variable { .. } | Part::One(_) | Part::AnyOne | Part::AnyRun => None,
        })
    }

    /// Whether the text is one that the pattern means.
    pub fn matches(&self, text: &str, context: &Context) -> Match {
        let found = match &self.fixed {
            Some(compiled) => Some(compiled.matches(text)),
            None => self.compile(context).map(|compiled| compiled.matches(text)),
        };
        match found {
            Some(true) => Match::Yes,
            Some(false) => Match::No,
            None => Match::Unresolved,
        }
    }

    /// The pattern with its variables filled in, if all of them have a value. What a variable holds
    /// is never a wildcard.
    fn compile(&self, context: &Context) -> Option<Compiled> {
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            match part {
                Part::Variable { key, default } => {
                    let value = match context.get(key) {
                        Some([one]) => one.as_str(),
                        Some(_) => return None,
                        None => default.as_deref()?,
                    };
                    parts.extend(value.chars().map(Part::One));
                }
                other => parts.push(other.clone()),
            }
        }
        Some(Compiled::new(self.style, &parts))
    }
}

/// What stands between `${` and `}`.
fn variable(inner: &str) -> Result<Vec<Part>, String> {
    if matches!(inner, "*" | "?" | "$") {
        return Ok(inner.chars().map(Part::One).collect());
    }
    let (key, default) = match inner.split_once(',') {
        None => (inner.trim(), None),
        Some((key, default)) => {
            let quoted = default.trim();
            let default = quoted
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .ok_or_else(|| {
                    format!("The default of the policy variable {inner} is not quoted.")
                })?;
            (key.trim(), Some(default.to_owned()))
        }
    };
    let is_key = key
        .split_once(':')
        .is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty());
    if !is_key {
        return Err(format!(
            "The policy variable {inner} is not a condition key."
        ));
    }
    Ok(vec![Part::Variable {
        key: key.to_owned(),
        default,
    }])
}

/// A pattern without variables, ready to match.
#[derive(Debug, Clone)]
struct Compiled {
    style: Style,
    /// For [`Style::Arn`] the six components; else one run of steps.
    runs: Vec<Vec<Step>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    One(char),
    AnyOne,
    /// Any one character but a colon.
    AnyInSegment,
    /// Any run of characters.
    Run,
    /// Any run of characters without a colon.
    RunInSegment,
}

impl Compiled {
    fn new(style: Style, parts: &[Part]) -> Compiled {
        let runs = match style {
            Style::Arn => parts
                .splitn(6, |part| *part == Part::One(':'))
                .map(|run| steps(style, run))
                .collect(),
            _ => vec![steps(style, parts)],
        };
        Compiled { style, runs }
    }

    fn matches(&self, text: &str) -> bool {
        if self.style == Style::Arn {
            let components: Vec<&str> = text.splitn(6, ':').collect();
            return components.len() == self.runs.len()
                && self
                    .runs
                    .iter()
                    .zip(components)
                    .all(|(run, component)| walk(run, component.chars()));
        }
        let Some(run) = self.runs.first() else {
            return false;
        };
        if self.style.ignores_case() {
            walk(run, text.chars().flat_map(char::to_lowercase))
        } else {
            walk(run, text.chars())
        }
    }
}

fn steps(style: Style, parts: &[Part]) -> Vec<Step> {
    let mut steps = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::One(one) if style.ignores_case() => {
                steps.extend(one.to_lowercase().map(Step::One));
            }
            Part::One(one) => steps.push(Step::One(*one)),
            Part::AnyOne if style == Style::Resource => steps.push(Step::AnyInSegment),
            Part::AnyOne => steps.push(Step::AnyOne),
            Part::AnyRun => {
                let ends_segment = matches!(parts.get(at + 1), None | Some(Part::One(':')));
                let step = if style == Style::Resource && !ends_segment {
                    Step::RunInSegment
                } else {
                    Step::Run
                };
                if steps.last() != Some(&step) {
                    steps.push(step);
                }
            }
            // Variables were filled in before.
            Part::Variable { .. } => {}
        }
    }
    steps
}

/// Whether the steps take the whole text. `states` holds, in falling order, how many steps may be
/// done; a state before a run stands for the run being taken, too.
fn walk(steps: &[Step], text: impl Iterator<Item = char>) -> bool {
    let mut states = Vec::new();
    let mut next = Vec::new();
    enter(steps, 0, &mut states);
    for character in text {
        next.clear();
        for &state in &states {
            match steps.get(state) {
                Some(Step::One(one)) if *one == character => enter(steps, state + 1, &mut next),
                Some(Step::AnyOne) => enter(steps, state + 1, &mut next),
                Some(Step::AnyInSegment) if character != ':' => enter(steps, state + 1, &mut next),
                Some(Step::Run) => {
                    enter(steps, state, &mut next);
                    // Whatever an earlier state can still reach, it reaches through this run.
                    break;
                }
                Some(Step::RunInSegment) if character != ':' => enter(steps, state, &mut next),
                _ => {}
            }
        }
        if next.is_empty() {
            return false;
        }
        std::mem::swap(&mut states, &mut next);
    }
    states.first() == Some(&steps.len())
}

/// Adds a state and those that follow from it by taking nothing, keeping falling order.
fn enter(steps: &[Step], state: usize, states: &mut Vec<usize>) {
    let mut last = state;
    while matches!(steps.get(last), Some(Step::Run | Step::RunInSegment)) {
        last += 1;
    }
    for state in (state..=last).rev() {
        match states.binary_search_by(|probe| state.cmp(probe)) {
            Ok(_) => {}
            Err(at) => states.insert(at, state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(style: Style, pattern: &str, text: &str) -> bool {
        let pattern = Pattern::parse(pattern, style, true).unwrap();
        pattern.matches(text, &Context::new()) == Match::Yes
    }

    #[test]
    fn stars_and_question_marks_match_as_written() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("*", "a:b", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*aab", "aaaab", true),
            ("a*b*c", "axbxbxc", true),
            ("a**c", "ac", true),
            ("${*}", "*", true),
            ("${*}", "x", false),
            ("${?}${$}", "?$", true),
        ] {
            assert_eq!(is(Style::Like, pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_star_inside_a_segment_stays_in_it_and_one_at_its_end_does_not() {
        assert!(is(
            Style::Resource,
            "arn:aws:ec2:us-*-1:1:image/*",
            "arn:aws:ec2:us-east-1:1:image/ami-1"
        ));
        assert!(!is(
            Style::Resource,
            "arn:aws:ec2:us-*-1:1:image/*",
            "arn:aws:ec2:us-east:x-1:1:image/a"
        ));
        assert!(is(
            Style::Resource,
            "arn:aws:ec2:*",
            "arn:aws:ec2:eu-west-1:1:image/ami-1"
        ));
        assert!(!is(
            Style::Resource,
            "arn:aws:ec2:eu-west-?:1:x",
            "arn:aws:ec2:eu-west-::1:x"
        ));
    }

    #[test]
    fn components_of_an_arn_are_compared_one_by_one() {
        assert!(is(
            Style::Arn,
            "arn:aws:sns:*:123:topic",
            "arn:aws:sns:eu:123:topic"
        ));
        assert!(!is(
            Style::Arn,
            "arn:aws:sns:*:topic",
            "arn:aws:sns:eu:123:topic"
        ));
        assert!(is(
            Style::Arn,
            "arn:aws:sns:*:*:*",
            "arn:aws:sns:eu:123:a:b"
        ));
    }

    #[test]
    fn a_hostile_pattern_does_not_explode() {
        let pattern = "a*".repeat(2000) + "b";
        let text = "a".repeat(2000);
        assert!(!is(Style::Like, &pattern, &text));
        let inside = "x".to_owned() + &"*a".repeat(1000) + "b";
        assert!(!is(Style::Resource, &inside, &("x".to_owned() + &text)));
    }
}
