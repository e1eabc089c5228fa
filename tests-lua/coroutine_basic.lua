-- create, resume, yield, status, wrap, running, isyieldable; values passed both ways.
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2, "two")
  print("got", d, e)
  return "fin", d, e
end)
print(coroutine.status(co), type(co))
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, "x", "y"))
print(coroutine.status(co))
print(coroutine.resume(co))
print(coroutine.resume(co, 1))

local gen = coroutine.wrap(function(...)
  local n = select("#", ...)
  while true do n = n + select("#", coroutine.yield(n)) end
end)
print(gen(1, 2), gen(), gen(nil), gen(nil, nil, nil))

local main, ismain = coroutine.running()
print(type(main), ismain, coroutine.isyieldable())
coroutine.wrap(function()
  local me, m = coroutine.running()
  print(type(me), m, coroutine.isyieldable(), coroutine.status(me), coroutine.status(main))
  print(coroutine.resume(me))
end)()

-- status "normal" for the coroutine that resumed another.
local outer
outer = coroutine.create(function()
  local inner = coroutine.create(function() return coroutine.status(outer) end)
  print(coroutine.resume(inner))
  print(coroutine.status(inner))
end)
coroutine.resume(outer)

print(pcall(coroutine.yield, 1))
print(pcall(coroutine.create, 5), pcall(coroutine.create))
print(pcall(coroutine.wrap, "x"))
print(pcall(coroutine.resume, 5))
print(pcall(coroutine.status, nil))
print(pcall(coroutine.status))

-- Recursive generators and nested coroutines.
local function tree(n) if n > 0 then return { left = tree(n - 1), v = n, right = tree(n - 1) } end end
local function walk(t) if t then walk(t.left) coroutine.yield(t.v) walk(t.right) end end
for v in coroutine.wrap(function() walk(tree(4)) end) do io.write(v, " ") end print()
local function walk2(t)
  if not t then return end
  for v in coroutine.wrap(function() walk2(t.left) end) do coroutine.yield(v) end
  coroutine.yield(t.v)
  for v in coroutine.wrap(function() walk2(t.right) end) do coroutine.yield(v) end
end
for v in coroutine.wrap(function() walk2(tree(4)) end) do io.write(v, " ") end print()

local function permgen(a, n)
  n = n or #a
  if n <= 1 then coroutine.yield(a) else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      permgen(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end
for p in coroutine.wrap(function() permgen { "a", "b", "c" } end) do io.write(table.concat(p), " ") end print()

-- Producer, filter, consumer.
local function producer() return coroutine.create(function() for i = 1, 4 do coroutine.yield("line " .. i) end end) end
local function filter(p) return coroutine.create(function()
  local n = 1
  while true do
    local ok, v = coroutine.resume(p)
    if not v then return end
    coroutine.yield(("%d: %s"):format(n, v))
    n = n + 1
  end
end) end
local f = filter(producer())
while true do
  local ok, v = coroutine.resume(f)
  if not v then break end
  io.write(v, "; ")
end
print()

-- Many values, many coroutines, coroutines as table keys, yields in every position.
local many = coroutine.wrap(function(...) while true do coroutine.yield(...) end end)
local big = {}
for i = 1, 240 do big[i] = i end
print(select("#", many(table.unpack(big))), (select(240, many())))
local cos = {}
for i = 1, 200 do cos[i] = coroutine.create(function(x) for k = 1, 3 do x = x + coroutine.yield(x) end return x end) end
local sum = 0
for round = 1, 4 do for i = 1, 200 do sum = sum + select(2, coroutine.resume(cos[i], i)) end end
print(sum, coroutine.status(cos[1]), coroutine.status(cos[200]))
local names = {}
names[co] = "co"
print(names[co], co == co, co ~= cos[1])
local y = coroutine.yield
local expr = coroutine.wrap(function()
  local t = { y(1), y(2), k = y(3) }
  t[y(4)] = y(5) + y(6) * y(7)
  if y(8) then t.c = y(9) .. y(10) end
  for i = y(11), y(12) do t[#t + 1] = i end
  return y(13), t, (y(14))
end)
local out = { expr() }
for i = 1, 12 do out = { expr(i) } io.write(tostring(out[1]), " ") end
out = { expr(13) } io.write(tostring(out[1]), " ")
out = { expr("last") }
print(out[1], #out[2], out[2][1], out[2].k, out[2][4], out[2].c, out[3])

-- Tail calls, varargs and methods around yields.
local function tail(n) if n == 0 then return coroutine.yield("deep") end return tail(n - 1) end
local tc = coroutine.wrap(function() return tail(1000) end)
print(tc(), tc("back", "again"))
local obj = { n = 0 }
function obj:step() self.n = self.n + coroutine.yield(self.n) return self end
local ow = coroutine.wrap(function() return obj:step():step():step().n end)
print(ow(), ow(1), ow(2), ow(3))
local direct = coroutine.wrap(coroutine.yield)
print(direct(1, 2), direct(3, 4))
print(coroutine.resume(coroutine.create(math.max), 1, 5, 3))
print(coroutine.wrap(pcall)(error, "x"))
print(select("#", coroutine.resume(coroutine.create(function() end))))
-- Deep native-free recursion inside a coroutine.
print(coroutine.wrap(function() local function d(n) if n == 0 then return 0 end return 1 + d(n - 1) end return d(5000) end)())
-- Coroutines resumed in a chain.
local function chain(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return chain(n - 1) end)() end
print(chain(50))
