//! Pairs of measurements, figures, their goals, and how they are shown.

use super::machine::{Cost, load};
use super::spread::{Spread, Verdict};
use anyhow::Result;
use std::fmt;

/// One part of the benchmarks.
pub(super) struct Table {
    title: String,
    rows: Vec<Row>,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

/// One piece of work, done by us and by one peer in every round.
pub(super) struct Row {
    name: String,
    peer: String,
    rounds: Vec<Round>,
    /// Our processor time, divided by the peer's, is to be at most this.
    cpu_goal: Option<f64>,
    /// The same by the clock.
    wall_goal: Option<f64>,
    why: &'static str,
}

struct Round {
    ours: Cost,
    peer: Cost,
    load: f64,
}

/// A number that is not a pair of times: bytes, a share, a time that has a goal of its own.
pub(super) struct Figure {
    name: String,
    unit: &'static str,
    values: Vec<f64>,
    at_most: Option<f64>,
    at_least: Option<f64>,
    why: &'static str,
}

/// Which of a pair goes first; it alternates, so that neither always finds the machine warm.
pub(super) fn ours_first(round: u32) -> bool {
    round.is_multiple_of(2)
}

impl Row {
    pub(super) fn new(name: &str, peer: &str) -> Row {
        Row {
            name: name.to_owned(),
            peer: peer.to_owned(),
            rounds: Vec::new(),
            cpu_goal: None,
            wall_goal: None,
            why: "",
        }
    }

    pub(super) fn cpu(mut self, at_most: f64) -> Row {
        self.cpu_goal = Some(at_most);
        self
    }

    pub(super) fn wall(mut self, at_most: f64) -> Row {
        self.wall_goal = Some(at_most);
        self
    }

    /// What is said if the goal is missed.
    pub(super) fn because(mut self, why: &'static str) -> Row {
        self.why = why;
        self
    }

    pub(super) fn add(&mut self, ours: Cost, peer: Cost) {
        let load = load();
        self.rounds.push(Round { ours, peer, load });
    }

    /// Measures one pair after the other.
    pub(super) fn measure(
        mut self,
        rounds: u32,
        mut ours: impl FnMut(u32) -> Result<Cost>,
        mut peer: impl FnMut(u32) -> Result<Cost>,
    ) -> Result<Row> {
        for round in 0..rounds {
            let (ours, peer) = if ours_first(round) {
                let ours = ours(round)?;
                (ours, peer(round)?)
            } else {
                let peer = peer(round)?;
                (ours(round)?, peer)
            };
            self.add(ours, peer);
        }
        Ok(self)
    }

    fn spread(&self, value: impl Fn(&Round) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(value).collect())
    }

    fn cpu_ratio(&self) -> Spread {
        self.spread(|round| round.ours.cpu / round.peer.cpu)
    }

    fn wall_ratio(&self) -> Spread {
        self.spread(|round| round.ours.wall / round.peer.wall)
    }

    fn verdicts(&self) -> Vec<(&'static str, f64, Verdict)> {
        let cpu = self.cpu_goal.map(|goal| ("CPU", goal, self.cpu_ratio()));
        let wall = self.wall_goal.map(|goal| ("wall", goal, self.wall_ratio()));
        let judged = |(of, goal, spread): (_, f64, Spread)| (of, goal, spread.at_most(goal));
        cpu.into_iter().chain(wall).map(judged).collect()
    }

    fn verdict(&self) -> String {
        let judged = self.verdicts();
        if judged.is_empty() {
            return self.cpu_ratio().compared().to_owned();
        }
        let shown = |(of, goal, verdict): &(&str, f64, Verdict)| {
            format!("{of} <= {}: {verdict}", Spread::number(*goal))
        };
        judged.iter().map(shown).collect::<Vec<_>>().join("; ")
    }

    fn missed(&self) -> bool {
        let mut judged = self.verdicts().into_iter();
        judged.any(|(_, _, verdict)| verdict != Verdict::Met)
    }
}

impl Figure {
    pub(super) fn new(name: &str, unit: &'static str, values: Vec<f64>) -> Figure {
        Figure {
            name: name.to_owned(),
            unit,
            values,
            at_most: None,
            at_least: None,
            why: "",
        }
    }

    pub(super) fn at_most(mut self, goal: f64) -> Figure {
        self.at_most = Some(goal);
        self
    }

    pub(super) fn at_least(mut self, goal: f64) -> Figure {
        self.at_least = Some(goal);
        self
    }

