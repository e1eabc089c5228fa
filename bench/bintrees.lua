-- Garbage: binary trees built and dropped, linked lists, short-lived strings and tables.
local depth = tonumber((...)) or 16

local function build(d)
  if d == 0 then return {} end
  return { build(d - 1), build(d - 1) }
end

local function count(tree)
  if tree[1] then return 1 + count(tree[1]) + count(tree[2]) end
  return 1
end

local function list(length)
  local head
  for i = 1, length do head = { value = i, next = head } end
  local sum = 0
  while head do
    sum = sum + head.value
    head = head.next
  end
  return sum
end

local long_lived = build(depth)
local total = 0
for d = 4, depth, 3 do
  for _ = 1, 1 << (depth - d) do total = total + count(build(d)) end
end
local sums, names = 0, 0
for i = 1, 1 << (depth - 7) do
  sums = (sums + list(500)) & 0x7fffffff
  for j = 1, 50 do names = names + #("tmp" .. i * 64 + j) end
end
print("bintrees", total, count(long_lived), sums, names)
