//! Code that no compiler writes, but that the verifier accepts: it may do anything but harm.
//!
//! The verifier proves that operands are in range, not what registers hold. Here are directed cases for everything
//! the interpreter could wrongly take for granted, and functions made of random instructions.

mod directed;
mod random;

use crate::mutation::{guarded, spend};
use crate::program::verified;
use lfs_format::function::{FunctionParts, FunctionRef, LocalVar, Sink, UpvalueDesc, flags};
use lfs_format::image::Image;
use lfs_format::isa::{Instruction, Op};
use lfs_format::write::{BuildInfo, ImageWriter};
use lua_vm::api::Lua;
use lua_vm::image_model;
use lua_vm::number::NumberModel;

/// A function to be written.
#[derive(Default)]
struct Parts<'a> {
    code: Vec<Instruction>,
    strings: Vec<&'a str>,
    numbers: Vec<u64>,
    children: Vec<FunctionRef>,
    upvalues: Vec<UpvalueDesc>,
    frame: u8,
    params: u8,
    flags: u8,
    locals: Vec<LocalVar>,
}

fn captured(index: u8) -> UpvalueDesc {
    UpvalueDesc {
        in_stack: true,
        index,
    }
}

fn inherited(index: u8) -> UpvalueDesc {
    UpvalueDesc {
        in_stack: false,
        index,
    }
}

fn add(writer: &mut ImageWriter, parts: &Parts<'_>) -> FunctionRef {
    let strings: Vec<_> = parts
        .strings
        .iter()
        .map(|text| writer.string(text.as_bytes()).unwrap())
        .collect();
    let code: Vec<u32> = parts.code.iter().map(|instruction| instruction.0).collect();
    let source = writer.string(b"@adversary").unwrap();
    writer
        .function(&FunctionParts {
            code: &code,
            strings: &strings,
            numbers: &parts.numbers,
            children: &parts.children,
            upvalues: &parts.upvalues,
            frame_size: parts.frame.max(2),
            params: parts.params,
            flags: parts.flags,
            source: Some(source),
            locals: &parts.locals,
            ..FunctionParts::default()
        })
        .unwrap()
}

/// An image whose module `m` is a main function with the environment as its upvalue.
fn module<N: NumberModel>(build: impl FnOnce(&mut ImageWriter) -> Parts<'static>) -> Vec<u32> {
    let mut writer = ImageWriter::new(image_model::<N>());
    let mut parts = build(&mut writer);
    parts.upvalues = vec![inherited(0)];
    parts.flags |= flags::MAIN;
    let main = add(&mut writer, &parts);
    writer.add_module(b"m", main).unwrap();
    writer.finish(&BuildInfo { time: 0 }).unwrap()
}

/// Gives every type all metamethods, so that nearly every operation on anything succeeds, and calls the module with
/// values of all kinds. Much garbage is made, so that what is wrongly freed is soon something else.
const DRIVER: &str = "
    local main = LFS.m
    local function garbage() local t = {} for i = 1, 4 do t[i] = {'some text' .. i} end return t end
    local function second(a, b) garbage() return b end
    local function first(a, b) garbage() return a end
    local mt = {}
    for _, name in ipairs{'add', 'sub', 'mul', 'mod', 'pow', 'div', 'idiv', 'band', 'bor', 'bxor', 'shl', 'shr', 'unm',
      'bnot', 'concat', 'len', 'index', 'call'} do mt['__' .. name] = #name % 2 == 0 and second or first end
    mt.__newindex = garbage
    mt.__lt, mt.__le, mt.__eq = rawequal, function(a, b) return type(a) < type(b) end, rawequal
    for _, value in pairs{true, 1, print, 'text', coroutine.create(print)} do debug.setmetatable(value, mt) end
    debug.setmetatable(nil, mt)
    local function object() return setmetatable({object = garbage()}, mt) end
    local co = coroutine.wrap(function(...) while true do coroutine.yield(garbage(), ...) end end)
    for round = 1, 2 do
      pcall(main, object(), {1, 2, 3}, 'a' .. round, 5, 2.5, second, pcall, next, co, setmetatable, object(), round)
      collectgarbage()
      pcall(main, pcall, co, object(), coroutine.wrap(first), {object()}, coroutine.resume,
        coroutine.create(second), table.sort, print, string.gsub, 'text', -1, 0.5)
      collectgarbage()
      coroutine.wrap(function(...) return main(...) end)(coroutine.yield, garbage(), 3, second, xpcall, error)
    end";

/// Runs the module of an image under [`DRIVER`], with and without a collection at every step.
fn drive<N: NumberModel>(words: &[u32]) {
    for stress in [false, true] {
        let image = Image::new(words).and_then(|image| image.verify());
        let mut lua = guarded::<N>(&[image.expect("made to be accepted")]);
        lua.set_gc_stress(stress);
        let driver = lua.load(DRIVER, "=driver").unwrap();
        spend(&mut lua, &driver);
        lua.collect_garbage();
    }
}

/// Calls the module's function with values that `arguments` (Lua) lists; the results as text, which are the same with a
/// collection at every step.
fn call<N: NumberModel>(words: &[u32], arguments: &str) -> String {
    let [plain, stressed] = outcomes::<N>(words, arguments);
    assert_eq!(plain, stressed);
    plain
}

/// As [`call`], without and with a collection at every step.
fn outcomes<N: NumberModel>(words: &[u32], arguments: &str) -> [String; 2] {
    [false, true].map(|stress| {
        let mut lua: Lua<'_, N> = guarded(&[verified(words)]);
        lua.set_gc_stress(stress);
        let source = format!(
            "local function texts(...)
               local t = table.pack(...)
               for i = 1, t.n do t[i] = tostring(t[i]):gsub(': .*', '') end
               return table.concat(t, ' ')
             end
             return texts(pcall(LFS.m{comma} {arguments}))",
            comma = if arguments.is_empty() { "" } else { "," },
        );
        lua.eval::<String>(source).unwrap()
    })
}

fn abc(op: Op, a: u8, b: u8, c: u8) -> Instruction {
    Instruction::abc(op, a, b, c)
}

fn closure(a: u8, slot: u16) -> Instruction {
    Instruction::abx(Op::Closure, a, slot)
}

fn loadi(a: u8, value: i16) -> Instruction {
    Instruction::asbx(Op::LoadI, a, value)
}
