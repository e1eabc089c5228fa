-- Arithmetic and bitwise metamethods: which operand's handler is called, with what, and with what result.
local log
local function handler(name)
  return function(a, b)
    local function show(v) return type(v) == "table" and v.name or tostring(v) end
    log = name .. "(" .. show(a) .. "," .. show(b) .. ")"
    return log, "dropped"
  end
end
local ops = { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "shl", "shr", "bnot" }
local function class(prefix, name)
  local mt = {}
  for _, op in ipairs(ops) do mt["__" .. op] = handler(prefix .. op) end
  return setmetatable({ name = name }, mt)
end
local a, b = class("A.", "a"), class("B.", "b")
local plain = setmetatable({ name = "plain" }, {})
print(a + b, a - b, a * b, a / b, a % b, a ^ b, a // b)
print(a & b, a | b, a ~ b, a << b, a >> b)
print(-a, ~a, -b, ~b)
print(a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / a, a % 2, 2 % a, a ^ 2, 2 ^ a, a // 2, 2 // a)
print(a + 1.5, 1.5 + a, a - 1.5, 1.5 - a, a * 2.5, 2.5 * a, a / 2.5, 2.5 / a, a % 2.5, 2.5 % a, a ^ 2.5, 2.5 ^ a, a // 2.5, 2.5 // a)
print(a & 1, 1 & a, a | 1, 1 | a, a ~ 1, 1 ~ a, a << 1, 1 << a, a >> 1, 1 >> a)
print(a + 1000000, 1000000 - a, a * 1e300, 1e300 / a, a & 0x7ffffff, 0x7ffffff | a)
print(a + "s", "s" + a, "10" - a, a & "1", "1" | a, 1.5 & a, a | 2.5, "x" << a, a >> "x")
print(plain + b, b + plain, plain - b, -b, nil == plain)
print(pcall(function() return plain + plain end))
print(pcall(function() return plain + 1 end))
print(pcall(function() return -plain end))
print(pcall(function() return plain & 1 end))
print(pcall(function() return 1.5 | plain end))
print(pcall(function() return ~plain end))
print(a + nil, nil + a, a + true, a & true)
-- Results other than one value, and errors inside.
local mt = {}
local o = setmetatable({}, mt)
mt.__add = function() end
mt.__sub = function() return 1, 2, 3 end
mt.__mul = function() error("in mul", 0) end
mt.__div = function() return nil end
mt.__unm = function(x, y) return x == y end
print(o + 1, o - 1, (o - 1) == 1, o / 1, -o)
print(pcall(function() return o * 2 end))
print(select("#", o + 1), select("#", (o - 1)), #{ o - 1, o - 1 })
-- Handlers that are not functions.
mt.__add = setmetatable({}, { __call = function(self, x, y) return "called", x == o, y end })
print(o + 5)
mt.__add = 5
print(pcall(function() return o + 5 end))
-- In every context.
mt.__add = function(x, y) return (x == o and "o" or x) .. "+" .. (y == o and "o" or y) end
local t = { o + 1, 2 + o, k = o + 3 }
print(t[1], t[2], t.k)
t.x = o + 4
t[o + 5] = 1
print(t.x, t["o+5"], #(o + 6), (o + 7):upper())
local function f(...) return ... end
print(f(o + 1, o + 2), f((o + 3)))
if o + 1 == "o+1" then print "condition" end
local r = "r" for _ = 1, 3 do r = r .. (o + r) end
print(r)
local up = o
print((function() up = up + 1 return up end)())
-- Results are numbers: a small complex type and a big loop.
local C = {}
C.__index = C
local function complex(re, im) return setmetatable({ re = re, im = im or 0 }, C) end
local function lift(x) return type(x) == "number" and complex(x) or x end
C.__add = function(x, y) x, y = lift(x), lift(y) return complex(x.re + y.re, x.im + y.im) end
C.__mul = function(x, y) x, y = lift(x), lift(y) return complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re) end
C.__unm = function(x) return complex(-x.re, -x.im) end
C.__eq = function(x, y) return x.re == y.re and x.im == y.im end
C.__tostring = function(x) return x.re .. "+" .. x.im .. "i" end
local i = complex(0, 1)
print(tostring(i * i), tostring(1 + i * 2), tostring(-(i + 3)), i * i == complex(-1), tostring((1 + i) * (1 + i)))
local s = complex(0)
for k = 1, 100 do s = s + k * i end
print(tostring(s))
-- Metatables of other types are used as well.
local smt = getmetatable("")
smt.__add = function(x, y) return "string add " .. tostring(x) .. tostring(y) end
print("x" + "y", "10" + 1, "x" + 1, 1 + "x")
smt.__add = nil
print(pcall(function() return "x" + 1 end))
