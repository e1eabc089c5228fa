-- string.len, sub, upper, lower, rep, reverse, byte, char.
local s = "hello world"
print(#s, s:len(), string.len(""), ("\0\0"):len())
print(s:sub(1, 5), s:sub(7), s:sub(-5), s:sub(-5, -3), s:sub(3, 3), s:sub(0), s:sub(5, 4) == "", s:sub(100) == "")
print(s:sub(-100, 3), s:sub(-100, -100) == "", s:sub(2, -2), s:sub(1, 100), s:sub(math.mininteger, math.maxinteger) == s)
print(s:sub(0, 0) == "", s:sub(12) == "", s:sub(11), s:sub(-1), s:sub(-11, -11), s:sub(-12, 1), s:sub(2.0, "3"))
print(("MiXeD 123 \xe9"):upper() == "MIXED 123 \xe9", ("MiXeD"):lower(), (""):upper() == "", ("abc"):upper():lower())
print(("ab"):rep(3), ("ab"):rep(0) == "", ("ab"):rep(-1) == "", ("ab"):rep(1), ("ab"):rep(3, ","), ("ab"):rep(1, ","), (""):rep(10) == "", ("x"):rep(0, ",") == "")
print(#("abc"):rep(1000), #("a"):rep(1000, "bc"), (""):rep(3, ","), ("\0"):rep(3) == "\0\0\0")
print(("hello"):reverse(), (""):reverse() == "", ("a"):reverse(), ("ab\0c"):reverse() == "c\0ba")
print(("hello"):byte(), ("hello"):byte(2), ("hello"):byte(-1), ("hello"):byte(1, 3))
print(("hello"):byte(10), select("#", ("hello"):byte(10)), select("#", ("hello"):byte(3, 2)), ("hello"):byte(-3, -1))
print(("\0\255"):byte(1, -1), ("hello"):byte(0), select("#", (""):byte(1, -1)))
print(string.char(), string.char(72, 105), #string.char(0, 255), string.char(0) == "\0")
local all = {}
for i = 0, 255 do all[i + 1] = i end
local bytes = string.char(table.unpack(all))
print(#bytes, bytes:byte(256), select("#", bytes:byte(1, -1)), bytes:upper():lower():len())
print((bytes:gsub("%w", "")):len(), bytes:reverse():byte(1), bytes:rep(2):byte(300))
local up = {}
for i = 0, 127 do local c = string.char(i) if c:upper() ~= c then up[#up + 1] = c end end
print(table.concat(up))
-- Short and long strings with equal contents are equal, also as keys.
for _, n in ipairs { 1, 39, 40, 41, 42, 100, 1000 } do
  local a, b = ("x"):rep(n), ("x"):rep(n - 1) .. "x"
  local t = { [a] = n }
  assert(a == b and t[b] == n and not (a < b) and a <= b and a .. "" == b and rawequal(a, b))
  t[b] = nil
  assert(next(t) == nil)
end
print "equality"
-- Interning: many distinct strings, then look-ups again.
local set = {}
for i = 1, 5000 do set["s" .. i * 7919 % 5003] = i end
local n = 0
for k in pairs(set) do n = n + 1 end
print(n, set["s" .. 7919], set["s" .. 2 * 7919 % 5003])
-- Comparison follows byte order within ASCII.
local words = { "b", "a", "B", "A", "", "aa", "ab", "a b", "1", "10", "9", "~", " " }
table.sort(words)
print(table.concat(words, "|"))
print(string.len == ("").len, string.sub("x", 1), ("%s"):rep(2):format(1, 2))
print(tostring(12):len(), (12 .. ""):byte(1, -1))
print(s:sub(2, 3):upper():rep(2, "-"):reverse())
-- len counts bytes.
print(#"é", #"€", #"日本語", ("日本語"):sub(1, 3), ("é"):byte(1, -1))
