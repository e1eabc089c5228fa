-- LuaRocks: versions, dependencies, rockspecs, tables written as Lua, paths; the parts without a network or files.
local vers = require "luarocks.core.vers"
local dir = require "luarocks.dir"
local fun = require "luarocks.fun"
local persist = require "luarocks.persist"
local util = require "luarocks.util"
local queries = require "luarocks.queries"
local type_check = require "luarocks.type_check"
local rockspec = require "luarocks.type.rockspec"

local function show(v, depth)
  if type(v) ~= "table" then return tostring(v) end
  local out, keys = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do out[i] = tostring(k) .. "=" .. (depth == 0 and type(v[k]) or show(v[k], (depth or 4) - 1)) end
  return "{" .. table.concat(out, ",") .. "}"
end
local function p(...)
  local list = table.pack(...)
  for i = 1, list.n do list[i] = show(list[i]) end
  print(table.concat(list, "\t"))
end

local versions = { "1.0", "1.0-1", "1.10", "1.2", "2.0alpha", "2.0beta2", "2.0rc1-3", "2.0", "scm", "dev-1", "cvs-2", "1.2.3.4-5", "0.1pre2", "" }
for _, a in ipairs(versions) do
  p(a, vers.parse_version(a))
  local row = {}
  for _, b in ipairs(versions) do
    row[#row + 1] = vers.compare_versions(a, b) and "1" or "0"
  end
  print(table.concat(row))
end
local sorted = {}
for i, v in ipairs { "1.0-2", "1.0-1", "scm-1", "0.9-7", "1.0.1-1", "2.0rc1-1", "2.0-1" } do sorted[i] = v end
table.sort(sorted, vers.compare_versions)
p(table.concat(sorted, " "))

for _, text in ipairs { "foo", "foo 1.0", "foo >= 1.0, < 2.0", "foo ~> 1.2", "lua == 5.3", "Foo-Bar_9 ~= 3", "a/b > 1", "x = 1 y", "" } do
  p(text, pcall(queries.from_dep_string, text))
end
for _, pair in ipairs { { "1.5", ">= 1.0, < 2.0" }, { "2.0", "< 2.0" }, { "1.2.9", "~> 1.2" }, { "1.3", "~> 1.2" }, { "5.3", "== 5.3" } } do
  local ok, query = pcall(queries.from_dep_string, "x " .. pair[2])
  p(pair[1], pair[2], ok, ok and vers.match_constraints(vers.parse_version(pair[1]), query.constraints))
end

p(dir.path("a", "b", "c"), dir.path("/", "x"), dir.base_name("/a/b.lua"), dir.dir_name("/a/b/c"), dir.split_url("http://u@h/p"), dir.split_url("file:///x"), dir.normalize("/a//b/"))
p(fun.map({ 1, 2, 3 }, function(x) return x * x end), fun.filter({ 1, 2, 3, 4 }, function(x) return x % 2 == 0 end), fun.concat({ 1 }, { 2, 3 }), fun.reverse_in({ 1, 2, 3 }))
p(util.keys and #util.keys { a = 1, b = 2 }, util.matchquote("a.b*c"), util.starts_with and util.starts_with("luarocks", "lua"))
local order = {}
for k, v in util.sortedpairs { c = 3, a = 1, b = { 2 } } do order[#order + 1] = k .. "=" .. show(v) end
p(order)
p(util.deep_copy { a = { b = { 1, 2 } } }, util.table_merge and 1)

print(persist.save_from_table_to_string {
  package = "example", version = "1.0-1", list = { "a", "b", { deep = true, ["odd key"] = 1.5 } },
  text = "line\nbreak \"quoted\" \\ back", empty = {}, number = -3, big = 2^40, ["end"] = "reserved",
})

local function rock(extra)
  local spec = { package = "thing", version = "0.1-1", source = { url = "http://example.org/thing.tar.gz" }, build = { type = "builtin", modules = { thing = "thing.lua" } } }
  for k, v in pairs(extra or {}) do spec[k] = v end
  return spec
end
for _, extra in ipairs {
  {}, { dependencies = { "lua >= 5.1", "penlight" } }, { version = 3 }, { build = { type = 7 } }, { unknown = true },
  { description = { summary = "s", license = {} } }, { rockspec_format = "3.0" }, { rockspec_format = "9.9" }, { source = {} }, { dependencies = { 1 } },
} do
  local spec = rock(extra)
  p(spec.rockspec_format, pcall(require("luarocks.type.rockspec").check, spec, {}))
end
p(type_check.declare_schemas and "schemas", type(rockspec.check))
