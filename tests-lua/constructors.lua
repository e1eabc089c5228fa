-- Table constructors: order, mixed forms, big tables, batches of list items, nested tables.
local t = { 1, 2, 3; "four", x = 10, ["y z"] = 20, [100] = "hundred", 5, }
print(#t, t[4], t[5], t.x, t["y z"], t[100])
local u = { [1] = "explicit", "positional" }
print(u[1], #u)
local w = { f = function(s) return s end, { nested = { deep = { 1, 2 } } } }
print(w.f "called", w[1].nested.deep[2])
local n = { nil, nil, 3 }
print(n[3], select("#", table.unpack(n, 1, 3)))
print(#{}, #{ nil }, #{ {} , {} }, next({}), next({ nil }))
local k = "key"
local d = { [k] = 1, [k .. k] = 2, [1 + 1] = 3, [1.5] = 4, [true] = 5, [print] = 6, [2.0 ^ 3] = 7 }
print(d.key, d.keykey, d[2], d[1.5], d[true], d[print], d[8])
for _, size in ipairs { 0, 1, 49, 50, 51, 99, 100, 101, 127, 128, 129, 200, 255, 256, 257, 1000, 30000 } do
  local items = {}
  for i = 1, size do items[i] = tostring(i) end
  local r = load("return {" .. table.concat(items, ",") .. "}")()
  local ok = #r == size
  for i = 1, size do ok = ok and r[i] == i end
  io.write(size, ok and "+" or "-", " ")
end
print()
local function three() return "a", "b", "c" end
for _, size in ipairs { 0, 1, 47, 48, 49, 50, 51, 100 } do
  local items = ("0,"):rep(size)
  local r = load("local f = ... return {" .. items .. "f()}")(three)
  local q = load("local f = ... return {" .. items .. "(f())}")(three)
  local v = load("return {" .. items .. "...}")(three())
  io.write(#r, r[#r], " ", #q, q[#q], " ", #v, v[#v], " ")
end
print()
local fields = {}
for i = 1, 600 do fields[i] = ("k%d=%d"):format(i, i * 2) end
local r = load("return {" .. table.concat(fields, ",") .. "}")()
local sum = 0
for key, v in pairs(r) do assert("k" .. v // 2 == key) sum = sum + v end
print(sum)
local mixed = {}
for i = 1, 300 do mixed[i] = i % 3 == 0 and ("[%d]=%q"):format(1000 + i, "s" .. i) or i % 3 == 1 and tostring(i) or ("f%d='v%d'"):format(i, i) end
r = load("return {" .. table.concat(mixed, ",") .. "}")()
print(#r, r[100], r[1300], r.f299, r[1003])
print(pcall(function() return { [nil] = 1 } end))
print(pcall(function() return { [0 / 0] = 1 } end))
local a = { { 1, 2 }, { 3, 4, { 5, { 6 } } } }
print(a[2][3][2][1], #a[2])
local deep = load("return " .. ("{"):rep(150) .. "42" .. ("}"):rep(150))()
local levels = 0
while type(deep) == "table" do deep = deep[1] levels = levels + 1 end
print(levels, deep)
-- Every evaluation makes a new table.
local function make() return { 1, s = "x" } end
local p, q = make(), make()
p[1], p.s = 2, "y"
print(q[1], q.s, p ~= q)
local rows = {}
for i = 1, 3 do rows[i] = { i, i * i, name = "row" .. i } end
print(rows[1].name, rows[3][2], rows[2].name)
local x = { [1] = 1, [2] = 2, [3] = 3, 10 }
print(x[1], x[2], x[3], #x)
print(({ 1, 2, 3 })[2], ({ a = { b = "c" } }).a.b, #{ ... , "end" } >= 1)
local big = { 1.5, -1, 2^53, math.huge, -math.huge, 1e300, 0x7fffffff, -0.0, "", ("x"):rep(3), true, false }
print(#big, big[3], big[6], big[12])
