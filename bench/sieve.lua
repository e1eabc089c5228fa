-- Arrays: sieve of Eratosthenes, prefix sums, in-place reversal, a ring queue.
local n = tonumber((...)) or 1800000

local function sieve(limit)
  local composite, count = {}, 0
  for i = 1, limit do composite[i] = false end
  for i = 2, limit do
    if not composite[i] then
      count = count + 1
      for j = i + i, limit, i do composite[j] = true end
    end
  end
  return count
end

local function sums(limit)
  local t = {}
  for i = 1, limit do t[#t + 1] = i % 7 end
  for i = 2, #t do t[i] = t[i] + t[i - 1] end
  local i, j = 1, #t
  while i < j do
    t[i], t[j] = t[j], t[i]
    i, j = i + 1, j - 1
  end
  local check = 0
  for k, v in ipairs(t) do check = (check * 31 + k + v) & 0x7fffffff end
  return check
end

local function queue(rounds)
  local q, head, tail, sum = {}, 1, 0, 0
  for i = 1, rounds do
    tail = tail + 1
    q[tail] = i
    if i % 3 == 0 then
      sum = (sum + q[head] * 7) & 0x7fffffff
      q[head] = nil
      head = head + 1
    end
  end
  return sum, tail - head
end

print("sieve", sieve(n), sums(n), queue(n // 2))
