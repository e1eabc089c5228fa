-- luacheck: its lexer, parser and analyses over sources with known faults.
local luacheck = require "luacheck"
local format = require "luacheck.format"
local sources = {
  [[local unused = 1
print(undefined_global)
x = 5
local function f(a, b) return a end
f(1)
]],
  [[local t = {}
for i = 1, 10 do
  local i = i
  t[i] = function(...) return i end
end
local a, b = 1
a = 2
do return t end
print "unreachable"
]],
  [[local function shadow(x)
  local x = 1
  if x then else end
  while true do break end
  return x
end
function global_function() end
string.foo = 1
local s = "trailing"   
	local mixed = 1
    goto done
::unused_label::
::done::
return shadow, s
]],
  "local x = = 1\n",
  "print('unfinished\n",
  "if x then\n",
  "return 1 +\n",
  [[local very_long_line = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
local t = { a = 1, a = 2, [1] = 1, [1] = 2 }
for i = 10, 1 do print(i) end
local v = not 1 == 2
if v == nil then elseif v == nil then end
return t, very_long_line
]],
  [[-- luacheck: ignore 211
local ignored = 1
-- luacheck: push ignore 113
print(unknown)
-- luacheck: pop
print(unknown2)
local recursive = function() return 1 end
local function mutual() return mutual() end
local y y = 1 y = 2
for k, v in pairs({}) do k = v end
_G.z = 1
]],
  [[local M = {}
local insert <const> = table.insert
function M.new(...) local self = setmetatable({}, {__index = M}) insert(self, (...)) return self end
function M:method(arg) self.value = arg or self.value; return self end
local closure = (function() local up = 0 return function() up = up + 1 return up end end)()
return M
]],
}
local long = {}
for i = 1, 120 do long[i] = ("local v%d = %d\nif v%d > %d then print(v%d .. 'x') else undefined_%d(v%d) end\n"):format(i, i, i, i * 2, i, i, i) end
sources[#sources + 1] = table.concat(long)

local report = luacheck.check_strings(sources, { std = "lua53" })
print(report.warnings, report.errors, report.fatals)
for i, file in ipairs(report) do
  for _, w in ipairs(file) do print(i, w.code, w.line, w.column, w.end_column, w.name or "", luacheck.get_message(w)) end
end
for _, opts in ipairs {
  { std = "max", ignore = { "2.." } }, { std = "none" }, { only = { "unused" } , std = "min" }, { globals = { "x" }, read_globals = { "undefined_global" }, unused = false },
  { allow_defined = true, max_line_length = 40 }, { no_unused_args = true, self = false, max_cyclomatic_complexity = 3 },
} do
  local r = luacheck.check_strings(sources, opts)
  print(r.warnings, r.errors, r.fatals)
end
local names = {}
for i = 1, #sources do names[i] = "source" .. i .. ".lua" end
for _, formatter in ipairs { "default", "plain", "TAP", "JUnit" } do
  print(format.format(report, names, { formatter = formatter, color = false, codes = true, ranges = true }))
end
local parser, lexer, decoder = require "luacheck.parser", require "luacheck.lexer", require "luacheck.decoder"
local function shape(node)
  if type(node) ~= "table" then return type(node) == "string" and ("%q"):format(node) or tostring(node) end
  local r = {}
  for i, v in ipairs(node) do r[i] = shape(v) end
  return (node.tag or "") .. "(" .. table.concat(r, ",") .. ")"
end
for _, code in ipairs { "return 1", "local a, b = f(x), {1, k = 2, [3] = 'x'}", "for i = 1, 2 do goto c ::c:: end", "a.b.c:d 'str' [[long]]", "x = -y ^ 2 .. 'a' == not z and 1 or #t // 2 >> 1", "repeat local q = function(...) return ... end until q" } do
  print(code, shape(parser.parse(decoder.decode(code))))
end
local state = lexer.new_state(decoder.decode "local x = 0x1F + 1e5 --[[c]] 'a\\65\\x41' .. [=[ ]] ]=] ~= ...")
while true do
  local token, value, line, offset = lexer.next_token(state)
  io.write(tostring(token), ":", tostring(value), "@", tostring(offset), " ")
  if token == "eof" or not token then break end
end
print()
