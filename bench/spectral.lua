-- Spectral norm: float arithmetic through small functions and arrays.
local n = tonumber((...)) or 380

local function a(i, j)
  local ij = i + j - 1
  return 1.0 / (ij * (ij - 1) * 0.5 + i)
end

local function times(x, y, size)
  for i = 1, size do
    local sum = 0
    for j = 1, size do sum = sum + x[j] * a(i, j) end
    y[i] = sum
  end
end

local function times_transposed(x, y, size)
  for i = 1, size do
    local sum = 0
    for j = 1, size do sum = sum + x[j] * a(j, i) end
    y[i] = sum
  end
end

local u, v, t = {}, {}, {}
for i = 1, n do u[i] = 1.0 end
for _ = 1, 10 do
  times(u, t, n) times_transposed(t, v, n)
  times(v, t, n) times_transposed(t, u, n)
end
local vbv, vv = 0, 0
for i = 1, n do
  vbv = vbv + u[i] * v[i]
  vv = vv + v[i] * v[i]
end
print(string.format("spectral %.9f", math.sqrt(vbv / vv)))
