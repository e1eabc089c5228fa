//! Code that no compiler writes, but that the verifier accepts: it may do anything but harm.
//!
//! The verifier proves that operands are in range, not what registers hold. Here are directed cases for everything
//! the interpreter could wrongly take for granted, and functions made of random instructions.

use crate::mutation::{Random, effort, guarded, spend};
use crate::program::{model, verified};
use lfs_format::function::{FunctionParts, LocalVar, Sink, UpvalueDesc, flags};
use lfs_format::image::Image;
use lfs_format::isa::{Form, Instruction, OPCODES, Op, Operand};
use lfs_format::write::{BuildInfo, FunctionId, ImageWriter};
use lua_vm::api::{Lua, Value};
use lua_vm::number::NumberModel;

for_both_models!(
    a_running_function_cannot_be_replaced,
    a_waiting_native_cannot_be_replaced,
    a_running_iterator_cannot_be_replaced,
    loops_may_start_in_the_middle,
    methods_by_any_key,
    lists_may_be_stored_anywhere,
    joins_do_not_show_their_work,
    registers_may_be_read_before_they_are_written,
    upvalues_may_hold_anything,
    the_environment_may_be_replaced,
    tables_of_any_size_may_be_asked_for,
    variables_may_be_captured_anywhere,
    debug_records_may_name_more_variables_than_there_are,
    random_functions_do_no_harm,
);

/// A function to be written.
#[derive(Default)]
struct Parts<'a> {
    code: Vec<Instruction>,
    strings: Vec<&'a str>,
    numbers: Vec<u64>,
    children: Vec<FunctionId>,
    upvalues: Vec<UpvalueDesc>,
    frame: u8,
    params: u8,
    flags: u8,
    locals: Vec<LocalVar<<ImageWriter as Sink>::Str>>,
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

