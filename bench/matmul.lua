-- Matrix multiplication (float and integer), transposition, LU determinant.
local n = tonumber((...)) or 170

local function matrix(size, f)
  local m = {}
  for i = 1, size do
    local row = {}
    for j = 1, size do row[j] = f(i, j) end
    m[i] = row
  end
  return m
end

local function transpose(m)
  return matrix(#m, function(i, j) return m[j][i] end)
end

local function multiply(a, b)
  local size, t, c = #a, transpose(b), {}
  for i = 1, size do
    local row, out = a[i], {}
    for j = 1, size do
      local column, sum = t[j], 0
      for k = 1, size do sum = sum + row[k] * column[k] end
      out[j] = sum
    end
    c[i] = out
  end
  return c
end

local function determinant(m)
  local size, det = #m, 1.0
  for k = 1, size do
    local pivot = m[k][k]
    det = det * pivot
    for i = k + 1, size do
      local factor = m[i][k] / pivot
      if factor ~= 0 then
        for j = k, size do m[i][j] = m[i][j] - factor * m[k][j] end
      end
    end
  end
  return det
end

local a = matrix(n, function(i, j) return (i - j) / n + (i + j) * 0.01 end)
local b = matrix(n, function(i, j) return 1.0 / (i + j) end)
local c = multiply(multiply(a, b), a)
local trace = 0
for i = 1, n do trace = trace + c[i][i] end

local p = matrix(n, function(i, j) return (i * j) % 10 end)
local q = multiply(p, p)
local h = 0
for i = 1, n do for j = 1, n do h = (h * 31 + q[i][j]) & 0x7fffffff end end

local d = determinant(matrix(n, function(i, j) return i == j and 2.0 or (i - j == 1 or j - i == 1) and 1.0 or 0.0 end))
print(string.format("matmul %.6f %d %.6f", trace, h, d))
