-- The debug library: information about functions, locals, upvalues, metatables.
local function f(a, b, ...)
  local c = a + b
  local info = debug.getinfo(1, "nSlutf")
  return info, c
end
local i, c = f(1, 2, 3)
print(i.short_src, i.source, i.what, i.namewhat, i.name, i.currentline, i.linedefined, i.lastlinedefined)
print(i.nups, i.nparams, i.isvararg, i.istailcall, i.func == f)
local p = debug.getinfo(print)
print(p.what, p.short_src, p.source, p.currentline, p.linedefined, p.nups, p.nparams, p.isvararg, p.func == print)
print(debug.getinfo(1, "l").currentline, debug.getinfo(1, "S").what, debug.getinfo(100), pcall(debug.getinfo, 1, "?"))
local lines = {}
for l in pairs(debug.getinfo(f, "L").activelines) do lines[#lines + 1] = l end
table.sort(lines)
print(table.concat(lines, " "))
local t = {}
function t.field() return debug.getinfo(1, "n") end
function t:method() return debug.getinfo(1, "n") end
local function loc() return debug.getinfo(1, "n") end
function glob() return debug.getinfo(1, "n") end
local r = t.field() print(r.name, r.namewhat)
r = t:method() print(r.name, r.namewhat)
r = loc() print(r.name, r.namewhat)
r = glob() print(r.name, r.namewhat)
r = (function() local x = glob() return x end)() print(r.name, r.namewhat)
r = setmetatable({}, { __index = function() return debug.getinfo(1, "n") end }).x print(r.name, r.namewhat)
local function tail() return debug.getinfo(1, "t").istailcall end
print((function() return tail() end)(), (tail()))
-- Locals.
local function locals(x, y)
  local z = "zed"
  do local inner = 1 end
  local names = {}
  local n = 1
  while true do
    local name, value = debug.getlocal(1, n)
    if not name then break end
    if name:sub(1, 1) ~= "(" then names[#names + 1] = name .. "=" .. tostring(value) end
    n = n + 1
    if n > 20 then break end
  end
  return table.concat(names, " ", 1, 3)
end
print(locals(1, "two"))
local function set() local v = 1 print(debug.setlocal(1, 1, "changed"), v) print(debug.setlocal(1, 50, 1)) end
set()
local function va(...) print(debug.getlocal(1, -1)) print(debug.getlocal(1, -2)) print(debug.getlocal(1, -3)) end
va("first", "second")
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3), pcall(debug.getlocal, 100, 1))
local co = coroutine.create(function(arg) local inside = "in co" coroutine.yield() end)
coroutine.resume(co, "arg value")
print(debug.getlocal(co, 1, 1)) print(debug.getlocal(co, 1, 2))
print(debug.getinfo(co, 1, "l").currentline, debug.getinfo(co, 0, "n").name)
-- Upvalues.
local u1, u2 = 1, "two"
local function up() return u1, u2 end
local function up2() return u2 end
print(debug.getupvalue(up, 1)) print(debug.getupvalue(up, 2)) print(debug.getupvalue(up, 3))
print(debug.setupvalue(up, 1, "set"), u1, up())
print(debug.upvalueid(up, 2) == debug.upvalueid(up2, 1), debug.upvalueid(up, 1) == debug.upvalueid(up2, 1), pcall(debug.upvalueid, up, 9))
debug.upvaluejoin(up, 1, up2, 1)
print(up())
print(debug.getupvalue(string.rep, 1), debug.setupvalue(up, 9, 1))
local chunk = load("return x, y")
print(debug.getupvalue(chunk, 1) == "_ENV", debug.setupvalue(chunk, 1, { x = "ex", y = "ey" }), chunk())
-- Metatables of any type.
print(debug.getmetatable("").__index == string, debug.getmetatable(5), debug.getmetatable(nil))
debug.setmetatable(5, { __index = function(n, k) return k .. n end, __call = function(n, x) return n + x end })
print((5).abc, (2)(3), (1.5).x)
debug.setmetatable(5, nil)
debug.setmetatable(nil, { __index = function() return "nil index" end })
print((nil).x, undefinedvar.y)
debug.setmetatable(nil, nil)
debug.setmetatable(print, { __index = { name = "a function" }, __concat = function(a, b) return "fn" end })
print(print.name, f.name, print .. "x")
debug.setmetatable(print, nil)
debug.setmetatable(true, { __tostring = function(b) return b and "yes" or "no" end, __len = function() return 1 end })
print(tostring(true), tostring(false), #true)
debug.setmetatable(true, nil)
print(debug.getmetatable(setmetatable({}, { __metatable = "hidden", v = 1 })).v)
print(debug.setmetatable({}, { __tostring = function() return "obj" end }))
print(type(debug.getregistry()), debug.getuservalue(5), type(debug.traceback()), debug.gethook())
glob = nil
