//! Modules written for Lua 5.1, after `enable_compat51`.

use lua_vm::api::Lua;
use lua_vm::number::NumberModel;

for_both_models! {
    a_module_has_an_environment_of_its_own,
    environments_of_functions,
    names_that_were_dropped,
    nothing_of_it_is_there_unasked,
}

fn with_compat51<N: NumberModel>() -> Lua<'static, N> {
    let mut lua = Lua::new().unwrap();
    lua.enable_compat51().unwrap();
    lua
}

fn a_module_has_an_environment_of_its_own<N: NumberModel>() {
    let mut lua = with_compat51::<N>();
    lua.exec(
        "package.preload.old = loadstring[[
             local base = _G
             module('my.old', package.seeall)
             count = 0
             function bump(n) count = count + (n or 1) return count end
             function where() return _NAME, _PACKAGE, _M == base.my.old end
             local function hidden() return string.upper('x') end
             function use() return hidden() end
         ]]
         package.preload.bare = loadstring[[module(...) x = 10]]",
    )
    .unwrap();
    let texts: (bool, bool, bool, bool, String) = lua
        .eval(
            "require 'old'
             local m = my.old
             local name, package_name, same = m.where()
             local b = require 'bare'
             return m.bump() + m.bump(5) == 7 and count == nil,
                 name == 'my.old' and package_name == 'my.' and same,
                 package.loaded['my.old'] == m and bare == b,
                 b.x == 10 and b.print == nil and x == nil,
                 m.use()",
        )
        .unwrap();
    assert_eq!(texts, (true, true, true, true, "X".to_owned()));
    let conflict = lua.exec("text = 'x' module('text.inside')").unwrap_err();
    assert!(
        String::from_utf8_lossy(conflict.message()).contains("name conflict for module"),
        "{conflict}"
    );
}

fn environments_of_functions<N: NumberModel>() {
    let mut lua = with_compat51::<N>();
    let ok: (bool, bool, bool, bool) = lua
        .eval(
            "a = 1
             local f, other = loadstring('return a'), loadstring('return a')
             local own = setfenv(f, { a = 2 }) == f and f() == 2 and other() == 1
             local function changed()
                 setfenv(1, { getfenv = getfenv })
                 z = 3
                 return getfenv(1), function() return z end
             end
             local environment, inner = changed()
             local function caller()
                 local function callee() setfenv(2, { v = 'given' }) end
                 callee()
                 return v
             end
             return own,
                 environment.z == 3 and z == nil and inner() == 3 and getfenv(inner) == environment,
                 caller() == 'given' and v == nil,
                 getfenv(print) == _G and getfenv(0) == _G and getfenv() == _G
                     and not pcall(setfenv, print, {}) and not pcall(setfenv, 99, {})",
        )
        .unwrap();
    assert_eq!(ok, (true, true, true, true));
}

fn names_that_were_dropped<N: NumberModel>() {
    let mut lua = with_compat51::<N>();
    let ok: (bool, bool, bool) = lua
        .eval(
            "local seen = {}
             table.foreachi({ 'a', 'b' }, function(i, v) seen[i] = v end)
             local found = table.foreach({ 5, 6 }, function(k, v) if v == 6 then return k end end)
             local words = {}
             for word in string.gfind('p q', '%w') do words[#words + 1] = word end
             return table.concat(seen) == 'ab' and found == 2,
                 table.concat(words) == 'pq' and math.mod(7, 3) == 1,
                 table.getn { 1, 2, 3 } == 3 and gcinfo() >= 0",
        )
        .unwrap();
    assert_eq!(ok, (true, true, true));
}

fn nothing_of_it_is_there_unasked<N: NumberModel>() {
    let mut lua = Lua::<N>::new().unwrap();
    let absent: bool = lua
        .eval("return not (module or setfenv or getfenv or package.seeall or table.getn)")
        .unwrap();
    assert!(absent);
}
