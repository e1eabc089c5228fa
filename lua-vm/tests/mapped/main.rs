//! Images are read by whole words: they lie in memory that tells of every load.
//!
//! The ESP8266 faults on loads of less than a word from mapped flash. A load of several words stands for as many of one.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]
#![cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]

mod report;
#[path = "../support/mod.rs"]
mod support;
mod trap;

use lfs_format::image::{Image, Verified};
use lfs_format::write::BuildInfo;
use lua_vm::GcConfig;
use lua_vm::api::{Lua, Stash};
use lua_vm::number::{Num32, Num64, NumberModel};
use std::cell::RefCell;
use std::hint::black_box;
use std::rc::Rc;
use trap::{Access, Trapped};

/// Code that is handed the bytes of strings, here and in libraries. On an ESP8266 the exception handler does its loads.
const TEXT: [&str; 12] = [
    "lua_vm::text::",
    "lua_vm::stdlib::",
    "lua_vm::raw_text::",
    // Names of chunks and variables in messages.
    "lua_vm::compiler::error::",
    "lua_vm::interp::errors::symbol_text",
    // Copies of text, into strings that are made.
    "lua_vm::interp::concat::fill",
    "lua_vm::state::allocate::",
    "alloc::vec::Vec",
    // The text that is looked up, here a part of a string in the image.
    "rostrings::word::tail",
    "rostrings::word::eq_text",
    "memchr::",
    "core::str::",
];

/// Of `tests-lua`: each takes some thousand loads, and a load takes its time here.
const PROGRAMS: [&str; 3] = ["goto", "logic", "meta_misc"];

/// What messages name is found in code, constants and debug records.
const NAMES: &str = "
local t, n = {}, 1
local function deep() local field = t.missing return field.absent end
for _, f in ipairs { deep, function() t.x.y = 1 end, function() return t:method() end, function() return n.z end,
    function() unknown() end, function() return t.a.b.c end, function() return n .. t end, function() return #nil end,
    function() return t < 1 end, function() return 1 + t.key end } do
  print(pcall(f))
end
print(debug.traceback 'all')
print(debug.getinfo(deep, 'S').linedefined, debug.getinfo(1, 'l').currentline, (debug.getlocal(1, 1)))";

const SHAPES: &str = "
local Square = {}
Square.__index = Square
function Square:area() return self.side * self.side end
local function total(list)
  local sum, scale = 0, 1.5
  for i = 1, #list do sum = sum + list[i]:area() * scale end
  return sum
