//! Numbers and times as each language writes them, in the zone that somebody chose; a script stands in for UTC with the
//! browser's own.

use jiff::civil::Date;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Locale, Zone};

/// A whole number with separators: `1,000,000` and `1.000.000`; four digits stand without one in Spanish.
pub fn number(locale: Locale, n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let (separator, least) = match locale {
        Locale::En => (',', 4),
        Locale::Es => ('.', 5),
    };
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digits.len() >= least {
            out.push(separator);
        }
        out.push(digit);
    }
    if n < 0 { format!("-{out}") } else { out }
}

fn utc(ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// RFC 3339 in UTC, to the second.
pub fn iso(ms: i64) -> String {
    utc(ms - ms.rem_euclid(1000)).format(&Rfc3339).unwrap_or_default()
}

/// `14:32`, with `UTC` behind it when nobody chose a zone.
pub fn clock(zone: &Zone, ms: i64) -> String {
    let time = zone.civil(ms);
    format!("{:02}:{:02}{}", time.hour(), time.minute(), zone.mark())
}

fn written(locale: Locale, date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match locale {
        Locale::En => format!("{year}-{month:02}-{day:02}"),
        Locale::Es => format!("{day:02}/{month:02}/{year}"),
    }
}

/// `2026-11-24` as this language writes it; what is no such date stays as it is.
pub fn date(locale: Locale, text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |date| written(locale, date))
}

/// `2026-11-24 14:32:05` or `24/11/2026 14:32:05`, with `UTC` behind it when nobody chose a zone.
pub fn date_time(locale: Locale, zone: &Zone, ms: i64) -> String {
    let at = zone.civil(ms);
    let date = written(locale, at.date());
    format!("{date} {:02}:{:02}:{:02}{}", at.hour(), at.minute(), at.second(), zone.mark())
}

/// A span as one number with its unit, the same in both languages: `48 s`, `36 min`, `5 h`. The blank does not break.
pub fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..90 => format!("{seconds}\u{a0}s"),
        90..5400 => format!("{}\u{a0}min", (seconds + 30) / 60),
        _ => format!("{}\u{a0}h", (seconds + 1800) / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_as_each_language_does() {
        assert_eq!(
            [
                number(Locale::En, 1234567),
                number(Locale::Es, 1234567),
                number(Locale::Es, 1234),
                number(Locale::En, -12)
            ],
            ["1,234,567", "1.234.567", "1234", "-12"]
        );
        assert_eq!(iso(1_795_531_925_999), "2026-11-24T14:52:05Z");
        let (utc, madrid) = (Zone::default(), Zone::of("Europe/Madrid").unwrap());
        assert_eq!(date_time(Locale::Es, &utc, 1_795_531_925_000), "24/11/2026 14:52:05\u{a0}UTC");
        assert_eq!(date_time(Locale::En, &madrid, 1_795_531_925_000), "2026-11-24 15:52:05");
        assert_eq!([date(Locale::Es, "2026-11-05"), date(Locale::En, "2026-11-05")], ["05/11/2026", "2026-11-05"]);
        assert_eq!(date(Locale::Es, "autumn"), "autumn");
        // In summer they are two hours ahead.
        assert_eq!([clock(&utc, 1_784_000_000_000), clock(&madrid, 1_784_000_000_000)], ["03:33\u{a0}UTC", "05:33"]);
        // The day that summer ends on has 25 hours.
        assert_eq!(madrid.day("2026-10-25").map(|(from, until)| until - from), Some(25 * 3_600_000));
        assert!(Zone::of("Nowhere/Land").is_none() && Zone::names().contains(&"America/Mexico_City".to_owned()));
        assert_eq!(
            [span(48_000), span(36 * 60_000), span(5 * 3_600_000), span(-5)],
            ["48\u{a0}s", "36\u{a0}min", "5\u{a0}h", "0\u{a0}s"]
        );
    }
}
