-- `..` and `#`.
print("a" .. "b", 1 .. 2, 1.5 .. "x", "x" .. -1, 2^53 .. "", 10 // 3 .. "|" .. 7.0)
print("a" .. "b" .. "c" .. 1 .. 2.0 .. "d", ("x" .. "y"):rep(3))
print("" .. "", "" .. "a", "a" .. "", #("" .. ""), #"", #"abc", #"a\0b", #("x"):rep(1000))
local a, b, c, d = "1", 2, 3.5, "four"
print(a .. b .. c .. d, a .. b == "12", (a .. b) + 1, a .. (b .. c) .. d, (a .. b) .. (c .. d))
local s = ""
for i = 1, 100 do s = s .. i end
print(#s, s:sub(1, 30))
s = ""
for i = 1, 50 do s = i .. "," .. s end
print(s)
local long = ("abc"):rep(50)
print(#(long .. long), (long .. "x" .. long):sub(149, 153), long .. long == long:rep(2))
print(pcall(function() return "a" .. nil end))
print(pcall(function() return {} .. "a" end))
print(pcall(function() return 1 .. true end))
print(pcall(function() local t = {} return "x" .. t end))
print(pcall(function() local t = {} return "x" .. "y" .. t.field .. "z" end))
print(pcall(function() return print .. "" end))
print(pcall(function() local x return x .. "a" .. "b" end))
-- Many operands in one expression.
local f = load("local a = ... return " .. ("a .. "):rep(150) .. "'.'")
print(#f("ab"), f("z"):sub(-3))
print(#{}, #{ 1 }, #{ 1, 2, 3 }, #{ n = 1 }, #{ 1, 2, nil }, #{ [1] = "a", [2] = "b" })
local t = {}
for i = 1, 100 do t[i] = i; assert(#t == i) end
for i = 100, 1, -1 do assert(#t == i); t[i] = nil end
print(#t, #"tail")
t[1] = 1 t[2] = 2 t[4] = 4
print(#t == 2 or #t == 4)
print(pcall(function() return #5 end))
print(pcall(function() local n return #n end))
print(pcall(function() return #print end))
print(pcall(function() local q = { v = true } return #q.v end))
print(-0.0 .. "", 0.0 .. "", 1e100 .. "", 1 / 0 .. "", math.mininteger .. "", 1e15 .. "", 123456.5 .. "")
