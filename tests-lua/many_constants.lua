-- Functions with more constants, locals, jumps and registers than short operand fields can name.
local code = { "local t = {}\n" }
for i = 1, 1200 do code[#code + 1] = ("t.k%d = %d.5\nt['s%d'] = 'v%d'\n"):format(i, i, i, i) end
code[#code + 1] = "return t"
local t = load(table.concat(code))()
local sum = 0
for i = 1, 1200 do
  assert(t["s" .. i] == "v" .. i)
  sum = sum + t["k" .. i]
end
print(sum)

-- Operators whose constants lie beyond any small index.
code = { "local x, y, s = ...\nlocal r = 0\n" }
for i = 1, 400 do code[#code + 1] = ("r = r + %d.25 - %d\n"):format(i, 100000 + i) end
for i = 1, 400 do code[#code + 1] = ("if x == 'name%d' then r = r + 1 end\nif y == %d.125 then r = r + 2 end\n"):format(i, i) end
for i = 1, 300 do code[#code + 1] = ("r = r + (x .. 'c%d' == 'name7c%d' and 1 or 0)\n"):format(i, i) end
for i = 1, 300 do code[#code + 1] = ("if y < %d.125 then r = r + 1 end if y <= %d then r = r - 1 end\n"):format(i, 70000 + i) end
for i = 1, 300 do code[#code + 1] = ("r = r + 70%03d * 2 // 3 %% 7 + (x and 80%03d & 0xff) + (90%03d | y // 1 | 0)\n"):format(i, i, i) end
code[#code + 1] = "return r"
print(load(table.concat(code))("name7", 9.125, "s"))

-- Global names, method names and fields with big constant indexes.
code = { "local o = ...\n" }
for i = 1, 400 do code[#code + 1] = ("g%d = %d\n"):format(i, i) end
code[#code + 1] = "local r = 0\n"
for i = 1, 400 do code[#code + 1] = ("r = r + g%d + o.f%d + o:m%d(%d)\n"):format(i, i, i % 3, i) end
for i = 1, 400 do code[#code + 1] = ("o.f%d = g%d * 2\no.f%d = 'str%d'\no.f%d = nil\no.n%d = true\n"):format(i, i, i, i, i, i) end
code[#code + 1] = "return r, o.f1, o.n400"
local o = { m0 = function(_, v) return v end, m1 = function(_, v) return -v end, m2 = function() return 1 end }
for i = 1, 400 do o["f" .. i] = i end
print(load(table.concat(code), "=gen", "t", {})(o))

-- Long jumps.
code = { "local n = ...\nlocal r = 0\nfor i = 1, n do\nif i % 2 == 0 then\n" }
for i = 1, 9000 do code[#code + 1] = "r = r + 1\n" end
code[#code + 1] = "else\n"
for i = 1, 9000 do code[#code + 1] = "r = r - 2\n" end
code[#code + 1] = "end\nend\nreturn r"
print(load(table.concat(code))(3))
code = { "local r, n = 0, ...\nwhile n > 0 do\nn = n - 1\nif n == 1 then goto cont end\n" }
for i = 1, 9000 do code[#code + 1] = "r = r + n\n" end
code[#code + 1] = "::cont::\nend\nreturn r"
print(load(table.concat(code))(4))
code = { "local x = ...\nlocal r = 0\nfor k, v in pairs(x) do\n" }
for i = 1, 9000 do code[#code + 1] = "r = r + v\n" end
code[#code + 1] = "end\nreturn r"
print(load(table.concat(code))({ 1, 2, a = 3 }))

-- Many locals and deep expressions.
code = {}
for i = 1, 199 do code[#code + 1] = ("local a%d = %d\n"):format(i, i) end
code[#code + 1] = "local s = 0\n"
for i = 1, 199 do code[#code + 1] = ("s = s + a%d\n"):format(i) end
code[#code + 1] = "return s, a199"
print(load(table.concat(code))())
print(load("return " .. ("("):rep(150) .. "7" .. (")"):rep(150))())
print(load("local x = 1 return " .. ("x + ("):rep(60) .. "x" .. (")"):rep(60))())
print(load("local x = 2 return " .. ("-"):rep(1) .. "x" .. (" * x"):rep(30))())
print(load("local x = true return " .. ("not "):rep(101) .. "x")())
print(load("return " .. ("1 + "):rep(5000) .. "1")())
print(#load("return " .. ("'a' .. "):rep(180) .. "'b'")())
local elseifs = { "local x = ... if x == 0 then return 'zero'\n" }
for i = 1, 500 do elseifs[#elseifs + 1] = ("elseif x == %d then return 'n%d'\n"):format(i, i) end
elseifs[#elseifs + 1] = "else return 'other' end"
local f = load(table.concat(elseifs))
print(f(0), f(1), f(250), f(500), f(501))
-- Nested functions, many children.
code = { "local fs = {}\n" }
for i = 1, 500 do code[#code + 1] = ("fs[%d] = function(x) return x + %d end\n"):format(i, i) end
code[#code + 1] = "return fs"
local fs = load(table.concat(code))()
sum = 0
for i = 1, 500 do sum = sum + fs[i](1) end
print(sum)
local nest = "return 1"
for i = 1, 40 do nest = "return (function() " .. nest .. " end)()" end
print(load(nest)())
nest = "local v = ... "
for i = 1, 60 do nest = nest .. ("do local l%d = %d v = v + l%d "):format(i, i, i) end
print(load(nest .. ("end "):rep(60) .. "return v")(0))
