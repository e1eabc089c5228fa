//! Values as text: what `tostring` and `%s` write.

use super::buffer::append;
use crate::api::{Ctx, Value};
use crate::builtin::Event;
use crate::convert::number_text;
use crate::frame::Throw;
use crate::number::NumberModel;
use alloc::vec::Vec;

/// Digits of an address and `0x`.
const ADDRESS_LEN: usize = 2 + usize::BITS as usize / 4;

/// Appends what `tostring` gives for a value without `__tostring`.
pub(crate) fn append_text<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    out: &mut Vec<u8>,
    value: Value<'gc, N>,
) -> Result<(), Throw> {
    pieces(ctx, value, &mut |piece| append(out, piece))
}

/// Hands `put`, piece by piece, what `tostring` gives for a value without `__tostring`. Allocates nothing.
pub(crate) fn pieces<'gc, N: NumberModel>(
    ctx: Ctx<'gc, N>,
    value: Value<'gc, N>,
    put: &mut dyn FnMut(&[u8]) -> Result<(), Throw>,
) -> Result<(), Throw> {
    let address = match value {
        Value::Nil => return put(b"nil"),
        Value::Boolean(true) => return put(b"true"),
        Value::Boolean(false) => return put(b"false"),
        Value::Integer(_) | Value::Number(_) => return put(number_text(&value.val()).as_bytes()),
        Value::String(text) => return put(text.as_bytes()),
        Value::LightUserData(at) => at.addr(),
        Value::Table(table) => table.address(),
        Value::Function(function) => function.address(),
        Value::UserData(data) => data.address(),
        Value::Thread(thread) => thread.address(),
    };
    match ctx.metamethod(value, Event::Name) {
        Value::String(name) => put(name.as_bytes())?,
        _ => put(value.type_name().as_bytes())?,
    }
    put(b": ")?;
    put_address(address, put)
}

/// Hands `put` an address as C's `%p` writes it.
pub(crate) fn put_address(
    address: usize,
    put: &mut dyn FnMut(&[u8]) -> Result<(), Throw>,
) -> Result<(), Throw> {
    let mut digits = [0; ADDRESS_LEN];
    let mut rest = address;
    let mut start = ADDRESS_LEN;
    for room in digits.iter_mut().rev() {
        *room = b"0123456789abcdef".get(rest & 15).copied().unwrap_or(b'0');
        rest >>= 4;
        start -= 1;
        if rest == 0 {
            break;
        }
    }
    put(b"0x")?;
    put(digits.get(start..).unwrap_or_default())
}
