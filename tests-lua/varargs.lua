-- Variable arguments and adjustment of multiple results.
local function n(...) return select("#", ...) end
local function id(...) return ... end
local function none() end
print(n(), n(nil), n(nil, nil), n(1, nil), n(none()), n((none())), n(none(), none()), n(none(), 1))
print(n(id()), n(id(1, 2, 3)), n(id(1, 2, 3), 1), n(1, id(1, 2, 3)), n((id(1, 2, 3))))
print(id(1, 2, 3), id(4, 5))
print((id(1, 2, 3)))
print(#{ id(1, 2, 3) }, #{ id(1, 2, 3), 4 }, #{ (id(1, 2, 3)) }, #{ 0, id(1, 2, 3) }, #{ id(), id() }, #{ id(1, 2), id(3, 4) })
local function f(a, b, ...)
  local c, d = ...
  local t = { ... }
  return a, b, c, d, #t, select("#", ...), ...
end
print(f())
print(f(1))
print(f(1, 2))
print(f(1, 2, 3))
print(f(1, 2, 3, 4, 5, 6))
print(f(1, 2, nil, nil))
print(select(2, "a", "b", "c"), select(-1, "a", "b"), select(-2, "a", "b"))
print(select(3, 1, 2), select("#"), select(4, 1, 2) == nil)
print(pcall(select, 0, 1), pcall(select, -3, 1, 2))
print(pcall(select), pcall(select, "x"))
print(table.unpack({ 1, 2, 3 }))
print(table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2, 3 }, 2, 3), table.unpack({}, 1, 3))
print(table.unpack({ 1, 2 }, -1, 1), n(table.unpack({}, 1, 0)), n(table.unpack({}, 5, 4)))
local p = table.pack(1, nil, 3, nil)
print(p.n, p[1], p[2], p[3], p[4], table.pack().n)
print(table.unpack(p, 1, p.n))
print(pcall(table.unpack, {}, 1, 1e8))
print(pcall(table.unpack, {}, math.mininteger, math.maxinteger))
local function sum(...)
  local s = 0
  for _, v in ipairs { ... } do s = s + v end
  return s
end
print(sum(), sum(1), sum(1, 2, 3), sum(table.unpack({ 1, 2, 3, 4 })))
local big = {}
for i = 1, 250 do big[i] = i end
print(sum(table.unpack(big)), n(table.unpack(big)), select(250, table.unpack(big)), (select(100, table.unpack(big))))
print(n(table.unpack(big), table.unpack(big)), math.max(table.unpack(big)))
for i = 251, 5000 do big[i] = i end
print(n(table.unpack(big)), sum(table.unpack(big)), string.len(string.char(table.unpack(big, 65, 90))))
local function pass(...) return id(...) end
local function tail(...) return n(...) end
local function wrap(...) return (id(...)) end
print(pass(1, nil, 3), tail(nil, nil), wrap(7, 8))
local function count(k, ...) if k == 0 then return ... end return count(k - 1, k, ...) end
print(count(10))
print(n(count(200)))
local function drop(_, ...) return ... end
print(drop(drop(1, 2, 3)))
print(id(1, 2, id(3, 4, id(5))))
print((function(...) return select("#", ...), ... end)(nil, 1, nil))
local t = { id(1, 2), id(3, 4), x = id(5, 6), [id(10, 11)] = id(7, 8) }
print(#t, t[1], t[2], t[3], t.x, t[10], t[11])
local mt = setmetatable({}, { __call = function(self, ...) return n(...), ... end })
print(mt(), mt(1), mt(id(1, 2)))
local s = "x"
print(s:rep(id(2, "-")), s:rep(id(3, ",", "ignored")))
print(string.format("%s %s %s", id("a", "b", "c")), ("%d-%d"):format(id(1, 2)))
print(pcall(id, 1, 2, 3))
print(pcall(pcall, pcall, id, 1))
print(coroutine.wrap(function(...) return n(...), ... end)(1, nil))
for a, b, c, d in (function(...) return ... end), 1, nil do print(a, b, c, d) break end
-- A vararg function keeps its own arguments apart from those of its callees.
local function deep(...)
  local a = n(...)
  local b = n(id(...), ...)
  local c = (function(...) return n(...) end)(...)
  return a, b, c, ...
end
print(deep("x", "y", "z"))
local function reverse(a, ...) if a == nil then return end local function app(x, ...) return ... end return a, reverse(...) end
print(reverse(1, 2, 3))
print(load("return ...")(1, 2, 3))
print(load("local a, b = ... return b, a, select('#', ...)")(1, 2, 3))
