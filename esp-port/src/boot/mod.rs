//! From reset to the prompt.
//!
//! The partition table, the store's recovery, a replacement that waits, the file system, the images, the Lua state, the libraries,
//! the module `_init`, the start-up command, the prompt. Whatever is missing or broken on the way is said on the terminal and
//! left out, so that there is always a prompt to mend it from.

mod mount;
mod recover;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;

use embedded_storage::nor_flash::NorFlash;
use lfs_format::image::{Image, Verified};
use lfs_format::store::FlashMap;
use lua_vm::api::{Lua, Stash, Value};
use lua_vm::number::NumberModel;
use lua_vm::{Error, ErrorKind, GcConfig};

use crate::board::Board;
use crate::device::{Device, Exit, Media, OnError, Queue, Runner, Storage, Terminal, Trouble};
use crate::files::Files;
use crate::key::Key;
use crate::lua::file;
use crate::lua::node::{self, startup::Startup};
use crate::partition::{Place, Table};
use crate::shared::{Mapped, Shared};

pub use mount::{SoleWriter, Verification};

/// The module that runs before the start-up command, if an image has it.
const INIT: &[u8] = b"_init";

/// What is the firmware's own about a device.
pub struct Firmware<'f, N: NumberModel> {
    /// Where the partition table lies.
    pub place: Place,
    /// The table of a flash that has none.
    pub table: &'f Table,
    /// Slots for the images of the Application: 2 or more to keep the one before while another is written.
    pub slots: u8,
    /// A partition for images of the System that is larger than so many bytes has two slots.
    pub system_slot: u32,
    /// How images are verified.
    pub verification: Verification,
    /// What new images must be signed with; [`Key::None`] leaves that to the key's partition, if the table has one.
    pub key: Key,
    /// Most bytes of heap for Lua.
    pub heap: usize,
    /// Most bytes of native stack for the compiler.
    pub compiler_stack: usize,
    /// String tables of the firmware's libraries, as [`names!`](lua_vm::names) makes them.
    pub names: &'f [&'static [u32]],
    /// Opens the firmware's libraries.
    pub open: fn(&mut Lua<'_, N>) -> Result<(), Error>,
}

/// Most string tables of a firmware.
const MAX_NAMES: usize = 8;

/// Boots, and serves the prompt until the device is to be restarted or its terminal ends.
///
/// `map` shows `flash` in the address space; see [`FlashMap`] for what whoever makes it vouches for.
///
/// # Errors
///
/// Only what leaves no Lua state to go on with: out of memory.
pub fn boot<N, F, M>(
    board: Rc<RefCell<dyn Board>>,
    flash: F,
    map: M,
    firmware: &Firmware<'_, N>,
) -> Result<Exit, Error>
where
    N: NumberModel,
    F: NorFlash + 'static,
    M: FlashMap + Clone + 'static,
{
    let terminal = Rc::new(RefCell::new(Terminal::new(board)));
    let flash = Shared::new(flash);
    let mut media = {
        let terminal = &mut *terminal.borrow_mut();
        recover::media(flash.clone(), map.clone(), firmware, terminal)
    };
    let key = recover::key(&mut flash.clone(), &media.table, firmware.key);
    let files = recover::files(&flash, &media.table, &mut terminal.borrow_mut());
    if let Some(store) = &mut media.store {
        recover::resume(store, &key, files.as_ref(), &mut terminal.borrow_mut());
    }
    let mounted = mount::images::<N, _, _>(&mut media, &map, firmware, &mut terminal.borrow_mut());
    let mut list = mounted.iter().flatten().copied();
    let images = match (list.next(), list.next()) {
        (Some(first), Some(second)) => &[first, second][..],
        (Some(first), None) => &[first][..],
        _ => &[],
    };
    let mut lua = start(firmware, images, media, key, files.as_ref(), &terminal)?;
    log!(info, "Lua: {=usize} bytes of heap in use", lua.heap_bytes());
    let startup = Startup::read(files.as_ref());
    set_clock(&startup, &terminal);
    if startup.banner {
        banner(&lua, &terminal, images);
    }
    let mut runner = Runner::new(&mut lua, terminal.clone(), firmware.heap);
    let skipped = terminal.borrow().board(|board| board.interrupted());
    if skipped == Some(true) {
        terminal
            .borrow_mut()
            .write(b"interrupted: _init and the start-up command are left out\n");
        return Ok(runner.serve());
    }
    match run_init(&mut runner).and_then(|()| run_command(&mut runner, &startup, files.as_ref())) {
        Ok(()) => Ok(runner.serve()),
        Err(exit) => Ok(exit),
    }
}

