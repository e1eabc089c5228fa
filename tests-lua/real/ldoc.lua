-- LDoc: its lexer, the parts of its parser that need no files, and the marking up of code.
-- What the module asks of the file system is not part of this test.
package.preload.lfs = function()
  return {
    attributes = function() return nil end, symlinkattributes = function() return nil end,
    currentdir = function() return "/" end, dir = function() return function() end end, mkdir = function() end,
  }
end
local lexer = require "ldoc.lexer"
local tools = require "ldoc.tools"

local source = [==[
--- A module.
-- @module sample
local M = {}

--- Adds.
-- @tparam number a first
-- @param b second
-- @return the sum
function M.add(a, b)
  local s = [[long
string]] .. "x\"y" .. 'z' .. 0x1F .. 1e5 .. 3.25
  return a + b -- done
end

--[[ block
comment ]]
M.name = 'sample' ~= nil and not false
return M
]==]

local kinds = {}
for kind, text in lexer.lua(source, {}) do
  kinds[#kinds + 1] = kind .. ":" .. tostring(text):gsub("\n", "\\n")
end
print(table.concat(kinds, "\n"))

local tokens = lexer.lua(source, { space = true, comments = true })
print(tokens())
print(lexer.getline and "getline", pcall(lexer.scan, nil))
for kind, text in lexer.cpp("int main(void) { return 0x1f + 'a'; } // end\n", {}) do
  io.write(kind, "=", tostring(text), " ")
end
print()
for _, text in ipairs { "a,b,c", "x = 1, y", "[t=1] rest", "'quoted' word" } do
  local ok, list = pcall(tools.split_dotted_name, text)
  print(text, ok, ok and list)
end
print(tools.split_dotted_name "a.b.c")
print(tools.expand_comma_list and #tools.expand_comma_list { "a,b", "c" })
print(pcall(tools.strip, "  x  "))
print(pcall(require "ldoc.prettify".lua, "lua", "sample.lua", source, 0, true))