    /// What is said if the goal is missed.
    pub(super) fn because(mut self, why: &'static str) -> Figure {
        self.why = why;
        self
    }

    fn spread(&self) -> Spread {
        Spread::of(self.values.clone())
    }

    fn judged(&self) -> Option<(String, Verdict)> {
        let spread = self.spread();
        let most = self
            .at_most
            .map(|goal| (format!("<= {}", Spread::number(goal)), spread.at_most(goal)));
        most.or_else(|| {
            let goal = self.at_least?;
            Some((
                format!(">= {}", Spread::number(goal)),
                spread.at_least(goal),
            ))
        })
    }

    fn missed(&self) -> bool {
        self.judged()
            .is_some_and(|(_, verdict)| verdict != Verdict::Met)
    }
}

impl Table {
    pub(super) fn new(title: &str) -> Table {
        Table {
            title: title.to_owned(),
            rows: Vec::new(),
            figures: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, row: Row) {
        if row.rounds.is_empty() {
            return;
        }
        eprintln!("  measured: {}; {}", row.name, row.peer);
        self.rows.push(row);
    }

    pub(super) fn figure(&mut self, figure: Figure) {
        if !figure.values.is_empty() {
            self.figures.push(figure);
        }
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "### {}\n", self.title)?;
        if !self.rows.is_empty() {
            writeln!(
                out,
                "| work | peer | CPU: ours | peer | ratio (min-max) | goal, verdict | wall: ours | peer | ratio (min-max) | n | load |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|---|---|---|---|---|")?;
            for row in &self.rows {
                writeln!(out, "{row}")?;
            }
            writeln!(out)?;
        }
        if !self.figures.is_empty() {
            writeln!(out, "| figure | median (min-max) | goal | verdict |")?;
            writeln!(out, "|---|---|---|---|")?;
            for figure in &self.figures {
                writeln!(out, "{figure}")?;
            }
            writeln!(out)?;
        }
        for row in self.rows.iter().filter(|row| row.missed()) {
            if !row.why.is_empty() {
                writeln!(out, "- {}; {}: {}", row.name, row.peer, row.why)?;
            }
        }
        for figure in self.figures.iter().filter(|figure| figure.missed()) {
            if !figure.why.is_empty() {
                writeln!(out, "- {}: {}", figure.name, figure.why)?;
            }
        }
        for note in &self.notes {
            writeln!(out, "- {note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "| {} | {} | {} | {} | **{}** | {} | {} | {} | {} | {} | {} |",
            self.name,
            self.peer,
            duration(self.spread(|round| round.ours.cpu).median),
            duration(self.spread(|round| round.peer.cpu).median),
            self.cpu_ratio(),
            self.verdict(),
            duration(self.spread(|round| round.ours.wall).median),
            duration(self.spread(|round| round.peer.wall).median),
            self.wall_ratio(),
            self.rounds.len(),
            self.spread(|round| round.load).range(),
        )
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (goal, verdict) = match self.judged() {
            Some((goal, verdict)) => (goal, verdict.to_string()),
            None => (String::new(), String::new()),
        };
        let shown = match self.values.as_slice() {
            [one] => Spread::number(*one),
            _ => self.spread().to_string(),
        };
        let (name, unit) = (&self.name, self.unit);
        write!(out, "| {name} | {shown} {unit} | {goal} | {verdict} |")
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

    fn cost(cpu: f64) -> Cost {
        Cost { cpu, wall: 1.0 }
    }

    #[test]
    fn a_missed_goal_says_why_and_a_met_one_does_not() {
        let mut row = Row::new("work", "peer").cpu(0.5).because("it is slow");
        row.add(cost(6.0), cost(10.0));
        let mut table = Table::new("title");
        table.row(row);
        let mut met = Row::new("other", "peer").cpu(0.7).because("never said");
        met.add(cost(6.0), cost(10.0));
        table.row(met);
        let shown = table.to_string();
        assert!(shown.contains("CPU <= 0.50: **missed** by 20 %"), "{shown}");
        assert!(shown.contains("- work; peer: it is slow"), "{shown}");
        assert!(!shown.contains("never said"), "{shown}");
    }

    #[test]
    fn what_was_not_measured_is_not_shown() {
        let mut table = Table::new("title");
        table.row(Row::new("never ran", "peer"));
        table.figure(Figure::new("no value", "MiB", Vec::new()));
        assert_eq!(table.to_string(), "### title\n\n");
    }
}
