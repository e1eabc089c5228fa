//! `%c` and `%s`.

use super::super::Sink;
use super::{Parts, Spec};

/// Writes a byte as `%c` does.
///
/// # Errors
/// The sink's.
pub fn write_char<S: Sink>(sink: &mut S, spec: &Spec, byte: u8) -> Result<(), S::Error> {
    write_padded(sink, spec, &[byte])
}

/// Writes a string as `%s` does: cut to the precision, padded to the width.
///
/// The reference implementation refuses strings with zero bytes ("string contains zeros") if the directive
/// is [modified](Spec::modified); that check is the caller's.
///
/// # Errors
/// The sink's.
pub fn write_string<S: Sink>(sink: &mut S, spec: &Spec, text: &[u8]) -> Result<(), S::Error> {
    let length = match spec.precision {
        Some(precision) => text.len().min(usize::from(precision)),
        None => text.len(),
    };
    write_padded(sink, spec, text.get(..length).unwrap_or_default())
}

fn write_padded<S: Sink>(sink: &mut S, spec: &Spec, text: &[u8]) -> Result<(), S::Error> {
    let parts = Parts {
        prefix: b"",
        zeros: 0,
        body_length: text.len(),
    };
    spec.write_padded(sink, parts, false, &mut |sink| sink.push(text))
}