end
local list = {}
for i = 1, 5 do list[#list + 1] = setmetatable({ side = i }, Square) end
local resume = coroutine.wrap(function(...)
  local got = coroutine.yield(#{ ... })
  return got and { name = 'a string constant that is longer than forty bytes' }
end)
local first, second = resume(nil, 7), resume(total)
local known = { side = 1, [second.name] = 2 }
collectgarbage()
return total(list), first, known[second.name], rawequal(known.side, 1)";

fn image<N: NumberModel>(modules: &[(&str, &str)]) -> Vec<u32> {
    let mut writer = support::writer::<N>(modules);
    writer.add_resource(b"page.html", b"<p>seven</p>").unwrap();
    writer.finish(&BuildInfo { time: 1 }).unwrap()
}

fn verified(words: &[u32]) -> Image<'_, Verified> {
    Image::new(words).unwrap().verify().unwrap()
}

/// Stops at loads of less than a word by code outside of `paths`; gives how many loads there were, and of less than a word.
#[track_caller]
fn check(seen: &[Access], paths: &[&str]) -> (usize, usize) {
    let text = report::partial(seen, paths);
    assert!(text.is_empty(), "loads of less than a word:\n{text}");
    let count = |of: fn(&Access) -> bool| {
        let chosen = seen.iter().filter(|access| of(access));
        chosen.map(|access| access.count).sum()
    };
    (count(|_| true), count(Access::is_partial))
}

#[test]
fn a_load_of_less_than_a_word_is_seen() {
    let memory = Trapped::new(&[0x0403_0201, 5, 6, 7]);
    let sum: u32 = black_box(memory.words()).iter().sum();
    assert_eq!(sum, 0x0403_0201 + 18);
    let (loads, partial) = check(&memory.seen(), &[]);
    assert!(loads > 0 && partial == 0);
    // One byte at an even place, so that size alone tells; then a word across two.
    assert_eq!(black_box(memory.bytes())[4], 5);
    let seen = memory.seen();
    assert!(
        matches!(
            seen[..],
            [Access {
                size: 1,
                odd: 0,
                count: 1,
                ..
            }]
        ),
        "{seen:?}"
    );
    let text = report::partial(&seen, &TEXT);
    assert!(
        text.contains("a_load_of_less_than_a_word_is_seen"),
        "{text}"
    );
    let across = black_box(&memory.bytes()[1..]).first_chunk().unwrap();
    assert_eq!(u32::from_le_bytes(*black_box(across)), 0x0504_0302);
    assert!(memory.seen().iter().any(Access::is_partial));
    assert!(memory.seen().is_empty());
}

/// Everything a tool asks of an image.
fn read(image: &Image<'_, Verified>) -> u64 {
    let mut sum = image.build_id();
    let mut text = [0; 64];
    for (name, at) in image.modules() {
        let length = name.copy_to(&mut text);
        assert_eq!(image.module(&text[..length]), Some(at));
    }
    for (_, record) in image.strings().iter() {
        let length = record.copy_to(&mut text);
        if record.is_short() {
            assert!(
                image
                    .strings()
                    .find(record.hash(), &text[..length])
                    .is_some()
            );
        }
    }
    for function in image.functions() {
        sum += u64::from(function.flags()) + u64::from(function.frame_size());
        sum += u64::from(function.upvalue(0).is_some_and(|upvalue| upvalue.in_stack));
        sum += (0..function.numbers())
            .filter_map(|index| function.number(index))
            .max()
            .unwrap_or(0)
            & 1;
        for index in 0..function.strings() {
            let slot = function.string_slot(index).unwrap();
            sum += image.string(&function, slot).unwrap().len() as u64;
        }
        let debug = function.debug().unwrap();
        sum += debug.lines().count() as u64 + u64::from(debug.line_at(1).unwrap());
        sum += debug.local_name_at(0, 1).is_some() as u64 + debug.upvalue_name(0).is_some() as u64;
    }
    let page = image.resource(b"page.html").unwrap();
    assert_eq!(page.read(3, &mut text), 9);
    assert_eq!(&text[..9], b"seven</p>");
    sum
}

fn images_are_checked_and_read_by_words<N: NumberModel>() {
    let words = image::<N>(&[("shapes", SHAPES), ("answer", "return 42, 0.5, ...")]);
    let expected = read(&verified(&words));
    let memory = Trapped::new(&words);
    assert_eq!(read(&verified(memory.words())), expected);
    let (loads, partial) = check(&memory.seen(), &[]);
    assert!(loads > words.len() && partial == 0);
}

#[test]
fn images_are_checked_and_read_by_words_num32() {
    images_are_checked_and_read_by_words::<Num32>();
}

#[test]
fn images_are_checked_and_read_by_words_num64() {
    images_are_checked_and_read_by_words::<Num64>();
}

/// Code whose strings are keys and values alone: nobody is handed their bytes.
fn code_runs_by_words<N: NumberModel>() {
    let words = image::<N>(&[("shapes", SHAPES)]);
    let memory = Trapped::new(&words);
    let images = [verified(memory.words())];
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &images).unwrap();
    lua.set_gc_stress(true);
    let shapes = lua.try_enter(|ctx| {
        assert!(ctx.image_module(b"circle")?.is_none());
        Ok(ctx.stash(ctx.image_module(b"shapes")?.unwrap())?)
    });
    let shapes: Stash = shapes.unwrap();
    let results: (f64, i64, i64, bool) = lua.call(&shapes, ()).unwrap();
    assert_eq!(results, (82.5, 2, 2, true));
    drop(lua);
    let (loads, partial) = check(&memory.seen(), &[]);
    assert!(loads > words.len() && partial == 0);
}

#[test]
fn code_runs_by_words_num32() {
    code_runs_by_words::<Num32>();
}

#[test]
fn code_runs_by_words_num64() {
    code_runs_by_words::<Num64>();
}

/// What the module `main` of an image prints.
fn printed(words: &[u32]) -> String {
    let output = Rc::new(RefCell::new(Vec::new()));
    let mut lua = Lua::<Num32>::with_images(GcConfig::default(), &[verified(words)]).unwrap();
    let kept = output.clone();
    let write = move |text: &[u8]| kept.borrow_mut().extend_from_slice(text);
    lua.set_output(write).unwrap();
    lua.exec("LFS.main()").unwrap();
    drop(lua);
    String::from_utf8_lossy(&output.borrow()).into_owned()
}

#[test]
fn programs_load_less_than_a_word_for_text_alone() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests-lua");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}.lua")).unwrap();
    let programs = PROGRAMS.map(|name| (name, read(name)));
    for (name, source) in programs.into_iter().chain([("names", NAMES.to_owned())]) {
        let words = image::<Num32>(&[("main", &source)]);
        let expected = printed(&words);
        let memory = Trapped::new(&words);
        assert_eq!(printed(memory.words()), expected, "{name}");
        let (loads, partial) = check(&memory.seen(), &TEXT);
        println!(
            "{name}: {loads} loads, {partial} of less than a word, by code that is handed text"
        );
    }
}
