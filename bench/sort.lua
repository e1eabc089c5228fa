-- Sorting: table.sort on numbers and strings, with and without a comparator; a merge sort in Lua.
local n = tonumber((...)) or 130000

local seed = 42
local function rand(limit)
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return (seed >> 8) % limit
end

local function check(t)
  local h = 0
  for i = 1, #t, 11 do h = (h * 31 + t[i]) & 0x7fffffff end
  return h
end

local function numbers(count)
  local t = {}
  for i = 1, count do t[i] = rand(1000000) end
  return t
end

local function merge_sort(t)
  local from, to, size = t, {}, #t
  local width = 1
  while width < size do
    for low = 1, size, 2 * width do
      local mid, high = math.min(low + width, size + 1), math.min(low + 2 * width, size + 1)
      local i, j = low, mid
      for k = low, high - 1 do
        if i < mid and (j >= high or from[i] <= from[j]) then
          to[k] = from[i]
          i = i + 1
        else
          to[k] = from[j]
          j = j + 1
        end
      end
    end
    from, to = to, from
    width = width * 2
  end
  return from
end

local a = numbers(n)
table.sort(a)

local b = numbers(n)
table.sort(b, function(x, y) return x > y end)

local words = {}
for i = 1, n // 4 do words[i] = "w" .. rand(100000) end
table.sort(words)
local h = 0
for i = 1, #words, 7 do h = (h * 31 + #words[i] + words[i]:byte(2)) & 0x7fffffff end

local records = {}
for i = 1, n // 4 do records[i] = { key = rand(100), id = i } end
table.sort(records, function(x, y)
  if x.key ~= y.key then return x.key < y.key end
  return x.id < y.id
end)
local g = 0
for i = 1, #records, 5 do g = (g * 31 + records[i].id) & 0x7fffffff end

print("sort", check(a), check(b), h, g, check(merge_sort(numbers(n))))
