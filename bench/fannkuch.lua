-- Fannkuch: permutations of small arrays, flips, table.unpack-free swaps.
local n = tonumber((...)) or 9

local function fannkuch(size)
  local p, q, count = {}, {}, {}
  for i = 1, size do p[i], count[i] = i, i end
  local sign, most, sum = 1, 0, 0
  while true do
    local first = p[1]
    if first ~= 1 then
      for i = 2, size do q[i] = p[i] end
      local flips = 1
      while true do
        local other = q[first]
        if other == 1 then
          sum = sum + sign * flips
          if flips > most then most = flips end
          break
        end
        q[first] = first
        if first >= 4 then
          local i, j = 2, first - 1
          repeat
            q[i], q[j] = q[j], q[i]
            i, j = i + 1, j - 1
          until i >= j
        end
        first = other
        flips = flips + 1
      end
    end
    if sign == 1 then
      p[1], p[2] = p[2], p[1]
      sign = -1
    else
      p[2], p[3] = p[3], p[2]
      sign = 1
      for i = 3, size do
        local c = count[i]
        if c ~= 1 then
          count[i] = c - 1
          break
        end
        if i == size then return sum, most end
        count[i] = i
        local head = p[1]
        for j = 1, i do p[j] = p[j + 1] end
        p[i + 1] = head
      end
    end
  end
end

print("fannkuch", fannkuch(n))
