//! The embedding interface: functions, conversions, handles, userdata.

use crate::program::state;
use lua_vm::api::{Stash, Value, Variadic};
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};
use lua_vm::{Error, ErrorKind};
use std::cell::Cell;
use std::rc::Rc;

for_both_models!(
    rust_functions_are_called_with_converted_values,
    values_convert_both_ways_or_say_why_not,
    errors_of_rust_functions_are_lua_errors,
    a_rust_function_is_not_entered_twice,
    natives_keep_state_across_calls_of_lua,
    stashes_keep_values_across_collections,
    stashes_are_good_for_their_state_only,
    stashes_may_outlive_their_state,
    userdata_drop_their_values_once,
    userdata_are_lent_to_one_borrower,
    syntax_errors_name_the_line,
    errors_carry_their_values,
    results_beyond_those_wanted_are_dropped,
);

fn rust_functions_are_called_with_converted_values<N: NumberModel>() {
    let mut lua = state::<N>();
    let calls = Rc::new(Cell::new(0));
    let seen = calls.clone();
    lua.set_function("add", move |(a, b): (i32, i32)| {
        seen.set(seen.get() + 1);
        Ok(a + b)
    })
    .unwrap();
    lua.set_function("join", |parts: Variadic<String>| Ok(parts.0.join("-")))
        .unwrap();
    lua.set_function("split", |(text,): (String,)| {
        Ok(Variadic(text.split(',').map(String::from).collect()))
    })
    .unwrap();
    lua.set_function("optional", |(a, b): (Option<i32>, Option<String>)| {
        Ok((a.is_some(), b.unwrap_or_default()))
    })
    .unwrap();
    let (sum, text, count): (i32, String, i32) = lua
        .eval("return add(40, '2'), join('a', 1, 'c'), select('#', split('x,y,z'))")
        .unwrap();
    assert_eq!((sum, text.as_str(), count), (42, "a-1-c", 3));
    let (absent, text): (bool, String) = lua.eval("return optional(nil, 'b')").unwrap();
    assert_eq!((absent, text.as_str()), (false, "b"));
    assert_eq!(calls.get(), 1);
    drop(lua);
    assert_eq!(
        Rc::strong_count(&calls),
        1,
        "the closure went with its state"
    );
}

fn values_convert_both_ways_or_say_why_not<N: NumberModel>() {
    let mut lua = state::<N>();
    assert_eq!(lua.eval::<u8>("return 255").unwrap(), 255);
    assert_eq!(lua.eval::<i64>("return 3.0").unwrap(), 3);
    assert_eq!(lua.eval::<f64>("return 1.5").unwrap(), 1.5);
    assert_eq!(lua.eval::<f64>("return 7").unwrap(), 7.0);
    assert_eq!(lua.eval::<String>("return 12").unwrap(), "12");
    assert_eq!(lua.eval::<Vec<u8>>("return '\\255\\0'").unwrap(), [255, 0]);
    assert!(lua.eval::<bool>("return 0").unwrap());
    assert!(!lua.eval::<bool>("return nil").unwrap());
    assert_eq!(lua.eval::<Option<i32>>("return nil").unwrap(), None);
    assert_eq!(
        lua.eval::<Variadic<i32>>("return 1, 2, 3").unwrap().0,
        [1, 2, 3]
    );
    for (source, message) in [
        ("return 'x'", "integer expected, got string"),
        ("return {}", "integer expected, got table"),
        ("return 1.5", "integer expected, got number"),
        ("return", "integer expected, got nil"),
        ("return 300", "integer out of range"),
    ] {
        let error = lua.eval::<u8>(source).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conversion, "{source}");
        assert_eq!(error.to_string(), message, "{source}");
    }
    let error = lua.eval::<String>("return '\\255'").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conversion);
    let error = lua.eval::<f32>("return print").unwrap_err();
    assert_eq!(error.to_string(), "number expected, got function");
    // What does not fit the integers of the model becomes a float.
    lua.set_global("big", u64::MAX).unwrap();
    assert_eq!(
        lua.eval::<String>("return math.type(big)").unwrap(),
        "float"
    );
    lua.set_global("small", -5i8).unwrap();
    assert_eq!(
        lua.eval::<String>("return math.type(small)").unwrap(),
        "integer"
    );
}

