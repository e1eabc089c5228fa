-- The utf8 library.
print(utf8.char(), utf8.char(72, 228, 8364, 128512), utf8.char(0) == "\0", #utf8.char(0x7FF, 0x800, 0xFFFF, 0x10000), #utf8.char(0x10FFFF))
print(utf8.charpattern == "[\0-\x7F\xC2-\xF4][\x80-\xBF]*")
local s = "aé€😀z"
print(#s, utf8.len(s), utf8.len(""), utf8.len("abc", 2), utf8.len("abc", 4), utf8.len(s, 2), utf8.len(s, -1), utf8.len(s, 1, 3))
print(utf8.len("\xff"), utf8.len("ab\x80c"), utf8.len("\xC3"), utf8.len("\xe2\x82"), utf8.len("\xF4\x90\x80\x80"), utf8.len("\xC0\x80"), utf8.len("\xed\xa0\x80"))
print(utf8.codepoint(s), utf8.codepoint(s, 1, -1))
print(utf8.codepoint(s, 2), utf8.codepoint(s, -1), utf8.codepoint("abc", 1, 2), select("#", utf8.codepoint("abc", 3, 2)))
print(utf8.offset(s, 1), utf8.offset(s, 2), utf8.offset(s, 3), utf8.offset(s, 5), utf8.offset(s, 6), utf8.offset(s, 7), utf8.offset(s, -1), utf8.offset(s, -2), utf8.offset(s, -5), utf8.offset(s, -6))
print(utf8.offset(s, 0, 3), utf8.offset(s, 0, 5), utf8.offset(s, 1, 2), utf8.offset(s, 2, 2), utf8.offset(s, -1, 4), utf8.offset("", 1), utf8.offset("", 0), utf8.offset("abc", 0, 4))
for p, c in utf8.codes(s) do io.write(p, ":", c, " ") end print()
for p, c in utf8.codes("") do io.write "never" end
for c in s:gmatch(utf8.charpattern) do io.write("[", c, "]") end print()
print(pcall(utf8.codepoint, "\xff"), pcall(utf8.codepoint, "abc", 4), pcall(utf8.codepoint, "abc", 0))
print(pcall(utf8.len, "abc", 5), pcall(utf8.len, "abc", 0), utf8.len("abc", -3), pcall(utf8.len, "abc", -4))
print(pcall(utf8.offset, s, 1, 3), pcall(utf8.offset, "abc", 1, 5), pcall(utf8.offset, "abc", 1, -4))
print(pcall(utf8.char, -1), pcall(utf8.char, 0x80000000), pcall(utf8.char, "x"))
print(pcall(function() for _ in utf8.codes("ab\xff") do end end))
print(pcall(function() for _ in utf8.codes("\xe2\x82") do end end))
local function reverse(str) local t = {} for _, c in utf8.codes(str) do table.insert(t, 1, utf8.char(c)) end return table.concat(t) end
print(reverse(s), reverse(reverse(s)) == s)
local bad = 0
for c = 0, 0x10FFFF, 977 do if c < 0xD800 or c > 0xDFFF then local u = utf8.char(c) if utf8.codepoint(u) ~= c or utf8.len(u) ~= 1 then bad = bad + 1 end end end
print(bad)
print("\u{48}\u{20ac}" == utf8.char(0x48, 0x20ac), utf8.len("日本語テキスト"), utf8.codepoint("日", 1))
print(#utf8.char(0xFFFF), #utf8.char(0x10FFFF), utf8.codepoint("\u{10FFFF}") == 0x10FFFF)
