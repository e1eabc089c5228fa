-- Assignment: order of evaluation, multiple targets, adjustment, swaps, nested tables.
local a, b, c = 1, 2
print(a, b, c)
local d, e = 1, 2, 3
print(d, e)
a, b = b, a
print(a, b)

local i, t = 1, {}
i, t[i] = i + 1, 20
print(i, t[1], t[2])

local function f(...) return ... end
local x, y, z = f(1, 2, 3)
print(x, y, z)
x, y, z = (f(1, 2, 3))
print(x, y, z)
x, y, z = f(1, 2, 3), 10
print(x, y, z)
x, y, z = 0, f(1, 2, 3)
print(x, y, z)
x, y, z = f()
print(x, y, z)
x, y, z = f(), f()
print(x, y, z)

-- All expressions are evaluated before any assignment.
local log = {}
local function at(name, v) log[#log + 1] = name return v end
local tt = {}
at("t", tt)[at("k1", 1)], at("t", tt)[at("k2", 2)] = at("v1", 10), at("v2", 20)
table.sort(log)
print(table.concat(log, " "), tt[1], tt[2])

do
  local p = { 1, 2, 3 }
  local q = p
  p[1], p = "x", nil
  print(p, q[1])
  local r = { n = 1 }
  r, r.n = { n = 5 }, 7
  print(r.n)
  local s = { {} }
  s[1].a, s[1] = 1, 2
  print(s[1])
end

do
  local u, v, w = {}, 1, 2
  u[v], u[w], v, w = w, v, u, 5
  print(v[1], v[2], w)
  local m = { 10, 20, 30 }
  local k = 1
  k, m[k], m[k + 1], m[k + 2] = 3, m[k + 2], m[k], m[k + 1]
  print(k, m[1], m[2], m[3])
end

-- Upvalues as targets and indexes.
do
  local n, list = 1, {}
  local function set() n, list[n] = n + 1, n * 10 end
  set() set() set()
  print(n, list[1], list[2], list[3])
  local function swap(...)
    local p, q = ...
    p, q = q, p
    return p, q
  end
  print(swap(1, 2))
end

-- Globals, nested fields, string and integer keys meet.
g1, g2 = 1, 2
g1, g2 = g2, g1
print(g1, g2, g3)
local deep = { a = { b = { c = 1 } } }
deep.a.b.c, deep.a.b = deep.a.b.c + 1, deep.a.b
print(deep.a.b.c)
deep["a"]["b"].d = "d"
print(deep.a.b["d"])

-- A local is not in scope in its own initialiser.
local s = "outer"
do
  local s = s .. " inner"
  print(s)
end
print(s)
local fact = function(n) return fact end
print(fact(1))
local function fact2(n) return n <= 1 and 1 or n * fact2(n - 1) end
print(fact2(10))

-- Shadowing and many locals in one statement.
local l1, l2, l3, l4, l5, l6, l7, l8, l9, l10 = 1, 2, 3, 4, 5, 6, 7, 8, 9
print(l1 + l2 + l3 + l4 + l5 + l6 + l7 + l8 + l9, l10)
local l1 = l1 + 100
print(l1)

-- Metamethods during multiple assignment.
local order = {}
local proxy = setmetatable({}, { __newindex = function(_, k, v) order[#order + 1] = k .. "=" .. v end })
proxy.a, proxy.b, proxy.c = 1, 2, 3
table.sort(order)
print(table.concat(order, " "))
