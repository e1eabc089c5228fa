-- load: strings, reader functions, modes, environments, names; string.dump and binary chunks.
print(load("return 1 + 1")(), load("x")  == nil, select("#", load("x =")))
print(type(load("")), load("-- only a comment") ~= nil, select("#", load("")()))
local parts = { "return ", "1", " + ", "2", "", "never read" }
local i = 0
print(load(function() i = i + 1 return parts[i] end)(), i)
i = 0
local chars = "local t = {} for i = 1, 3 do t[i] = i * i end return table.concat(t, ',')"
print(load(function() i = i + 1 if i <= #chars then return chars:sub(i, i) end end)())
print(type(load(function() return nil end)), pcall(load, function() error("reader", 0) end))
print(pcall(load, function() return {} end))
print(pcall(load, function() return true end))
print(pcall(load, 5), pcall(load), pcall(load, {}))
print(load("return ...", "name")(1, 2))
print(load("return a, b", "n", "t", { a = 1, b = 2 })())
local env = {}
load("a = 1; function f() return a end", "n", "bt", env)()
print(env.a, env.f(), a, f)
print(load("return _ENV", "n", "t", nil)(), pcall(load("return print", "n", "t", nil)))
print(load("return 1", "n", "b"))
print(load("\27Lua", "n", "t"))
print((load("\27Lua garbage", "n", "b")) == nil, (load("\27", "n")) == nil, (load("\27garbage garbage garbage garbage")) == nil)
print(load("goto x"), load("break"))
print(load("return 1", "n", "x"))

-- Loaded functions share globals, not locals.
local hidden = 1
shared = 2
print(load("return hidden, shared")())
load("shared = shared + 1")()
print(shared)
shared = nil
-- Each load gives a new function with its own upvalues.
local src = "local n = 0 return function() n = n + 1 return n end"
local c1, c2 = load(src)(), load(src)()
print(c1(), c1(), c2())
-- Chunks are vararg functions.
print(select("#", load("return ...")()), select("#", load("return ...")(nil, nil)), load("local a, b = ... return b")(1, 2))

-- string.dump
local function add(a, b) return a + b end
local d = string.dump(add)
print(type(d), #d > 0, load(d)(3, 4), load(d, "n", "b")(5, 6), load(d, "n", "t"))
print(load(string.dump(add, true))(1, 2))
local function up() return hidden end
local u = load(string.dump(up))
print(u() == _G)
print(load(string.dump(function(n) local function f(k) return k <= 1 and 1 or k * f(k - 1) end return f(n) end))(10))
print(load(string.dump(function(...) return select("#", ...), ... end))(1, nil, 3))
print(load(string.dump(function() return "string", 1, 2.5, true, nil, -7, 1e300, ("x"):rep(3), "\0zero\0" end))())
print(load(string.dump(load("return print ~= nil, x", "n", "t", {})))())
print(load(string.dump(load("return x")), "n", "b", { x = "from env" })())
print(load(string.dump(function() local t = {} for i = 1, 10 do if i % 2 == 0 then goto c end t[#t + 1] = i ::c:: end return table.concat(t, " ") end))())
print(pcall(load(string.dump(function() local x = nil; return x.field end, true))) == false)
print(pcall(string.dump, print), pcall(string.dump), pcall(string.dump, 5))
local long = load("return '" .. ("long"):rep(200) .. "'")
print(load(string.dump(long))() == long(), #load(string.dump(long))())
-- A dump of a dump is stable, and pieces work through a reader.
local once = string.dump(load(d))
print(load(once)(1, 1), string.dump(load(once)) == once)
local at = 0
print(load(function() at = at + 1 return at <= #d and d:sub(at, at) or nil end)(20, 22))
-- Truncated or changed dumps are refused or harmless.
local refused = 0
for n = 1, #d - 1 do if not load(d:sub(1, n), "n", "b") then refused = refused + 1 end end
print(refused == #d - 1)
print(dofile == nil, loadfile == nil, pcall(loadfile, "/nonexistent/file.lua"))
