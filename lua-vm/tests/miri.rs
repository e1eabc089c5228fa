//! A small set for Miri (`cargo +nightly miri test -p lua-vm --test miri`, with `-Zmiri-permissive-provenance`, as
//! addresses are kept in plain words on purpose). It runs natively too.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

mod support;

use lfs_format::image::Image;
use lfs_format::write::BuildInfo;
use lua_vm::GcConfig;
use lua_vm::api::{Lua, Progress, Value};
use lua_vm::number::{Num32, Num64, NumberModel};
use std::rc::Rc;

const EVERYTHING: &str = include_str!("lua/everything.lua");

const MODULE: &str = include_str!("lua/module_of_image.lua");

fn image<N: NumberModel>() -> Vec<u32> {
    let writer = support::writer::<N>(&[("module_of_image", MODULE)]);
    writer.finish(&BuildInfo { time: 0 }).unwrap()
}

fn the_whole_language_from_source_and_image<N: NumberModel>() {
    let words = image::<N>();
    let image = Image::new(&words).unwrap().verify().unwrap();
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image]).unwrap();
    let text: String = lua.eval(EVERYTHING).unwrap();
    assert!(
        text.contains("a+b") && text.starts_with("40,2060/"),
        "{text}"
    );
    lua.collect_garbage();
    // Some allocations fail and are made good.
    for failing in [3, 40, 90, 150] {
        lua.fail_allocations_after(Some(failing));
        let again: String = lua.eval(EVERYTHING).unwrap();
        assert_eq!(again.split('/').nth(1), text.split('/').nth(1));
    }
}

fn collections_at_every_step<N: NumberModel>() {
    let mut lua = Lua::<N>::new().unwrap();
    lua.set_gc_stress(true);
    let text: String = lua
        .eval(
            "local out = {}
             local weak, ephemeron = setmetatable({}, {__mode = 'v'}), setmetatable({}, {__mode = 'k'})
             for i = 1, 4 do
               local t = {i, name = 'n' .. i}
               weak[i], ephemeron[t] = t, {t}
               local f = function() t[1] = t[1] + 1 return t end
               local co = coroutine.wrap(function(a) local b = coroutine.yield(a, f) return b .. f().name end)
               co(i)
               out[#out + 1] = co('x')
             end
             setmetatable({}, {__gc = function(o) out[#out + 1] = type(o) end})
             collectgarbage()
             out[#out + 1] = #weak .. tostring(next(ephemeron))
             pcall(function() local up = {} local g = function() return up end error(g) end)
             return table.concat(out, ' ')",
        )
        .unwrap();
    assert_eq!(text, "xn1 xn2 xn3 xn4 table 0nil");
}

fn the_embedding_interface<N: NumberModel>() {
    let dropped = Rc::new(());
    let mut lua = Lua::<N>::new().unwrap();
    let kept = dropped.clone();
    lua.set_function("count", move |(n,): (i32,)| {
        Ok(n + Rc::strong_count(&kept) as i32)
    })
    .unwrap();
    let value = dropped.clone();
    let stash = lua.enter(|ctx| {
        let object = ctx.new_userdata(value, None).unwrap();
        let name = ctx.intern(b"object").unwrap();
        ctx.globals().raw_set(ctx, name, object).unwrap();
        ctx.stash(object).unwrap()
    });
    assert_eq!(lua.eval::<i32>("return count(1)").unwrap(), 4);
    let function = lua
        .load(
            "local co = coroutine.wrap(function() for i = 1, 5 do pcall(coroutine.yield, i) end return 'end' end)
             local last
             for i = 1, 6 do last = co() end
             coroutine.yield(last)
             return object ~= nil",
            "=task",
        )
        .unwrap();
    let mut task = lua.start(&function, ()).unwrap();
    let mut yields = 0;
    loop {
        match task.run(&mut lua, 1).unwrap() {
            Progress::Finished => break,
            Progress::Yielded => yields += 1,
            Progress::OutOfFuel => lua.collect_garbage(),
        }
    }
    assert!(task.take_results::<N, bool>(&mut lua).unwrap());
    assert_eq!(yields, 1);
    lua.enter(|ctx| {
        let Some(Value::UserData(object)) = ctx.fetch(&stash) else {
            panic!("no userdata");
        };
        let strong = object.with::<Rc<()>, _>(ctx, |value| Rc::strong_count(value));
        assert_eq!(strong, Some(3));
    });
    drop(lua);
    drop(stash);
    assert_eq!(Rc::strong_count(&dropped), 1);
}

macro_rules! for_both_models {
    ($($name:ident),*) => {
        mod num32 { $(#[test] fn $name() { super::$name::<super::Num32>() })* }
        mod num64 { $(#[test] fn $name() { super::$name::<super::Num64>() })* }
    };
}

for_both_models!(
    the_whole_language_from_source_and_image,
    collections_at_every_step,
    the_embedding_interface
);