fn errors_of_rust_functions_are_lua_errors<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.set_function("fail", |(text,): (String,)| {
        Err::<(), Error>(Error::runtime(format!("no {text} here")))
    })
    .unwrap();
    lua.set_function("number", |(n,): (i32,)| Ok(n)).unwrap();
    let (ok, message): (bool, String) = lua.eval("return pcall(fail, 'luck')").unwrap();
    assert_eq!((ok, message.as_str()), (false, "no luck here"));
    let (ok, message): (bool, String) = lua
        .eval("return pcall(function() return 1 + number({}) end)")
        .unwrap();
    assert!(
        !ok && message.contains("integer expected, got table"),
        "{message}"
    );
    let error = lua.exec("fail('way')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(error.to_string().contains("no way here"), "{error}");
}

fn a_rust_function_is_not_entered_twice<N: NumberModel>() {
    // A closure has no access to the state, so it cannot call itself; two states do not meet in one.
    let mut first = state::<N>();
    let inner = Rc::new(std::cell::RefCell::new(state::<N>()));
    first
        .set_function("evaluate", move |(source,): (String,)| {
            inner.borrow_mut().eval::<String>(source)
        })
        .unwrap();
    let text: String = first
        .eval("return evaluate('return 1 + 2') .. evaluate('return {} and 4')")
        .unwrap();
    assert_eq!(text, "34");
}

/// Calls its argument as often as its second argument says, and returns the sum of the results.
fn repeat_call<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    // Slots: function, count, sum, and a result in state 1.
    if frame.state() == 0 {
        frame.check_any(0)?;
        frame.check_int(1)?;
        frame.set_len(2)?;
        frame.push(Value::Integer(N::Int::ZERO))?;
    } else {
        let result = frame.check_int(3)?;
        let sum = frame.check_int(2)?.add(result);
        let count = frame.check_int(1)?.sub(N::Int::ONE);
        frame.set_len(3)?;
        frame.set(2, Value::Integer(sum));
        frame.set(1, Value::Integer(count));
    }
    let count = frame.check_int(1)?;
    if count <= N::Int::ZERO {
        return Ok(Step::Return(1));
    }
    let function = frame.get(0);
    frame.push(function)?;
    frame.push(Value::Integer(count))?;
    Ok(Step::Call {
        args: 1,
        results: 1,
        state: 1,
    })
}

fn natives_keep_state_across_calls_of_lua<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.enter(|ctx| {
        let name = ctx.intern(b"repeat_call").unwrap();
        let function = ctx.native(repeat_call::<N>);
        ctx.globals().raw_set(ctx, name, function).unwrap();
    });
    lua.set_gc_stress(true);
    let sum: i64 = lua
        .eval("return repeat_call(function(i) return i * 2 end, 10)")
        .unwrap();
    assert_eq!(sum, 110);
    // What it calls may yield.
    let sum: i64 = lua
        .eval(
            "local co = coroutine.wrap(repeat_call)
             local i = co(coroutine.yield, 4)
             while true do
               local next = co(i * 100)
               if i == 1 then return next end
               i = next
             end",
        )
        .unwrap();
    assert_eq!(sum, 1000);
}

fn stashes_keep_values_across_collections<N: NumberModel>() {
    let mut lua = state::<N>();
    let stashes: Vec<Stash> = (0..50)
        .map(|index| {
            lua.enter(|ctx| {
                let table = ctx.new_table(0, 1).unwrap();
                let key = ctx.intern(b"index").unwrap();
                table
                    .raw_set(ctx, key, Value::Integer(N::Int::wrap(index)))
                    .unwrap();
                ctx.stash(table).unwrap()
            })
        })
        .collect();
    for _ in 0..3 {
        lua.exec("for i = 1, 200 do local t = {i, {}} end").unwrap();
        lua.collect_garbage();
    }
    for (index, stash) in stashes.iter().enumerate() {
        lua.enter(|ctx| {
            let Some(Value::Table(table)) = ctx.fetch(stash) else {
                panic!("not a table");
            };
            let key = ctx.intern(b"index").unwrap();
            let Value::Integer(found) = table.raw_get(key) else {
                panic!("not an integer");
            };
            assert_eq!(found.widen(), index as i64);
        });
    }
    let kept = lua.census().tables.count;
    drop(stashes);
    lua.collect_garbage();
    assert_eq!(lua.census().tables.count, kept - 50);
    // Slots of dropped stashes are used again.
    let one = lua.enter(|ctx| ctx.stash(Value::Boolean(true)).unwrap());
    assert!(lua.enter(|ctx| ctx.fetch(&one).unwrap().truthy()));
}

