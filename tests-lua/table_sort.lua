-- table.sort: numbers, strings, comparators, bad comparators, errors.
local function sorted(t, f) for i = 2, #t do if f and f(t[i], t[i - 1]) or not f and t[i] < t[i - 1] then return false end end return true end
local seed = 1
local function rand(n) seed = (seed * 1103515245 + 12345) & 0x7fffffff return (seed >> 8) % n end
for _, n in ipairs { 0, 1, 2, 3, 4, 5, 10, 50, 100, 101, 500, 3000 } do
  local t, sum = {}, 0
  for i = 1, n do t[i] = rand(1000) sum = sum + t[i] end
  table.sort(t)
  for i = 1, n do sum = sum - t[i] end
  io.write(n, sorted(t) and sum == 0 and #t == n and "+" or "-", " ")
end
print()
for _, make in ipairs {
  function(i) return i end, function(i) return -i end, function() return 7 end, function(i) return i % 2 end, function(i) return i % 10 end,
  function(i) return i < 250 and i or 500 - i end, function(i) return i * 7919 % 500 end, function(i) return i + 0.5 end, function(i) return i % 2 == 0 and i or -i / 2 end,
} do
  local t = {}
  for i = 1, 500 do t[i] = make(i) end
  table.sort(t)
  local u = {}
  for i = 1, 500 do u[i] = make(i) end
  table.sort(u, function(a, b) return a > b end)
  io.write(sorted(t) and "+" or "-", sorted(u, function(a, b) return a > b end) and "+" or "-", " ", tostring(t[1]), " ", tostring(u[1]), "; ")
end
print()
local words = {}
for w in ("the quick brown fox jumps over the lazy dog and THE Quick ones stay"):gmatch("%a+") do words[#words + 1] = w end
table.sort(words)
print(table.concat(words, " "))
table.sort(words, function(a, b) if a:lower() ~= b:lower() then return a:lower() < b:lower() end return a < b end)
print(table.concat(words, " "))
table.sort(words, function(a, b) if #a ~= #b then return #a < #b end return a < b end)
print(table.concat(words, " "))
local recs = {}
for i = 1, 50 do recs[i] = { id = i, k = i * 17 % 10 } end
table.sort(recs, function(a, b) if a.k ~= b.k then return a.k < b.k end return a.id > b.id end)
for i = 1, 50, 7 do io.write(recs[i].k, ":", recs[i].id, " ") end
print()
print(select("#", table.sort({})), pcall(table.sort), pcall(table.sort, 5))
print(pcall(table.sort, { 1, "a", 2 }) == false, pcall(table.sort, { 1, nil, 3 }))
print(pcall(table.sort, { 3, 1, 2 }, 5))
print(pcall(table.sort, { 3, 1, 2 }, function() error("cmp", 0) end))
print(pcall(table.sort, { {}, {} }))
-- Inconsistent comparators may give any order or an error, never a broken table.
for _, cmp in ipairs { function() return true end, function() return false end, function(a, b) return a <= b end, function() return rand(2) == 0 end } do
  local t = {}
  for i = 1, 100 do t[i] = i * 31 % 101 end
  pcall(table.sort, t, cmp)
  local set, n = {}, 0
  for i = 1, 100 do if not set[t[i]] then n = n + 1 end set[t[i]] = true end
  io.write(n, " ")
end
print()
-- A comparator that changes unrelated state, errors out halfway, or yields nothing.
local calls = 0
local t = { 5, 2, 8, 1 }
table.sort(t, function(a, b) calls = calls + 1 return a < b end)
print(table.concat(t, ","), calls > 0)
local limit = 0
local e = { 9, 8, 7, 6, 5, 4, 3, 2, 1 }
print(pcall(table.sort, e, function(a, b) limit = limit + 1 if limit > 5 then error("enough", 0) end return a < b end))
local s = 0
for _, v in ipairs(e) do s = s + v end
print(#e, s)
print((function() local q = { 3, 1, 2 } table.sort(q, function(a, b) if a < b then return 1 end end) return table.concat(q) end)())
-- Strings of all lengths.
local strs = {}
for i = 1, 200 do strs[i] = ("ab"):rep(i * 37 % 60) .. i % 7 end
table.sort(strs)
print(sorted(strs), #strs[1], #strs[200])
