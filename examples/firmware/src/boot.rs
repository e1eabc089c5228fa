//! From reset to the prompt.

use crate::repl::{self, Repl};
use crate::{Console, Machine, library};
use lfs_format::image::{Image, Verified};
use lua_vm::num32::Lua;
use lua_vm::{Error, GcConfig};

/// The module that runs before the prompt appears, if the image has it.
const INIT: &[u8] = b"_init";

/// Bytes of native stack for everything but nested source.
const STACK_RESERVE: usize = 8 * 1024;

/// Verifies the image at the start of `flash`, starts Lua with it within the heap of the machine, and serves the prompt
/// until the terminal ends. Without a valid image Lua starts without one. Gives the exit code.
pub fn run<M: Machine>(flash: &'static [u32]) -> u8 {
    let heap = M::heap();
    Console::<M>::print(format_args!(
        "Lua 5.3 on {}: heap {} bytes, stack {} bytes\n",
        M::CORE,
        heap.size,
        M::stack().size
    ));
    let image = mount::<M>(flash);
    let code = match start::<M>(image.as_ref(), heap.size) {
        Ok(mut lua) => {
            Console::<M>::print(format_args!(
                "heap in use {} bytes, allocated {}\n",
                lua.heap_bytes(),
                M::heap().used
            ));
            initialize::<M>(&mut lua);
            Repl::<M>::new(&mut lua).serve();
            0
        }
        Err(error) => {
            repl::report::<M>(&error);
            1
        }
    };
    let stack = M::stack();
    Console::<M>::print(format_args!(
        "stack used {} of {} bytes\n",
        stack.used, stack.size
    ));
    code
}

fn mount<M: Machine>(flash: &'static [u32]) -> Option<Image<'static, Verified>> {
    let before = M::instructions();
    match Image::new(flash).and_then(|image| image.verify()) {
        Ok(image) => {
            Console::<M>::print(format_args!(
                "image: {} modules, {} bytes, verified in {} instructions\n",
                image.module_count(),
                image.words().len() * 4,
                M::instructions() - before
            ));
            Some(image)
        }
        Err(error) => {
            Console::<M>::print(format_args!("no image: {error}\n"));
            None
        }
    }
}

fn start<M: Machine>(
    image: Option<&Image<'static, Verified>>,
    limit: usize,
) -> Result<Lua<'static>, Error> {
    let config = GcConfig {
        limit,
        ..GcConfig::default()
    };
    let mut lua = Lua::with_images(config, image.map_or(&[], core::slice::from_ref))?;
    lua.set_output(M::write)?;
    lua.set_compiler_stack(M::stack().size.saturating_sub(STACK_RESERVE));
    lua.collect_garbage();
    Console::<M>::print(format_args!("state {} bytes\n", lua.heap_bytes()));
    lua.enter(library::open::<M>)?;
    lua.collect_garbage();
    Ok(lua)
}

fn initialize<M: Machine>(lua: &mut Lua<'_>) {
    let found = lua.try_enter(|ctx| match ctx.image_module(INIT)? {
        Some(function) => Ok(Some(ctx.stash(function)?)),
        None => Ok(None),
    });
    let ran: Result<(), Error> = match found {
        Ok(None) => return,
        Ok(Some(function)) => lua.call_traced(&function, ()),
        Err(error) => Err(error),
    };
    if let Err(error) = ran {
        repl::report::<M>(&error);
    }
}
