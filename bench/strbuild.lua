-- String building: `..` chains, table.concat, rep, sub, byte, char, reverse, upper.
local n = tonumber((...)) or 200000

local function check(h, s)
  for i = 1, #s, 7 do h = (h * 31 + s:byte(i)) & 0x7fffffff end
  return h
end

local function append(count)
  local h = 0
  for i = 1, count // 100 do
    local s = ""
    for j = 1, 60 do s = s .. (i + j) % 10 end
    h = check(h, s)
  end
  return h
end

local function chain(count)
  local h = 0
  for i = 1, count do
    local s = "key" .. i .. ":" .. i * 2 .. ";" .. (i & 1 == 0 and "even" or "odd")
    h = (h * 31 + #s) & 0x7fffffff
  end
  return h
end

local function join(count)
  local parts = {}
  for i = 1, count do parts[i] = "item" .. i % 100 end
  local s = table.concat(parts, ",")
  local t = table.concat(parts, "", 10, count // 2)
  return check(check(0, s), t)
end

local function slices(count)
  local alphabet = ("abcdefghijklmnopqrstuvwxyz"):rep(4)
  local h = 0
  for i = 1, count do
    local from = i % 80 + 1
    local s = alphabet:sub(from, from + 11)
    if i % 4 == 0 then s = s:upper() elseif i % 4 == 1 then s = s:reverse() end
    h = (h * 31 + s:byte(1) + s:byte(-1)) & 0x7fffffff
  end
  return h
end

local function chars(count)
  local buffer = {}
  for i = 1, count do buffer[#buffer + 1] = string.char(32 + i % 90) end
  return check(0, table.concat(buffer))
end

print("strbuild", append(n * 2), chain(n * 2), join(n * 2), slices(n * 2), chars(n * 2))
