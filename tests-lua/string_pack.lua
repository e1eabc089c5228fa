-- string.pack, unpack, packsize.
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
print(hex(string.pack("<i1i2i4i8", -1, 2, -3, 4)), hex(string.pack(">i1i2i4i8", -1, 2, -3, 4)))
print(hex(string.pack("<I1I2I4I8", 255, 65535, 4294967295, -1)), hex(string.pack(">I3", 0x123456)), hex(string.pack("<i7", -2)))
print(hex(string.pack("<i16", -1)), hex(string.pack("<i16", 1)), hex(string.pack(">I12", 258)))
print(string.unpack("<i16", string.pack("<i16", -5)), string.unpack(">i16", string.pack(">i16", math.mininteger)))
print(hex(string.pack("<bBhHlLjJT", -1, 255, -2, 65535, -3, 7, -4, 8, 9)))
print(hex(string.pack("<f", 1.5)), hex(string.pack("<d", 1.5)), hex(string.pack("<n", -0.5)), hex(string.pack(">d", 0.1)))
print(string.unpack("<f", string.pack("<f", 0.1)), string.unpack("<d", string.pack("<d", 0.1)), string.unpack("<n", string.pack("<n", 1 / 3)))
print(hex(string.pack("z", "abc")), hex(string.pack("<s1", "abc")), hex(string.pack("<s2", "abc")), hex(string.pack("<s4", "")), hex(string.pack(">s", "x")))
print(hex(string.pack("c5", "abc")), hex(string.pack("c3", "abc")), hex(string.pack("c0", "")), hex(string.pack("x")), hex(string.pack("<i1xxi1", 1, 2)))
print(hex(string.pack("<!4 i1 i4", 1, 2)), hex(string.pack("<!2 i1 i4", 1, 2)), hex(string.pack("<!8 i1 i8", 1, 2)), hex(string.pack("<i1 !4 Xi4 i1", 1, 2)), hex(string.pack("<! i1 i8", 1, 2)))
print(hex(string.pack("> <i2 >i2 =i1", 1, 1, 1)), hex(string.pack(" < i2 ", 1)))
print(string.unpack("<i1i2i4i8", string.pack("<i1i2i4i8", -1, 2, -3, 4)))
print(string.unpack(">I2z s1 c3", string.pack(">I2z s1 c3", 513, "zero", "len", "fix")))
print(string.unpack("<i4", "\1\0\0\0\2\0\0\0", 5), string.unpack("<i4", "\1\0\0\0\2\0\0\0", -4), string.unpack("b", "\255"), string.unpack("B", "\255"))
print(string.unpack("<!4 i1 i4", string.pack("<!4 i1 i4", 1, 2)), string.unpack("z", "abc\0def"), string.unpack("z", "abc\0def", 5 - 1))
print(string.unpack("", ""), string.unpack("", "abc", 4), (select(2, pcall(string.unpack, "", "abc", 5))))
print(string.packsize("i1i2i4"), string.packsize("<!4 i1 i4"), string.packsize("b h i4 i8"), string.packsize("c10"), string.packsize("fdn"), string.packsize("!8 i1 d"), string.packsize(""))
print(string.packsize("i"), string.packsize("l"), string.packsize("j"), string.packsize("T"), string.packsize("h"), string.packsize("<i3>i5"))
for n = 1, 16 do
  for _, e in ipairs { "<", ">" } do
    local top = n < 8 and (1 << (n * 8 - 1)) - 1 or math.maxinteger
    for _, v in ipairs { 0, 1, -1, top, -top - 1, top // 3 } do
      local s = string.pack(e .. "i" .. n, v)
      assert(#s == n and string.unpack(e .. "i" .. n, s) == v)
    end
    local u = n < 8 and (1 << (n * 8)) - 1 or math.maxinteger
    assert(string.unpack(e .. "I" .. n, string.pack(e .. "I" .. n, u)) == u)
  end
end
print "round trips"
for _, case in ipairs {
  { "i1", 128 }, { "i1", -129 }, { "I1", 256 }, { "I1", -1 }, { "i2", 40000 }, { "I3", 1 << 24 }, { "i0", 1 }, { "i17", 1 },
  { "i1" }, { "i1", "x" }, { "i1", 1.5 }, { "d", "x" }, { "z", "a\0b" }, { "z" }, { "s1", ("x"):rep(256) }, { "c2", "abc" },
  { "c", "a" }, { "y", 1 }, { "!3 i4", 1 }, { "!17", 1 }, { "X" }, { "Xz" }, { "X i1", 1 }, { "i99999999999", 1 }, { "s", 5 }, { "z", 1.5 },
} do
  print(case[1], select(2, pcall(function(fmt, ...) return hex(string.pack(fmt, ...)) end, table.unpack(case))))
end
for _, case in ipairs {
  { "i4", "abc" }, { "s1", "\3ab" }, { "s4", "\255\255\255\255" }, { "c4", "abc" }, { "d", "1234" },
  { "i1", "a", 3 }, { "i1", "a", -2 }, { "<i9", "12345678\1" }, { "<I16", ("\255"):rep(16) }, { "<i9", "\255\255\255\255\255\255\255\255\255" }, { "!4 i1 i4", "\1\0\0\0\2" },
} do
  print(case[1], select(2, pcall(string.unpack, table.unpack(case))))
end
-- A record format written and read.
local items = { { 1, "one", 1.5 }, { -2, "two", -0.25 }, { 300, "", 1e10 } }
local out = {}
for i, it in ipairs(items) do out[i] = string.pack("<i4 s2 d", table.unpack(it)) end
local blob, at = table.concat(out), 1
while at <= #blob do
  local a, b, c
  a, b, c, at = string.unpack("<i4 s2 d", blob, at)
  io.write(a, ":", b, ":", c, " ")
end
print(#blob)
