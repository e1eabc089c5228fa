-- Hooks: lines, calls, returns, counts; what a hook sees, and what goes wrong in one.
local function trace(src)
  local out = {}
  collectgarbage()
  local f = assert(load(src, "=x"))
  debug.sethook(function(e, l) out[#out+1] = l end, "l"); f(); debug.sethook()
  print(table.concat(out, ","))
end
trace[[if
math.sin(1)
then
  a=1
else
  a=2
end
]]
trace[[--
if nil then
  a=1
else
  a=2
end
]]
trace[[a=1
repeat
  a=a+1
until a==3
]]
trace[[ do
  return
end
]]
trace[[local a
a=1
while a<=3 do
  a=a+1
end
]]
trace[[while math.sin(1) do
  if math.sin(1)
  then break
  end
end
a=1]]
trace[[for i=1,3 do
  a=i
end
]]
trace[[for i,v in pairs{'a','b'} do
  a=tostring(i) .. v
end
]]
trace[[for i=1,4 do a=1 end]]
trace[[
local function f(x)
  if x then
    return 1
  elseif not x then
    return 2
  end
  return 3
end
f(true)
f(false)
local t = {
  1,
  f(1),
  x = 3,
}
goto l
do
  f()
end
::l::
print(
  "a",
  "b")
]]
trace[[
local x = 1
while true do
  x = x + 1
  if x > 3 then break end
end
repeat
  local y = x
  x = x - 1
until y < 2
for i = 3, 1, -1 do local f = function() return i end; f() end
for k in pairs({}) do
  print(k)
end
]]
-- events
local b = {}
local function f(x) end
local function g(x) return f(x) end
local function g1(x) g(x) end
local function h(x) local f = g1; return f(x) end
debug.sethook(function(e) b[#b+1] = e end, "cr"); h(false); debug.sethook()
print(table.concat(b, " "))
b = {}
debug.sethook(function(e) local i = debug.getinfo(2, "nSlt"); b[#b+1] = e .. ":" .. tostring(i.name)..":"..i.namewhat..":"..i.what..":"..i.currentline..":"..(i.what == "main" and "" or tostring(i.istailcall)) end, "crl")
local _ = h(1)
pcall(error, "x")
string.gsub("ab", ".", function(c) return c end)
table.sort({3,2,1}, function(a,b) return a<b end)
for i in pairs({1}) do end
local t = setmetatable({}, {__add = function() return 1 end, __index = function() end, __lt = function() return true end, __concat = function() return 'x' end})
local _ = t + 1, t.x, t < t, "a" .. t .. "b"
return_ = tostring(12)
coroutine.wrap(function() coroutine.yield(1) end)()
debug.sethook()
for i, s in ipairs(b) do print(s) end
-- count
local a = 0
debug.sethook(function(e) a = a + 1 end, "", 1)
a = 0; for i = 1, 1000 do end; print(1000 < a and a < 1012)
debug.sethook(function(e) a = a + 1 end, "", 4)
a = 0; for i = 1, 1000 do end; print(250 < a and a < 255)
print(select(2, debug.gethook()), select(3, debug.gethook()))
debug.sethook(function(e) a = a + 1 end, "", 4000)
a = 0; for i = 1, 1000 do end; print(a)
debug.sethook(print, "", 2^24 - 1)
print(select(3, debug.gethook()))
debug.sethook()
print(debug.gethook())
-- errors in hooks
print(pcall(function() debug.sethook(function() debug.sethook() error("oops", 0) end, "l")
  local x = 1
  local y = 2
end))
debug.sethook()
print(pcall(function() debug.sethook(function(e, l) debug.sethook(); error("line " .. l) end, "l")
  local x = 1
  local y = 2
end))
print(debug.gethook())
local co = coroutine.create(function(x)
  local a = 1
  coroutine.yield(debug.getinfo(1, "l"))
  coroutine.yield(debug.getinfo(1, "l").currentline)
  return a
end)
local tr = {}
local foo = function(e, l) if l then table.insert(tr, l) end end
debug.sethook(co, foo, "lcr")
print((coroutine.resume(co, 10)))
print(#tr, tr[1], tr[2], debug.gethook(co) == foo, debug.gethook())
print(coroutine.resume(co)) print(coroutine.resume(co)) print(#tr, tr[3], tr[4])
print(select(2,debug.gethook(co)))
-- traceback in hook
debug.sethook(function(e) debug.sethook(); print(debug.traceback("hook"):match("^[^\n]*\n[^\n]*\n[^\n]*")) end, "l")
local z = 1
-- yield in hook
print(coroutine.resume(coroutine.create(function()
  debug.sethook(function() coroutine.yield() end, "l")
  local x = 1
end)))
-- getlocal in return hook
do
  local function foo (a, b)
    do local x,y,z end
    local c, d = 10, 20
    return
  end
  local function aux(e)
    if debug.getinfo(2).name == "foo" then
      for i = 1, 4 do print(debug.getlocal(2, i)) end
    end
  end
  debug.sethook(aux, "r"); foo(100, 200); debug.sethook()
end
co = load[[
  local A = function ()
    return x
  end
  return
]]
debug.sethook(function(e, l) if debug.getinfo(2, "S").source ~= "@" then print(e, l, (debug.getlocal(2, 1))) end end, "l")
co()
debug.sethook()
-- lines with varargs, open results
local function va(...) return ... end
debug.sethook(function() end, "crl", 1)
print(va(va(1, 2, 3), va(4, 5)))
print((va(1, 2, 3)))
print(#{va(1,2,3)}, select('#', va(va())))
debug.sethook()
-- A hook that sets another one: the same instruction is told to the new one.
local order = {}
debug.sethook(function(e)
  order[#order + 1] = e
  debug.sethook(function(e2, l) order[#order + 1] = e2 debug.sethook() end, "l")
end, "c")
g1(1)
debug.sethook()
print(table.concat(order, " "))
-- Threads have hooks of their own; a new one has none.
local told = 0
debug.sethook(function() told = told + 1 end, "l")
local quiet = coroutine.wrap(function() local x = 1
  x = 2
  coroutine.yield(debug.gethook() == nil)
  x = 3
end)
print(quiet()) quiet()
debug.sethook()
print(told)
-- Errors leave the hook usable, and a hook leaves open results alone.
local failures = 0
for round = 1, 3 do
  print(pcall(function()
    debug.sethook(function(e, l) debug.sethook() failures = failures + 1 error("in hook", 0) end, "r")
    local s = string.rep("x", 3)
    return s
  end))
end
print(failures, debug.gethook())
local function three() return 1, 2, 3 end
local seen = 0
debug.sethook(function() seen = seen + 1 local a, b, c, d = 9, 9, 9, 9 end, "crl", 1)
local packed = { three(), three(), (three()), three() }
local joined = table.concat({ three(), three() }, ",") .. string.rep("=", select("#", three()))
debug.sethook()
print(#packed, joined, seen > 20)
-- In loops, metamethods and iterators.
local counts = { line = 0, call = 0, ["return"] = 0, count = 0, ["tail call"] = 0 }
local box = setmetatable({}, { __index = function(t, k) return k end, __concat = function(a, b) return "joined" end,
  __lt = function() return true end, __call = function(self, ...) return ... end })
debug.sethook(function(e) counts[e] = counts[e] + 1 end, "crl")
for i = 1, 3 do
  local v = box[i]
  if box < box then v = box .. "x" .. "y" end
  v = box(v)
end
for k, v in pairs { 1, 2 } do counts.x = v end
for k, v in ipairs { 1, 2 } do counts.x = v end
debug.sethook()
print(counts.line, counts.call, counts["return"], counts["tail call"])
