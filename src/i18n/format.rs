//! Numbers and times as each language writes them. Times are UTC here; a script shows them in the viewer's own zone.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Locale;

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

/// `14:32 UTC`.
pub fn clock(ms: i64) -> String {
    let time = utc(ms);
    format!("{:02}:{:02} UTC", time.hour(), time.minute())
}

/// `2026-11-24 14:32:05 UTC` or `24/11/2026 14:32:05 UTC`.
pub fn date_time(locale: Locale, ms: i64) -> String {
    let at = utc(ms);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let date = match locale {
        Locale::En => format!("{year}-{month:02}-{day:02}"),
        Locale::Es => format!("{day:02}/{month:02}/{year}"),
    };
    format!("{date} {:02}:{:02}:{:02} UTC", at.hour(), at.minute(), at.second())
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
        assert_eq!(date_time(Locale::Es, 1_795_531_925_000), "24/11/2026 14:52:05 UTC");
        assert_eq!(clock(1_795_531_925_000), "14:52 UTC");
        assert_eq!(
            [span(48_000), span(36 * 60_000), span(5 * 3_600_000), span(-5)],
            ["48\u{a0}s", "36\u{a0}min", "5\u{a0}h", "0\u{a0}s"]
        );
    }
}
