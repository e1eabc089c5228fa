-- How numbers print: tostring, concatenation and the shortest forms of %.14g.
local values = {
  0, -0.0, 1, -1, 1.0, -1.0, 0.5, 0.1, 0.2, 0.3, 1 / 3, 2 / 3, 10 / 3, 100 / 3, 1e1, 1e5, 1e10, 1e13, 1e14, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 1e99,
  1e100, 1e300, 1e308, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-10, 1e-99, 1e-100, 1e-300, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
  123456789, 123456789.0, 1234567890123456, 1234567890123456.0, 12345678901234.5, 123456789012345.5, 0.12345678901234567, 99999999999999.0, 999999999999999.0,
  99999999999999.5, 9.99999999999995, 9.999999999999995, 0.000123456789, 0.0000123456789, 2^31, 2^32, 2^53, 2^63, 2^64, -2^63, 1 / 0, -1 / 0, math.pi, -math.pi, math.pi * 1e10,
  math.maxinteger, math.mininteger, 3.14, 2.50, 100.0, 1e2, 150.25, 1 / 7, 22 / 7, 1e15 / 3, 1e16 / 3, 0.1 + 0.2, 1 - 0.9, 4.35, 4.349999999999999, 2.675, 1.005,
}
for i, v in ipairs(values) do
  assert(v .. "" == tostring(v))
  io.write(tostring(v), i % 8 == 0 and "\n" or " ")
end
print()
for _, v in ipairs { 1.0, 3.0, -2.0, 1e15, 0.0, 100.0 } do io.write(v .. "", " ", math.type(v), " ", math.type(tonumber(v .. "")), "; ") end print()
for e = -12, 20 do io.write(tostring(10.0 ^ e), " ", tostring(1.5 * 10.0 ^ e), " ", tostring(-7.25 * 10.0 ^ e), "\n") end
local x = 1.0
for i = 1, 40 do x = x * 1.7 io.write(tostring(x), i % 8 == 0 and "\n" or " ") end
x = 1.0
for i = 1, 40 do x = x / 1.9 io.write(tostring(x), i % 8 == 0 and "\n" or " ") end
for i = 0, 62, 7 do io.write(tostring(1 << i), " ", tostring(2.0 ^ i), " ", tostring(-(1 << i)), "; ") end print()
for p = 1, 17 do io.write(("%." .. p .. "g"):format(math.pi * 1000), " ", ("%." .. p .. "g"):format(2 / 3 * 1e-5), " ", ("%." .. p .. "f"):format(2 / 3), "\n") end
for _, s in ipairs { "0.1", "1e23", "8.5e22", "9007199254740993", "2.2250738585072011e-308", "1.7976931348623159e308", "4.9e-324", "2.4e-324", "123456789012345678", "0.30000000000000004", "1e-400", "6.02214076e23" } do
  io.write(("%.17g "):format(tonumber(s)))
end
print()