/// The state with all libraries.
fn start<'rom, N, F, M>(
    firmware: &Firmware<'_, N>,
    images: &[Image<'rom, Verified>],
    media: Media<F, M>,
    key: Key,
    files: Option<&Files>,
    terminal: &Rc<RefCell<Terminal>>,
) -> Result<Lua<'rom, N>, Error>
where
    N: NumberModel,
    F: NorFlash + 'static,
    M: FlashMap + 'static,
{
    let config = GcConfig {
        limit: firmware.heap,
        ..GcConfig::default()
    };
    let mut names: [&'static [u32]; MAX_NAMES] = [&node::NAMES; MAX_NAMES];
    let own = [&node::NAMES[..], &file::NAMES[..]];
    let all = own.iter().chain(firmware.names);
    let count = own.len() + firmware.names.len();
    for (place, table) in names.iter_mut().zip(all) {
        *place = table;
    }
    let mut lua = Lua::with_names(
        config,
        names.get(..count.min(MAX_NAMES)).unwrap_or_default(),
        images,
    )?;
    lua.set_compiler_stack(firmware.compiler_stack);
    let output = terminal.clone();
    lua.set_output(move |bytes| {
        // Nobody prints while the terminal is in use.
        if let Ok(mut terminal) = output.try_borrow_mut() {
            terminal.write(bytes);
        }
    })?;
    let storage: Box<dyn Storage> = Box::new(media);
    lua.set_app_data(Device {
        terminal: terminal.clone(),
        storage,
        key,
        queue: Queue::default(),
        on_error: OnError::default(),
        heap_limit: firmware.heap,
    })?;
    remove_host_libraries(&mut lua)?;
    node::open(&mut lua)?;
    if let Some(files) = files {
        file::open(&mut lua, files.clone())?;
    }
    (firmware.open)(&mut lua)?;
    lua.collect_garbage();
    Ok(lua)
}

/// Takes away the libraries of a PC, which a state on a PC is made with: they are not the device's.
fn remove_host_libraries<N: NumberModel>(lua: &mut Lua<'_, N>) -> Result<(), Error> {
    lua.try_enter(|ctx| {
        let loaded = ctx.globals().raw_get(ctx.intern(b"package")?);
        let loaded = match loaded {
            Value::Table(package) => package.raw_get(ctx.intern(b"loaded")?),
            _ => Value::Nil,
        };
        for name in [&b"io"[..], b"os"] {
            let name = ctx.intern(name)?;
            ctx.globals().raw_set(ctx, name, Value::Nil)?;
            if let Value::Table(loaded) = loaded {
                loaded.raw_set(ctx, name, Value::Nil)?;
            }
        }
        Ok(())
    })
}

fn set_clock(startup: &Startup, terminal: &RefCell<Terminal>) {
    let Some(mhz) = startup.frequency else {
        return;
    };
    let mut terminal = terminal.borrow_mut();
    if terminal.board(|board| board.set_mhz(mhz.into())) == Some(false) {
        terminal.print(format_args!("this board has no clock of {mhz} MHz\n"));
    }
}

fn banner<N: NumberModel>(
    lua: &Lua<'_, N>,
    terminal: &RefCell<Terminal>,
    images: &[Image<'_, Verified>],
) {
    let mut terminal = terminal.borrow_mut();
    let Some(facts) = terminal.board(|board| board.facts()) else {
        return;
    };
    let modules: usize = images.iter().map(Image::module_count).sum();
    terminal.print(format_args!(
        "\nLua 5.3 in place from flash, version {}, on {} ({})\nheap in use {} bytes, LFS modules {modules}\n",
        env!("CARGO_PKG_VERSION"),
        facts.chip,
        N::NAME,
        lua.heap_bytes(),
    ));
}

/// Runs the module `_init`. What it fails with is said; the device goes on.
fn run_init<N: NumberModel>(runner: &mut Runner<'_, '_, N>) -> Result<(), Exit> {
    let found = runner.lua.try_enter(|ctx| match ctx.image_module(INIT)? {
        Some(function) => Ok(Some(ctx.stash(function)?)),
        None => Ok(None),
    });
    run(runner, found)
}

/// Runs the start-up command.
fn run_command<N: NumberModel>(
    runner: &mut Runner<'_, '_, N>,
    startup: &Startup,
    files: Option<&Files>,
) -> Result<(), Exit> {
    let found = match startup.command() {
        [b'@', name @ ..] => match files.map(|files| files.content(name)) {
            Some(Ok(content)) => {
                let mut chunk = alloc::vec::Vec::new();
                match chunk.try_reserve_exact(name.len() + 1) {
                    Ok(()) => {
                        chunk.extend_from_slice(b"@");
                        chunk.extend_from_slice(name);
                        runner.lua.load_script(content, &chunk).map(Some)
                    }
                    Err(_) => Err(Error::runtime("not enough memory")),
                }
            }
            _ => Ok(None),
        },
        [b'!', name @ ..] => runner.lua.try_enter(|ctx| match ctx.image_module(name)? {
            Some(function) => Ok(Some(ctx.stash(function)?)),
            None => Ok(None),
        }),
        command => runner.lua.load(command, "=startup").map(Some),
    };
    run(runner, found)
}

fn run<N: NumberModel>(
    runner: &mut Runner<'_, '_, N>,
    found: Result<Option<Stash>, Error>,
) -> Result<(), Exit> {
    let result = match found {
        Ok(None) => return Ok(()),
        Ok(Some(function)) => runner.call(&function, ()),
        Err(error) => Err(Trouble::Error(error)),
    };
    match result {
        Ok(()) => Ok(()),
        Err(Trouble::Restart) => Err(Exit::Restart),
        Err(Trouble::Error(error)) => {
            debug_assert!(error.kind() != ErrorKind::Stopped);
            runner.report(&error);
            Ok(())
        }
    }
}

/// The store of a table's partitions, over a shared flash; `None` if the table has none for it.
type Stored<F, M> = Mapped<Shared<F>, M>;
