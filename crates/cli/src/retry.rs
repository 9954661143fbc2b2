//! When a request is sent again, and after how long.

use std::time::Duration;

/// How long a server that has answered before may be away or busy: long enough for a restart.
const AWAY: Duration = Duration::from_secs(30);
/// How long one that has never answered is waited for: it is more likely not there at all.
const NEVER_SEEN: Duration = Duration::from_secs(3);
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(2);

/// What came of a request that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No answer: refused, reset, cut off, or too late.
    Silence,
    /// The service asks for patience.
    Busy,
    /// The service failed at it.
    Failed,
    /// The service says no, or the request cannot be made: again would be no different.
    Final,
}

/// How patient a caller is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Whether this server has answered before.
    pub(crate) seen: bool,
    /// How long failures of the service are tried again.
    pub(crate) failures: Duration,
}

impl Patience {
    /// How long failures are tried again when nothing else is asked for.
    pub(crate) const USUAL: Duration = AWAY;

    /// How long to wait before the next try, after so many tries in so much time. `None`: give up.
    pub(crate) fn pause(self, outcome: Outcome, tries: u32, spent: Duration) -> Option<Duration> {
        let limit = match outcome {
            Outcome::Silence if !self.seen => NEVER_SEEN,
            Outcome::Silence | Outcome::Busy => AWAY,
            Outcome::Failed => self.failures,
            Outcome::Final => return None,
        };
        let doubled = SHORTEST.saturating_mul(1 << tries.saturating_sub(1).min(16));
        let pause = doubled.min(LONGEST);
        (spent + pause <= limit).then_some(pause)
    }
}

/// What an error answer of the service means for trying again.
pub(crate) fn outcome(status: u16, code: &str) -> Outcome {
    let throttled = code.contains("Throttl") || code == "RequestLimitExceeded";
    match status {
        _ if throttled => Outcome::Busy,
        408 | 429 | 503 => Outcome::Busy,
        500.. => Outcome::Failed,
        _ => Outcome::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(patience: Patience, outcome: Outcome) -> (u32, Duration) {
        let (mut tries, mut spent) = (1, Duration::ZERO);
        while let Some(pause) = patience.pause(outcome, tries, spent) {
            spent += pause;
            tries += 1;
        }
        (tries, spent)
    }

    #[test]
    fn a_server_that_was_seen_may_be_away_for_about_half_a_minute() {
        let patience = Patience {
            seen: true,
            failures: Patience::USUAL,
        };
        for outcome in [Outcome::Silence, Outcome::Busy, Outcome::Failed] {
            let (tries, spent) = total(patience, outcome);
            assert!(
                spent > Duration::from_secs(27) && spent <= AWAY,
                "{spent:?}"
            );
            assert!((15..30).contains(&tries), "{tries}");
        }
    }

    #[test]
    fn one_that_never_answered_is_given_up_soon_and_a_refusal_at_once() {
        let patience = Patience {
            seen: false,
            failures: Duration::ZERO,
        };
        assert!(total(patience, Outcome::Silence).1 <= NEVER_SEEN);
        assert_eq!(total(patience, Outcome::Failed), (1, Duration::ZERO));
        assert_eq!(total(patience, Outcome::Final), (1, Duration::ZERO));
    }

    #[test]
    fn pauses_grow_and_stay_short() {
        let patience = Patience {
            seen: true,
            failures: Patience::USUAL,
        };
        let pause = |tries| patience.pause(Outcome::Silence, tries, Duration::ZERO);
        assert_eq!(pause(1), Some(SHORTEST));
        assert_eq!(pause(2), Some(SHORTEST * 2));
        assert_eq!(pause(u32::MAX), Some(LONGEST));
    }

    #[test]
    fn answers_are_sorted_by_what_trying_again_may_mend() {
        assert_eq!(outcome(503, "RequestLimitExceeded"), Outcome::Busy);
        assert_eq!(outcome(400, "ThrottlingException"), Outcome::Busy);
        assert_eq!(outcome(500, "InternalError"), Outcome::Failed);
        assert_eq!(outcome(400, "InvalidAMIID.NotFound"), Outcome::Final);
        assert_eq!(outcome(404, "ResourceNotFoundException"), Outcome::Final);
        assert_eq!(outcome(200, "InvalidAnswer"), Outcome::Final);
    }
}
