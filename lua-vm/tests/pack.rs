//! `string.pack` and `string.unpack` against the reference implementation's results.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use lua_vm::number::{Num32, Num64, Number, NumberModel, parse_number};
use lua_vm::text::Sink;
use lua_vm::text::pack::{Blame, Item, Kind, Options, PackError};
use proptest::prelude::*;

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Sink for Bytes {
    type Error = core::convert::Infallible;
    fn push(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Int(i64),
    Float(f64),
    Text(Vec<u8>),
}

fn value(text: &str) -> Value {
    match text.split_at(1) {
        ("i", rest) => Value::Int(rest.parse().unwrap()),
        ("f", rest) => match parse_number::<Num64>(rest.as_bytes()) {
            Some(Number::Float(float)) => Value::Float(float),
            other => panic!("{text}: {other:?}"),
        },
        (_, rest) => Value::Text(rest.as_bytes().to_vec()),
    }
}

fn takes_value(item: &Item) -> bool {
    !matches!(item.kind, Kind::Padding | Kind::Nothing)
}

fn pack<N: NumberModel>(format: &[u8], values: &[Value]) -> Result<Vec<u8>, PackError> {
    use lua_vm::number::LuaInt;
    let mut options = Options::<N>::new(format);
    let mut values = values.iter();
    let mut out = Bytes::default();
    while let Some(item) = options.next_item(out.0.len())? {
        let Ok(()) = out.fill(0, item.alignment_padding);
        if item.kind == Kind::Padding {
            let Ok(()) = out.fill(0, 1);
        }
        if !takes_value(&item) {
            continue;
        }
        match values.next().unwrap() {
            Value::Int(int) => {
                let int = N::Int::wrap(*int);
                item.check_int(int)?;
                let Ok(()) = item.pack_int(&mut out, int);
            }
            Value::Float(float) => {
                let Ok(()) = item.pack_float(&mut out, *float);
            }
            Value::Text(text) => {
                item.check_string(text)?;
                let before = out.0.len();
                let Ok(()) = item.pack_string(&mut out, text);
                assert_eq!(out.0.len() - before, item.string_size(text));
            }
        }
    }
    Ok(out.0)
}

fn unpack<N: NumberModel>(format: &[u8], data: &[u8]) -> Result<Vec<Value>, PackError> {
    use lua_vm::number::LuaInt;
    let mut options = Options::<N>::new(format);
    let mut values = Vec::new();
    let mut position = 0;
    while let Some(item) = options.next_item(position)? {
        let field = item.locate::<N>(data, position)?;
        let bytes = &data[field.bytes];
        position = field.next;
        values.push(match item.kind {
            Kind::Int | Kind::Uint => Value::Int(item.unpack_int::<N>(bytes)?.widen()),
            Kind::Float => Value::Float(item.unpack_float(bytes)),
            Kind::Chars | Kind::Counted | Kind::ZeroTerminated => Value::Text(bytes.to_vec()),
            _ => continue,
        });
    }
    Ok(values)
}

/// Lines of: format, values, packed bytes in hexadecimal and the values unpacked again, or the error.
#[test]
fn reference_results() {
    let table = std::env::var("PACK_TABLE").map_or_else(
        |_| include_str!("tables/pack.txt").to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    );
    let mut lines = 0;
    for line in table.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap();
        let (format, values, expected) = (field(), field(), field());
        let list = |text: &str| -> Vec<Value> {
            text.split(' ')
                .filter(|text| !text.is_empty())
                .map(value)
                .collect()
        };
        match pack::<Num64>(format.as_bytes(), &list(values)) {
            Err(error) => assert_eq!(format!("!{error}"), expected, "{line}"),
            Ok(bytes) => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(hex, expected, "{line}");
                assert_eq!(
                    unpack::<Num64>(format.as_bytes(), &bytes),
                    Ok(list(field())),
                    "{line}"
                );
            }
        }
        lines += 1;
    }
    assert!(lines >= 600);
}

#[test]
fn data_that_ends_early_or_does_not_fit() {
    let error = |format: &[u8], data: &[u8]| unpack::<Num64>(format, data).unwrap_err();
    assert_eq!(error(b"i4", b"abc"), PackError::DataTooShort);
    assert_eq!(error(b"s", b"abc"), PackError::DataTooShort);
    assert_eq!(error(b"s1", b"\x05abc"), PackError::DataTooShort);
    assert_eq!(
        error(b"s8", b"\xff\xff\xff\xff\xff\xff\xff\xffa"),
        PackError::DataTooShort
    );
    assert_eq!(error(b"!8 i1 i8", b"a"), PackError::DataTooShort);
    assert_eq!(error(b"z ", b"abc"), PackError::DataTooShort);
    assert_eq!(
        error(b"I9", &[0xFF; 9]).to_string(),
        "9-byte integer does not fit into Lua Integer"
    );
    assert_eq!(error(b"I9", &[0xFF; 9]).blame(), Blame::Call);
    assert_eq!(unpack::<Num64>(b"i9", &[0xFF; 9]), Ok(vec![Value::Int(-1)]));
    assert_eq!(
        unpack::<Num64>(b"z", b"abc"),
        Ok(vec![Value::Text(b"abc".to_vec())])
    );
    assert_eq!(
        unpack::<Num32>(b"I8", b"\x01\0\0\0\x01\0\0\0"),
        Err(PackError::DoesNotFit(8))
    );
    assert_eq!(
        unpack::<Num32>(b">i8", &[0xFF; 8]),
        Ok(vec![Value::Int(-1)])
    );
}

#[test]
fn small_model_sizes() {
    let bytes = pack::<Num32>(
        b"<jlTn",
        &[
            Value::Int(-2),
            Value::Int(1),
            Value::Int(2),
            Value::Float(0.5),
        ],
    );
    assert_eq!(
        bytes.unwrap(),
        b"\xfe\xff\xff\xff\x01\0\0\0\x02\0\0\0\0\0\0\x3f"
    );
    let wide = pack::<Num32>(b"<i6I6", &[Value::Int(-2), Value::Int(-2)]).unwrap();
    assert_eq!(wide, b"\xfe\xff\xff\xff\xff\xff\xfe\xff\xff\xff\0\0");
}

proptest! {
    #[test]
    fn any_format_and_data_are_read_without_panic(
        format in proptest::collection::vec(proptest::sample::select(b"<>=!bBhHiIlLjJTfdnszcxX 0123456789".to_vec()), 0..12),
        data in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let _ = unpack::<Num64>(&format, &data);
        let _ = unpack::<Num32>(&format, &data);
        let _ = Options::<Num32>::new(&format).packed_size();
    }

    #[test]
    fn integers_survive(int: i64, size in 1usize..=16, shift in 0u32..64, little: bool) {
        let int = int >> shift;
        let format = format!("{}i{size}", if little { '<' } else { '>' });
        if let Ok(bytes) = pack::<Num64>(format.as_bytes(), &[Value::Int(int)]) {
            prop_assert_eq!(bytes.len(), size);
            prop_assert_eq!(unpack::<Num64>(format.as_bytes(), &bytes), Ok(vec![Value::Int(int)]));
        } else {
            prop_assert!(size < 8 && (int < -(1 << (8 * size - 1)) || int >= 1 << (8 * size - 1)));
        }
    }
}
