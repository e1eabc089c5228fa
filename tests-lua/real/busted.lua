-- busted: a whole test suite run in this process by the framework's own core, with several reporters.
-- The C modules busted wants for files and clocks are not needed here; these stand in for them.
local function nothing() end
package.preload.lfs = function() return { attributes = nothing, symlinkattributes = nothing, currentdir = function() return "/" end, mkdir = nothing, rmdir = nothing, chdir = nothing, dir = function() return nothing end } end
package.preload.system = function() return { gettime = function() return 0 end, monotime = function() return 0 end, sleep = nothing } end

-- Functions that lie in flash share one environment, which nobody may replace: what asks for that keeps the one it has.
local join, set, refused = debug.upvaluejoin, debug.setupvalue, {}
function debug.upvaluejoin(f, ...) refused[f] = not pcall(join, f, ...) end
function debug.setupvalue(f, ...) if not refused[f] then return set(f, ...) end end

local busted = require "busted.core" ()
require "busted" (busted)
local execute = require "busted.execute" (busted)

local names, log = {}, {}
local function line(...) local r = { ... } for i = 1, #r do r[i] = tostring(r[i]) end log[#log + 1] = table.concat(r, " ") end
local function first_line(message)
  message = type(message) == "table" and tostring(message.message or message) or tostring(message)
  return (message:gsub("0x%x+", "ADDR"))
end
busted.subscribe({ "suite", "start" }, function(suite, count, total) line("suite start", count, total) return nil, true end)
busted.subscribe({ "suite", "end" }, function() line "suite end" return nil, true end)
busted.subscribe({ "describe", "start" }, function(d) names[#names + 1] = d.name line("describe", table.concat(names, " > ")) return nil, true end)
busted.subscribe({ "describe", "end" }, function() names[#names] = nil return nil, true end)
busted.subscribe({ "test", "end" }, function(element, parent, status) line(" ", element.name, status) return nil, true end)
busted.subscribe({ "failure" }, function(element, parent, message, debug) line("  failure in", element.name .. ":", first_line(message)) return nil, true end)
busted.subscribe({ "error" }, function(element, parent, message) line("  error in", tostring(element.name or element.descriptor) .. ":", first_line(message)) return nil, true end)

local suite = setmetatable({ getTrace = function(_, info) return info end }, { __call = function()
describe("a stack", function()
  local stack
  before_each(function() stack = { n = 0, push = function(s, v) s.n = s.n + 1 s[s.n] = v end, pop = function(s) local v = s[s.n] s[s.n] = nil s.n = s.n - 1 return v end } end)
  after_each(function() stack = nil end)
  it("starts empty", function() assert.are.equal(0, stack.n) end)
  it("pushes and pops", function()
    stack:push "a" stack:push "b"
    assert.are.equal("b", stack:pop())
    assert.are.same({ "a" }, { stack[1] })
  end)
  it("fails on purpose", function() assert.are.equal(1, stack.n, "size of a new stack") end)
  it("fails with tables", function() assert.are.same({ 1, { x = 2 } }, { 1, { x = 3 } }) end)
  it("raises an error", function() local missing = nil; return missing.field end)
  it("raises a table", function() error { code = 5 } end)
  pending("not written yet", function() end)
  it("is pending inside", function() pending "later" end)
  describe("nested", function()
    setup(function() line "  nested setup" end)
    teardown(function() line "  nested teardown" end)
    before_each(function() stack:push "from before_each" end)
    it("sees the outer before_each", function() assert.are.equal(1, stack.n) end)
    it("uses finally", function() finally(function() line "  finally ran" end) assert.is_true(true) end)
    it("uses finally and fails", function() finally(function() line "  finally ran too" end) assert.is_true(false) end)
  end)
end)
describe("spies and mocks", function()
  it("counts calls", function()
    local s = spy.new(function(x) return x * 2 end)
    s(1) s(2)
    assert.spy(s).was.called(2)
    assert.spy(s).was.called_with(2)
  end)
  it("stubs and reverts by snapshot", function()
    local t = { f = function() return "real" end }
    stub(t, "f").returns "stub"
    assert.are.equal("stub", t.f())
  end)
  it("matches", function() assert.has_error(function() error("boom", 0) end, "boom") assert.matches("%d", "a1") end)
  it("reports spies", function() local s = spy.new(function() end) assert.spy(s).was.called() end)
end)
describe("errors in hooks", function()
  describe("before_each", function()
    before_each(function() error("hook broke", 0) end)
    it("is not run", function() line "  never" end)
  end)
  describe("a describe block", function() error("block broke", 0) end)
  describe("strict teardown", function()
    strict_teardown(function() line "  strict teardown" end)
    lazy_setup(function() line "  lazy setup" end)
    it("triggers lazy setup", function() assert.truthy(1) end)
  end)
  insulate("insulated", function()
    it("changes a global", function() _G.leaked_global = 1 assert.are.equal(1, leaked_global) end)
  end)
  it("does not see it", function() assert.is_nil(rawget(_G, "leaked_global")) end)
end)
end })
busted.executors.file("suite.lua", suite)
execute(1, {})
print(table.concat(log, "\n"))

-- Messages in other languages, and the small modules behind the core.
for _, lang in ipairs { "en", "de", "fr", "es", "it", "nl", "pt-BR", "ro", "ru", "ua", "zh", "ja", "th", "ar", "is" } do
  local ok, e = pcall(require, "busted.languages." .. lang)
  require "say":set_namespace(lang:match "^%a+")
  print(lang, ok, ok and require "say" ("output.seconds") or e)
end
local utils = require "busted.utils"
print(#utils.shuffle({ 1, 2, 3 }, 1), #utils.split("a b c"))
local status = require "busted.status"
local st = status "success"
print(tostring(st), st:success())
st:update "pending" print(tostring(st)) st:update "failure" print(tostring(st)) st:update(true) print(tostring(st)) st:update "error" print(tostring(st))
local options = require "busted.options"
print(type(options), type(require "busted.compatibility".setfenv))
