-- Coercions between strings and numbers, in operators and in library arguments.
print("10" + 1, "10" + "1", "3" * "4", "10" / 2, "7" // "2", "7" % 4, "2" ^ 3, -"2", - "-2", -"0x10", -" 5 ")
print(math.type("10" + 1), math.type("10.0" + 1), math.type("1e1" + 0), math.type("0x10" * 1), math.type(-"3"), math.type(-"3.0"))
print(10 .. "", 1.0 .. "", -0.0 .. "", 1e15 .. "", 2^63 .. "", 10 .. 20)
print("10" == 10, "10" < "9", 10 < 9, "0x10" == "16")
for _, s in ipairs { "abc", "", " ", "1x", "0x", "1e", "- 1", "1 1", "nan", "inf" } do
  print(s, (select(2, pcall(function() return s + 1 end))))
end
print(pcall(function() return "abc" + 1 end))
print(pcall(function() return {} + 1 end))
print(pcall(function() return 1 + {} end))
print(pcall(function() return true * 2 end))
print(pcall(function() return -{} end))
print(pcall(function() return -"abc" end))
print(pcall(function() return "10" + {} end))
print(pcall(function() return "a" .. {} end))
-- for loops do not take strings.
print(pcall(function() for i = "1", 2 do end end))
print(pcall(function() for i = 1, "2" do end end))
print(pcall(function() for i = 1, 2, "1" do end end))
-- Table keys: floats with integral values become integers, strings never do.
local t = {}
t[1] = "int" t[2.0] = "float" t["1"] = "string" t[2^53] = "big"
print(t[1.0], t[2], t["1"], t[1 << 53], t["2"], next({ [3.0] = 1 }), math.type(next({ [3.0] = 1 })))
-- Library arguments.
print(("x"):rep("3"), ("hello"):sub("2", 3.0), ("hello"):byte("1"), string.char("65", 66.0), math.floor("3.7"))
print(pcall(("x").rep, "x", 1.5), pcall(("x").rep, "x", "y"))
print(pcall(string.sub, "hello", "x"))
print(pcall(string.sub, "hello", 2^60, 3), pcall(string.sub, "hello", {}, 3))
print(string.rep(12, 2), string.len(123), string.upper(1.5), (5 .. ""):rep(2), ("5"):rep(2) + 1)
print(table.concat({ 1, 2.5, "x" }, 0), #table.concat({ 1, 2 }, ", "))
print(select("2", "a", "b", "c"), select(-1, 1, 2), select("-1", 1, 2))
print(tostring(10) == "10", tostring("x"), tostring(nil), tostring(true), tostring(1e15), tostring(-0.0))
print(string.format("%d %s %5.1f", "10", 10, "2.55"), string.format("%d", 3.0))
print(pcall(string.format, "%d", 3.5), pcall(string.format, "%d", "3.5"), pcall(string.format, "%d", "x"))
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger("x"), math.tointeger({}), math.tointeger(2^63))
