-- require, package.loaded, preload, searchers, path handling.
print(package.loaded._G == _G, package.loaded.string == string, require "string" == string, require "table" == table, package.loaded.package == package)
print(type(package.path), type(package.cpath), type(package.preload), type(package.searchers), package.config:sub(1, 1))
package.preload.mymod = function(...) print("loading", select("#", ...), ...) return { name = ... } end
local m = require "mymod"
print(m.name, require "mymod" == m, package.loaded.mymod == m)
package.preload.nores = function() end
print(require "nores", package.loaded.nores)
package.preload.falsy = function() return false end
print(require "falsy", package.loaded.falsy)
print(require "falsy", package.loaded.falsy)
package.preload.selfset = function(n) package.loaded[n] = "set by itself" end
print(require "selfset")
package.preload.both = function(n) package.loaded[n] = "loaded" return "returned" end
print(require "both", package.loaded.both)
package.preload.failing = function() error("cannot load", 0) end
print(pcall(require, "failing"))
print(package.loaded.failing)
package.preload.failing = function() return "second try" end
print(require "failing")
package.loaded.mymod = nil
print(require "mymod" ~= m)
package.loaded.injected = "direct"
print(require "injected")
-- Not found: the message lists what was tried.
local path, cpath = package.path, package.cpath
package.path, package.cpath = "./none/?.lua;./none/?/init.lua", "./none/?.so"
local ok, e = pcall(require, "no.such.module")
print(ok, (e:match("^[^\n]*")))
print(e:find("no field package.preload['no.such.module']", 1, true) ~= nil, e:find("no file './none/no/such/module.lua'", 1, true) ~= nil, e:find("no file './none/no/such/module/init.lua'", 1, true) ~= nil)
-- A searcher of our own.
table.insert(package.searchers, 2, function(name)
  if name == "virtual" then return function(...) return { args = { ... } } end, "extra" end
  if name == "strange" then return nil end
  return "\n\tno virtual module '" .. name .. "'"
end)
local v = require "virtual"
print(v.args[1], v.args[2], require "virtual" == v)
ok, e = pcall(require, "other")
print(e:find("no virtual module 'other'", 1, true) ~= nil)
print(pcall(require, "strange") == false)
table.remove(package.searchers, 2)
-- Files through package.path.
local dir = os.tmpname()
os.remove(dir)
local file = dir .. ".lua"
local f = assert(io.open(file, "w"))
f:write("local name, path = ... return { name = name, same = path == '", file, "', n = select('#', ...) }")
f:close()
package.path = dir:match("^(.*)/[^/]*$") .. "/?.lua"
local name = dir:match("([^/]*)$")
m = require(name)
print(m.name == name, m.same, m.n, package.searchpath(name, package.path) == file)
print(dofile(file).n, loadfile(file) ~= nil, loadfile(file, "t", {}) ~= nil)
f = assert(io.open(file, "w"))
f:write("this is not Lua")
f:close()
package.loaded[name] = nil
ok, e = pcall(require, name)
print(ok, e:find("error loading module '" .. name .. "' from file '" .. file .. "'", 1, true) ~= nil, e:find("syntax error near 'is'", 1, true) ~= nil)
print(select(2, loadfile(file)) == file .. ":1: syntax error near 'is'")
f = assert(io.open(file, "w"))
f:write("#!/usr/bin/lua\nreturn 'after a first line with #', ...")
f:close()
print(loadfile(file)(7))
os.remove(file)
package.path, package.cpath = path, cpath
print(package.searchpath("x", "./none/?"), package.searchpath("a.b", "./none/?.lua;./q/?.x"))
print(package.searchpath("a-b", "./none/?", "-", "+"))
ok, e = pcall(require, "still.missing")
print(ok)
print(pcall(require), pcall(require, {}))
-- Mutual require.
package.preload.ma = function() local t = { n = "a" } package.loaded.ma = t t.b = require "mb" return t end
package.preload.mb = function() local t = { n = "b" } t.a = require "ma" return t end
print(require "ma".b.a.n)
