-- String keys: record fields, constant and computed keys, counting words.
local n = tonumber((...)) or 600000

local function records(count)
  local list = {}
  for i = 1, 200 do
    list[i] = { id = i, name = "n" .. i, x = i, y = -i, w = 2, h = 3, active = i % 3 == 0 }
  end
  local area, moved = 0, 0
  for i = 1, count do
    local r = list[i % 200 + 1]
    r.x = r.x + r.w
    r.y = r.y - r.h
    if r.active then
      moved = moved + 1
      r.active = false
    else
      r.active = true
    end
    area = (area + r.w * r.h + r.x - r.y) & 0x7fffffff
  end
  return area, moved
end

local function counts(rounds)
  local words = {}
  for w in ("the quick brown fox jumps over the lazy dog and runs away from the bear"):gmatch("%a+") do
    words[#words + 1] = w
  end
  local seen = {}
  for i = 1, rounds do
    local w = words[i % #words + 1]
    seen[w] = (seen[w] or 0) + 1
  end
  local total = 0
  for w, c in pairs(seen) do total = total + c * #w end
  return total
end

local function computed(rounds)
  local t, hits = {}, 0
  for i = 1, rounds do
    local key = "k" .. i % 1000
    if t[key] then
      hits = hits + 1
      t[key] = t[key] + 1
    else
      t[key] = 1
    end
  end
  return hits, t.k7
end

print("fields", records(n * 3), counts(n * 2), computed(n))
