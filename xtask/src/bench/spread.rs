//! The middle of some values, how far they lie apart, and what that allows to say.

use std::fmt;

/// A smaller difference than this is none.
const TIE: f64 = 1.3;

/// Median, least and greatest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) median: f64,
    min: f64,
    max: f64,
}

/// Whether a goal is met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// In every round.
    Met,
    /// At the median, but not in every round.
    NotShown,
    /// By so many percent of the goal.
    Missed(f64),
}

impl Spread {
    pub(super) fn of(mut values: Vec<f64>) -> Spread {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let (half, last) = (values.len() / 2, values.len().saturating_sub(1));
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(at(half.saturating_sub(1)), at(half))
        } else {
            at(half)
        };
        Spread {
            median,
            min: at(0),
            max: at(last),
        }
    }

    pub(super) fn at_most(self, goal: f64) -> Verdict {
        if self.max <= goal {
            Verdict::Met
        } else if self.median <= goal {
            Verdict::NotShown
        } else {
            Verdict::Missed((self.median / goal - 1.0) * 100.0)
        }
    }

    pub(super) fn at_least(self, goal: f64) -> Verdict {
        if self.min >= goal {
            Verdict::Met
        } else if self.median >= goal {
            Verdict::NotShown
        } else {
            Verdict::Missed((1.0 - self.median / goal) * 100.0)
        }
    }

    /// For a ratio that has no goal. A difference is shown only if no round contradicts it.
    pub(super) fn compared(self) -> &'static str {
        let Spread { median, min, max } = self;
        if median <= 1.0 / TIE && max < 1.0 {
            "ahead"
        } else if median >= TIE && min > 1.0 {
            "**behind**"
        } else if median > 1.0 / TIE && median < TIE {
            "tie"
        } else {
            "not shown"
        }
    }

    pub(super) fn range(self) -> String {
        format!("{:.1}-{:.1}", self.min, self.max)
    }

    /// Two digits that matter, and no more.
    pub(super) fn number(value: f64) -> String {
        if value == 0.0 {
            "0".to_owned()
        } else if value.abs() >= 10.0 {
            format!("{value:.0}")
        } else if value.abs() >= 1.0 {
            format!("{value:.1}")
        } else if value.abs() >= 0.1 {
            format!("{value:.2}")
        } else if value.abs() >= 0.01 {
            format!("{value:.3}")
        } else {
            format!("{value:.5}")
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, min, max] = [self.median, self.min, self.max].map(Spread::number);
        write!(out, "{median} ({min}-{max})")
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Met => write!(out, "met"),
            Verdict::NotShown => write!(out, "not shown: met at the median, not in every round"),
            Verdict::Missed(percent) => write!(out, "**missed** by {percent:.0} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(ratios: &[f64]) -> &'static str {
        Spread::of(ratios.to_vec()).compared()
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert!((Spread::of(vec![3.0, 1.0, 2.0]).median - 2.0).abs() < 1e-9);
        assert!((Spread::of(vec![4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < 1e-9);
        assert!(Spread::of(vec![]).median.is_nan());
    }

    #[test]
    fn a_difference_that_one_round_contradicts_is_not_shown() {
        assert_eq!(compared(&[0.5, 0.6, 0.7]), "ahead");
        assert_eq!(compared(&[0.5, 0.6, 1.1]), "not shown");
        assert_eq!(compared(&[1.2, 1.5, 1.7]), "**behind**");
        assert_eq!(compared(&[0.9, 1.5, 1.7]), "not shown");
    }

    #[test]
    fn a_small_difference_is_a_tie() {
        assert_eq!(compared(&[0.7, 0.9, 1.2]), "tie");
        assert_eq!(compared(&[1.1, 1.2, 1.25]), "tie");
    }

    #[test]
    fn a_goal_is_met_only_if_every_round_meets_it() {
        let spread = Spread::of(vec![0.4, 0.5, 0.6]);
        assert_eq!(spread.at_most(0.6), Verdict::Met);
        assert_eq!(spread.at_most(0.55), Verdict::NotShown);
        assert!(matches!(spread.at_most(0.4), Verdict::Missed(by) if (by - 25.0).abs() < 1e-6));
        assert_eq!(spread.at_least(0.4), Verdict::Met);
        assert_eq!(spread.at_least(0.45), Verdict::NotShown);
        assert!(matches!(spread.at_least(1.0), Verdict::Missed(by) if (by - 50.0).abs() < 1e-6));
        assert!(matches!(
            Spread::of(vec![]).at_most(1.0),
            Verdict::Missed(_)
        ));
    }
}
