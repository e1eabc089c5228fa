-- Functions: definitions, methods, arguments, tail calls, recursion, calls without parentheses.
local function f(a, b) return a, b end
print(f(), f(1), f(1, 2), (f(1, 2, 3)))
local t = { inner = { deep = {} } }
function t.f(x) return "f", x end
function t:g(x) return self == t, x end
function t.inner.deep.h(x) return "h", x end
function t.inner.deep:m(x) return self == t.inner.deep, x end
print(t.f(1), t:g(2), t.inner.deep.h(3))
print(t.inner.deep:m(4))
print(t.g(t, 5), t["f"](6))
function glob(x) return "glob", x end
print(glob(1), _G.glob == glob, _ENV.glob == glob)
local s = "str"
print(s:upper(), ("x"):rep(3), s:len(), ("%d"):format(5), #s:rep(2))
print(type(f), type(print), f == f, (function() end) ~= nil)
print((function(...) return select("#", ...) end)(1, 2, 3))
local obj = { v = 1 }
function obj:add(n) self.v = self.v + n return self end
print(obj:add(1):add(2):add(3).v)
local name = "add"
print(obj[name](obj, 10).v)
local function tail(n, acc) if n == 0 then return acc end return tail(n - 1, acc + n) end
print(tail(100000, 0))
local function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(20001), odd(20001))
local function mutual(n, log) if n == 0 then return #log end log[#log + 1] = n return mutual(n - 1, log) end
print(mutual(100, {}))
function t:loop(n) if n == 0 then return "end" end return self:loop(n - 1) end
print(t:loop(50000))
local c = setmetatable({}, { __call = function(self, n) if n == 0 then return "called" end return self(n - 1) end })
print(c(1000))
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
print(depth(10000))
print(string.format("%s", f and "yes"), type(f(1)), #{ f(1, 2) })
local function default(x, y) x = x or "dx" y = y == nil and "dy" or y return x, y end
print(default(), default(1), default(nil, false))
print(#{ (f(1, 2)) }, #{ f(1, 2), f(1, 2) }, f(f(1, 2)))
print(pcall(f), select("#", f(nil, nil)), (select("#", f())))
do
  local function f(n) return n > 0 and f(n - 1) or "inner" end
  print(f(3))
end
local g = function(n) return g end
print(g(1))
print(t.missing, pcall(t.missing), pcall(t.missing, 1))
print(pcall(function() return t.missing() end))
print(pcall(function() return t:missing() end))
print(pcall(function() local u u() end))
print(pcall(function() undefinedglobal() end))
print(pcall(function() return (1)() end))
print(pcall(function() return ("x")() end))
print(pcall(function() return ({})() end))
print(pcall(function() return t.f.x.y end))
print(pcall(function() t.nope.field = 1 end))
-- Arguments are evaluated left to right, before the call.
local log = {}
local function a(v) log[#log + 1] = v return v end
local function take(...) log[#log + 1] = "call" return ... end
take(a(1), a(2), a(3))
take(a(4) + a(5), a(6) .. a(7))
local _ = { a(8), k = a(9), a(10) }
print(table.concat(log, " "))
-- Long argument lists.
local args = {}
for i = 1, 200 do args[i] = tostring(i) end
print(load("local function s(...) return select('#', ...), (select(200, ...)) end return s(" .. table.concat(args, ",") .. ")")())
print(load("return function(" .. ("a,"):rep(100) .. "z) return z end")()(table.unpack(args, 1, 101)))
-- Functions as keys, values, results.
local reg = { [print] = "print", [f] = "f" }
print(reg[print], reg[f], reg[glob])
print((function() return function() return function() return "nested" end end end)()()())
glob, odd = nil, nil
