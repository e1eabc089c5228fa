-- collectgarbage: options, counts, and that garbage really goes away.
print(collectgarbage(), collectgarbage("collect"), math.type(collectgarbage("count")), collectgarbage("isrunning"))
print(collectgarbage("stop"), collectgarbage("isrunning"), collectgarbage("restart"), collectgarbage("isrunning"))
local p, s = collectgarbage("setpause", 150), collectgarbage("setstepmul", 300)
print(collectgarbage("setpause", p), collectgarbage("setstepmul", s))
print(collectgarbage("setpause", p) == p, type(collectgarbage("step")), type(collectgarbage("step", 10)))
print(pcall(collectgarbage, "nonsense"))
local function used() collectgarbage() collectgarbage() return collectgarbage("count") end
local before = used()
do
  local junk = {}
  for i = 1, 20000 do junk[i] = { i, tostring(i), function() return i end } end
  print(used() > before + 1000)
end
print(used() < before + 300)
for i = 1, 300000 do local t = { i } end
print(collectgarbage("count") < before + 20000)
local n = 0
repeat n = n + 1 until collectgarbage("step", 100) or n > 100000
print(n <= 100000)
collectgarbage("stop")
local a = collectgarbage("count")
local keep
for i = 1, 5000 do keep = { keep and i } end
print(collectgarbage("count") > a)
collectgarbage("restart")
-- Objects reachable in every way survive.
local t = { list = {}, [1] = {} }
t.self = t
local key = {}
t[key] = "by key"
local up = { v = "upvalue" }
local function get() return up.v end
local co = coroutine.wrap(function() local l = { "in coroutine" } while true do coroutine.yield(l[1]) end end)
co()
local mt = setmetatable({}, { __index = function(_, k) return "meta " .. k end })
for i = 1, 3 do collectgarbage() for j = 1, 1000 do local g = { j } end end
print(t[key], get(), co(), mt.x, t.self == t, #t.list)
-- Structures survive collections at every step.
local head
for i = 1, 2000 do
  head = { v = i, next = head }
  if i % 100 == 0 then collectgarbage("step") end
end
local c, x = 0, head
while x do c = c + x.v x = x.next end
print(c)
local strings = {}
for i = 1, 3000 do strings["key" .. i] = ("v"):rep(i % 60) .. i if i % 500 == 0 then collectgarbage() end end
local ok = true
for i = 1, 3000 do ok = ok and strings["key" .. i] == ("v"):rep(i % 60) .. i end
print(ok)
