-- Numerals and tonumber: decimal, hexadecimal, exponents, integer and float subtypes.
local function show(...)
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    io.write(tostring(v), ":", math.type(v) or type(v), " ")
  end
  print()
end
show(3, 345, 0xff, 0xBEBADA, 0, 00012, 0xA, 0Xa)
show(3.0, 3.1416, 314.16e-2, 0.31416E1, 34e1, .5, 5., 3e0, 0e12)
show(0x0.1E, 0xA23p-4, 0X1.921FB54442D18P+1, 0x.8, 0x8., 0x1p4, 0xap-1)
show(9223372036854775807, 9223372036854775808, 0x7fffffffffffffff, 0xffffffffffffffff, 0x1ffffffffffffffff)
show(1e308 * 10, -1e308 * 10, 1e15, 1e16, 123456789012345, 2^53, 2^63, -2^63)
show(-9223372036854775808, -9223372036854775807 - 1)
show(0.1, 1 / 3, 100 / 3, 1e100, 1e-100, 5e-324, 1.7976931348623157e308)
show(1e300 * 1e10 == math.huge, -0.0, 0.0, 0.0 == -0.0)

local function conv(...)
  for i = 1, select("#", ...) do
    local v = tonumber((select(i, ...)))
    io.write(tostring(v), ":", v and math.type(v) or "-", " ")
  end
  print()
end
conv("10", "  10  ", "\t10\n", "10.", ".5", "5.0", "1e1", "0x10", "0x1p4", "-0x10", "+7", "- 7")
conv("", " ", "a", "1a", "1 2", "1e", "1e+", "0x", "0xg", "--1", "1_000", "1,5")
conv("inf", "nan", "Infinity", "0x1.8", "0x.1", "1\0", "1e1000", "-1e1000", "0x1p-1080")
conv("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809")
conv("0xffffffffffffffff", "0x10000000000000000", "123456789012345678901234567890")
print(tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36), tonumber("Zz", 36))
print(tonumber("8", 8), tonumber("7", 8), tonumber(" 11 ", 2), tonumber("-11", 2), tonumber("- 11", 2))
print(tonumber("1.0", 10), tonumber("1e1", 10), tonumber("1e1", 16), tonumber("", 10), tonumber("  ", 10))
print(tonumber("7fffffffffffffff", 16), tonumber("ffffffffffffffff", 16), tonumber("1" .. ("0"):rep(64), 2))
print(pcall(tonumber), pcall(tonumber, "10", 1))
print(pcall(tonumber, "10", 37), pcall(tonumber, 10, 10))
print(pcall(tonumber, {}, 10), tonumber({}), tonumber(nil), tonumber(true))
print(tonumber(3), tonumber(3.5), tonumber("0x"), tonumber("1e1", 36))

-- Literals give the same value as tonumber and as tostring's reading back.
for _, s in ipairs { "1", "0.1", "1e10", "123456789.125", "0x1F", "3e-5", "1e15", "1e17", "2.5e-300" } do
  local a, b = load("return " .. s)(), tonumber(s)
  print(s, a == b, math.type(a) == math.type(b), tonumber(tostring(a)) == a)
end
print(0x7fffffffffffffff + 1 == math.mininteger, 1e2 == 100, 100 // 1 | 0)
print(1//1, 1.0//1, 3 | 0, 3.0 | 0, "10" + 5, "10" + 5.0, "0x10" + 0, "1e1" + 0)
