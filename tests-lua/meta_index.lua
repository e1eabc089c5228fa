-- __index and __newindex: tables, functions, chains, methods, raw access, missing keys, errors.
local base = { x = "base x", [1] = "base 1", m = function(self) return "m of " .. tostring(self.name) end }
local mid = setmetatable({ y = "mid y" }, { __index = base })
local obj = setmetatable({ name = "obj" }, { __index = mid })
print(obj.x, obj.y, obj.z, obj[1], obj[2], obj.name, obj:m(), rawget(obj, "x"))
obj.x = "own"
print(obj.x, base.x, rawget(obj, "x"))
obj.x = nil
print(obj.x)

local log = {}
local f = setmetatable({ real = 1 }, { __index = function(t, k) log[#log + 1] = tostring(k) return k, "dropped" end })
print(f.real, f.a, f[1], f[1.5], f[2.0], f[true], (f.b))
print(table.concat(log, " "))
print(select("#", f.q), #{ f.x, f.y })
local t = {}
t[f] = 1
print(t[f], f[f] == f, f[print] == print)
local long = ("k"):rep(100)
print(f[long] == long, f.key .. f.other, f["with space"])
local key = "dyn"
print(f[key], f[key .. 1], f[1 + 1], f[-1], f[300], f[1 << 40])
print(pcall(function() return f[nil] end), f[0 / 0] ~= f[0 / 0])

-- Chains that end in a function, and functions that return tables.
local deep = setmetatable({}, { __index = setmetatable({}, { __index = setmetatable({}, { __index = function(s, k) return k .. "!" end }) }) })
print(deep.abc, deep.x)
local chain = { value = "end" }
for _ = 1, 50 do chain = setmetatable({}, { __index = chain }) end
print(chain.value, chain.none)
local loop = {}
setmetatable(loop, { __index = loop })
print(pcall(function() return loop.x end))
local loop1, loop2 = {}, {}
setmetatable(loop1, { __index = loop2 })
setmetatable(loop2, { __index = loop1 })
print(pcall(function() return loop1.x end))
local nloop = setmetatable({}, {})
getmetatable(nloop).__newindex = nloop
print(pcall(function() nloop.x = 1 end))

-- __newindex
local store, writes = {}, {}
local w = setmetatable({ existing = 1 }, { __newindex = function(s, k, v) writes[#writes + 1] = tostring(k) .. "=" .. tostring(v) rawset(s, k, v) end })
w.existing = 2
w.a = 1 w.a = 2 w[1] = "one" w[1] = "uno" w[key] = 5 w[1.5] = 6 w.n = nil w[-3] = 7
print(table.concat(writes, " "), w.existing, w.a, w[1])
local redirect = setmetatable({}, { __newindex = store })
redirect.x = 1
redirect[2] = "two"
print(rawget(redirect, "x"), store.x, store[2])
local chain2 = setmetatable({}, { __newindex = setmetatable({}, { __newindex = setmetatable({}, { __newindex = function(s, k, v) store[k] = v .. " via chain" end }) }) })
chain2.c = "v"
print(store.c)
print(pcall(function() w[nil] = 1 end))
print(pcall(function() local q = {} q[nil] = 1 end))
print(pcall(function() local q = {} q[0 / 0] = 1 end))
print(pcall(rawset, {}, nil, 1))
local reads = setmetatable({}, { __index = function() error("read refused", 2) end, __newindex = function(_, k) error("write of " .. k .. " refused", 2) end })
print(pcall(function() return reads.x end))
print(pcall(function() reads.y = 1 end))

-- A field set to nil calls __newindex again; an absent field of a table with plain __index stays absent.
local n = 0
local again = setmetatable({}, { __newindex = function(s, k, v) n = n + 1 rawset(s, k, v) end })
again.a = 1 again.a = nil again.a = 2 again.a = 3
print(n)
local defaults = setmetatable({}, { __index = { a = false, b = nil } })
print(defaults.a, defaults.b)

-- Classes with inheritance and super calls.
local Animal = {} Animal.__index = Animal
function Animal.new(name, sound) return setmetatable({ name = name, sound = sound }, Animal) end
function Animal:speak() return self.name .. " says " .. self.sound end
local Dog = setmetatable({}, { __index = Animal }) Dog.__index = Dog
function Dog.new(name) local d = Animal.new(name, "woof") return setmetatable(d, Dog) end
function Dog:speak() return Animal.speak(self) .. "!" end
function Dog:fetch(what) return self.name .. " fetches " .. what end
local d = Dog.new "Rex"
print(d:speak(), d:fetch "ball", Animal.new("Cat", "meow"):speak())
print(pcall(function() return Animal.new("Cat", "meow"):fetch "x" end))

-- Indexing other types.
print(("abc").len == string.len, ("abc"):len(), #"abc", ("x").nosuch)
print(pcall(function() return (5).x end))
print(pcall(function() return (nil).x end))
print(pcall(function() return (true).x end))
print(pcall(function() return print.x end))
print(pcall(function() ("x").y = 1 end))
print(pcall(function() local v = 5 v.x = 1 end))
local smt = getmetatable("")
local saved = smt.__index
smt.__index = function(s, k) if type(k) == "number" then return string.sub(s, k, k) end return string[k] end
print(("hello")[1], ("hello")[5], ("hello"):upper())
smt.__index = saved
print(("hello")[1])
-- A metatable that changes while it is in use; absent handlers that appear later.
local mt = {}
local late = setmetatable({}, mt)
print(late.x)
for _ = 1, 3 do print(late.x) end
mt.__index = function() return "now" end
print(late.x)
mt.__index = nil
print(late.x)
mt.__newindex = function(s, k, v) rawset(s, k, v .. "!") end
late.y = "v"
print(late.y)
rawset(mt, "__index", { z = "raw" })
print(late.z)
setmetatable(late, nil)
print(late.z, late.y)
-- Inside loops and upvalues.
local total = 0
local squares = setmetatable({}, { __index = function(s, k) local v = k * k rawset(s, k, v) return v end })
for r = 1, 3 do for i = 1, 20 do total = total + squares[i] end end
print(total, rawlen(squares))
local g = setmetatable({}, { __index = _G })
print(load("x = type(print); return x", "c", "t", g)(), g.x, x)
