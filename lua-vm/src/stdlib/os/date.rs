//! `os.date` and `os.time`.

use super::calendar::{Moment, Zone, from_local, seconds_to};
use crate::api::{Ctx, Table, Value};
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaInt, Number, NumberModel, parse_number};
use crate::raw_text::RawText;
use crate::stdlib::buffer::append;
use crate::stdlib::host::Writer;
use alloc::vec::Vec;
use core::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Conversions that may follow `%`, `%E` and `%O`.
const CONVERSIONS: &[u8] = b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
const ERA_CONVERSIONS: &[u8] = b"cCxXyY";
const DIGIT_CONVERSIONS: &[u8] = b"deHImMSuUVwWy";

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Largest magnitude of a field of a date table.
const MAX_FIELD: i64 = i32::MAX as i64 / 2;

fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs() as i64,
        Err(before) => -(before.duration().as_secs() as i64),
    }
}

/// Raises the error of a time that has no date, or a date that has no time.
#[cold]
fn out_of_range<N: NumberModel>(frame: &mut Frame<'_, N>) -> Throw {
    frame.error(format_args!(
        "time result cannot be represented in this installation"
    ))
}

/// `os.date([format [, time]])`
pub(super) fn date<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let format = frame.opt_bytes(0)?.unwrap_or(b"%c");
    let seconds = if frame.is_none_or_nil(1) {
        now()
    } else {
        frame.check_i64(1)?
    };
    let (format, zone) = match format.strip_prefix(b"!") {
        Some(rest) => (rest, Zone::universal()),
        None => (format, Zone::local(seconds)),
    };
    let Some(moment) = Moment::new(seconds, zone) else {
        return Err(out_of_range(frame));
    };
    if format == b"*t" {
        let ctx = frame.ctx();
        let table = ctx.new_table(0, 9)?;
        set_fields(ctx, table, &moment)?;
        return frame.ret1(table);
    }
    let mut text = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let (literal, directive) = rest.split_at(at);
        append(&mut text, literal)?;
        let directive = directive.get(1..).unwrap_or_default();
        let (conversion, len) = match directive {
            [b'E', conversion, ..] if ERA_CONVERSIONS.contains(conversion) => (*conversion, 2),
            [b'O', conversion, ..] if DIGIT_CONVERSIONS.contains(conversion) => (*conversion, 2),
            [conversion, ..] if CONVERSIONS.contains(conversion) => (*conversion, 1),
            _ => {
                let directive = RawText(directive);
                return Err(frame.arg_error(
                    0,
                    format_args!("invalid conversion specifier '%{directive}'"),
                ));
            }
        };
        convert(&mut text, &moment, conversion).map_err(|_| Throw::Memory)?;
        rest = directive.get(len..).unwrap_or_default();
    }
    append(&mut text, rest)?;
    frame.ret_bytes(&text)
}

