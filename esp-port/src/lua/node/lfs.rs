//! `node.LFS`, `node.flashindex` and `node.flashreload`.

use lfs_format::signature::ImageOnly;
use lfs_format::store::{Acceptance, Error, Region, Source};
use lua_vm::api::{Ctx, Table, Value};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::NumberModel;

use super::{FileSource, integer, no_device, set};
use crate::device::Device;
use crate::files::Files;
use crate::key::KeyError;

/// `{lfs_base, lfs_mapped, lfs_size, lfs_used}` of the Application's image: where it lies in flash and in memory, bytes of its
/// slot, and its own; 0 for what is not there.
pub(super) fn config<'gc, N: NumberModel>(ctx: Ctx<'gc, N>) -> Result<Table<'gc, N>, Throw> {
    let values = Device::with(ctx, |device| {
        let range = device
            .storage
            .selected(Region::Application)
            .map(|selected| selected.range())
            .unwrap_or_default();
        let mapped = match range.is_empty() {
            true => 0,
            false => device.storage.address(range.clone()).unwrap_or(0),
        };
        let size = device.storage.slot_size(Region::Application);
        [
            range.start as usize,
            mapped,
            size as usize,
            (range.end - range.start) as usize,
        ]
    });
    let table = ctx.new_table(0, 4)?;
    let names = ["lfs_base", "lfs_mapped", "lfs_size", "lfs_used"];
    for (name, value) in names.into_iter().zip(values.unwrap_or_default()) {
        set(ctx, table, name, integer::<N>(value))?;
    }
    Ok(table)
}

/// `__index` of `node.LFS`: properties, then modules.
pub(super) fn field<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let is_config = matches!(frame.get(1), Value::String(name)
        if matches!(name.as_bytes(), b"config" | b"_config"));
    if is_config && frame.ctx().image_count() > 0 {
        let config = config(frame.ctx())?;
        return frame.ret1(config);
    }
    lua_vm::lfs::field(frame)
}

/// `node.flashindex(name)`: the module's function; else build time, flash base, mapped address, size, list of names.
pub(super) fn flashindex<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let step = lua_vm::lfs::flashindex(frame)?;
    if !matches!(step, Step::Return(5)) {
        return Ok(step);
    }
    let place = Device::with(frame.ctx(), |device| {
        device.storage.selected(Region::Application)
    });
    if let Some(selected) = place.flatten() {
        let base = frame.len() - 4;
        frame.set(base, integer::<N>(selected.range().start));
    }
    Ok(step)
}

/// What `reload` was asked for: names of files by region, and how the images come to stay.
struct Wanted<'gc> {
    files: [Option<&'gc [u8]>; 2],
    acceptance: Acceptance,
}

fn wanted<'gc, N: NumberModel>(frame: &mut Frame<'gc, N>) -> Result<Wanted<'gc>, Throw> {
    let mut files = [None, None];
    if let Value::Table(table) = frame.get(0) {
        let ctx = frame.ctx();
        for (file, name) in files.iter_mut().zip(["system", "application"]) {
            match table.raw_get(ctx.intern(name.as_bytes())?) {
                Value::Nil => {}
                Value::String(text) => *file = Some(text.as_bytes()),
                _ => return Err(frame.arg_error(0, format_args!("file name expected"))),
            }
        }
        if files == [None, None] {
            return Err(frame.arg_error(0, format_args!("no file named")));
        }
    } else {
        files[1] = Some(frame.check_bytes(0)?);
    }
    let acceptance = acceptance(frame, 1)?;
    Ok(Wanted { files, acceptance })
}

/// How images come to stay, by a number of boots: at once, if there is none.
pub(super) fn acceptance<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    index: usize,
) -> Result<Acceptance, Throw> {
    let boots = frame.opt_int(index, N::Int::default())?;
    match lua_vm::number::LuaInt::widen(boots) {
        0 => Ok(Acceptance::AtOnce),
        boots @ 1..=254 => Ok(Acceptance::Trial(boots as u8)),
        _ => Err(frame.arg_error(index, format_args!("0 to 254 boots expected"))),
    }
}

/// `node.LFS.reload(file [, boots])`, `node.LFS.reload{system = file, application = file}`: replaces images by those in files and
/// restarts; an error message if that cannot be. With a number of boots the images are on trial: unless `node.LFS.confirm` is called
/// within so many boots, the ones before come back.
pub(super) fn reload<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let wanted = wanted(frame)?;
    let ctx = frame.ctx();
    let files = ctx.with_app_data(|files: &mut Files| files.clone());
    let result = Device::with(ctx, |device| replace(device, files, &wanted));
    match result {
        None => Err(no_device(frame)),
        Some(Ok(())) => Ok(Step::Stop),
        Some(Err(refusal)) => match refusal {
            Refusal::Store(error) => ret_message(frame, format_args!("{error}")),
            Refusal::Key(error) => ret_message(frame, format_args!("{error}")),
            Refusal::NoFile => ret_message(frame, format_args!("LFS image file not found")),
            Refusal::Single => ret_message(
                frame,
                format_args!("regions of one slot are replaced one at a time, without a trial"),
            ),
        },
    }
}

