//! One case for everything the interpreter could wrongly take for granted.

use super::{Parts, abc, add, call, captured, closure, drive, loadi, module, outcomes};
use crate::mutation::guarded;
use crate::program::verified;
use lfs_format::function::{FunctionRef, LocalVar, Sink, flags};
use lfs_format::isa::{Instruction, Op};
use lfs_format::write::ImageWriter;
use lua_vm::api::Lua;
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
);

/// A function without upvalues that makes some garbage and returns.
fn idle(writer: &mut ImageWriter) -> FunctionRef {
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
fn replacer(writer: &mut ImageWriter, register: u8) -> FunctionRef {
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
