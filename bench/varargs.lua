-- Variable arguments and multiple results: select, table.pack, table.unpack, pcall, tail calls.
local n = tonumber((...)) or 450000

local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end

local function packed(...)
  local t = { ... }
  local s = 0
  for i = 1, #t do s = s + t[i] end
  return s, #t
end

local function pass(f, ...) return f(...) end
local function rotate(a, b, c, ...) return b, c, a, ... end
local function count_down(i, acc)
  if i == 0 then return acc end
  return count_down(i - 1, acc + i & 0xffff)
end

local h = 0
for i = 1, n do
  h = (h * 31 + sum(i, 2, 3, 4)) & 0x7fffffff
  local s, c = packed(1, i, rotate(4, 5, i, 7))
  h = (h + s * c) & 0x7fffffff
  h = (h + pass(sum, table.unpack({ i, i + 1, i + 2 }))) & 0x7fffffff
  local ok, a, b = pcall(rotate, i, 2, 3)
  if ok then h = (h + a + b) & 0x7fffffff end
  if i % 16 == 0 then
    local good, message = pcall(error, "x" .. i % 10, 0)
    h = (h + (good and 1 or #message)) & 0x7fffffff
    h = (h + count_down(100, i)) & 0x7fffffff
  end
end
print("varargs", h)
