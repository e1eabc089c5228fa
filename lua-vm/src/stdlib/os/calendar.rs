//! The Gregorian calendar, and the system's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::ToOwned;
use std::string::String;

/// Days from 0001-01-01 to 1970-01-01.
const EPOCH: i64 = 719_162;
const DAYS_OF_400_YEARS: i64 = 146_097;
const DAYS_OF_100_YEARS: i64 = 36_524;
const DAYS_OF_4_YEARS: i64 = 1_461;
const SECONDS_OF_DAY: i64 = 86_400;

/// Days of a common year before each month.
const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// A moment in some time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Year.
    pub year: i64,
    /// Month, from 1.
    pub month: i64,
    /// Day of the month, from 1.
    pub day: i64,
    /// Hour.
    pub hour: i64,
    /// Minute.
    pub minute: i64,
    /// Second.
    pub second: i64,
    /// Day of the week, 0 is Sunday.
    pub weekday: i64,
    /// Day of the year, from 0.
    pub yearday: i64,
    /// What the time zone says of it.
    pub zone: Zone,
}

/// A time zone at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Zone {
    /// Seconds ahead of universal time.
    pub offset: i64,
    /// Whether daylight saving time is in force.
    pub daylight: bool,
    /// Its name.
    pub name: String,
}

impl Zone {
    /// Universal time.
    pub(super) fn universal() -> Self {
        Self {
            offset: 0,
            daylight: false,
            name: "GMT".to_owned(),
        }
    }

