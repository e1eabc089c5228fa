-- Float arithmetic in loops: integration, Newton roots, a logistic map, float loop variables.
local n = tonumber((...)) or 3000000

local function integrate(steps)
  local h, sum = 1.0 / steps, 0.0
  for i = 1, steps do
    local x = h * (i - 0.5)
    sum = sum + 4.0 / (1.0 + x * x)
  end
  return sum * h
end

local function roots(count)
  local sum = 0.0
  for i = 1, count do
    local v = i * 0.25
    local r = v
    for _ = 1, 12 do r = 0.5 * (r + v / r) end
    sum = sum + r
  end
  return sum
end

local function logistic(steps)
  local x, low = 0.3, 0
  for _ = 1, steps do
    x = 3.7 * x * (1.0 - x)
    if x < 0.5 then low = low + 1 end
  end
  return low
end

local function ramp(step)
  local sum = 0.0
  for x = 0.0, 1.0, step do
    if x ^ 2 > 0.25 then sum = sum + x else sum = sum - x end
  end
  return sum
end

print(string.format("loops_float %.10f %.6f %d %.6f",
  integrate(n), roots(n // 8), logistic(n) // 1000, ramp(1.0 / n)))