fn stashes_are_good_for_their_state_only<N: NumberModel>() {
    let (mut lua, mut other) = (state::<N>(), state::<N>());
    let function = lua.load("return 1", "=f").unwrap();
    assert!(other.enter(|ctx| ctx.fetch(&function).is_none()));
    let error = other.call::<_, i64>(&function, ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignHandle);
    assert_eq!(
        other.start(&function, ()).err().map(|error| error.kind()),
        Some(ErrorKind::ForeignHandle)
    );
    let mut task = lua.start(&function, ()).unwrap();
    let error = task.run(&mut other, 100).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignHandle);
    let error = task.take_results::<N, i64>(&mut other).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignHandle);
    assert_eq!(lua.call::<_, i64>(&function, ()).unwrap(), 1);
}

fn stashes_may_outlive_their_state<N: NumberModel>() {
    let mut lua = state::<N>();
    let function = lua.load("return 1", "=f").unwrap();
    let task = lua.start(&function, ()).unwrap();
    drop(lua);
    let mut other = state::<N>();
    assert!(other.enter(|ctx| ctx.fetch(&function).is_none()));
    drop(function);
    drop(task);
}

struct Counted(Rc<Cell<i32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn userdata_drop_their_values_once<N: NumberModel>() {
    let drops = Rc::new(Cell::new(0));
    let mut lua = state::<N>();
    lua.exec("objects, finalized = {}, 0").unwrap();
    for _ in 0..10 {
        let value = Counted(drops.clone());
        lua.try_enter(|ctx| {
            let metatable = ctx.new_table(0, 1)?;
            let gc = ctx.load_chunk(
                b"finalized = finalized + 1",
                b"=gc",
                lua_vm::api::Mode::BOTH,
                None,
            );
            let Ok(gc) = gc else {
                return Err(Error::runtime("no chunk"));
            };
            let name = ctx.intern(b"__gc")?;
            metatable.raw_set(ctx, name, gc)?;
            let object = ctx.new_userdata(value, Some(metatable))?;
            let name = ctx.intern(b"objects")?;
            let Value::Table(objects) = ctx.globals().raw_get(name) else {
                return Err(Error::runtime("no table"));
            };
            let next = objects.raw_len().add(N::Int::ONE);
            Ok(objects.raw_set_int(ctx, next, object)?)
        })
        .unwrap();
    }
    lua.collect_garbage();
    assert_eq!(drops.get(), 0);
    lua.exec("for i = 1, 4 do objects[i] = false end collectgarbage() collectgarbage()")
        .unwrap();
    assert_eq!(drops.get(), 4);
    assert_eq!(lua.eval::<i32>("return finalized").unwrap(), 4);
    drop(lua);
    assert_eq!(drops.get(), 10);
}

fn userdata_are_lent_to_one_borrower<N: NumberModel>() {
    let mut lua = state::<N>();
    lua.enter(|ctx| {
        let object = ctx.new_userdata(vec![1u8], None).unwrap();
        assert!(object.is::<Vec<u8>>() && !object.is::<String>());
        assert!(object.with::<String, _>(ctx, |_| ()).is_none());
        let inner = object.with::<Vec<u8>, _>(ctx, |bytes| {
            bytes.push(2);
            object.with::<Vec<u8>, _>(ctx, |bytes| bytes.clear())
        });
        assert_eq!(inner, Some(None), "a second borrower gets nothing");
        let bytes = object.with::<Vec<u8>, _>(ctx, |bytes| bytes.clone());
        assert_eq!(bytes, Some(vec![1, 2]));
    });
}

fn syntax_errors_name_the_line<N: NumberModel>() {
    let mut lua = state::<N>();
    let error = lua
        .load("local a = 1\nlocal b = = 2", "@file.lua")
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Syntax);
    assert_eq!(error.to_string(), "file.lua:2: unexpected symbol near '='");
}

fn errors_carry_their_values<N: NumberModel>() {
    let mut lua = state::<N>();
    let error = lua.exec("error('plain', 0)").unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Runtime, &b"plain"[..])
    );
    let error = lua
        .exec("error(setmetatable({}, {__tostring = function() return 'made' end}))")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    let error = lua.exec("local t = nil; t.x = 1").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("attempt to index a nil value (local 't')"),
        "{error}"
    );
}

fn results_beyond_those_wanted_are_dropped<N: NumberModel>() {
    let mut lua = state::<N>();
    let (a, b): (i32, Option<i32>) = lua.eval("return 1, nil, 3, 4").unwrap();
    assert_eq!((a, b), (1, None));
    let (a, b, c): (i32, Option<i32>, Option<i32>) = lua.eval("return 1").unwrap();
    assert_eq!((a, b, c), (1, None, None));
    lua.eval::<()>("return table.unpack({}, 1, 5000)").unwrap();
}
