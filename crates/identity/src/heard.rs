//! What was decided while something ran, for whoever keeps the record of it.

use crate::Question;
use policy::{Decision, Outcome};
use std::cell::RefCell;

/// Verdicts of one call that are kept at most.
const MOST: usize = 32;

tokio::task_local! {
    static HEARD: RefCell<Vec<Verdict>>;
}

/// A question that policies were asked, and what they answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What was to be done.
    pub action: String,
    /// With what.
    pub resource: String,
    /// The answer, with the statements that it rests on.
    pub decision: Decision,
}

impl Verdict {
    /// Whether the policies allowed it.
    pub fn is_allowed(&self) -> bool {
        self.decision.outcome == Outcome::Allowed
    }
}

/// Does something, and hears what policies decide meanwhile. Nothing is heard of root users, who
/// need no policies.
pub async fn hear<F: Future>(work: F) -> (F::Output, Vec<Verdict>) {
    let scope = async {
        let output = work.await;
        (output, HEARD.with(RefCell::take))
    };
    HEARD.scope(RefCell::default(), scope).await
}

/// Tells whoever hears, if anybody does.
pub(crate) fn tell(question: &Question<'_>, decision: &Decision) {
    let told = HEARD.try_with(|heard| {
        let mut heard = heard.borrow_mut();
        let verdict = Verdict {
            action: question.action.to_owned(),
            resource: question.resource.to_owned(),
            decision: decision.clone(),
        };
        // What lost a race is asked again.
        if heard.len() < MOST && !heard.contains(&verdict) {
            heard.push(verdict);
        }
    });
    // Jobs ask too, and nobody hears them.
    told.unwrap_or_default();
}
