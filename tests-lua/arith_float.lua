-- Float arithmetic: special values, modulo, rounding, power.
local inf, nan = math.huge, 0 / 0
print(inf, -inf, inf + 1, inf - inf ~= inf - inf, inf * 0 ~= inf * 0)
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, 1 > nan)
print(5.5 // 2, -5.5 // 2, 5.5 // -2, -5.5 // -2, 5.5 % 2, -5.5 % 2, 5.5 % -2, -5.5 % -2)
print(5.0 // 1, -0.5 // 1, 0.5 // 1, 1e308 // 1e-10, 1 // inf, -1 // inf)
print(5 % inf, -5 % inf, 5 % -inf, -5 % -inf, inf % 2 ~= inf % 2, 5.0 % 0 ~= 5.0 % 0)
print(-6.0 % 2, 6.0 % -2, 1 / (-6.0 % 2), 1 / (6.0 % -2))
print(0.1 + 0.2, 0.1 + 0.2 == 0.3, 1 - 0.9, 1e16 + 1, 1e16 + 2)
print(2^10, 2^0.5, 10^2, 10^-2, 0^0, (-8)^(1/3) ~= (-8)^(1/3), inf^0, (-1)^inf)
print(1e308 + 1e308, -1e308 - 1e308, 5e-324 / 2, 5e-324 * 0.5 == 0)
print(1/0, -1/0, 1/-0.0, 0.0 == -0.0, -0.0)
print(3.7 // 1, -3.7 // 1, 3.7 % 1 < 0.71, -3.7 % 1)
print(7.0 // 2.0, 7.5 // 0.5, 1.0 // 0.1, 1 % 0.1)
local a, b = 7.25, -2.5
print(a + b, a - b, a * b, a / b, a // b, a % b, -a, a ^ 2, b ^ 2, 2 ^ a > 152)
print(a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / b, a // 1, 10 // b, a % 2, 10 % b)
print(a + 0.5, 0.5 - a, a * 0.25, 1.5 / b, a // 0.5, a % 0.75, 2.5 ^ 2)
print(math.maxinteger + 0.0, math.mininteger + 0.0, math.maxinteger + 0.0 == 2^63, math.mininteger + 0.0 == -2^63)
print(math.maxinteger + 1.0, math.maxinteger * 2.0, 2^53 + 1, (2^53 + 1) - 2^53)
print(1e15, 1e14, 123456.789e3, 0.1e-6, 1e-5, 1e-4, 123456789012345678)
print(100000000000000, 1e100, -1e-100, 3.14159265358979, 1/3, 2/3, 10/3)
local s = 0.0
for i = 1, 100 do s = s + 1 / i end
print(s)
s = 1
for i = 1, 50 do s = s * 1.1 - 0.05 end
print(s)
print(("%.17g"):format(0.1), ("%.17g"):format(1/3), ("%.14g"):format(2^0.5))
print(255 // 1.0, 1e3, 1000000.0, 1e15 + 0.5, 2^31, 2^31 | 0, -2^31)
print(math.type(1e3), math.type(2^31), math.type(10 // 1.0), math.type(1e3 // 1 | 0))
