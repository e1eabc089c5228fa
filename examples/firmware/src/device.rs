//! The library `device`: what a program uses of the machine it runs on.
//!
//! The natives are generic over the machine, so a PC runs them in tests. Their table lies in ROM, made for one machine by
//! [`device!`](crate::device!).

use crate::{Console, Machine, Usage};
use lfs_format::image::Image;
use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::num32::Lua;
use lua_vm::number::{LuaInt, NumberModel};

type Outcome = Result<Step, Throw>;

/// Bits of a count that fit the positive integers of 32-bit Lua with one to spare.
const COUNT_BITS: u32 = 30;

fn ret_pair<N: NumberModel>(frame: &mut Frame<'_, N>, first: usize, second: usize) -> Outcome {
    let integer = |number| Value::Integer(N::Int::wrap(number as i64));
    frame.ret2(integer(first), integer(second))
}

fn ret_usage<N: NumberModel>(frame: &mut Frame<'_, N>, usage: Usage) -> Outcome {
    ret_pair(frame, usage.used, usage.size)
}

/// `device.instructions()`: instructions executed since reset, modulo 2^30 and divided by it.
pub fn instructions<M: Machine, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let count = M::instructions();
    let low = count & ((1 << COUNT_BITS) - 1);
    ret_pair(frame, low as usize, (count >> COUNT_BITS) as usize)
}

/// `device.stack()`: most bytes of native stack ever used, and its size.
pub fn stack<M: Machine, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    ret_usage(frame, M::stack())
}

/// `device.heap()`: bytes allocated, and the size of the heap.
pub fn heap<M: Machine, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    ret_usage(frame, M::heap())
}

/// `device.exit([code])`: ends the program.
pub fn exit<M: Machine, N: NumberModel>(frame: &mut Frame<'_, N>) -> Outcome {
    let code = frame.opt_int(0, N::Int::default())?;
    M::exit(LuaInt::widen(code) as u8)
}

/// Says what the state takes before a program runs, and what it takes to verify the image that hides the others.
pub fn report<M: Machine>(lua: &mut Lua<'_>) {
    lua.collect_garbage();
    Console(M::write).print(format_args!("state {} bytes\n", lua.heap_bytes()));
    lua.enter(|ctx| {
        let Some(words) = ctx.image_words() else {
            return;
        };
        let before = M::instructions();
        if let Ok(image) = Image::new(words).and_then(|image| image.verify()) {
            Console(M::write).print(format_args!(
                "image: {} modules, {} bytes, verified in {} instructions\n",
                image.module_count(),
                words.len() * 4,
                M::instructions() - before
            ));
        }
    });
}

/// Defines the library of a machine: `NAMES`, its names in ROM, and `open(lua)`, which also [reports](report).
#[macro_export]
macro_rules! device {
    ($machine:ty) => {
        $crate::lua_vm::names! {
            /// Names of the library `device` and of what is in it.
            pub static NAMES = &["device", "instructions", "stack", "heap", "exit"];
        }

        $crate::lua_vm::library! {
            /// The library `device`.
            struct Device in NAMES {
                "instructions" => $crate::lua_vm::layer::RomValue::Native($crate::device::instructions::<$machine, N>),
                "stack" => $crate::lua_vm::layer::RomValue::Native($crate::device::stack::<$machine, N>),
                "heap" => $crate::lua_vm::layer::RomValue::Native($crate::device::heap::<$machine, N>),
                "exit" => $crate::lua_vm::layer::RomValue::Native($crate::device::exit::<$machine, N>),
            }
        }

        /// Opens the library.
        ///
        /// # Errors
        /// Out of memory; a state without the names.
        pub fn open(lua: &mut $crate::lua_vm::num32::Lua<'_>) -> Result<(), $crate::lua_vm::Error> {
            $crate::device::report::<$machine>(lua);
            lua.open_library("device", Device::layer())
        }
    };
}
