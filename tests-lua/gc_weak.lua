-- Weak tables: keys, values, both; ephemerons; strings, numbers and functions in them.
local function count(t) local n = 0 for _ in pairs(t) do n = n + 1 end return n end
local function gc() collectgarbage() collectgarbage() end
local v = setmetatable({}, { __mode = "v" })
local keep = {}
v[1] = {} v[2] = keep v.a = {} v.b = keep v[3] = "string" v[4] = 5 v[5] = print
gc()
print(v[1], v[2] == keep, v.a, v.b == keep, v[3], v[4], v[5] == print)
local k = setmetatable({}, { __mode = "k" })
k[{}] = 1 k[keep] = 2 k.str = {} k[5] = {} k[print] = "p"
gc()
print(count(k), k[keep], type(k.str), type(k[5]), k[print])
local kv = setmetatable({}, { __mode = "kv" })
kv[{}] = keep kv[keep] = {} kv[1] = {} kv.x = keep kv[keep] = keep
gc()
print(count(kv), kv.x == keep, kv[keep] == keep)
-- Cycles do not keep each other alive.
local w = setmetatable({}, { __mode = "v" })
do
  local a, b = {}, {}
  a.b, b.a = b, a
  w[1], w[2] = a, b
end
gc()
print(w[1], w[2])
-- Ephemerons: a value that refers to its own key does not keep it.
local e = setmetatable({}, { __mode = "k" })
do
  local key = {}
  e[key] = { key }
  local k1, k2, k3 = {}, {}, {}
  e[k1] = k2 e[k2] = k3 e[k3] = k1
end
gc()
print(count(e))
-- Chains of ephemerons hang on a strong first key.
local first = {}
do
  local prev = first
  for i = 1, 100 do local nx = { i } e[prev] = nx prev = nx end
end
gc()
print(count(e))
local n, x = 0, first
while e[x] do x = e[x] n = n + 1 end
print(n, x[1])
x = nil
first = nil
gc()
print(count(e))
-- Across two tables.
local e1, e2 = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })
local root = {}
do local m, l = {}, {} e1[root] = m e2[m] = l e1[l] = "end" end
gc()
print(e1[e2[e1[root]]])
root = nil
gc()
print(count(e1), count(e2))
-- The mode may change; weak tables as metatables, caches, sets of objects.
local c = {}
c[1] = {}
setmetatable(c, { __mode = "v" })
gc()
print(c[1])
local mode = {}
local d = setmetatable({ {}, {} }, mode)
gc()
print(#d)
mode.__mode = "v"
setmetatable(d, mode)
gc()
print(#d)
local cache = setmetatable({}, { __mode = "v" })
local function memo(i) local r = cache[i] if not r then r = { i * i } cache[i] = r end return r end
local held = memo(3)
for i = 1, 100 do memo(i) end
gc()
print(memo(3) == held, count(cache))
local objects = setmetatable({}, { __mode = "k" })
local live = {}
for i = 1, 100 do local o = { i } objects[o] = true if i % 10 == 0 then live[#live + 1] = o end end
gc()
print(count(objects))
local sum = 0
for o in pairs(objects) do sum = sum + o[1] end
print(sum)
-- Removal during collection leaves the table usable; arrays of weak values.
local arr = setmetatable({}, { __mode = "v" })
for i = 1, 200 do arr[i] = i % 2 == 0 and live or {} end
gc()
print(count(arr), arr[1], arr[2] == live, arr[199], arr[200] == live)
arr[1] = live arr[201] = live
print(arr[1] == live, count(arr))
-- Closures, coroutines and strings built at run time.
local wf = setmetatable({}, { __mode = "v" })
do local u = {} wf.f = function() return u end wf.co = coroutine.create(function() return u end) wf.s = "built" .. #live wf.n = 1.5 end
gc()
print(wf.f, wf.co, wf.s, wf.n)
local wk = setmetatable({}, { __mode = "k" })
wk["dyn" .. #live] = {} wk[1.5] = {} wk[true] = {}
gc()
print(count(wk))
-- next works on weak tables whose entries vanish between steps.
local wn = setmetatable({}, { __mode = "k" })
for i = 1, 50 do wn[{}] = i end
local key = next(wn)
gc()
print(count(wn) <= 1, key ~= nil)
