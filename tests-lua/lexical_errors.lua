-- What the lexer and parser refuse, with the messages a program sees.
local function bad(code)
  local f, message = load(code, "=c")
  print(type(f), message)
end

bad "x = 'unfinished"
bad "x = 'unfinished\n'"
bad 'x = "abc'
bad "x = [[never closed"
bad "x = [==[ ]] ]=]"
bad "--[[ never closed"
bad "x = [=x"
bad [[x = "\q"]]
bad [[x = "\300"]]
bad [[x = "\xZZ"]]
bad [[x = "\x4"]]
bad [[x = "\u{110000000}"]]
bad [[x = "\u{"]]
bad [[x = "\u41"]]
bad [[x = "\u{zz}"]]
bad "x = 3x"
bad "x = 0x"
bad "x = 1e"
bad "x = 1e+"
bad "x = 1..2"
bad "x = 1.2.3"
bad "x = 0x1p"
bad "x = 08g"
bad "x = @"
bad "x = $y"
bad "x = ~"
bad "x = a ! b"
bad "x ="
bad "x"
bad "x y"
bad "x.y"
bad "x:y = 1"
bad "f() = 1"
bad "(x) = 1"
bad "x, f() = 1, 2"
bad "local x.y = 1"
bad "local function a.b() end"
bad "local 1"
bad "local function end"
bad "if x"
bad "if x then"
bad "if x then else elseif y then end"
bad "while x"
bad "while x do"
bad "repeat"
bad "repeat until"
bad "for"
bad "for x"
bad "for x ="
bad "for x = 1"
bad "for x = 1 do end"
bad "for x = 1, 2, 3, 4 do end"
bad "for x, y = 1, 2 do end"
bad "for x in"
bad "for 1 in x do end"
bad "function"
bad "function f"
bad "function f("
bad "function f(a,)"
bad "function f(..., a) end"
bad "function f(a b) end"
bad "function f() return 1 2 end"
bad "return 1, "
bad "return return"
bad "return 1 x = 2"
bad "do"
bad "end"
bad "do end end"
bad "x = {1, 2"
bad "x = {1 2}"
bad "x = {[1] 2}"
bad "x = {[1 = 2}"
bad "x = {a = }"
bad "x = (1"
bad "x = f(1"
bad "x = f(1,)"
bad "x = f(,)"
bad "f("
bad "f(\n\n"
bad "a.1 = 2"
bad "a[1 = 2"
bad "a:b"
bad "a:1()"
bad "x = function end"
bad "x = a .. "
bad "x = - "
bad "x = not"
bad "x = #"
bad "x = 1 +* 2"
bad "break"
bad "do break end"
bad "function f() break end"
bad "while true do local function f() break end end"
bad "goto nowhere"
bad "do goto l end; do ::l:: end"
bad "::l:: ::l::"
bad "goto l; local a; ::l:: print(a)"
bad "repeat goto c; local x; ::c:: until x"
bad "goto 1"
bad ":: l"
bad "::l:"
bad "::1::"
bad "x = ..."

bad "function f() return ... end"
bad "and = 1"
bad "local nil = 1"
bad "x = }"
bad "x = )"
bad "f)"
bad "a = b c"
bad "if x then\n\n\n  y = 1\n"
bad "for i = 1, 2 do\n\n  if x then\n"
bad "function f()\n  x = (1 +\n 2\n\n"
bad "x = [[\n\n]] y"
bad "\n\n\nx = 'a\\\n\\\nb' z"
bad "x = 'a very long string literal in an error message, longer than any buffer that might cut it' 1"
bad "x = \"a\\tb\" 5 6"
bad "x = 12345.678e9 7"
bad("x = '" .. "\1\2" .. "' y")
bad "\1"
bad "\127"
bad "\200"

-- Chunk names in messages.
local names = {
  "=name", "@file.lua", "code", "x = = 1", "line one\nline two", "",
  "=" .. ("n"):rep(100), "@" .. ("d/"):rep(60) .. "f.lua", ("long code "):rep(20),
}
for _, name in ipairs(names) do print((select(2, load("x = = 1", name)))) end
print((select(2, load("x = = 1"))))
print((select(2, load("first line\nx = = 1"))))
print((select(2, load(function() return nil end))), (select(2, load("x =", "=(load)"))))
