-- Bitwise operators on integers, integral floats and numeric strings; shifts of every distance.
print(0xff & 0x0f, 0xf0 | 0x0f, 0xff ~ 0x0f, ~0, ~5, ~-1)
print(1 << 4, 256 >> 4, 1 << 0, 1 << 62, 1 << 63, 1 << 64, 1 << 100, 1 >> 1, 1 >> 64)
print(1 << -1, 2 >> -1, 8 << -2, 8 >> -2, 1 << -64, -1 >> 63, -1 >> 1, -1 << 63)
print(-1 >> 60, -16 >> 2, -16 // 4, 5 & -2, -8 | 3, -8 ~ 3)
print(1 << math.mininteger, 1 >> math.mininteger, 1 << math.maxinteger, -1 >> math.maxinteger)
local a, b = 0x5a5a, 0x0ff0
print(a & b, a | b, a ~ b, ~a, ~~a, a << 3, a >> 3)
print(a & 0xff, a | 1, a ~ 0xffff, 0xff & a, 1 | a, 0xffff ~ a, a & 0x7fffffff, a | 0x100000000)
print(a << b % 8, 3 << a % 5, a >> 2 >> 1, 1 << 2 << 3)
print(1 | 2 ~ 3 & 4 << 1, (1 | 2) ~ 3, 1 + 2 << 3, 1 << 2 + 1, (5 & 6) == (6 & 5), 2 << 1 .. 0)
print(3.0 & 1, 7.0 | 8, 2^10 | 0, "3" & 1, "0x10" | 1, "5.0" ~ 1, "7" << "1", ~"0", 1.0 << 2)
print(pcall(function() return 1.5 & 1 end))
print(pcall(function() return 1 & 1.5 end))
print(pcall(function() return 2^64 & 1 end))
print(pcall(function() return "a" & 1 end))
print(pcall(function() return 1 | {} end))
print(pcall(function() return nil ~ 1 end))
print(pcall(function() return "1.5" << 1 end))
print(pcall(function() return ~{} end))
print(pcall(function() return ~1.5 end))
print(pcall(function() return 1 << print end))
print(pcall(function() local t = {} return t.x & 1 end))
print(pcall(function() local u return 1 | u end))
print(0 / 0 ~= 0 / 0, pcall(function() return (0 / 0) | 0 end))
print(pcall(function() return math.huge | 0 end))
-- De Morgan and other identities over a set of values.
local values = { 0, 1, -1, 2, 255, -256, 0x7fffffff, 0x80000000, math.maxinteger, math.mininteger, 0x123456789abcdef }
local ok = true
for _, x in ipairs(values) do
  for _, y in ipairs(values) do
    ok = ok and ~(x & y) == (~x | ~y) and (x ~ y) == (x | y) - (x & y) and x + y == (x ~ y) + 2 * (x & y)
  end
  for s = -70, 70 do
    ok = ok and x << s == x >> -s
    if s >= 0 and s < 63 then ok = ok and x << s == x * (1 << s) end
  end
end
print("identities", ok)
local h = 5381
for c in ("djb2 over a string"):gmatch "." do h = (h << 5) + h ~ c:byte() end
print(h)
print(string.format("%x %X %d", -1, 0xabcdef, 0xffffffffffffffff))