    /// The system's zone at a moment given in seconds since 1970.
    pub(super) fn local(seconds: i64) -> Self {
        let limits = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        // Beyond the years the zone's rules are made for, those of the last of these years go on.
        let Ok(moment) = Timestamp::from_second(seconds.clamp(limits.0, limits.1)) else {
            return Self::universal();
        };
        let zone = TimeZone::system();
        let info = zone.to_offset_info(moment);
        Self {
            offset: i64::from(info.offset().seconds()),
            daylight: info.dst().is_dst(),
            name: info.abbreviation().to_owned(),
        }
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn before_month(year: i64, month: usize) -> i64 {
    let days = BEFORE_MONTH.get(month).copied().unwrap_or(0);
    days + i64::from(month >= 2 && is_leap(year))
}

/// Days from 1970-01-01 to a day; `month` (from 1) and `day` may lie outside their ranges. `None` if it is too far away.
fn days_to(year: i64, month: i64, day: i64) -> Option<i64> {
    let months = month.checked_sub(1)?;
    let year = year.checked_add(months.div_euclid(12))?;
    let past = year.checked_sub(1)?;
    let leaps = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    let days = past.checked_mul(365)?.checked_add(leaps)?;
    let days = days.checked_add(before_month(year, months.rem_euclid(12) as usize))?;
    days.checked_sub(EPOCH)?.checked_add(day.checked_sub(1)?)
}

/// Seconds from 1970 to a time of day, in the same time zone. Fields may lie outside their ranges.
pub(super) fn seconds_to(date: [i64; 3], time: [i64; 3]) -> Option<i64> {
    let [year, month, day] = date;
    let [hour, minute, second] = time;
    let seconds = days_to(year, month, day)?.checked_mul(SECONDS_OF_DAY)?;
    seconds
        .checked_add(hour.checked_mul(3600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)
}

/// Seconds since 1970 at which clocks of the system's zone show `shown` (seconds since 1970 by these clocks);
/// `daylight` says whether daylight saving time is meant, if that is known.
pub(super) fn from_local(shown: i64, daylight: Option<bool>) -> Option<i64> {
    const DAYLIGHT_SECONDS: i64 = 3600;
    let guess = shown.checked_sub(Zone::local(shown).offset)?;
    let moment = shown.checked_sub(Zone::local(guess).offset)?;
    match (daylight, Zone::local(moment).daylight) {
        (Some(true), false) => moment.checked_sub(DAYLIGHT_SECONDS),
        (Some(false), true) => moment.checked_add(DAYLIGHT_SECONDS),
        _ => Some(moment),
    }
}

impl Moment {
    /// The moment `seconds` after 1970 in `zone`; `None` if its year is too large.
    pub(super) fn new(seconds: i64, zone: Zone) -> Option<Self> {
        let shown = seconds.checked_add(zone.offset)?;
        let days = shown.div_euclid(SECONDS_OF_DAY);
        let time = shown.rem_euclid(SECONDS_OF_DAY);
        let since_first = days + EPOCH;
        let mut rest = since_first.rem_euclid(DAYS_OF_400_YEARS);
        let mut year = since_first.div_euclid(DAYS_OF_400_YEARS) * 400 + 1;
        // The last of the spans in a longer one has a day more, which is not the beginning of another.
        for (years, days, most) in [
            (100, DAYS_OF_100_YEARS, 3),
            (4, DAYS_OF_4_YEARS, 24),
            (1, 365, 3),
        ] {
            let count = (rest / days).min(most);
            year += count * years;
            rest -= count * days;
        }
        i32::try_from(year).ok()?;
        let month = (0..12)
            .rev()
            .find(|month| before_month(year, *month) <= rest)?;
        Some(Self {
            year,
            month: month as i64 + 1,
            day: rest - before_month(year, month) + 1,
            hour: time / 3600,
            minute: time / 60 % 60,
            second: time % 60,
            weekday: (days + 4).rem_euclid(7),
            yearday: rest,
            zone,
        })
    }

    /// Year and number of the week by ISO 8601: weeks start on Monday, the first one has the year's first Thursday.
    pub(super) fn iso_week(&self) -> (i64, i64) {
        let monday_based = (self.weekday + 6) % 7;
        // Number of the week of this week's Thursday in the year that Thursday lies in.
        let thursday = self.yearday - monday_based + 3;
        let length = |year| 365 + i64::from(is_leap(year));
        if thursday < 0 {
            let year = self.year - 1;
            (year, (thursday + length(year)) / 7 + 1)
        } else if thursday >= length(self.year) {
            (self.year + 1, 1)
        } else {
            (self.year, thursday / 7 + 1)
        }
    }

    /// Number of the week in its year, if weeks start on `first` (0 is Sunday); days before the first such day are in
    /// week 0.
    pub(super) fn week(&self, first: i64) -> i64 {
        (self.yearday + 7 - (self.weekday + 7 - first) % 7) / 7
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(seconds: i64) -> (i64, i64, i64) {
        let moment = Moment::new(seconds, Zone::universal()).unwrap();
        (moment.year, moment.month, moment.day)
    }

    #[test]
    fn known_days() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(951_782_400), (2000, 2, 29));
        assert_eq!(date(-62_135_596_800), (1, 1, 1));
        assert_eq!(date(4_107_542_400), (2100, 3, 1));
        assert_eq!(seconds_to([2001, 1, 1], [0, 0, 0]), Some(978_307_200));
        assert_eq!(seconds_to([2000, 13, -4], [99, 0, 0]), Some(978_231_600));
        assert_eq!(Moment::new(i64::MAX, Zone::universal()), None);
    }

    #[test]
    fn weeks_by_iso() {
        for (day, expected) in [
            ([2005, 1, 1], (2004, 53)),
            ([2008, 12, 29], (2009, 1)),
            ([2010, 1, 3], (2009, 53)),
        ] {
            let moment =
                Moment::new(seconds_to(day, [0, 0, 0]).unwrap(), Zone::universal()).unwrap();
            assert_eq!(moment.iso_week(), expected);
        }
    }

    proptest! {
        #[test]
        fn there_and_back(seconds in -60_000_000_000_000i64..60_000_000_000_000) {
            let moment = Moment::new(seconds, Zone::universal()).unwrap();
            let date = [moment.year, moment.month, moment.day];
            prop_assert_eq!(seconds_to(date, [moment.hour, moment.minute, moment.second]), Some(seconds));
            let next = Moment::new(seconds + SECONDS_OF_DAY, Zone::universal()).unwrap();
            prop_assert_eq!(next.weekday, (moment.weekday + 1) % 7);
            prop_assert!(next.yearday == moment.yearday + 1 || next.yearday == 0);
        }

        #[test]
        fn any_fields_are_taken(date: [i64; 3], time: [i64; 3], flag: Option<bool>) {
            if let Some(seconds) = seconds_to(date, time) {
                from_local(seconds, flag);
            }
        }
    }
}
