//! `string.format` and `tostring` against the results of the reference implementation and of C.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lua_vm::number::{Num32, Num64, Number, float_text, float_text_bare, int_text, parse_number};
use lua_vm::text::Sink;
use lua_vm::text::format::{
    Conversion, Directives, Item, Spec, quote_float, quote_int, quote_string, write_char,
    write_float, write_int, write_string,
};
use proptest::prelude::*;

#[derive(Default)]
struct Text(Vec<u8>);

impl Sink for Text {
    type Error = core::convert::Infallible;
    fn push(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

fn written(write: impl FnOnce(&mut Text) -> Result<(), core::convert::Infallible>) -> String {
    let mut text = Text::default();
    let Ok(()) = write(&mut text);
    String::from_utf8(text.0).unwrap()
}

fn spec(format: &str) -> Spec {
    match Directives::new(format.as_bytes()).next() {
        Some(Ok(Item::Directive(spec))) => spec,
        other => panic!("{format}: {other:?}"),
    }
}

fn float(text: &str) -> f64 {
    match text.trim_start_matches('-') {
        "inf" => f64::INFINITY.copysign(if text.starts_with('-') { -1.0 } else { 1.0 }),
        _ => match parse_number::<Num64>(text.as_bytes()) {
            Some(Number::Float(float)) => float,
            other => panic!("{text}: {other:?}"),
        },
    }
}

fn table(variable: &str, own: &str) -> String {
    std::env::var(variable).map_or_else(
        |_| own.to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    )
}

/// Lines of: format, kind of argument, argument, result.
#[test]
fn reference_results() {
    let table = table("FORMAT_TABLE", include_str!("tables/format.txt"));
    let mut lines = 0;
    for line in table.lines() {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [format, kind, argument, expected] = fields[..] else {
            panic!("{line}")
        };
        let spec = spec(format);
        let own = match kind {
            "d" => written(|sink| write_int(sink, &spec, argument.parse::<i64>().unwrap())),
            "f" => written(|sink| write_float(sink, &spec, float(argument))),
            _ => written(|sink| write_string(sink, &spec, argument.as_bytes())),
        };
        assert_eq!(own, expected, "{line}");
        lines += 1;
    }
    assert!(lines > 1000);
}

#[test]
fn small_integers_are_unsigned_at_their_width() {
    assert_eq!(
        written(|sink| write_int(sink, &spec("%x"), -1i32)),
        "ffffffff"
    );
    assert_eq!(
        written(|sink| write_int(sink, &spec("%u"), -1i32)),
        "4294967295"
    );
    assert_eq!(
        written(|sink| write_int(sink, &spec("%o"), -1i32)),
        "37777777777"
    );
    assert_eq!(
        written(|sink| write_int(sink, &spec("%d"), i32::MIN)),
        "-2147483648"
    );
}

#[test]
fn characters() {
    assert_eq!(
        written(|sink| write_char(sink, &spec("%05c"), b'A')),
        "    A"
    );
    assert_eq!(
        written(|sink| write_char(sink, &spec("%-5c"), b'A')),
        "A    "
    );
    assert_eq!(written(|sink| write_char(sink, &spec("%.0c"), b'A')), "A");
    assert_eq!(written(|sink| write_char(sink, &spec("%c"), 0)), "\0");
}

#[test]
fn not_a_number() {
    assert_eq!(
        written(|sink| write_float(sink, &spec("%05f"), -f64::NAN)),
        " -nan"
    );
    assert_eq!(
        written(|sink| write_float(sink, &spec("%G"), f64::NAN)),
        "NAN"
    );
    assert_eq!(
        written(|sink| write_float(sink, &spec("%+a"), f64::NAN)),
        "+nan"
    );
}

#[test]
fn literals() {
    let quoted = |text: &[u8]| written(|sink| quote_string(sink, text));
    assert_eq!(
        quoted(b"a\"b\\c\nd\re\0f\x001\x7f\x1b9"),
        "\"a\\\"b\\\\c\\\nd\\13e\\0f\\0001\\127\\0279\""
    );
    assert_eq!(quoted(b""), "\"\"");
    assert_eq!(
        written(|sink| quote_int(sink, i64::MIN)),
        "0x8000000000000000"
    );
    assert_eq!(written(|sink| quote_int(sink, i32::MIN)), "0x80000000");
    assert_eq!(written(|sink| quote_int(sink, -5i32)), "-5");
    assert_eq!(
        written(|sink| quote_float(sink, 0.1)),
        "0x1.999999999999ap-4"
    );
    assert_eq!(
        written(|sink| quote_float(sink, f64::from(0.1f32))),
        "0x1.99999ap-4"
    );
    assert_eq!(written(|sink| quote_float(sink, -1.0)), "-0x1p+0");
}

/// Lines of: bits in hexadecimal, `%.14g` of C.
#[test]
fn doubles_as_tostring_writes_them() {
    for line in table("DOUBLES_TABLE", include_str!("tables/doubles.txt")).lines() {
        let (bits, expected) = line.split_once('\t').unwrap();
        let value = f64::from_bits(u64::from_str_radix(bits, 16).unwrap());
        assert_eq!(
            float_text_bare(value).as_bytes(),
            expected.as_bytes(),
            "{line}"
        );
    }
}

/// Lines of: bits in hexadecimal, `%.7g` of C.
#[test]
fn singles_as_tostring_writes_them() {
    for line in table("SINGLES_TABLE", include_str!("tables/singles.txt")).lines() {
        let (bits, expected) = line.split_once('\t').unwrap();
        let value = f32::from_bits(u32::from_str_radix(bits, 16).unwrap());
        assert_eq!(
            float_text_bare(value).as_bytes(),
            expected.as_bytes(),
            "{line}"
        );
    }
}

#[test]
fn integral_floats_keep_a_mark() {
    for (value, expected) in [
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.0, "0.0"),
        (99_999_999_999_999.0, "99999999999999.0"),
        (-99_999_999_999_999.0, "-99999999999999.0"),
        (1e14, "1e+14"),
        (1e100, "1e+100"),
        (f64::INFINITY, "inf"),
        (-f64::INFINITY, "-inf"),
        (f64::NAN, "nan"),
        (-f64::NAN, "-nan"),
        (0.1, "0.1"),
        (-1.5e-300, "-1.5e-300"),
    ] {
        assert_eq!(float_text::<f64>(value).as_bytes(), expected.as_bytes());
    }
    assert_eq!(float_text(9_999_999.0f32).as_bytes(), b"9999999.0");
    assert_eq!(float_text(1e7f32).as_bytes(), b"1e+07");
    assert_eq!(float_text(0.1f32).as_bytes(), b"0.1");
    assert_eq!(float_text(16_777_216.0f32).as_bytes(), b"1.677722e+07");
}

proptest! {
    #[test]
    fn integers_survive(value: i64, shift in 0u32..64) {
        let value = value >> shift;
        let text = int_text(value);
        prop_assert_eq!(core::str::from_utf8(&text).unwrap(), value.to_string());
        prop_assert_eq!(parse_number::<Num64>(&text), Some(Number::Int(value)));
        let value = value as i32;
        prop_assert_eq!(parse_number::<Num32>(&int_text(value)), Some(Number::Int(value)));
    }

    #[test]
    fn hexadecimal_floats_survive(bits: u64, small: u32) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let text = written(|sink| quote_float(sink, value));
        prop_assert_eq!(float(&text).to_bits(), bits);
        let value = f32::from_bits(small);
        prop_assume!(value.is_finite());
        let text = written(|sink| quote_float(sink, f64::from(value)));
        prop_assert_eq!(parse_number::<Num32>(text.as_bytes()), Some(Number::Float(value)));
    }

    #[test]
    fn seventeen_digits_survive(bits: u64) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        for format in ["%.17g", "%.16e"] {
            let text = written(|sink| write_float(sink, &spec(format), value));
            let parsed = parse_number::<Num64>(text.as_bytes());
            // An integral value is written like an integer.
            let parsed = match parsed {
                Some(Number::Int(int)) => int as f64,
                Some(Number::Float(float)) => float,
                None => f64::NAN,
            };
            prop_assert_eq!(parsed, value, "{}", text);
        }
    }

    #[test]
    fn any_format_is_read_without_panic(format in proptest::collection::vec(proptest::sample::select(b"%%%-+ #0123.dfgaxsqcz\0\xff".to_vec()), 0..12), int: i64, bits: u64) {
        let mut text = Text::default();
        for item in Directives::new(&format) {
            let Ok(Item::Directive(spec)) = item else { continue };
            let Ok(()) = match spec.conversion {
                Conversion::Float(_) => write_float(&mut text, &spec, f64::from_bits(bits)),
                Conversion::String => write_string(&mut text, &spec, &format),
                _ => write_int(&mut text, &spec, int),
            };
        }
    }
}
