//! Behaviour of the standard library that programs under the reference implementation cannot show: natives that are
//! called again after an allocation failed, collections at every safe point, and yields inside library functions.

use lua_vm::api::Lua;
use lua_vm::number::{Num32, Num64, NumberModel};
use std::cell::RefCell;
use std::rc::Rc;

/// Uses every library function that allocates or calls.
const PROGRAM: &str = r##"
local mt = { __lt = function(a, b) return a.v < b.v end }
local function objects(n)
  local t = {}
  for i = 1, n do t[i] = setmetatable({ v = (i * 7) % n }, mt) end
  return t
end
local function proxy(t)
  return setmetatable({}, {
    __index = function(_, k) return t[k] end,
    __newindex = function(_, k, v) t[k] = v end,
    __len = function() return #t end,
  })
end
local t = objects(9)
table.sort(t)
for i = 1, 9 do t[i] = t[i].v end
print(table.concat(t, " "))
for i = 1, 12 do t[i] = (i * 5) % 12 .. "x" end
table.sort(t)
print(table.concat(t, ","))
table.sort(t, function(a, b) return (a .. "!") > (b .. "!") end)
print(table.concat(t, ","))
local s = { 3, 1, 2 }
local p = proxy(s)
table.sort(p)
table.insert(p, 9)
table.insert(p, 1, 8)
print(table.remove(p, 2), table.concat(p, "-"), table.unpack(p))
table.move(p, 1, 3, 2)
print(table.concat(s, ","), table.concat(table.move({ 1, 2, 3 }, 1, 3, 3), ","), #table.pack(1, 2, 3))
local big = {}
for i = 1, 40 do table.insert(big, 1, i) end
table.move(big, 1, 40, 20)
print(#big, table.concat(big, " "))
local text = "hello world"
print(text:gsub("o", "0"), text:gsub("%w+", function(w) return w .. w:upper() end))
print(text:gsub("(%w)(%w)", function(a, b) return b .. a end))
print(text:gsub("%w+", { hello = "bye", world = 5 }))
print(text:gsub("%w+", setmetatable({}, { __index = function(_, k) return k .. "#" end })))
for k, v in ("a=1, b=2, cc=33"):gmatch("(%w+)=(%w+)") do print(k .. "/" .. v) end
local named = setmetatable({}, { __tostring = function() return "T" .. 1 end })
print(("%s %5.1f %d %q %s"):format("abc" .. 1, 2.5, 3, "x\ny", named), ("x"):rep(100, ","), ("Hello" .. 5):reverse())
print(string.unpack("s4z", string.pack("s4z", "abc" .. 2, "def" .. 3)))
print(utf8.char(228, 8364, 72), string.char(104, 105, 50), ("key = value"):match("(%w+) = (%w+)"))
print(math.max(setmetatable({ v = 1 }, mt), setmetatable({ v = 2 }, mt)).v)
print((("x"):rep(300):gsub("x", function(c) return c .. "yz" end)))
"##;

/// Runs the program after `prepare`: its output and how it ended.
fn run<N: NumberModel>(
    prepare: impl FnOnce(&mut Lua<'_, N>),
) -> (Vec<u8>, Result<(), String>, u64) {
    let mut lua = Lua::<N>::new().expect("memory");
    let output = Rc::new(RefCell::new(Vec::new()));
    let sink = Rc::clone(&output);
    lua.set_output(move |bytes| sink.borrow_mut().extend_from_slice(bytes))
        .expect("memory");
    let before = lua.allocations();
    prepare(&mut lua);
    let result = lua.exec(PROGRAM).map_err(|error| error.to_string());
    let allocations = lua.allocations() - before;
    drop(lua);
    (output.take(), result, allocations)
}

fn failed_allocations_change_nothing<N: NumberModel>() {
    let (expected, result, allocations) = run::<N>(|_| {});
    assert_eq!(result, Ok(()));
    assert!(expected.len() > 1000 && allocations > 200);
    let mut retried = 0;
    for n in 0..allocations {
        let (output, result, _) = run::<N>(|lua| lua.fail_allocations_after(Some(n)));
        match result {
            Ok(()) => {
                retried += 1;
                assert_eq!(
                    String::from_utf8_lossy(&output),
                    String::from_utf8_lossy(&expected),
                    "allocation {n} failed"
                );
            }
            Err(message) => assert!(message.contains("not enough memory"), "{n}: {message}"),
        }
    }
    assert!(retried > 100, "only {retried} runs got over a failure");
}

#[test]
fn a_native_called_again_after_a_failed_allocation_does_the_same_num32() {
    failed_allocations_change_nothing::<Num32>();
}

#[test]
fn a_native_called_again_after_a_failed_allocation_does_the_same_num64() {
    failed_allocations_change_nothing::<Num64>();
}

#[test]
fn collections_at_every_safe_point_change_nothing() {
    let (expected, ..) = run::<Num64>(|_| {});
    let (output, result, _) = run::<Num64>(|lua| lua.set_gc_stress(true));
    assert_eq!(result, Ok(()));
    assert_eq!(output, expected);
}

#[test]
fn library_functions_may_be_yielded_across() {
    let mut lua = Lua::<Num64>::new().expect("memory");
    lua.exec(
        r##"
        local function collect(f)
          local n, co = 0, coroutine.create(f)
          while true do
            local ok, value = coroutine.resume(co)
            assert(ok, value)
            if coroutine.status(co) == "dead" then return value, n end
            n = n + 1
          end
        end
        local sorted, n = collect(function()
          local t = { 5, 3, 8, 1, 9, 2 }
          table.sort(t, function(a, b) coroutine.yield() return a < b end)
          return table.concat(t, ",")
        end)
        assert(sorted == "1,2,3,5,8,9" and n > 5)
        local replaced, n = collect(function()
          return (("a b c"):gsub("%a", function(c) coroutine.yield() return c:upper() end))
        end)
        assert(replaced == "A B C" and n == 3)
        local text, n = collect(function()
          local object = setmetatable({}, { __tostring = function() coroutine.yield() return "obj" end })
          return ("%s-%s"):format(object, object)
        end)
        assert(text == "obj-obj" and n == 2)
        local joined, n = collect(function()
          local list = setmetatable({}, {
            __index = function(_, i) coroutine.yield() return i * 2 end,
            __len = function() coroutine.yield() return 3 end,
          })
          return table.concat(list, " ") .. "|" .. select("#", table.unpack(list))
        end)
        assert(joined == "2 4 6|3" and n == 8)
        "##,
    )
    .expect("runs");
}

#[test]
fn the_table_sorted_may_change_under_the_comparator() {
    let mut lua = Lua::<Num64>::new().expect("memory");
    lua.exec(
        r##"
        local t = {}
        for i = 1, 50 do t[i] = (i * 37) % 50 end
        local calls = 0
        pcall(table.sort, t, function(a, b)
          calls = calls + 1
          if calls == 20 then for i = 1, 50 do t[i] = nil end end
          if calls == 30 then setmetatable(t, { __index = error, __newindex = error }) end
          return (a or 0) < (b or 0)
        end)
        assert(calls > 20)
        "##,
    )
    .expect("runs");
}
