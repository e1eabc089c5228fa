//! `node.getpartitiontable` and `node.setpartitiontable`.

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::{integer, no_device, set as set_field};
use crate::device::Device;
use crate::partition::{Setting, Settings};

/// `node.getpartitiontable()`: `{lfs_addr, lfs_size, spiffs_addr, spiffs_size}`, in bytes from the start of the flash.
pub(super) fn get<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let settings = Device::with(ctx, |device| device.storage.table().settings());
    let settings = settings.ok_or_else(|| no_device(frame))?;
    let table = ctx.new_table(0, Setting::ALL.len())?;
    for setting in Setting::ALL {
        let value = settings.get(setting).unwrap_or(0);
        set_field(ctx, table, setting.name(), integer::<N>(value))?;
    }
    frame.ret1(table)
}

/// `node.setpartitiontable{...}`: writes the fields given and restarts.
pub(super) fn set<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let Value::Table(table) = frame.get(0) else {
        return Err(frame.arg_error(0, format_args!("must be table")));
    };
    let mut settings = Settings::default();
    let mut key = Value::Nil;
    while let Some((name, value)) = table.next(ctx, key)? {
        let Value::String(text) = name else {
            return Err(frame.error(format_args!("invalid partition setting")));
        };
        let Some(number) = number(value) else {
            return Err(frame.error(format_args!("invalid partition setting")));
        };
        if let Err(error) = settings.set(text.as_bytes(), number) {
            return Err(frame.error(format_args!("{error}")));
        }
        key = name;
    }
    let done = Device::with(ctx, |device| {
        let flash = device.storage.flash_size();
        let table = device.storage.table().with_settings(&settings, flash)?;
        device.storage.set_table(&table)
    });
    match done {
        None => Err(no_device(frame)),
        Some(Err(error)) => Err(frame.error(format_args!("{error}"))),
        Some(Ok(())) => Ok(Step::Stop),
    }
}

/// An offset or size: on chips with 32-bit numbers those above 2 GiB are negative.
fn number<N: NumberModel>(value: Value<'_, N>) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(value.widen()),
        _ => None,
    }
}
