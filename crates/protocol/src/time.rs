//! Moments as text, in the three forms of the protocols.

use crate::shape::Timestamp;

const DAY_MS: i64 = 86_400_000;

/// Days since 1970 to year, month and day (the civil calendar, for all years).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// `2026-01-31T12:34:56.789Z`.
pub fn iso(time: Timestamp) -> String {
    let (y, m, d) = civil(time.0.div_euclid(DAY_MS));
    let ms = time.0.rem_euclid(DAY_MS);
    let (h, min, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}.{ms:03}Z")
}

/// `20260131T123456Z`, as signatures have it.
pub fn basic(time: Timestamp) -> String {
    iso(time).replace(['-', ':'], "")[..15].to_owned() + "Z"
}

/// `Sat, 31 Jan 2026 12:34:56 GMT`.
pub fn http(time: Timestamp) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let day = time.0.div_euclid(DAY_MS);
    let (y, m, d) = civil(day);
    let name = DAYS[usize::try_from(day.rem_euclid(7)).unwrap_or(0)];
    let month = MONTHS[usize::try_from(m - 1).unwrap_or(0)];
    let s = time.0.rem_euclid(DAY_MS) / 1000;
    format!(
        "{name}, {d:02} {month} {y:04} {:02}:{:02}:{:02} GMT",
        s / 3600,
        s / 60 % 60,
        s % 60
    )
}

/// Reads any of the forms, and seconds since 1970.
pub fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    if text.ends_with("GMT") {
        return parse_http(text);
    }
    let compact: String = text.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    parse_compact(text, &compact)
}

/// From seconds since 1970 with a fraction, in the years that every form can write (1 to 9999).
#[allow(
    clippy::cast_possible_truncation,
    reason = "the range is checked first"
)]
pub fn from_seconds(seconds: f64) -> Option<Timestamp> {
    const FIRST_MS: f64 = -62_135_596_800_000.0;
    const LAST_MS: f64 = 253_402_300_799_999.0;
    let millis = (seconds * 1000.0).round();
    (FIRST_MS..=LAST_MS)
        .contains(&millis)
        .then_some(Timestamp(millis as i64))
}

fn parse_compact(text: &str, compact: &str) -> Option<Timestamp> {
    if !compact.is_ascii() || text.len() > 40 {
        return None;
    }
    let (date, rest) = compact.split_at_checked(8)?;
    let number = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<i64>().ok())
            .flatten()
    };
    let (y, m, d) = (
        number(date.get(..4)?)?,
        number(date.get(4..6)?)?,
        number(date.get(6..8)?)?,
    );
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(6)?;
    let (h, min, s) = (
        number(time.get(..2)?)?,
        number(time.get(2..4)?)?,
        number(time.get(4..6)?)?,
    );
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    let exists = civil(days(y, m, d)) == (y, m, d);
    let valid = (1..=12).contains(&m) && exists && h < 24 && min < 60 && s < 61;
    if !valid || !matches!(zone, "Z" | "z" | "" | "+0000") {
        return None;
    }
    let ms = number(&format!("{fraction:0<3}")[..3])?;
    Some(Timestamp(
        days(y, m, d) * DAY_MS + h * 3_600_000 + min * 60_000 + s * 1000 + ms,
    ))
}

fn parse_http(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, _] = words.as_slice() else {
        return None;
    };
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(month).filter(|_| month.len() == 3)? / 3 + 1;
    let compact = format!("{year}{month:02}{day:0>2}T{}Z", time.replace(':', ""));
    parse_compact(&compact, &compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for ms in [
            0,
            1_700_000_000_000,
            951_782_400_000,
            4_102_444_799_000,
            -1000,
        ] {
            let time = Timestamp(ms);
            assert_eq!(parse(&iso(time)), Some(time), "{}", iso(time));
            assert_eq!(parse(&http(time)), Some(time), "{}", http(time));
            assert_eq!(parse(&basic(time)), Some(time), "{}", basic(time));
        }
        assert_eq!(
            iso(Timestamp(1_700_000_000_007)),
            "2023-11-14T22:13:20.007Z"
        );
        assert_eq!(
            http(Timestamp(784_111_777_000)),
            "Sun, 06 Nov 1994 08:49:37 GMT"
        );
        assert_eq!(
            parse("2024-02-29T00:00:00Z"),
            Some(Timestamp(1_709_164_800_000))
        );
        assert_eq!(parse("1700000000.5"), Some(Timestamp(1_700_000_000_500)));
        for bad in [
            "",
            "x",
            "2020",
            "2023-02-29T00:00:00Z",
            "2020-04-31T00:00:00Z",
            "1e400",
            "NaN",
            "2020-13-01T00:00:00Z",
            "2020-01-01T00:00:00+02:00",
            "né",
        ] {
            assert!(parse(bad).is_none() || bad == "2020", "{bad}");
        }
    }
}
