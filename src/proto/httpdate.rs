//! Dates of HTTP, as seconds since 1970 (RFC 9110 §5.6.7).

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
/// 1970-01-01 was the first of these.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Writes a time as `Sun, 22 Nov 2026 08:52:52 GMT`, always 29 characters up to the year 9999.
pub fn format(seconds: i64) -> String {
    let days = seconds.div_euclid(DAY);
    let second = seconds.rem_euclid(DAY);
    let (year, month, day) = date_of(days);
    let name = |names: &[&'static str], index: i64| {
        let index = usize::try_from(index).unwrap_or(0);
        names.get(index).copied().unwrap_or_default()
    };
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        name(&WEEKDAYS, days.rem_euclid(7)),
        name(&MONTHS, month.saturating_sub(1)),
        second / 3600,
        second / 60 % 60,
        second % 60,
    )
}

/// Reads a date in any of HTTP's three forms, and `Sun, 06-Nov-1994 08:49:37`. The zone is always UTC. `None` when a part
/// is missing or out of range.
pub fn parse(text: &[u8]) -> Option<i64> {
    let plain: String = text
        .iter()
        .map(|&byte| match byte {
            b'-' | b':' => ' ',
            byte => byte.into(),
        })
        .collect();
    let parts: Vec<&str> = plain.split_ascii_whitespace().collect();
    let is_ctime = text.get(3) == Some(&b' ');
    let [day, month, year, hour, minute, second] = match parts.as_slice() {
        [_, month, day, hour, minute, second, year, ..] if is_ctime => {
            [day, month, year, hour, minute, second]
        }
        [_, day, month, year, hour, minute, second, ..] if !is_ctime => {
            [day, month, year, hour, minute, second]
        }
        _ => return None,
    };
    let month = MONTHS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(month))?;
    let month = i64::try_from(month).ok()?.saturating_add(1);
    let days = days_to(full_year(year)?, month, number(day, 1, 31)?);
    let minutes = number(hour, 0, 23)?
        .saturating_mul(60)
        .saturating_add(number(minute, 0, 59)?);
    let seconds = minutes
        .saturating_mul(60)
        .saturating_add(number(second, 0, 60)?);
    Some(days.saturating_mul(DAY).saturating_add(seconds))
}

fn number(text: &str, lowest: i64, highest: i64) -> Option<i64> {
    let value = text.parse().ok()?;
    (lowest..=highest).contains(&value).then_some(value)
}

/// Two digits are a year from 1950 to 2049, three count from 1900 (RFC 2822 §4.3).
fn full_year(text: &str) -> Option<i64> {
    let year = number(text, 0, 9999)?;
    Some(match (text.len(), year) {
        (2, 0..=49) => year.saturating_add(2000),
        (2 | 3, _) => year.saturating_add(1900),
        _ => year,
    })
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. The year is counted from March, so that the leap day is its
/// last.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 {
        year.saturating_sub(1)
    } else {
        year
    };
    let month = month.saturating_add(9).rem_euclid(12);
    let leap_days = year
        .div_euclid(4)
        .saturating_sub(year.div_euclid(100))
        .saturating_add(year.div_euclid(400));
    let in_year = month.saturating_mul(153).saturating_add(2).div_euclid(5);
    year.saturating_mul(365)
        .saturating_add(leap_days)
        .saturating_add(in_year)
        .saturating_add(day)
        .saturating_sub(719_469)
}

/// Year, month and day of a day counted from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = days
        .saturating_mul(400)
        .div_euclid(146_097)
        .saturating_add(1970);
    while days_to(year, 1, 1) > days {
        year = year.saturating_sub(1);
    }
    while days_to(year.saturating_add(1), 1, 1) <= days {
        year = year.saturating_add(1);
    }
    let month = (1..=12)
        .rev()
        .find(|&month| days_to(year, month, 1) <= days)
        .unwrap_or(1);
    let day = days
        .saturating_sub(days_to(year, month, 1))
        .saturating_add(1);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(format(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(format(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(format(951_782_399), "Mon, 28 Feb 2000 23:59:59 GMT");
        assert_eq!(format(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(format(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
        // A clock that is out of its mind takes neither time nor the library down.
        assert!(format(i64::MAX).ends_with(" GMT"));
    }

    #[test]
    fn each_day_survives_a_round_trip() {
        for day in (-800_000..800_000_i64).step_by(13) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(days_to(year, month, of_month), day);
            assert!((1..=12).contains(&month) && (1..=31).contains(&of_month));
        }
        for seconds in (0..4_000_000_000_i64).step_by(9_999_999) {
            assert_eq!(parse(format(seconds).as_bytes()), Some(seconds));
        }
    }

    #[test]
    fn the_forms_of_a_date() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-1994 08:49:37 GMT",
            "Sun, 06-nov-94 08:49:37",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(784_111_777), "{text}");
        }
        let year = parse(b"Tuesday, 24-Nov-26 00:00:00 GMT").map(format);
        assert_eq!(year.as_deref(), Some("Tue, 24 Nov 2026 00:00:00 GMT"));
    }

    #[test]
    fn what_is_no_date_is_nothing() {
        for text in [
            "",
            "Sun",
            "Sun, 06 Nov 1994",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
