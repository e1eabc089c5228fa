-- Hash tables with sparse integer, float and table keys; insertion, deletion, iteration with next.
local n = tonumber((...)) or 250000

local seed = 7
local function rand()
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed >> 4
end

local function sparse(count)
  local t, live = {}, 0
  for _ = 1, count do
    local k = rand() % 50000 * 16
    if t[k] then
      t[k] = nil
      live = live - 1
    else
      t[k] = k & 255
      live = live + 1
    end
  end
  local sum, seen = 0, 0
  for k, v in pairs(t) do
    sum = (sum + k * 3 + v) & 0x7fffffff
    seen = seen + 1
  end
  return sum, live == seen
end

local function sets(rounds)
  local sum = 0
  for i = 1, rounds do
    local set = {}
    for j = 1, 24 do set[(i * j) % 97 - 40] = true end
    local k = next(set)
    while k do
      sum = (sum + k) & 0x7fffffff
      k = next(set, k)
    end
  end
  return sum
end

local function graph(nodes)
  local list, edges = {}, {}
  for i = 1, nodes do list[i] = { id = i } end
  for i, v in ipairs(list) do
    edges[v] = { list[rand() % nodes + 1], list[rand() % nodes + 1], list[i % nodes + 1] }
  end
  local distance, queue, head = { [list[1]] = 0 }, { list[1] }, 1
  while queue[head] do
    local v = queue[head]
    head = head + 1
    for _, w in ipairs(edges[v]) do
      if not distance[w] then
        distance[w] = distance[v] + 1
        queue[#queue + 1] = w
      end
    end
  end
  local sum = 0
  for i, v in ipairs(list) do sum = (sum + distance[v] * i) & 0x7fffffff end
  return sum
end

local function halves(count)
  local t = {}
  for i = 1, count do t[i / 2] = i end
  local sum = 0
  for i = 1, count do sum = (sum + t[i * 0.5]) & 0x7fffffff end
  return sum
end

print("hashint", sparse(n * 2), sets(n // 25), graph(n // 6), halves(n // 2))
