-- Integer arithmetic and nested numeric loops: Collatz lengths, gcd sums, digit sums.
local n = tonumber((...)) or 180000

local function collatz(limit)
  local best, longest = 0, 0
  for i = 1, limit do
    local x, len = i, 1
    while x ~= 1 do
      if x % 2 == 0 then x = x // 2 else x = 3 * x + 1 end
      len = len + 1
    end
    if len > longest then best, longest = i, len end
  end
  return best, longest
end

local function gcd_sum(limit)
  local sum = 0
  for i = 1, limit do
    for j = i, limit do
      local a, b = i, j
      while b > 0 do a, b = b, a % b end
      sum = sum + a
    end
  end
  return sum
end

local function digits(limit)
  local sum = 0
  for i = limit, 1, -3 do
    local v = i
    repeat
      sum = sum + v % 10
      v = v // 10
    until v == 0
  end
  return sum
end

print("loops_int", collatz(n // 4), gcd_sum(n // 150), digits(n * 5))
