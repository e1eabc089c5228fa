//! Images run from memory that is mapped read-only, and fetching their functions takes no memory.

use crate::program::{Output, image, verified};
use lfs_format::image::{Image, aligned_words};
use lua_vm::GcConfig;
use lua_vm::api::{Lua, Stash, Value};
use lua_vm::number::NumberModel;
use std::io::Write;

for_both_models!(
    programs_run_from_a_read_only_mapping,
    fetching_and_calling_modules_allocates_nothing,
    fetches_from_lua_allocate_nothing,
    top_level_functions_are_values_by_themselves,
    an_environment_of_its_own_stays_with_the_module,
    two_images_share_identity_of_strings,
);

/// An image in a file that is mapped without write permission.
fn mapped(words: &[u32]) -> memmap2::Mmap {
    let mut file = tempfile::tempfile().unwrap();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    file.write_all(&bytes).unwrap();
    // SAFETY: the file has no name, so nobody else changes it.
    unsafe { memmap2::MmapOptions::new().map(&file) }.unwrap()
}

const MODULES: [(&str, &str); 3] = [
    (
        "shapes",
        "local M = {}
         local Square = {}; Square.__index = Square
         function M.square(side) return setmetatable({side = side}, Square) end
         function Square:area() return self.side * self.side end
         function M.total(list)
           local sum = 0
           for _, shape in ipairs(list) do sum = sum + shape:area() end
           return sum
         end
         return M",
    ),
    (
        "words",
        "return {alpha = 'a long string constant, of more than forty bytes', beta = 'short'}",
    ),
    (
        "counter",
        "local n = 0 return function() n = n + 1 return n end",
    ),
];

fn programs_run_from_a_read_only_mapping<N: NumberModel>() {
    let map = mapped(&image::<N>(&MODULES));
    let image = Image::new(aligned_words(&map).unwrap())
        .unwrap()
        .verify()
        .unwrap();
    let output = Output::default();
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image]).unwrap();
    output.attach(&mut lua);
    lua.set_gc_stress(true);
    lua.exec(
        "local shapes, words, count = require 'shapes', require 'words', require 'counter'
         print(shapes.total{shapes.square(3), shapes.square(4)}, #words.alpha, words.beta)
         print(count(), count(), LFS.counter()())
         local keys = {}
         for key in pairs(words) do keys[#keys + 1] = key end
         table.sort(keys)
         print(table.concat(keys, ' '), pcall(function() return words.alpha.x.y end))
         collectgarbage()
         print(shapes.total{shapes.square(3), shapes.square(4)}, words.alpha)",
    )
    .unwrap();
    let text = output.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "25\t48\tshort");
    assert_eq!(lines[1], "1\t2\t1");
    assert!(lines[2].starts_with("alpha beta\tfalse\t"), "{}", lines[2]);
    assert_eq!(
        lines[3],
        "25\ta long string constant, of more than forty bytes"
    );
}

/// Modules whose top-level function allocates nothing of its own.
fn two_hundred_modules<N: NumberModel>() -> Vec<u32> {
    let names: Vec<String> = (0..200).map(|index| format!("module{index}")).collect();
    let sources: Vec<String> = (0..200)
        .map(|index| {
            format!(
                "local function f(x) return x + {index} end
                 function shared(x) return x end
                 return f(1), select('#', ...), 'constant {index}'"
            )
        })
        .collect();
    let modules: Vec<(&str, &str)> = names
        .iter()
        .zip(&sources)
        .map(|(name, source)| (name.as_str(), source.as_str()))
        .collect();
    image::<N>(&modules)
}

/// 200 fetches by the host and calls of what they give: not one allocation of any kind, and no object more.
fn fetching_and_calling_modules_allocates_nothing<N: NumberModel>() {
    let map = mapped(&two_hundred_modules::<N>());
    let image = Image::new(aligned_words(&map).unwrap())
        .unwrap()
        .verify()
        .unwrap();
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image]).unwrap();
    let fetch = |lua: &mut Lua<'_, N>, index: usize| -> Stash {
        lua.enter(|ctx| {
            let function = ctx
                .image_module(format!("module{index}").as_bytes())
                .unwrap();
            ctx.stash(function.expect("the module is there")).unwrap()
        })
    };
    // The first call makes the global `shared`, and the stack as long as these calls need it.
    let first = fetch(&mut lua, 0);
    lua.call::<_, ()>(&first, (5, 6)).unwrap();
    drop(first);
    let (allocations, census) = (lua.allocations(), lua.census());
    for index in 0..200 {
        let function = fetch(&mut lua, index);
        let (sum, arguments): (usize, usize) = lua.call(&function, (5, 6)).unwrap();
        assert_eq!((sum, arguments), (index + 1, 2));
    }
    assert_eq!(
        lua.allocations(),
        allocations,
        "allocations of 200 fetches and calls"
    );
    assert_eq!(lua.census(), census, "objects after 200 fetches and calls");
}