/// Why images were not replaced.
enum Refusal {
    Store(Error),
    Key(KeyError),
    NoFile,
    /// A region has one slot, and more than its replacement was asked for.
    Single,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Store(error)
    }
}

fn replace(device: &mut Device, files: Option<Files>, wanted: &Wanted<'_>) -> Result<(), Refusal> {
    let files = files.ok_or(Refusal::NoFile)?;
    let key = device.key;
    let open = |name: Option<&[u8]>| match name {
        None => Ok::<_, Refusal>(None),
        Some(name) => {
            let mut source = FileSource::open(&files, name).map_err(|_| Refusal::NoFile)?;
            key.check(&mut source).map_err(Refusal::Key)?;
            Ok(Some(ImageOnly(source)))
        }
    };
    for (region, name) in Region::ALL.into_iter().zip(wanted.files) {
        if name.is_some() && device.storage.slots(region) == 0 {
            return Err(Error::NoRegion.into());
        }
    }
    let [system, application] = wanted.files;
    let (mut system, mut application) = (open(system)?, open(application)?);
    let single = Region::ALL
        .into_iter()
        .zip(wanted.files)
        .find(|(region, name)| name.is_some() && device.storage.slots(*region) == 1);
    if let Some((region, Some(name))) = single {
        let alone = wanted.files.contains(&None) && wanted.acceptance == Acceptance::AtOnce;
        let source = system.as_mut().or(application.as_mut());
        return match (alone, source) {
            (true, Some(source)) => Ok(device.storage.request(region, name, source)?),
            _ => Err(Refusal::Single),
        };
    }
    let sources = [
        system.as_mut().map(|source| source as &mut dyn Source),
        application.as_mut().map(|source| source as &mut dyn Source),
    ];
    Ok(device.storage.install(sources, wanted.acceptance)?)
}

pub(super) fn ret_message<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    message: core::fmt::Arguments<'_>,
) -> Result<Step, Throw> {
    let text = frame.ctx().text(message)?;
    frame.ret1(text)
}

/// Returns true, or nil and why not.
fn ret_done<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    done: Option<Result<(), Error>>,
) -> Result<Step, Throw> {
    match done {
        None => Err(no_device(frame)),
        Some(Ok(())) => frame.ret1(true),
        Some(Err(error)) => {
            let text = frame.ctx().text(format_args!("{error}"))?;
            frame.ret2(Value::Nil, text)
        }
    }
}

/// `node.LFS.confirm()`: keeps the images that are on trial; true, or nil and why not.
pub(super) fn confirm<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let done = Device::with(frame.ctx(), |device| device.storage.confirm());
    ret_done(frame, done)
}

/// `node.LFS.trial()`: starts left to confirm the images in, after this one; nil if they are confirmed.
pub(super) fn trial<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let left = Device::with(frame.ctx(), |device| device.storage.trial()).flatten();
    frame.ret1(left.map_or(Value::Nil, integer::<N>))
}

/// `node.LFS.rollback()`: takes the images before and restarts; nil and why not if there are none.
pub(super) fn rollback<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match Device::with(frame.ctx(), |device| device.storage.rollback()) {
        Some(Ok(())) => Ok(Step::Stop),
        failed => ret_done(frame, failed),
    }
}

/// `node.LFS.resource(name [, position [, count]])`: the bytes of a resource, or `count` of them from `position` (1 is the
/// first) on, and its length; nil if there is none.
pub(super) fn resource<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let position = frame.opt_int(1, lua_vm::number::LuaInt::ONE)?;
    let count = match frame.is_none_or_nil(2) {
        true => None,
        false => Some(frame.check_i64(2)?),
    };
    let ctx = frame.ctx();
    let Some(resource) = ctx.image_resource(name) else {
        return frame.ret1(Value::Nil);
    };
    let position = lua_vm::number::LuaInt::widen(position);
    let start = usize::try_from(position.saturating_sub(1)).unwrap_or(0);
    let rest = resource.len().saturating_sub(start);
    let count = count.map_or(rest, |count| usize::try_from(count).unwrap_or(0).min(rest));
    let text = ctx.with_scratch(|buffer| {
        buffer.try_reserve(count).map_err(|_| Throw::Memory)?;
        buffer.resize(count, 0);
        resource.read(start, buffer);
        ctx.intern(buffer)
    })?;
    frame.ret2(text, integer::<N>(resource.len()))
}
