-- Game of life on a torus: two-dimensional tables, neighbour counts, rows as strings.
local generations = tonumber((...)) or 700

local width, height = 64, 48
local function empty()
  local g = {}
  for y = 1, height do
    local row = {}
    for x = 1, width do row[x] = 0 end
    g[y] = row
  end
  return g
end

local function step(grid, out)
  for y = 1, height do
    local above, row, below = grid[y > 1 and y - 1 or height], grid[y], grid[y < height and y + 1 or 1]
    local target = out[y]
    for x = 1, width do
      local l, r = x > 1 and x - 1 or width, x < width and x + 1 or 1
      local sum = above[l] + above[x] + above[r] + row[l] + row[r] + below[l] + below[x] + below[r]
      if sum == 3 or sum == 2 and row[x] == 1 then target[x] = 1 else target[x] = 0 end
    end
  end
end

local grid, other = empty(), empty()
local seed = 99
for y = 1, height do
  for x = 1, width do
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    grid[y][x] = seed >> 16 & 1
  end
end

local h = 0
for _ = 1, generations do
  step(grid, other)
  grid, other = other, grid
  local alive = 0
  for y = 1, height do
    local line = table.concat(grid[y]):gsub("0+", ".")
    alive = alive + #line
  end
  h = (h * 31 + alive) & 0x7fffffff
end
print("life", h)
