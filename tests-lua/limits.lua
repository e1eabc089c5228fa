-- Limits of the compiler and the errors they give.
local function bad(code)
  local f, message = load(code, "=c")
  print(f == nil, (tostring(message):gsub("%d+ is", "N is")))
end
local code = {}
for i = 1, 201 do code[i] = ("local a%d"):format(i) end
bad(table.concat(code, "\n"))
local ups = {}
for i = 1, 130 do ups[#ups + 1] = ("local u%d = %d"):format(i, i) end
ups[#ups + 1] = "return function()"
for i = 131, 260 do ups[#ups + 1] = ("local u%d = %d"):format(i, i) end
ups[#ups + 1] = "return function() return 0"
for i = 1, 260 do ups[#ups + 1] = ("+ u%d"):format(i) end
ups[#ups + 1] = "end end"
bad(table.concat(ups, "\n"))
print(load("return " .. ("("):rep(500) .. "1" .. (")"):rep(500), "=c") == nil)
print(load(("do "):rep(500) .. ("end "):rep(500), "=c") == nil)
print(load("return " .. ("{"):rep(500) .. ("}"):rep(500), "=c") == nil)
print(load("x = " .. ("f("):rep(500) .. (")"):rep(500), "=c") == nil)
print(load("return " .. ("-"):rep(10) .. "1", "=c") ~= nil, load("return " .. ("- "):rep(500) .. "1", "=c") == nil)
print(load("return " .. ("a .. "):rep(500) .. "a", "=c") == nil)
print(load("return " .. ("2 ^ "):rep(500) .. "2", "=c") == nil)
local nested = ("function f() "):rep(500) .. ("end "):rep(500)
print(load(nested, "=c") == nil)
local args = ("a, "):rep(300) .. "a"
print(load("f(" .. args .. ")", "=c") == nil)
print(load("local function f(" .. ("a, "):rep(250) .. "a) end", "=c") == nil)
print(load("local " .. ("a, "):rep(250) .. "a = 1", "=c") == nil)
print(load(("a, "):rep(100) .. "a = 1", "=c") ~= nil)
print(load("return " .. ("a, "):rep(200) .. "a", "=c") ~= nil)
-- A refused chunk leaves everything usable.
print(load("return 1 + 1")())
for i = 1, 50 do load("x = = " .. i) load(("("):rep(300)) end
print(load("local a <const> = 1", "=c"))
