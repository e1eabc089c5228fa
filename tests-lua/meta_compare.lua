-- __eq, __lt, __le (with __lt as its substitute), and the conversion of results to booleans.
local log = {}
local function note(name, r) return function(a, b) log[#log + 1] = name .. a.n .. b.n return r end end
local mt = { __eq = note("eq", 1), __lt = note("lt", "yes"), __le = note("le", nil) }
local function new(n, m) return setmetatable({ n = n }, m or mt) end
local a, b = new "a", new "b"
print(a == b, a ~= b, a < b, a > b, a <= b, a >= b, not (a < b), not (a == b))
print(table.concat(log, " "))
log = {}
print(a == a, a ~= a, rawequal(a, b), rawequal(a, a))
print(a == 1, a == "x", a == nil, a ~= nil, 1 == a, #log)

-- __eq: the first operand's handler, else the second's; different metatables are allowed.
local m1 = { __eq = function() return true end }
local m2 = {}
print(new("x", m1) == new("y", m2), new("y", m2) == new("x", m1), new("y", m2) == new("z", m2))
local m3 = { __eq = function() return false end }
print(new("x", m1) == new("y", m3), new("y", m3) == new("x", m1))

-- __le falls back to not (b < a).
local order = {}
local lt_only = { __lt = function(x, y) order[#order + 1] = x.n .. "<" .. y.n return x.n < y.n end }
local p, q = new("p", lt_only), new("q", lt_only)
print(p < q, q < p, p <= q, q <= p, p <= p, p >= q, p > q)
print(table.concat(order, " "))

-- Mixed operands.
local mixed = { __lt = function(x, y)
  return (type(x) == "table" and x.v or x) < (type(y) == "table" and y.v or y)
end }
mixed.__le = function(x, y)
  return (type(x) == "table" and x.v or x) <= (type(y) == "table" and y.v or y)
end
local five = setmetatable({ v = 5 }, mixed)
print(five < 6, five < 5, 4 < five, 5 < five, five <= 5, five <= 4, 5 <= five, 6 <= five)
print(five > 4, five > 5, 6 > five, 5 > five, five >= 5, five >= 6, 5 >= five, 4 >= five)
print(five < 6.5, 4.5 < five, five <= 1000000, 1000000 > five, five < 1e300, -1 < five)
print(pcall(function() return five < "6" end))
if five < 6 then print "branch 1" end
if not (five < 5) then print "branch 2" end
if 4 < five and five < 6 then print "between" end
local n = 0
while five > n do n = n + 1 end
print(n)
repeat n = n - 1 until five >= n + 3
print(n)
local r = five < 6 and "yes" or "no"
print(r, five < 5 and "yes" or "no", (five <= 5) == true)

-- Sets by inclusion.
local Set = {}
Set.__index = Set
function Set.new(l) local s = setmetatable({}, Set) for _, v in ipairs(l) do s[v] = true end return s end
Set.__le = function(x, y) for k in pairs(x) do if not y[k] then return false end end return true end
Set.__lt = function(x, y) return x <= y and not (y <= x) end
Set.__eq = function(x, y) return x <= y and y <= x end
local s1, s2 = Set.new { 1, 2 }, Set.new { 1, 2, 3 }
print(s1 <= s2, s1 < s2, s2 <= s1, s1 < s1, s1 == Set.new { 2, 1 }, s1 ~= s2, s1 > s2)

-- Errors.
print(pcall(function() return a < 1 end))
print(pcall(function() return {} < {} end))
print(pcall(function() return new("x", {}) <= new("y", {}) end))
print(pcall(function() return {} < 1 end))
print(pcall(function() return "a" < {} end))
local err = { __lt = function() error("lt failed", 0) end, __eq = function() error({ "eq" }) end }
print(pcall(function() return new("x", err) < new("y", err) end))
print(type(select(2, pcall(function() return new("x", err) == new("y", err) end))))
print(pcall(function() return new("x", { __lt = 1 }) < new("y", { __lt = 1 }) end))

-- Equality inside tables is raw.
local t = {}
t[new("k", m1)] = 1
print(t[new("k", m1)])
-- Sorting with __lt.
local items = {}
for i, v in ipairs { 5, 3, 9, 1, 7 } do items[i] = setmetatable({ v = v }, mixed) end
table.sort(items)
for i, v in ipairs(items) do io.write(v.v, " ") end print()
table.sort(items, function(x, y) return x > y end)
for i, v in ipairs(items) do io.write(v.v, " ") end print()
print(math.max(3, 9, 2), pcall(math.max, five, 6))
