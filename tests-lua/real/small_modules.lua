-- Smaller modules: inspect, binaryheap, mediator, cliargs, ansicolors, say.
-- inspect
local inspect = require "inspect"
print(inspect(1), inspect(1.5), inspect "str", inspect 'quote "x"', inspect "both ' and \"", inspect(nil), inspect(true), inspect "new\nline\ttab\0\1\127")
print(inspect {}, inspect { 1, 2, 3 }, inspect { a = 1, b = 2 }, inspect { 1, 2, a = "x" })
print(inspect { a = { b = { c = { d = { e = 1 } } } } })
print(inspect({ a = { b = { c = {} } } }, { depth = 2 }), inspect({ a = { b = 1 } }, { depth = 1 }))
print(inspect { ["key with space"] = 1, ["end"] = 2, [10] = 3, [1.5] = 4, [true] = 5, valid_1 = 6 })
local cyc = { name = "c" } cyc.self = cyc cyc.list = { cyc, { cyc } }
print(inspect(cyc))
print(inspect(setmetatable({ 1 }, { __index = { x = 1 }, __tostring = function() return "ts" end }), { process = function(item, path) if path[#path] ~= inspect.METATABLE then return item end end }))
print(inspect(setmetatable({}, { type = "meta" })))
print(inspect({ 1, { 2, { 3 } } }, { newline = "@", indent = ">>" }))
print(inspect({ secret = "hide", shown = "yes", list = { secret = 1 } }, { process = function(item, path) if path[#path] ~= "secret" then return item end end }))
print(inspect({ a = 1, b = { c = 2 } }, { process = function(item, path) return type(item) == "number" and item * 10 or item end }))
print(inspect { function() end, print, coroutine.create(print) }, (inspect { f = print, g = print }))
local shared = { "shared" }
print(inspect { shared, shared, k = shared })
local list = {}
for i = 1, 30 do list[i] = i % 5 == 0 and { i } or i end
print(inspect(list))

-- binaryheap
local heap = require "binaryheap"
local h = heap.minHeap()
for i = 1, 50 do h:insert(i * 37 % 53) end
local out = {}
while h:peek() do out[#out + 1] = h:pop() end
print(table.concat(out, " "))
h = heap.maxHeap()
for _, v in ipairs { 5, 1, 9, 3, 7 } do h:insert(v) end
print(h:peek(), h:pop(), h:pop(), h:size(), h:peek())
local u = heap.minUnique()
for i, name in ipairs { "low", "mid", "high", "top" } do u:insert(i * 10, name) end
print(u:peek()) print(u:peekValue(), u:valueByPayload "high", u:size())
u:update("high", 1) print(u:peek())
print(u:remove "mid") print(u:pop()) print(u:pop()) print(u:pop()) print(u:pop())
print(pcall(u.insert, u, 1, nil), pcall(u.insert, u, 1, "dup"), pcall(u.insert, u, 2, "dup"))
local custom = heap.minUnique(function(a, b) return #a < #b end)
for _, w in ipairs { "three", "a", "four", "to" } do custom:insert(w, w .. "!") end
while custom:size() > 0 do io.write(table.concat({ custom:pop() }, "/"), " ") end print()
local jobs = heap.maxUnique()
for i = 1, 100 do jobs:insert(i * 61 % 101, "job" .. i) end
for i = 1, 100, 3 do jobs:update("job" .. i, i) end
for i = 2, 100, 7 do jobs:remove("job" .. i) end
local order = {}
while jobs:size() > 0 do local p, v = jobs:pop() order[#order + 1] = v end
for i = 2, #order do assert(order[i - 1] >= order[i]) end
print(#order, order[1], order[#order])

-- mediator
local mediator = require "mediator"()
local log = {}
local sub = mediator:subscribe({ "car", "engine" }, function(...) log[#log + 1] = "engine " .. table.concat({ ... }, ",") end)
mediator:subscribe({ "car" }, function(...) log[#log + 1] = "car " .. select("#", ...) end, { priority = 1 })
mediator:subscribe({ "car", "engine" }, function(v) log[#log + 1] = "filtered " .. v end, { predicate = function(v) return v == 5 end })
mediator:subscribe({ "car", "engine" }, function() log[#log + 1] = "once" return nil, true end, { priority = 1 })
mediator:publish({ "car", "engine" }, 5, "x")
mediator:publish({ "car", "engine" }, 6)
mediator:publish({ "car" }, 1, 2)
mediator:removeSubscriber(sub.id, { "car", "engine" })
mediator:publish({ "car", "engine" }, 5)
print(table.concat(log, "; "))
print(mediator:getSubscriber(sub.id, { "car", "engine" }))

-- cliargs
local cli = require "cliargs.core"()
cli:set_name "tool"
cli:set_description "A tool with options."
cli:argument("INPUT", "path to the input")
cli:splat("OUTPUTS", "more paths", nil, 3)
cli:option("-c, --compress=FILTER", "the filter to use", "gzip")
cli:option("--level=N", "the level", 3)
cli:option("-I, --include=DIR", "directories", {})
cli:flag("-v, --verbose", "be chatty")
cli:flag("--[no-]color", "use colours", true)
print(cli.printer.generate_usage())
print(cli.printer.generate_help())
local function parse(...)
  local r, e = cli:parse { ... }
  if not r then print("error", e) return end
  local keys = {}
  for k in pairs(r) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for i, k in ipairs(keys) do local v = r[k] keys[i] = k .. "=" .. (type(v) == "table" and "[" .. table.concat(v, ",") .. "]" or tostring(v)) end
  print(table.concat(keys, " "))
end
parse "in"
parse("in", "o1", "o2")
parse("-v", "--compress=bz2", "in")
parse("-c", "xz", "--level=9", "in", "-I", "a", "-I", "b")
parse("--no-color", "in")
parse("--unknown", "in")
parse()
parse("in", "1", "2", "3", "4")
parse("--compress", "in")
local sub_cli = require "cliargs.core"()
sub_cli:command("run", "run it"):argument("WHAT", "what to run"):action(function(o) return "ran " .. o.WHAT end)
sub_cli:command("stop", "stop it"):action(function() return "stopped" end)
print(sub_cli:parse { "run", "thing" })
print(sub_cli:parse { "stop" })
print(sub_cli.printer.generate_usage())

-- ansicolors
local colors = require "ansicolors"
print((colors("%{red}hello%{reset} %{bright green}x"):gsub("\27", "<ESC>")), (colors.noReset "%{blue underline}y":gsub("\27", "<ESC>")), pcall(colors, "%{nocolour}"))

-- say
local say = require "say"
say:set_namespace "en"
say:set("money", "I have %s dollars")
say:set("wow", "So much money!")
say:set("order", "%s, then %s")
print(say("money", { 1000 }), say "wow", say("order", { "first", nil, n = 2 }), say "missing")
say:set_namespace "fr"
say:set("wow", "Tant d'argent!")
print(say "wow", say("money", { 5 }))
say:set_fallback "en"
print(say "wow", say("money", { 5 }), say("money", { {} }):match "table: " , say("money", {}))
