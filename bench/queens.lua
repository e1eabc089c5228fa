-- Queens: backtracking with arrays and with bit masks.
local n = tonumber((...)) or 10

local function arrays(size)
  local columns, up, down, solutions, steps = {}, {}, {}, 0, 0
  local function place(row)
    if row > size then
      solutions = solutions + 1
      return
    end
    for c = 1, size do
      steps = steps + 1
      if not columns[c] and not up[row + c] and not down[row - c + size] then
        columns[c], up[row + c], down[row - c + size] = true, true, true
        place(row + 1)
        columns[c], up[row + c], down[row - c + size] = false, false, false
      end
    end
  end
  place(1)
  return solutions, steps
end

local function masks(size)
  local all = (1 << size) - 1
  local function place(columns, left, right)
    if columns == all then return 1 end
    local count, free = 0, all & ~(columns | left | right)
    while free ~= 0 do
      local bit = free & -free
      free = free ~ bit
      count = count + place(columns | bit, (left | bit) << 1, (right | bit) >> 1)
    end
    return count
  end
  return place(0, 0, 0)
end

local solutions, steps
for _ = 1, 10 do solutions, steps = arrays(n) end
print("queens", solutions, steps, masks(n + 2))
