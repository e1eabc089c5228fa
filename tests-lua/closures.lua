-- Closures: capture by variable, sharing, fresh variables per iteration, lifetime after scope ends.
local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end, function(v) n = v end
end
local inc, get, set = counter()
local inc2 = counter()
print(inc(), inc(), get(), inc2(), set(10), inc(), get())

local fs = {}
for i = 1, 4 do fs[i] = function() i = i + 10 return i end end
print(fs[1](), fs[2](), fs[1](), fs[4]())
fs = {}
for _, v in ipairs { "a", "b", "c" } do fs[#fs + 1] = function() return v end end
print(fs[1](), fs[2](), fs[3]())
fs = {}
local k = 1
while k <= 3 do
  local j = k
  fs[k] = function() j = j * 2 return j end
  k = k + 1
end
print(fs[1](), fs[2](), fs[3](), fs[1](), k)
fs = {}
k = 0
repeat
  k = k + 1
  local j = k
  fs[k] = function() return j end
until j == 3
print(fs[1](), fs[2](), fs[3]())

-- Two closures of one iteration share; two iterations do not.
local pairs_of = {}
for i = 1, 3 do
  local v = i
  pairs_of[i] = { function() v = v + 1 end, function() return v end }
end
pairs_of[1][1]() pairs_of[1][1]() pairs_of[2][1]()
print(pairs_of[1][2](), pairs_of[2][2](), pairs_of[3][2]())

-- break and return close upvalues.
local function first_even(t)
  for _, v in ipairs(t) do
    local x = v
    local f = function() return x end
    if v % 2 == 0 then return f end
  end
end
print(first_even { 1, 3, 6, 7 }())
local kept
for i = 1, 10 do
  local x = i
  kept = function() x = x + 1 return x end
  if i == 5 then break end
end
print(kept(), kept())

-- Several levels.
local function level1(a)
  return function(b)
    local sum = a + b
    return function(c)
      sum = sum + c
      a = a + 1
      return sum, a, b
    end
  end
end
local l3 = level1(1)(2)
print(l3(10))
print(l3(10))

-- Parameters, varargs copies and recursion are captured as well.
local function params(x, ...)
  local rest = { ... }
  return function() x = x + #rest return x end
end
local p = params(1, "a", "b")
print(p(), p())
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(15))
local y = function(f)
  return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end)
end
print(y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(10))

-- An upvalue that is still open while another function changes it.
local function open()
  local v = 1
  local function change() v = v + 1 end
  change()
  v = v * 10
  change()
  return v
end
print(open())
local a, b = 1, 2
local function swap() a, b = b, a end
swap()
print(a, b)
do
  local a = a
  local function f() a = a + 1 return a end
  print(f(), f(), a)
end
print(a)

-- Many upvalues.
local code = { "local t = {}\n" }
for i = 1, 100 do code[#code + 1] = ("local v%d = %d\n"):format(i, i) end
code[#code + 1] = "local function sum() return 0"
for i = 1, 100 do code[#code + 1] = (" + v%d"):format(i) end
code[#code + 1] = " end\nlocal s = sum()\nv1 = 1000\nreturn s, sum()"
print(load(table.concat(code))())

-- Closures of an error path and of coroutines.
local saved
print(pcall(function()
  local x = "kept after error"
  saved = function() return x end
  error("e", 0)
end))
print(saved())
local co = coroutine.wrap(function(x)
  local n = x
  coroutine.yield(function() n = n + 1 return n end)
  coroutine.yield(n)
end)
local bump = co(5)
bump() bump()
print(co(), bump())

-- Upvalues written in one closure of a loop body while the loop variable moves on.
local out = {}
for i = 1, 3 do
  local function put() out[#out + 1] = i end
  put()
  i = i * 100
  put()
end
print(table.concat(out, " "))
local list = {}
for i = 1, 3 do
  for j = 1, 2 do
    list[#list + 1] = function(d) i = i + d j = j + d return i * 10 + j end
  end
end
print(list[1](1), list[2](1), list[1](0), list[6](5), list[5](0))
