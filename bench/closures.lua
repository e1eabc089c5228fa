-- Closures: creation, shared upvalues, currying, map/filter/reduce, counters.
local n = tonumber((...)) or 80000

local function counter()
  local c = 0
  return function() c = c + 1 return c end, function() return c end
end

local function counters(count)
  local sum = 0
  for i = 1, count do
    local inc, get = counter()
    inc() inc()
    if i % 2 == 0 then inc() end
    sum = sum + get()
  end
  return sum
end

local function compose(f, g) return function(x) return f(g(x)) end end
local function add(a) return function(b) return a + b end end
local function mul(a) return function(b) return a * b & 0xffff end end

local function composed(count)
  local f = add(1)
  for i = 1, 20 do f = compose(f, i % 2 == 0 and add(i) or mul(i)) end
  local h = 0
  for i = 1, count do h = (h * 31 + f(i)) & 0x7fffffff end
  return h
end

local function map(t, f)
  local r = {}
  for i = 1, #t do r[i] = f(t[i]) end
  return r
end

local function filter(t, f)
  local r = {}
  for i = 1, #t do if f(t[i]) then r[#r + 1] = t[i] end end
  return r
end

local function reduce(t, f, v)
  for i = 1, #t do v = f(v, t[i]) end
  return v
end

local function pipeline(count)
  local list, h = {}, 0
  for i = 1, 100 do list[i] = i end
  for i = 1, count // 100 do
    local k = i % 10
    local r = reduce(filter(map(list, function(v) return v * k end), function(v) return v % 3 == 0 end),
      function(a, b) return (a * 7 + b) & 0x7fffffff end, 0)
    h = (h + r) & 0x7fffffff
  end
  return h
end

local function upvalues(count)
  local a, b, c = 0, 1, 2
  local function step() a, b, c = b, c, (a + b + c) & 0xffff end
  for _ = 1, count do step() end
  return a
end

print("closures", counters(n * 4), composed(n * 2), pipeline(n * 4), upvalues(n * 40))