fn add(writer: &mut ImageWriter, parts: &Parts<'_>) -> FunctionId {
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
    let mut writer = ImageWriter::new(model::<N>());
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

/// A function without upvalues that makes some garbage and returns.
fn idle(writer: &mut ImageWriter) -> FunctionId {
    add(
        writer,
        &Parts {
            code: vec![
                abc(Op::NewTable, 0, 3, 4),
                abc(Op::NewTable, 1, 0, 4),
                abc(Op::Return0, 0, 0, 0),
            ],
            frame: 2,
            ..Parts::default()
        },
    )
}

/// A function whose upvalue 0 is register `register` of its parent: stores an integer there, calls another function and
/// returns 7 values of its own.
fn replacer(writer: &mut ImageWriter, register: u8) -> FunctionId {
    let idle = idle(writer);
    add(
        writer,
        &Parts {
            code: vec![
                loadi(0, 4660),
                abc(Op::SetUpval, 0, 0, 0),
                closure(1, 0),
                abc(Op::Call, 1, 1, 1),
                abc(Op::NewTable, 1, 0, 0),
                abc(Op::SetUpval, 1, 0, 0),
                closure(1, 0),
                abc(Op::Call, 1, 1, 1),
                loadi(0, 7),
                abc(Op::Return1, 0, 0, 0),
            ],
            children: vec![idle],
            upvalues: vec![captured(register)],
            frame: 3,
            ..Parts::default()
        },
    )
}

/// The register that holds a running function is captured, and its variable changed by that very function.
fn a_running_function_cannot_be_replaced<N: NumberModel>() {
    let words = module::<N>(|writer| Parts {
        children: vec![replacer(writer, 2)],
        code: vec![
            closure(0, 0),
            abc(Op::Move, 2, 0, 0),
            abc(Op::Call, 2, 1, 2),
            abc(Op::Return, 2, 2, 1),
        ],
        frame: 5,
        flags: flags::NEEDS_CLOSE,
        ..Parts::default()
    });
    assert_eq!(call::<N>(&words, ""), "true 7");
    // The closure itself is what is lost with its register.
    let words = module::<N>(|writer| Parts {
        children: vec![replacer(writer, 2)],
        code: vec![
            closure(2, 0),
            abc(Op::Call, 2, 1, 2),
            abc(Op::Return, 2, 2, 1),
        ],
        frame: 5,
        flags: flags::NEEDS_CLOSE,
        ..Parts::default()
    });
    assert_eq!(call::<N>(&words, ""), "true 7");
}

/// The same with a native that waits for the function: its own slot and its arguments.
fn a_waiting_native_cannot_be_replaced<N: NumberModel>() {
    for register in 1..5 {
        for native in [
            "pcall",
            "xpcall",
            "coroutine.wrap(pcall)",
            "function(f, ...) return f(...) end",
        ] {
            let words = module::<N>(|writer| Parts {
                children: vec![replacer(writer, register)],
                code: vec![
                    closure(4, 0),
                    abc(Op::Move, 1, 0, 0),
                    abc(Op::Move, 2, 4, 0),
                    abc(Op::Move, 3, 4, 0),
                    abc(Op::Call, 1, 4, 3),
                    abc(Op::Return, 1, 3, 1),
                ],
                frame: 6,
                params: 1,
                flags: flags::NEEDS_CLOSE,
                ..Parts::default()
            });
            let text = call::<N>(&words, native);
            assert!(text.starts_with("true "), "{native}: {text}");
        }
        let words = module::<N>(|writer| Parts {
            children: vec![replacer(writer, register)],
            code: vec![
                closure(4, 0),
                abc(Op::Move, 1, 0, 0),
                abc(Op::Move, 2, 4, 0),
                abc(Op::Move, 3, 4, 0),
                abc(Op::TailCall, 1, 3, 1),
                abc(Op::Return, 1, 0, 1),
            ],
            frame: 6,
            params: 1,
            flags: flags::NEEDS_CLOSE,
            ..Parts::default()
        });
        assert!(call::<N>(&words, "pcall").starts_with("true "));
        drive::<N>(&words);
    }
}

fn a_running_iterator_cannot_be_replaced<N: NumberModel>() {
    for register in 3..7 {
        let words = module::<N>(|writer| Parts {
            children: vec![replacer(writer, register)],
            code: vec![
                closure(0, 0),
                loadi(1, 0),
                loadi(2, 0),
                Instruction::sj(Op::Jmp, 1),
                abc(Op::Move, 7, 3, 0),
                abc(Op::TForCall, 0, 0, 2),
                Instruction::abx(Op::TForLoop, 0, 3),
                abc(Op::Return, 3, 2, 1),
            ],
            frame: 8,
            flags: flags::NEEDS_CLOSE,
            ..Parts::default()
        });
        drive::<N>(&words);
    }
}

/// FORLOOP and TFORLOOP without their beginnings, on values of all kinds.
fn loops_may_start_in_the_middle<N: NumberModel>() {
    for values in [
        "1, 5, 1",
        "1, 5, 'x'",
        "{}, {}, {}",
        "'a', 'b', 'c'",
        "1.5, 1e9, 0.25",
        "1, 2.5, 1",
        "2.5, 1, 1",
        "print, 3, 2",
        "{}, 3, 2",
        "1, {}, 1",
        "1, 2, {}",
        "1, -1, 1",
        "1, math.huge, -1.0",
        "nil, nil, nil",
    ] {
        let words = module::<N>(|_| Parts {
            code: vec![
                loadi(4, 0),
                abc(Op::AddI, 4, 4, 1),
                abc(Op::GeI, 4, 20, 1),
                Instruction::sj(Op::Jmp, 1),
                Instruction::abx(Op::ForLoop, 0, 4),
                abc(Op::Return, 0, 4, 0),
            ],
            frame: 6,
            params: 3,
            ..Parts::default()
        });
        // An address read as a number is another one each time.
        for text in outcomes::<N>(&words, values) {
            assert!(text.starts_with("true "), "{values}: {text}");
        }
        let words = module::<N>(|_| Parts {
            code: vec![
                abc(Op::Move, 3, 0, 0),
                abc(Op::EqP, 2, 0, 0),
                Instruction::sj(Op::Jmp, 1),
                Instruction::abx(Op::TForLoop, 0, 3),
                abc(Op::Return, 0, 4, 0),
            ],
            frame: 6,
            params: 3,
            ..Parts::default()
        });
        // An address read as a number is another one each time.
        for text in outcomes::<N>(&words, values) {
            assert!(text.starts_with("true "), "{values}: {text}");
        }
    }
}

fn methods_by_any_key<N: NumberModel>() {
    let words = module::<N>(|_| Parts {
        code: vec![abc(Op::SelfR, 2, 0, 1), abc(Op::Return, 2, 3, 0)],
        frame: 6,
        params: 2,
        ..Parts::default()
    });
    for (values, expected) in [
        ("{'one'}, 1", "true one table"),
        ("{[2.5] = 'x'}, 2.5", "true x table"),
        ("'text', 'len'", "true function text"),
        ("{}, {}", "true nil table"),
        ("{}, nil", "true nil table"),
        (
            "setmetatable({}, {__index = {[print] = 'p'}}), print",
            "true p table",
        ),
        (
            "setmetatable({}, {__index = function(_, k) return k end}), ('x'):rep(50)",
            &format!("true {} table", "x".repeat(50)),
        ),
        (
            "setmetatable({}, {__index = string}), 'format'",
            "true function table",
        ),
    ] {
        assert_eq!(call::<N>(&words, values), expected, "{values}");
    }
    assert!(call::<N>(&words, "5, {}").starts_with("false "));
    assert!(call::<N>(&words, "nil, 'x'").starts_with("false "));
}

fn lists_may_be_stored_anywhere<N: NumberModel>() {
    for (batch, extra) in [
        (1, None),
        (255, None),
        (0, Some(1)),
        (0, Some(1000)),
        (0, Some(0xff_ffff)),
    ] {
        let words = module::<N>(|_| {
            let mut code = vec![abc(Op::SetList, 0, 3, batch)];
            code.extend(extra.map(|value| Instruction::ax(Op::ExtraArg, value)));
            code.extend([abc(Op::VarArg, 1, 0, 0), abc(Op::SetList, 0, 0, batch)]);
            code.extend(extra.map(|value| Instruction::ax(Op::ExtraArg, value)));
            code.push(abc(Op::Return, 0, 2, 0));
            Parts {
                code,
                frame: 6,
                params: 3,
                flags: flags::VARARG,
                ..Parts::default()
            }
        });
        assert!(
            call::<N>(&words, "5, 6, 7, 8").starts_with("false "),
            "a number is no table"
        );
        assert!(call::<N>(&words, "nil, 6, 7, 8").starts_with("false "));
        assert!(call::<N>(&words, "'text', 6, 7, 8").starts_with("false "));
        let tables = [
            "{}",
            "{a = 1, b = 2, [1] = 3, [60] = 4}",
            "string",
            "setmetatable({}, {__newindex = error})",
            "_G",
        ];
        for table in tables {
            let text = call::<N>(&words, &format!("{table}, 6, 7, 8, 9"));
            if extra != Some(0xff_ffff) {
                assert_eq!(text, "true table", "{table}, batch {batch}");
            }
        }
        drive::<N>(&words);
    }
}

/// The operands of a concatenation are captured; the metamethod reads and writes them half way.
fn joins_do_not_show_their_work<N: NumberModel>() {
    let words = module::<N>(|writer| {
        let meddler = add(
            writer,
            &Parts {
                // Reads all operands, then overwrites them.
                code: vec![
                    abc(Op::GetUpval, 2, 0, 0),
                    abc(Op::GetUpval, 3, 1, 0),
                    abc(Op::GetUpval, 4, 2, 0),
                    abc(Op::SetUpval, 4, 0, 0),
                    abc(Op::SetUpval, 2, 1, 0),
                    abc(Op::SetUpval, 4, 1, 0),
                    abc(Op::NewTable, 5, 0, 4),
                    abc(Op::SetList, 5, 0, 1),
                    abc(Op::Return1, 0, 0, 0),
                ]
                .into_iter()
                .filter(|instruction| instruction.op() != Some(Op::SetList))
                .collect(),
                upvalues: vec![captured(2), captured(3), captured(4)],
                frame: 6,
                params: 2,
                ..Parts::default()
            },
        );
        Parts {
            strings: vec!["__concat"],
            children: vec![meddler],
            code: vec![
                // R0: a table with a metatable in R1, R2..R5: operands.
                closure(6, 1),
                abc(Op::SetField, 1, 0, 6),
                abc(Op::Move, 2, 0, 0),
                loadi(3, 5),
                abc(Op::Move, 4, 0, 0),
                loadi(5, 6),
                abc(Op::Concat, 2, 4, 0),
                abc(Op::Return, 2, 5, 1),
            ],
            frame: 8,
            params: 2,
            flags: flags::NEEDS_CLOSE,
            ..Parts::default()
        }
    });
    let text = call::<N>(
        &words,
        "(function() local m = {} return setmetatable({}, m), m end)()",
    );
    assert!(text.starts_with("true "), "{text}");
    drive::<N>(&words);
}

fn registers_may_be_read_before_they_are_written<N: NumberModel>() {
    // All registers of a large frame, as left behind by whatever ran there before.
    let words = module::<N>(|_| Parts {
        code: vec![
            abc(Op::NewTable, 1, 0, 0),
            abc(Op::Concat, 100, 3, 0),
            abc(Op::Return, 2, 249, 0),
        ],
        frame: 250,
        params: 1,
        ..Parts::default()
    });
    let read = "local function deep(n) local a, b, c = {}, 'x' .. n, n .. {} if n > 0 then return (deep(n - 1)) end end
        local mt = debug.getmetatable('')
        mt.__concat = function(a, b) return b end
        debug.setmetatable(print, mt) debug.setmetatable(nil, mt) debug.setmetatable({}, mt)
        debug.setmetatable(coroutine.create(print), mt) debug.setmetatable(true, mt)
        local sink = {}
        for i = 1, 30 do
          pcall(deep, 30)
          if i % 3 == 0 then collectgarbage() else collectgarbage('step', 1) end
          local values = table.pack(pcall(LFS.m, i))
          for j = 1, values.n do local v = values[j] sink[tostring(v)] = v end
        end";
    for stress in [false, true] {
        let mut lua: Lua<'_, N> = guarded(&[verified(&words)]);
        lua.set_gc_stress(stress);
        lua.exec(read).unwrap();
    }
    drive::<N>(&words);
}

fn upvalues_may_hold_anything<N: NumberModel>() {
    let words = module::<N>(|writer| {
        let child = add(
            writer,
            &Parts {
                strings: vec!["field"],
                code: vec![
                    abc(Op::GetTabUp, 1, 0, 0),
                    abc(Op::SetTabUp, 0, 0, 1),
                    abc(Op::Return1, 1, 0, 0),
                ],
                upvalues: vec![captured(0)],
                frame: 3,
                ..Parts::default()
            },
        );
        Parts {
            children: vec![child],
            code: vec![
                closure(1, 0),
                abc(Op::Call, 1, 1, 2),
                abc(Op::Return, 1, 2, 1),
            ],
            frame: 4,
            params: 1,
            flags: flags::NEEDS_CLOSE,
            ..Parts::default()
        }
    });
    assert_eq!(call::<N>(&words, "{field = 5}"), "true 5");
    for value in ["nil", "5", "true", "print", "coroutine.create(print)"] {
        assert!(call::<N>(&words, value).starts_with("false "), "{value}");
    }
    drive::<N>(&words);
}

/// A module that is a value by itself shares its environment with all others, and may store into it.
fn the_environment_may_be_replaced<N: NumberModel>() {
    for shareable in [0, flags::SHAREABLE] {
        let words = module::<N>(|_| Parts {
            strings: vec!["print"],
            code: vec![
                abc(Op::SetUpval, 0, 0, 0),
                abc(Op::GetTabUp, 1, 0, 0),
                abc(Op::Return, 1, 2, 0),
            ],
            frame: 3,
            params: 1,
            flags: shareable,
            ..Parts::default()
        });
        let mut lua: Lua<'_, N> = guarded(&[verified(&words)]);
        let function = lua.enter(|ctx| {
            let function = ctx.image_module(b"m").unwrap().unwrap();
            ctx.stash(function).unwrap()
        });
        assert!(lua.call::<_, ()>(&function, (5,)).is_err());
        lua.collect_garbage();
        // Chunks with an environment of their own are not concerned.
        assert_eq!(lua.eval::<i64>("return 1 + 1").unwrap(), 2);
        lua.collect_garbage();
        drive::<N>(&words);
    }
}

fn tables_of_any_size_may_be_asked_for<N: NumberModel>() {
    for (hash, array) in [(31, 0), (0, 152), (31, 152), (25, 140), (1, 1), (12, 127)] {
        let words = module::<N>(|_| Parts {
            code: vec![
                abc(Op::NewTable, 0, hash, array),
                abc(Op::SetI, 0, 1, 0),
                abc(Op::Return, 0, 2, 0),
            ],
            frame: 2,
            ..Parts::default()
        });
        let text = call::<N>(&words, "");
        let small = hash < 20 && array < 128;
        assert_eq!(
            text,
            if small {
                "true table"
            } else {
                "false not enough memory"
            }
        );
    }
}

/// Upvalues in the middle of calls, of variable arguments, of loops; threads that die with them open.
fn variables_may_be_captured_anywhere<N: NumberModel>() {
    for register in 0..10 {
        let words = module::<N>(|writer| {
            let child = add(
                writer,
                &Parts {
                    code: vec![
                        abc(Op::GetUpval, 1, 0, 0),
                        abc(Op::SetUpval, 0, 0, 0),
                        abc(Op::NewTable, 2, 0, 0),
                        abc(Op::SetUpval, 2, 0, 0),
                        abc(Op::Return, 1, 3, 0),
                    ],
                    upvalues: vec![captured(register)],
                    frame: 4,
                    params: 1,
                    ..Parts::default()
                },
            );
            Parts {
                children: vec![child],
                code: vec![
                    closure(8, 0),
                    abc(Op::Move, 9, 8, 0),
                    abc(Op::VarArg, 1, 0, 0),
                    abc(Op::Call, 0, 0, 0),
                    abc(Op::Return, 0, 0, 1),
                ],
                frame: 10,
                params: 1,
                flags: flags::NEEDS_CLOSE | flags::VARARG,
                ..Parts::default()
            }
        });
        drive::<N>(&words);
        let mut lua: Lua<'_, N> = guarded(&[verified(&words)]);
        lua.exec(
            "for i = 1, 20 do
               local co = coroutine.create(LFS.m)
               coroutine.resume(co, coroutine.yield, co, {i})
               coroutine.resume(co, 1, 2, 3)
               if i % 2 == 0 then co = nil collectgarbage() end
             end
             collectgarbage()",
        )
        .unwrap();
    }
}

fn debug_records_may_name_more_variables_than_there_are<N: NumberModel>() {
    let words = module::<N>(|writer| {
        let name = writer.string(b"name").unwrap();
        Parts {
            code: vec![abc(Op::Call, 0, 1, 1), abc(Op::Return, 0, 1, 0)],
            frame: 3,
            params: 2,
            locals: (0..5000)
                .map(|_| LocalVar {
                    name,
                    start: 0,
                    end: 2,
                })
                .collect(),
            ..Parts::default()
        }
    });
    let text = call::<N>(
        &words,
        "function()
           for i = 1, 5000 do debug.getlocal(2, i) debug.setlocal(2, i, {}) end
           for i = 1, 5000 do debug.getlocal(2, -i) debug.setlocal(2, -i, {}) end
         end",
    );
    assert_eq!(text, "true");
}

// ---- random functions ----------------------------------------------------------------------------------------------

/// What a random function may refer to.
struct Shape {
    frame: u8,
    strings: usize,
    numbers: usize,
    children: usize,
    upvalues: usize,
    vararg: bool,
    closes: bool,
}

const NAMES: [&str; 8] = [
    "__index", "__call", "n", "print", "__gc", "pcall", "__concat", "field",
];

/// One field of an instruction, of the right class.
fn operand(class: Operand, shape: &Shape, random: &mut Random) -> Option<usize> {
    Some(match class {
        Operand::None => 0,
        Operand::Read | Operand::Write => random.below(shape.frame as usize),
        Operand::Range => random.below(shape.frame as usize - 7),
        Operand::Upvalue => (shape.upvalues > 0).then(|| random.below(shape.upvalues))?,
        Operand::String | Operand::Field => random.below(shape.strings),
        Operand::Integer | Operand::Float => random.below(shape.numbers),
        Operand::Child => {
            (shape.children > 0).then(|| shape.strings + random.below(shape.children))?
        }
        Operand::Unsigned => random.below(5),
        Operand::Signed => random.word() as u8 as usize,
        Operand::Flag => random.below(2),
        Operand::Primitive => random.below(3),
        Operand::Count => 1 + random.below(4),
        Operand::Jump => 0,
    })
}

/// A random instruction that stands for itself.
fn plain(shape: &Shape, random: &mut Random) -> Option<Instruction> {
    let code = random.below(OPCODES.len()) as u8;
    let op = Op::from_u8(code)?;
    let info = op.info();
    let barred = matches!(
        op,
        Op::Jmp
            | Op::ForPrep
            | Op::ForLoop
            | Op::TForCall
            | Op::TForLoop
            | Op::ExtraArg
            | Op::LoadX
            | Op::TailCall
            | Op::Return
            | Op::Return0
            | Op::Return1
            | Op::LFalseSkip
    );
    if barred || op.is_conditional() || (op == Op::VarArg && !shape.vararg) {
        return None;
    }
    let a = operand(info.a, shape, random)? as u8;
    let b = operand(info.b, shape, random)?;
    let c = operand(info.c, shape, random)? as u8;
    Some(match info.form {
        Form::Abc => match op {
            Op::Concat => abc(op, a, 2 + b as u8 % 4, 0),
            Op::SetList => abc(op, a, b as u8, 1 + c % 3),
            _ => abc(op, a, b as u8, c),
        },
        Form::Abx => Instruction::abx(op, a, b as u16),
        Form::Asbx => Instruction::asbx(op, a, random.below(200) as i16 - 100),
        _ => return None,
    })
}

/// A group of instructions, of which only the first may be jumped to. Jumps are filled in later: their place in the
/// group comes with it.
fn group(shape: &Shape, random: &mut Random) -> (Vec<Instruction>, Option<usize>) {
    let register = |random: &mut Random| random.below(shape.frame as usize - 7) as u8;
    let a = register(random);
    match random.below(24) {
        0 | 1 => (vec![Instruction::sj(Op::Jmp, 0)], Some(0)),
        2..=5 => loop {
            let code =
                Op::Eq as u8 + random.below(Op::TestSet as usize - Op::Eq as usize + 1) as u8;
            let Some(op) = Op::from_u8(code) else {
                continue;
            };
            let info = op.info();
            let fields = [info.a, info.b, info.c]
                .map(|class| operand(class, shape, random).unwrap_or(0) as u8);
            let condition = abc(op, fields[0], fields[1], fields[2]);
            return (vec![condition, Instruction::sj(Op::Jmp, 0)], Some(1));
        },
        6..=8 => {
            // Open results and who takes them.
            let producer = if shape.vararg && random.below(2) == 0 {
                abc(Op::VarArg, a + 1, 0, 0)
            } else {
                abc(Op::Call, a + 1, 1 + random.below(4) as u8, 0)
            };
            let closes = u8::from(shape.closes);
            let mut group = vec![producer];
            match random.below(4) {
                0 => group.push(abc(Op::SetList, a, 0, 1)),
                1 => group.push(abc(Op::Return, a + 1, 0, closes)),
                2 => group.extend([
                    abc(Op::TailCall, a, 0, closes),
                    abc(Op::Return, a, 0, closes),
                ]),
                _ => group.push(abc(Op::Call, a, 0, 1 + random.below(4) as u8)),
            }
            (group, None)
        }
        9 | 10 => (vec![Instruction::abx(Op::ForLoop, a, 1)], None),
        11 => (vec![Instruction::abx(Op::ForPrep, a, 0)], None),
        12 | 13 => (
            vec![
                abc(Op::TForCall, a, 0, 1 + random.below(3) as u8),
                Instruction::abx(Op::TForLoop, a, 1),
            ],
            None,
        ),
        14 => {
            let closes = u8::from(shape.closes);
            (
                vec![
                    abc(Op::TailCall, a, 1 + random.below(4) as u8, closes),
                    abc(Op::Return, a, 0, closes),
                ],
                None,
            )
        }
        15 if shape.children > 0 => {
            // Most closures are called at once.
            let child = Instruction::abx(
                Op::Closure,
                a,
                (shape.strings + random.below(shape.children)) as u16,
            );
            (
                vec![
                    child,
                    abc(
                        Op::Call,
                        a,
                        1 + random.below(4) as u8,
                        1 + random.below(4) as u8,
                    ),
                ],
                None,
            )
        }
        16 => (
            vec![
                abc(Op::LoadX, a, random.below(2) as u8, 0),
                Instruction::ax(Op::ExtraArg, 0),
            ],
            None,
        ),
        _ => loop {
            if let Some(instruction) = plain(shape, random) {
                return (vec![instruction], None);
            }
        },
    }
}

fn random_code(shape: &Shape, random: &mut Random) -> Vec<Instruction> {
    let mut code = Vec::new();
    let (mut starts, mut jumps) = (Vec::new(), Vec::new());
    for _ in 0..8 + random.below(30) {
        let (group, jump) = group(shape, random);
        starts.push(code.len());
        jumps.extend(jump.map(|at| code.len() + at));
        code.extend(group);
    }
    starts.push(code.len());
    code.push(abc(
        Op::Return,
        0,
        1 + random.below(4) as u8,
        u8::from(shape.closes),
    ));
    for at in jumps {
        // Forwards more often than back.
        let choice = (0..2)
            .map(|_| starts[random.below(starts.len())])
            .max()
            .unwrap_or(0);
        code[at] = Instruction::sj(Op::Jmp, choice as i32 - at as i32 - 1);
    }
    // Loops go back to some start before them.
    for at in 0..code.len() {
        let op = code[at].op();
        if matches!(op, Some(Op::ForLoop | Op::TForLoop)) {
            let back: Vec<usize> = starts.iter().copied().filter(|start| *start < at).collect();
            let to = back.get(random.below(back.len())).copied().unwrap_or(0);
            let distance = (at + 1 - to) as u16;
            if let Some(op) = op {
                code[at] = Instruction::abx(op, code[at].a(), distance);
            }
        }
        if op == Some(Op::ForPrep) {
            let on: Vec<usize> = starts
                .iter()
                .copied()
                .filter(|start| *start >= at + 2)
                .collect();
            match on.get(random.below(on.len())) {
                Some(to) => {
                    code[at] = Instruction::abx(Op::ForPrep, code[at].a(), (to - at - 2) as u16)
                }
                None => code[at] = abc(Op::LoadTrue, 0, 0, 0),
            }
        }
    }
    code
}

fn random_function(
    writer: &mut ImageWriter,
    depth: u32,
    parent_frame: u8,
    parent_upvalues: usize,
    random: &mut Random,
) -> Parts<'static> {
    let frame = 10 + random.below(6) as u8;
    let upvalues: Vec<UpvalueDesc> = (0..random.below(4))
        .map(|_| {
            if parent_upvalues > 0 && random.below(3) == 0 {
                inherited(random.below(parent_upvalues) as u8)
            } else {
                captured(random.below(parent_frame as usize) as u8)
            }
        })
        .collect();
    let upvalues = if depth == 0 {
        vec![inherited(0)]
    } else {
        upvalues
    };
    let children: Vec<FunctionId> = if depth < 2 {
        (0..1 + random.below(3))
            .map(|_| {
                let child = random_function(writer, depth + 1, frame, upvalues.len(), random);
                add(writer, &child)
            })
            .collect()
    } else {
        Vec::new()
    };
    let mut shape = Shape {
        frame,
        strings: NAMES.len(),
        numbers: 4,
        children: children.len(),
        upvalues: upvalues.len(),
        vararg: random.below(2) == 0,
        closes: !children.is_empty(),
    };
    shape.closes |= random.below(4) == 0;
    let mut bits = 0;
    for (flag, on) in [
        (flags::VARARG, shape.vararg),
        (flags::NEEDS_CLOSE, shape.closes),
    ] {
        bits |= if on { flag } else { 0 };
    }
    Parts {
        code: random_code(&shape, random),
        strings: NAMES.to_vec(),
        numbers: vec![1, 0x7fff_ffff, 0x4000_0000, 3],
        children,
        upvalues,
        frame,
        params: random.below(9) as u8,
        flags: bits,
        locals: Vec::new(),
    }
}

fn random_functions_do_no_harm<N: NumberModel>() {
    let mut accepted = 0;
    let cases = 1500 * effort();
    for case in 0..cases {
        let mut random =
            Random(0x9E37_79B9_7F4A_7C15 ^ (case as u64 + 1).wrapping_mul(0xD134_2543_DE82_EF95));
        let words = module::<N>(|writer| random_function(writer, 0, 10, 1, &mut random));
        let image = Image::new(&words).and_then(|image| image.verify());
        let Ok(image) = image else {
            continue;
        };
        accepted += 1;
        let mut lua = guarded::<N>(&[image]);
        lua.set_gc_stress(case % 2 == 0);
        let driver = lua.load(DRIVER, "=driver").unwrap();
        spend(&mut lua, &driver);
        lua.collect_garbage();
        // Nothing that ran may have broken the state.
        assert!(lua.enter(|ctx| matches!(ctx.fetch(&driver), Some(Value::Function(_)))));
    }
    println!(
        "{}: {accepted} random functions of {cases} accepted",
        N::NAME
    );
    assert!(accepted * 2 > cases, "{accepted} of {cases}");
}
