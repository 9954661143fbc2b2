//! Time as a value.

use crate::{Error, Reason, Result, Subject};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A moment: milliseconds since 1970 in UTC, which is as fine as AWS's answers are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970.
    pub fn from_millis(millis: i64) -> Timestamp {
        Timestamp(millis)
    }

    /// Reads a moment as RFC 3339 writes it, or a date, which means its first moment in UTC.
    pub fn parse(text: &str) -> Result<Timestamp> {
        let whole = match text.len() {
            10 => format!("{text}T00:00:00Z"),
            _ => text.to_owned(),
        };
        let parsed = whole.parse::<jiff::Timestamp>();
        parsed
            .map(|time| Timestamp(time.as_millisecond()))
            .map_err(|_| {
                let shown: String = text.chars().take(64).collect();
                let message = format!(
                    "'{shown}' is not a time: write 2026-01-31 or 2026-01-31T12:34:56Z, for example"
                );
                Error::new(Reason::Invalid, Subject::Parameter, message)
            })
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Timestamp {
        Timestamp(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Time passed since an earlier moment; nothing if it lies ahead.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// `2026-01-31T12:34:56.789Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{}", time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_as_aws_writes_it() {
        assert_eq!(
            Timestamp::from_millis(1_700_000_000_007).to_string(),
            "2023-11-14T22:13:20.007Z"
        );
    }

    #[test]
    fn a_time_is_read_as_it_is_written_and_a_date_is_its_first_moment() {
        let read = |text| Timestamp::parse(text).map(Timestamp::millis);
        assert_eq!(read("2023-11-14T22:13:20.007Z").unwrap(), 1_700_000_000_007);
        assert_eq!(
            read("2023-11-15T00:13:20+02:00").unwrap(),
            1_700_000_000_000
        );
        assert_eq!(read("1970-01-02").unwrap(), 86_400_000);
        for wrong in [
            "",
            "yesterday",
            "2023-13-01",
            "2023-11-14T22:13:20",
            "ähnlichähn",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
