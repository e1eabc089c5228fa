-- table.insert, remove, concat, pack, unpack, move.
local function show(t, n) local r = {} for i = 1, n or #t do r[i] = tostring(t[i]) end return "{" .. table.concat(r, ",") .. "}" end
local t = {}
table.insert(t, "a") table.insert(t, "c") table.insert(t, 2, "b") table.insert(t, 1, "z") table.insert(t, #t + 1, "end")
print(show(t), select("#", table.insert(t, "x")))
print(table.remove(t), table.remove(t, 1), show(t), table.remove(t, 2), show(t), table.remove(t, #t + 1), show(t))
print(table.remove({}), table.remove({}, 0), table.remove({}, #{}), select("#", table.remove({})))
local z = { [0] = "zero" }
print(table.remove(z, 0), z[0])
z = { "only" }
print(table.remove(z, 1), table.remove(z, 1), #z, table.remove(z, 0))
for _, p in ipairs { -1, 0, 5, 4, 1 } do local q = { 1, 2, 3 } print(p, pcall(table.insert, q, p, "n"), show(q)) end
for _, p in ipairs { -1, 0, 5, 4, 1 } do local q = { 1, 2, 3 } print(p, pcall(table.remove, q, p), show(q)) end
local big = {}
for i = 1, 1000 do table.insert(big, 1, i) end
print(big[1], big[1000], #big)
for i = 1, 500 do table.remove(big, 1) end
print(big[1], #big)

print(table.concat({}), table.concat({ 1 }), table.concat({ 1, 2, 3 }), table.concat({ 1, 2, 3 }, ", "), table.concat({ "a", 2, 3.5 }, "-"))
print(table.concat({ 1, 2, 3 }, ",", 2), table.concat({ 1, 2, 3 }, ",", 2, 2), table.concat({ 1, 2, 3 }, ",", 3, 2) == "")
print(table.concat({ [0] = "z", "a" }, ",", 0), table.concat({ [5] = "five", [6] = "six" }, "+", 5, 6), pcall(table.concat, { 1, 2 }, ",", 1, 3))
print(#table.concat(big, ","), table.concat({ "x", "y" }, ("-"):rep(50)):len())
print(table.concat({ "a", "b" }, 1), pcall(table.concat, { {} }), pcall(table.concat, { "a", nil, "b" }, "", 1, 3))
print(table.concat({ [math.maxinteger] = "max" }, "-", math.maxinteger, math.maxinteger))

local p = table.pack()
print(p.n, #p, table.pack(nil).n, table.pack(1, 2, 3).n, table.pack(1, 2, 3)[2])
print(table.unpack({ 1, 2, 3 }), table.unpack({ 1, 2, 3 }, 2), table.unpack({ 1, 2, 3 }, 2, 2))
print(table.unpack({ [0] = 0, 1 }, 0, 1), table.unpack({ [-1] = "m" }, -1, -1), select("#", table.unpack({}, 1, 5)))
print(table.unpack("abc", 1, 2) == nil, pcall(table.unpack), pcall(table.unpack, 5))
print(table.unpack({ 1, 2 }, math.maxinteger, math.maxinteger) == nil, select("#", table.unpack({}, math.maxinteger, math.mininteger)))

print(show(table.move({ 1, 2, 3 }, 1, 3, 2)), show(table.move({ 1, 2, 3, 4 }, 2, 4, 1)), show(table.move({ 1, 2, 3 }, 1, 3, 1, {})))
print(show(table.move({ 1, 2, 3 }, 1, 0, 5)), show(table.move({ 1, 2, 3 }, 2, 3, 5), 6), show(table.move({ 1, 2, 3 }, 1, 3, 3), 5))
print(show(table.move({ 10, 20, 30 }, 1, 3, 1, { "a", "b", "c", "d" })), show(table.move({}, 1, 3, 1, { 1, 2, 3 }), 3))
local a, b = { 1, 2, 3 }, {}
print(table.move(a, 1, 3, 1, b) == b, table.move(a, 1, 1, 1) == a, b[3], pcall(table.move, a, 1, 2), pcall(table.move, a, 1, math.maxinteger, 2))
print(show(table.move({ [-1] = "m1", [0] = "z", "p1" }, -1, 1, 1), 3), table.move({ [math.maxinteger] = 9 }, math.maxinteger, math.maxinteger, 1)[1])

-- Borders and holes, growth from both ends, negative and sparse keys.
local g = {}
for i = 10, 1, -1 do g[i] = i end
print(#g)
for i = 1, 10 do g[i] = nil end
print(#g, next(g))
g = {}
for i = 1, 64 do g[i] = i g[-i] = -i end
print(#g, g[-64], g[64], g[0])
local count = 0
for k, v in pairs(g) do assert(k == v) count = count + 1 end
print(count)
g = { n = 0, 1, 2, 3 }
g[#g + 1] = 4 g[#g + 1] = 5
print(#g, show(g))
g[2^53] = "big" g[1e300] = "huge" g[-0.0] = "zero" g[0.5] = "half"
print(g[2^53], g[1e300], g[0], g[0.5], g[1 << 53])
-- next and pairs while fields are cleared or changed.
local d = {}
for i = 1, 100 do d[i] = i d["k" .. i] = i end
local seen = 0
for k, v in pairs(d) do d[k] = nil seen = seen + 1 end
print(seen, next(d))
for i = 1, 50 do d["x" .. i] = i end
for k, v in pairs(d) do d[k] = v * 2 end
local sum = 0
for _, v in pairs(d) do sum = sum + v end
print(sum)
print(pcall(next, d, "absent"), next({}, nil), rawlen(d))
-- Keys of every type.
local f, c = function() end, coroutine.create(print)
local m = { [1] = "i", [1.5] = "f", ["1"] = "s", [true] = "t", [false] = "fa", [f] = "fn", [c] = "co", [m or "nil"] = "x", [d] = "tab" }
print(m[1], m[1.5], m["1"], m[true], m[false], m[f], m[c], m["nil"], m[d], m[1.0], m["1.5"])
count = 0
for _ in pairs(m) do count = count + 1 end
print(count)
-- A table that grows, shrinks and grows again.
local w = {}
for round = 1, 5 do
  for i = 1, 300 do w["a" .. i] = round end
  for i = 1, 300 do if i % 7 ~= round then w["a" .. i] = nil end end
end
count = 0
for k, v in pairs(w) do count = count + v end
print(count)