/// Writes one conversion as C's `strftime` does in the locale `C`.
fn convert(out: &mut Vec<u8>, moment: &Moment, conversion: u8) -> core::fmt::Result {
    let mut text = Writer(out);
    let day = DAYS
        .get(moment.weekday as usize)
        .copied()
        .unwrap_or_default();
    let month = MONTHS
        .get(moment.month as usize - 1)
        .copied()
        .unwrap_or_default();
    let hour = (moment.hour + 11) % 12 + 1;
    match conversion {
        b'a' => text.write_str(day.get(..3).unwrap_or_default()),
        b'A' => text.write_str(day),
        b'b' | b'h' => text.write_str(month.get(..3).unwrap_or_default()),
        b'B' => text.write_str(month),
        b'c' => all(out, moment, b"a b e T Y"),
        b'C' => write!(text, "{:02}", moment.year.div_euclid(100)),
        b'd' => write!(text, "{:02}", moment.day),
        b'D' | b'x' => {
            write!(
                text,
                "{:02}/{:02}/{:02}",
                moment.month,
                moment.day,
                moment.year.rem_euclid(100)
            )
        }
        b'e' => write!(text, "{:2}", moment.day),
        b'F' => write!(
            text,
            "{}-{:02}-{:02}",
            moment.year, moment.month, moment.day
        ),
        b'g' => write!(text, "{:02}", moment.iso_week().0.rem_euclid(100)),
        b'G' => write!(text, "{}", moment.iso_week().0),
        b'H' => write!(text, "{:02}", moment.hour),
        b'I' => write!(text, "{hour:02}"),
        b'j' => write!(text, "{:03}", moment.yearday + 1),
        b'm' => write!(text, "{:02}", moment.month),
        b'M' => write!(text, "{:02}", moment.minute),
        b'n' => text.write_str("\n"),
        b'p' => text.write_str(if moment.hour < 12 { "AM" } else { "PM" }),
        b'r' => {
            let (minute, second) = (moment.minute, moment.second);
            write!(text, "{hour:02}:{minute:02}:{second:02} ")?;
            convert(out, moment, b'p')
        }
        b'R' => write!(text, "{:02}:{:02}", moment.hour, moment.minute),
        b'S' => write!(text, "{:02}", moment.second),
        b't' => text.write_str("\t"),
        b'T' | b'X' => write!(
            text,
            "{:02}:{:02}:{:02}",
            moment.hour, moment.minute, moment.second
        ),
        b'u' => write!(text, "{}", (moment.weekday + 6) % 7 + 1),
        b'U' => write!(text, "{:02}", moment.week(0)),
        b'V' => write!(text, "{:02}", moment.iso_week().1),
        b'w' => write!(text, "{}", moment.weekday),
        b'W' => write!(text, "{:02}", moment.week(1)),
        b'y' => write!(text, "{:02}", moment.year.rem_euclid(100)),
        b'Y' => write!(text, "{}", moment.year),
        b'z' => {
            let minutes = moment.zone.offset.abs() / 60;
            let sign = if moment.zone.offset < 0 { '-' } else { '+' };
            write!(text, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        b'Z' => text.write_str(&moment.zone.name),
        _ => text.write_str("%"),
    }
}

/// Writes several conversions; other bytes stand for themselves.
fn all(out: &mut Vec<u8>, moment: &Moment, conversions: &[u8]) -> core::fmt::Result {
    conversions.iter().try_for_each(|&byte| match byte {
        b' ' => Writer(out).write_str(" "),
        conversion => convert(out, moment, conversion),
    })
}

/// Puts the fields of a moment into a table.
fn set_fields<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    table: Table<'gc, N>,
    moment: &Moment,
) -> Result<(), Throw> {
    let numbers = [
        ("sec", moment.second),
        ("min", moment.minute),
        ("hour", moment.hour),
        ("day", moment.day),
        ("month", moment.month),
        ("year", moment.year),
        ("wday", moment.weekday + 1),
        ("yday", moment.yearday + 1),
    ];
    for (name, number) in numbers {
        table.raw_set(
            ctx,
            ctx.intern(name.as_bytes())?,
            Value::Integer(N::Int::wrap(number)),
        )?;
    }
    table.raw_set(ctx, ctx.intern(b"isdst")?, moment.zone.daylight)
}

/// `os.time([table])`
pub(super) fn time<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let seconds = if frame.is_none_or_nil(0) {
        Some(now())
    } else {
        let table = frame.check_table(0)?;
        let second = field(frame, table, "sec", Some(0))?;
        let minute = field(frame, table, "min", Some(0))?;
        let hour = field(frame, table, "hour", Some(12))?;
        let day = field(frame, table, "day", None)?;
        let month = field(frame, table, "month", None)?;
        let year = field(frame, table, "year", None)?;
        let daylight = match table.raw_get(frame.ctx().intern(b"isdst")?) {
            Value::Nil => None,
            value => Some(value.truthy()),
        };
        let shown = seconds_to([year, month, day], [hour, minute, second]);
        let seconds = shown.and_then(|shown| from_local(shown, daylight));
        if let Some(moment) = seconds.and_then(|seconds| Moment::new(seconds, Zone::local(seconds)))
        {
            set_fields(frame.ctx(), table, &moment)?;
        }
        seconds
    };
    match seconds.and_then(N::Int::try_from_i64) {
        Some(seconds) => frame.ret1(Value::Integer(seconds)),
        None => Err(out_of_range(frame)),
    }
}

/// A field of a date table, `default` if it is absent.
fn field<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    table: Table<'gc, N>,
    name: &str,
    default: Option<i64>,
) -> Result<i64, Throw> {
    let value = table.raw_get(frame.ctx().intern(name.as_bytes())?);
    let number = match value {
        Value::Integer(int) => Some(int),
        Value::Number(float) => N::float_to_int(float),
        Value::String(text) => match parse_number::<N>(text.as_bytes()) {
            Some(Number::Int(int)) => Some(int),
            Some(Number::Float(float)) => N::float_to_int(float),
            None => None,
        },
        _ => None,
    };
    match (number.map(N::Int::widen), default) {
        (Some(number), _) if (-MAX_FIELD..=MAX_FIELD).contains(&number) => Ok(number),
        (Some(_), _) => Err(frame.error(format_args!("field '{name}' is out-of-bound"))),
        (None, _) if !value.is_nil() => {
            Err(frame.error(format_args!("field '{name}' is not an integer")))
        }
        (None, Some(default)) => Ok(default),
        (None, None) => Err(frame.error(format_args!("field '{name}' missing in date table"))),
    }
}
