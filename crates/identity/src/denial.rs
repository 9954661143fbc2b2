//! A refusal by policies, with all that explains it.

use crate::{Call, Question};
use base::{AccountId, Error, Reason, Subject};
use policy::{Context, Decision, Layer, Outcome};
use serde_json::{Value, json};

/// Why policies refused. It travels inside of the error; the caller reads it only where the
/// service's manner is to show it, or sealed.
#[derive(Debug, thiserror::Error)]
#[error("{arn} may not {action} on {resource}")]
pub struct Denial {
    /// The account whose policies decided.
    pub account: AccountId,
    /// The caller's ARN.
    pub arn: String,
    /// The caller's unique id.
    pub user_id: String,
    /// What was to be done.
    pub action: String,
    /// With what.
    pub resource: String,
    /// The answer of the policies.
    pub decision: Decision,
    context: Context,
}

impl Denial {
    pub(crate) fn new(
        call: &Call,
        question: &Question<'_>,
        context: &Context,
        decision: Decision,
    ) -> Denial {
        Denial {
            account: call.account().clone(),
            arn: call.caller.arn.clone(),
            user_id: call.caller.user_id.clone(),
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            decision,
            context: context.clone(),
        }
    }

    /// The denial that an error was made of.
    pub fn of(error: &Error) -> Option<&Denial> {
        std::error::Error::source(error)?.downcast_ref()
    }

    /// The error, worded in the manner of IAM.
    pub fn into_error(self) -> Error {
        let message = self.sentence();
        Error::new(Reason::Denied, Subject::Request, message).with_source(self)
    }

    /// `User: … is not authorized to perform: … on resource: … because …`
    pub fn sentence(&self) -> String {
        format!(
            "User: {} is not authorized to perform: {} on resource: {} {}",
            self.arn,
            self.action,
            self.resource,
            self.because()
        )
    }

    fn because(&self) -> String {
        let kind = match self.decision.by {
            Some(Layer::Boundary) => "permissions boundary",
            Some(Layer::Session) => "session policy",
            Some(Layer::Resource) => "resource-based policy",
            Some(Layer::Identity) | None => "identity-based policy",
        };
        let article = if kind.starts_with('i') { "an" } else { "a" };
        match self.decision.outcome {
            Outcome::ExplicitDeny => format!("with an explicit deny in {article} {kind}"),
            Outcome::Allowed | Outcome::ImplicitDeny => {
                format!("because no {kind} allows the {} action", self.action)
            }
        }
    }

    /// What `sts:DecodeAuthorizationMessage` explains.
    pub fn explained(&self) -> Value {
        let matched = self.decision.statements.iter().map(|matched| {
            json!({
                "statementId": matched.sid.clone().unwrap_or_default(),
                "effect": format!("{:?}", matched.effect).to_uppercase(),
                "sourcePolicyId": matched.policy,
                "sourcePolicyType": format!("{:?}", matched.layer),
                "index": matched.index,
            })
        });
        let conditions = self.context.iter().filter(|(key, _)| key.contains(':'));
        let conditions = conditions.map(|(key, values)| {
            let items: Vec<Value> = values
                .iter()
                .map(|value| json!({ "value": value }))
                .collect();
            json!({ "key": key, "values": { "items": items } })
        });
        json!({
            "allowed": false,
            "explicitDeny": self.decision.outcome == Outcome::ExplicitDeny,
            "matchedStatements": { "items": matched.collect::<Vec<_>>() },
            "failures": { "items": [] },
            "context": {
                "principal": { "id": self.user_id, "arn": self.arn },
                "action": self.action,
                "resource": self.resource,
                "conditions": { "items": conditions.collect::<Vec<_>>() },
            },
        })
    }
}
