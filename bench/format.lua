-- Conversions: string.format, tostring, tonumber.
local n = tonumber((...)) or 80000

local total = 0
local function add(s)
  for i = 1, #s, 3 do total = (total * 31 + s:byte(i)) & 0x7fffffff end
end

local format = string.format
for i = 1, n do
  add(format("%d %5d %-6d|%03d", i, i % 100, i * 3, i % 1000))
  add(format("%s=%q", "name" .. i % 10, "a\"b\\c"))
  add(format("%x %X %o %c", i, i * 7, i % 512, 65 + i % 26))
  if i % 4 == 0 then
    add(format("%.3f %g %10.2e", i / 8, i / 16, i * 0.5))
    add(tostring(i / 4))
  end
  add(tostring(i))
  total = (total + tonumber(tostring(i)) + tonumber(format("0x%x", i))) & 0x7fffffff
  total = (total + tonumber(format("%d", i), 16)) & 0x7fffffff
end
print("format", total)
