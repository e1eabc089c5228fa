-- Integer arithmetic: division and modulo signs, overflow, mixed operands.
print(7 // 2, -7 // 2, 7 // -2, -7 // -2, 0 // 5)
print(7 % 2, -7 % 2, 7 % -2, -7 % -2, 0 % 5, 6 % 3, -6 % 3, 6 % -3)
print(7 / 2, 8 / 2, -7 / 2, 1 / 1)
print(2 ^ 2, 2 ^ 0.5 > 1.41, 2 ^ -1, (-2) ^ 2, -2 ^ 2, 2 ^ 3 ^ 2)
print(1 + 2 * 3 - 4 // 2, (1 + 2) * 3, 10 - 2 - 3, 2 * 3 % 4)
for a = -5, 5 do
  for _, b in ipairs { -3, -1, 1, 3 } do
    assert(a // b * b + a % b == a)
    assert(a // b == math.floor(a / b))
  end
end
local max, min = math.maxinteger, math.mininteger
print(max + 1 == min, min - 1 == max, max * 2 == -2, min * -1 == min, -min == min)
print(max * max, min * min, max * min == min)
print(min // -1 == min, min % -1, max // -1 == -max, max % -1)
print(pcall(function() return 1 // 0 end))
print(pcall(function() return 1 % 0 end))
local zero = 0
print(pcall(function() return 1 // zero end))
print(pcall(function() return 1 % zero end))
print(pcall(function(a, b) return a // b end, min, 0))
print(1 / zero, -1 / zero, zero / zero ~= zero / zero, 1 // 0.0, -1 // 0.0, 1 % math.huge, -1 % math.huge)
print(math.type(1 + 1), math.type(1 + 1.0), math.type(3 // 1), math.type(3 // 1.0), math.type(4 / 2),
  math.type(2 ^ 2), math.type(5 % 3), math.type(5 % 3.0), math.type(-3), math.type(-3.0))

-- Variables, constants on either side, small and big constants.
local a, b = 17, 5
print(a + b, a - b, a * b, a // b, a % b, a / b, a ^ b)
print(a + 5, a - 5, a * 5, a // 5, a % 5, a / 5, a ^ 2)
print(17 + b, 17 - b, 17 * b, 17 // b, 17 % b, 17 / b, 2 ^ b)
print(a + 1000000, a - 1000000, a * 1000000, 1000000 // a, 1000000 % a, 1000000 - a)
print(a + -1, a - -1, a + 127, a - 127, a + 128, a - 128, a + -128, a - -128, a + 255, a + 256)
print(-a, - -a, -(-a), -a + b, -(a + b), - - -a)
print(a + 1.5, 1.5 + a, a - 1.5, 1.5 - a, a * 0.5, 0.5 * a, a // 2.0, a % 2.5, 40.5 % a)

-- Constant folding does not change results.
print(2 + 3 * 4 ^ 2 / 2, 7 // 2 * 2 + 7 % 2, 1 - -1, 3 - -0x7f, -(3 - 5))
print(5 // 0.0, -5 // 0.0, 0.0 / 1, -0.0, 0 * -1.0, 1 / (0 * -1.0), 1 / -0.0)

-- Accumulation and long expressions.
local s = 0
for i = 1, 1000 do s = s + i * i - i // 3 + i % 7 end
print(s)
local x = 1
for i = 1, 70 do x = x * 3 end
print(x)
local h = 0
for c in ("integer hash"):gmatch "." do h = h * 31 + c:byte() end
print(h)
print(((((((1 + 2) * 3) - 4) * 5) // 6) % 7) - (8 * (9 - (10 + (11 * 12)))))

-- Conversions to integers where an integer is needed.
print(3.0 | 0, "7" // 2, "7" * "2", 10 // "3", "10" % 3, "0x10" + 1, "3.0" // 1)
print(pcall(function() return 3.5 | 0 end))
print(pcall(function() return 2^63 | 0 end))
print(math.tointeger(2^53) | 0, 1e15 // 1 | 0)
