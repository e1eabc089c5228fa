-- Coroutines: generators, producer/filter/consumer chains, permutations, a round-robin scheduler.
local n = tonumber((...)) or 150000

local function range(limit)
  return coroutine.wrap(function()
    for i = 1, limit do coroutine.yield(i) end
  end)
end

local function chain(limit)
  local source = range(limit)
  local evens = coroutine.wrap(function()
    for v in source do if v % 2 == 0 then coroutine.yield(v) end end
  end)
  local h = 0
  for v in evens do h = (h * 31 + v) & 0x7fffffff end
  return h
end

local function permutations(a, size)
  if size == 0 then
    coroutine.yield(a)
  else
    for i = 1, size do
      a[i], a[size] = a[size], a[i]
      permutations(a, size - 1)
      a[i], a[size] = a[size], a[i]
    end
  end
end

local function count_permutations(size)
  local a, h = {}, 0
  for i = 1, size do a[i] = i end
  for p in coroutine.wrap(function() permutations(a, size) end) do
    h = (h * 31 + p[1] * 10 + p[size]) & 0x7fffffff
  end
  return h
end

local function scheduler(tasks, steps)
  local ready, sum = {}, 0
  for i = 1, tasks do
    ready[i] = coroutine.create(function(a)
      local acc = a
      for s = 1, steps do acc = (acc + coroutine.yield(acc + s)) & 0xffff end
      return acc
    end)
  end
  while #ready > 0 do
    local keep = {}
    for i, co in ipairs(ready) do
      local ok, v = coroutine.resume(co, i)
      sum = (sum + v) & 0x7fffffff
      if ok and coroutine.status(co) ~= "dead" then keep[#keep + 1] = co end
    end
    ready = keep
  end
  return sum
end

local function short_lived(count)
  local sum = 0
  for i = 1, count do
    local co = coroutine.wrap(function(v) return v + coroutine.yield(v) end)
    sum = (sum + co(i) + co(2)) & 0x7fffffff
  end
  return sum
end

print("coroutines", chain(n * 6), count_permutations(8), scheduler(100, n // 100), short_lived(n))