/// The same from Lua, by every way there is: nothing but the names that the driver itself makes.
fn fetches_from_lua_allocate_nothing<N: NumberModel>() {
    let map = mapped(&two_hundred_modules::<N>());
    let image = Image::new(aligned_words(&map).unwrap())
        .unwrap()
        .verify()
        .unwrap();
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[image]).unwrap();
    for fetch in [
        "node.LFS.get(name)",
        "node.LFS[name]",
        "LFS[name]",
        "node.flashindex(name)",
    ] {
        let source = format!(
            "names = {{}}
             for i = 1, 200 do names[i] = 'module' .. i - 1 end
             function driver()
               for i = 1, 200 do
                 local name = names[i]
                 local f = {fetch}
                 local sum, arguments = f(1, 2, 3)
                 if sum ~= i or arguments ~= 3 then error(name) end
               end
             end"
        );
        lua.exec(source).unwrap();
        let runner = lua.load("driver()", "=runner").unwrap();
        lua.call::<_, ()>(&runner, ()).unwrap();
        let (allocations, census) = (lua.allocations(), lua.census());
        lua.call::<_, ()>(&runner, ()).unwrap();
        assert_eq!(lua.allocations(), allocations, "{fetch}");
        assert_eq!(lua.census(), census, "{fetch}");
    }
}

/// Functions without captured variables are made without memory when a module runs; a module that captures its own
/// locals pays for its closures only.
fn top_level_functions_are_values_by_themselves<N: NumberModel>() {
    let words = image::<N>(&[(
        "functions",
        "local sum = 0
         for i = 1, 100 do
           local function plain(x) return tostring(x) end
           local function twice(x) return x * 2 end
           sum = sum + twice(i)
         end
         return sum",
    )]);
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[verified(&words)]).unwrap();
    let function = lua.enter(|ctx| {
        let function = ctx.image_module(b"functions").unwrap().unwrap();
        ctx.stash(function).unwrap()
    });
    assert_eq!(lua.call::<_, i64>(&function, ()).unwrap(), 10100);
    let allocations = lua.allocations();
    assert_eq!(lua.call::<_, i64>(&function, ()).unwrap(), 10100);
    assert_eq!(lua.allocations(), allocations);
    let same = lua.enter(|ctx| {
        let again = ctx.image_module(b"functions").unwrap().unwrap();
        ctx.raw_equal(ctx.fetch(&function).unwrap(), Value::Function(again))
    });
    assert!(same, "a module fetched twice is the same function");
}

/// A module that replaces its `_ENV` does so for itself, as a chunk loaded from source does.
fn an_environment_of_its_own_stays_with_the_module<N: NumberModel>() {
    let words = image::<N>(&[(
        "sealed",
        "local outer = _ENV
         _ENV = setmetatable({}, {__index = outer})
         leaked = 1
         function get() return leaked end
         return get",
    )]);
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &[verified(&words)]).unwrap();
    let (first, second): (i64, bool) = lua
        .eval("local get = require 'sealed' return get(), leaked == nil and _G.get == nil")
        .unwrap();
    assert_eq!((first, second), (1, true));
}

/// The same text in two images and in RAM is one key.
fn two_images_share_identity_of_strings<N: NumberModel>() {
    let first = image::<N>(&[("one", "return {shared_key = 1, other = 'text of both'}")]);
    let second = image::<N>(&[(
        "two",
        "return function(t) t.shared_key = t.shared_key + 1 return t.shared_key, t.other == 'text of both' end",
    )]);
    let images = [verified(&first), verified(&second)];
    let mut lua = Lua::<N>::with_images(GcConfig::default(), &images).unwrap();
    let (value, same, count): (i64, bool, i64) = lua
        .eval(
            "local t, f = require 'one', require 'two'
             local value, same = f(t)
             t['shared_' .. 'key'] = value + 1
             local n = 0
             for _ in pairs(t) do n = n + 1 end
             return t.shared_key, same, n",
        )
        .unwrap();
    assert_eq!((value, same, count), (3, true, 2));
}
