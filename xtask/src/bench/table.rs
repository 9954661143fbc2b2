//! Pairs of measurements and how they are shown.

use super::machine::{Cost, load};
use anyhow::Result;
use std::fmt;

/// A smaller difference than this is none.
const TIE: f64 = 1.3;

/// One part of the benchmarks.
pub(super) struct Table {
    title: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// One piece of work, done by us and by the peer in every round.
pub(super) struct Row {
    name: String,
    rounds: Vec<Round>,
}

struct Round {
    ours: Cost,
    peer: Cost,
    load: f64,
}

/// Which of a pair goes first; it alternates, so that neither always finds the machine warm.
pub(super) fn ours_first(round: u32) -> bool {
    round.is_multiple_of(2)
}

impl Row {
    pub(super) fn new(name: &str) -> Row {
        Row {
            name: name.to_owned(),
            rounds: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, ours: Cost, peer: Cost) {
        let load = load();
        self.rounds.push(Round { ours, peer, load });
    }

    /// Measures one pair after the other.
    pub(super) fn measure(
        name: &str,
        rounds: u32,
        mut ours: impl FnMut(u32) -> Result<Cost>,
        mut peer: impl FnMut(u32) -> Result<Cost>,
    ) -> Result<Row> {
        let mut row = Row::new(name);
        for round in 0..rounds {
            let (ours, peer) = if ours_first(round) {
                let ours = ours(round)?;
                (ours, peer(round)?)
            } else {
                let peer = peer(round)?;
                (ours(round)?, peer)
            };
            row.add(ours, peer);
        }
        Ok(row)
    }

    fn spread(&self, value: impl Fn(&Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(value).collect())
    }
}

impl Table {
    pub(super) fn new(title: &str) -> Table {
        Table {
            title: title.to_owned(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, row: Row) {
        eprintln!("  measured: {}", row.name);
        self.rows.push(row);
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "## {}\n", self.title)?;
        writeln!(
            out,
            "| work | CPU: ours | peer | ratio (min-max) | wall: ours | peer | ratio (min-max) | by CPU | rounds | load |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(out, "{row}")?;
        }
        for note in &self.notes {
            write!(out, "\n- {note}")?;
        }
        writeln!(out)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cpu = self.spread(|round| round.ours.cpu / round.peer.cpu);
        write!(
            out,
            "| {} | {} | {} | **{cpu}** | {} | {} | {} | {} | {} | {} |",
            self.name,
            duration(self.spread(|round| round.ours.cpu).median),
            duration(self.spread(|round| round.peer.cpu).median),
            duration(self.spread(|round| round.ours.wall).median),
            duration(self.spread(|round| round.peer.wall).median),
            self.spread(|round| round.ours.wall / round.peer.wall),
            cpu.verdict(),
            self.rounds.len(),
            self.spread(|round| round.load).range(),
        )
    }
}

/// The middle of some values, and how far they lie apart.
#[derive(Clone, Copy, Debug)]
struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Spread {
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

    /// A difference is shown only if no round contradicts it.
    fn verdict(self) -> &'static str {
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

    fn range(self) -> String {
        format!("{:.1}-{:.1}", self.min, self.max)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, min, max] = [self.median, self.min, self.max].map(ratio);
        write!(out, "{median} ({min}-{max})")
    }
}

/// Two digits that matter, and no more.
fn ratio(value: f64) -> String {
    if value >= 10.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else if value >= 0.1 {
        format!("{value:.2}")
    } else if value >= 0.01 {
        format!("{value:.3}")
    } else {
        format!("{value:.5}")
    }
}

fn duration(seconds: f64) -> String {
    if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else if seconds >= 1e-3 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.1} us", seconds * 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(ratios: &[f64]) -> &'static str {
        Spread::of(ratios.to_vec()).verdict()
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert!((Spread::of(vec![3.0, 1.0, 2.0]).median - 2.0).abs() < 1e-9);
        assert!((Spread::of(vec![4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < 1e-9);
        assert!(Spread::of(vec![]).median.is_nan());
    }

    #[test]
    fn a_difference_that_one_round_contradicts_is_not_shown() {
        assert_eq!(verdict(&[0.5, 0.6, 0.7]), "ahead");
        assert_eq!(verdict(&[0.5, 0.6, 1.1]), "not shown");
        assert_eq!(verdict(&[1.2, 1.5, 1.7]), "**behind**");
        assert_eq!(verdict(&[0.9, 1.5, 1.7]), "not shown");
    }

    #[test]
    fn a_small_difference_is_a_tie() {
        assert_eq!(verdict(&[0.7, 0.9, 1.2]), "tie");
        assert_eq!(verdict(&[1.1, 1.2, 1.25]), "tie");
    }
}
