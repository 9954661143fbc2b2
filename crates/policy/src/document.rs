//! A policy document and its statements.

use crate::condition::Condition;
use crate::principal::{Grade, Name, Principal, spares};
use crate::wildcard::{Match, Pattern};
use crate::{Context, Request, grammar};

/// A policy that was read and understood in full.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    pub(crate) statements: Vec<Statement>,
}

/// What a document is for, which decides what its grammar allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of a user, group or role, or a boundary: names no principal. At most 10,240 characters; each
    /// place that keeps one has a smaller limit for itself ([`Document::size`]).
    Identity,
    /// Of a resource, such as a key: names principals. At most 32,768 bytes.
    Resource,
    /// Who may assume a role: names principals, and no resource. At most 4,096 characters.
    Trust,
    /// Of one session: as for an identity. At most 2,048 characters.
    Session,
}

/// Why a document is not a policy: a sentence for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The sentence, in AWS's manner.
    pub message: String,
}

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

impl Document {
    /// Reads a document, or says what is wrong with it. Nothing unknown is passed over.
    pub fn parse(text: &str, kind: Kind) -> Result<Document, Problem> {
        let statements = grammar::read(text, kind)?;
        Ok(Document {
            text: text.to_owned(),
            statements,
        })
    }

    /// The document as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its size as quotas count it: characters without white space.
    pub fn size(&self) -> usize {
        size(&self.text)
    }
}

/// Characters that are no white space.
pub(crate) fn size(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}

/// One statement.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    pub principal: Option<Who>,
    pub action: What,
    pub resource: Option<What>,
    pub conditions: Vec<Condition>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    Any(Vec<Name>),
    AllBut(Vec<Name>),
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Any(Vec<Pattern>),
    AllBut(Vec<Pattern>),
}

impl Who {
    fn grade(&self, caller: &Principal) -> Option<Grade> {
        match self {
            Who::Any(names) => names.iter().filter_map(|name| name.grade(caller)).max(),
            Who::AllBut(names) => (!spares(names, caller)).then_some(Grade::Role),
        }
    }
}

impl What {
    fn patterns(&self) -> &[Pattern] {
        match self {
            What::Any(patterns) | What::AllBut(patterns) => patterns,
        }
    }

    /// A pattern whose variable has no value matches nothing; of all but such a pattern, an allowing
    /// statement covers nothing and a denying one everything.
    fn covers(&self, text: &str, context: &Context, effect: Effect) -> bool {
        let found = Match::first(
            self.patterns()
                .iter()
                .map(|pattern| pattern.matches(text, context)),
        );
        match (self, found) {
            (What::Any(_), found) => found == Match::Yes,
            (What::AllBut(_), Match::Yes) => false,
            (What::AllBut(_), Match::No) => true,
            (What::AllBut(_), Match::Unresolved) => effect == Effect::Deny,
        }
    }
}

impl Statement {
    /// How the statement bears on a request, if it does: how closely it names the caller
    /// ([`Grade::Direct`] where it is the caller's own policy). Keys that it asks for and the request
    /// does not have go to `missing`.
    pub fn applies(&self, request: &Request<'_>, missing: &mut Vec<String>) -> Option<Grade> {
        let grade = match &self.principal {
            Some(who) => who.grade(request.principal)?,
            None => Grade::Direct,
        };
        if !self
            .action
            .covers(request.action, request.context, self.effect)
        {
            return None;
        }
        for key in self.keys().filter(|key| request.context.get(key).is_none()) {
            if !missing.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                missing.push(key.to_owned());
            }
        }
        let covered = self
            .resource
            .as_ref()
            .is_none_or(|what| what.covers(request.resource, request.context, self.effect));
        let holds = covered
            && self
                .conditions
                .iter()
                .all(|one| one.holds(request.context, self.effect));
        holds.then_some(grade)
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        let resources = self
            .resource
            .as_ref()
            .map(What::patterns)
            .unwrap_or_default();
        let conditions = self.conditions.iter().flat_map(Condition::keys);
        resources
            .iter()
            .flat_map(Pattern::variables)
            .chain(conditions)
    }
}
