-- luassert and say: assertions, messages in several languages, spies, stubs, mocks, matchers, snapshots.
local assert = require "luassert"
local say = require "say"
local spy = require "luassert.spy"
local stub = require "luassert.stub"
local mock = require "luassert.mock"
local match = require "luassert.match"
local util = require "luassert.util"

-- Addresses differ from run to run.
local function mask(s) return (s:gsub("0x%x+", "ADDR")) end
local function fails(f, ...)
  local ok, e = pcall(f, ...)
  if ok then print "passed" else print(mask(type(e) == "table" and tostring(e.message or e) or tostring(e))) end
end

fails(assert.is_true, true)
fails(assert.is_true, false)
fails(assert.is_true, nil, "custom message")
fails(assert.True, 1)
fails(assert.truthy, nil)
fails(assert.falsy, "x")
fails(assert.is_nil, 5)
fails(assert.is_not_nil, nil)
fails(assert.is_number, "5")
fails(assert.is_string, 5)
fails(assert.is_table, nil)
fails(assert.is_function, {})
fails(assert.is_not_string, "s")
fails(assert.equal, 1, 1)
fails(assert.equal, 1, 2)
fails(assert.equals, "a", "b", "strings differ")
fails(assert.are.equal, 1, "1")
fails(assert.are_not.equal, 1, 1)
fails(assert.same, { 1, 2, { 3 } }, { 1, 2, { 3 } })
fails(assert.same, { 1, 2, { 3 } }, { 1, 2, { 4 } })
fails(assert.are.same, { a = { b = "x" } }, { a = { b = "y" } })
fails(assert.are.same, { 1 }, { 1, 2 })
fails(assert.are_not.same, { 1 }, { 1 })
fails(assert.same, "a\nb", "a\nc")
fails(assert.unique, { 1, 2, 3 })
fails(assert.unique, { 1, 2, 1 })
fails(assert.unique, { { 1 }, { 1 } }, true)
fails(assert.is.near, 1.0, 1.05, 0.1)
fails(assert.is.near, 1.0, 1.5, 0.1)
fails(assert.is_not.near, 1.0, 1.05, 0.1)
fails(assert.matches, "%d+", "abc123")
fails(assert.matches, "^%d+$", "abc123")
fails(assert.has.match, "x", "abc")
fails(assert.matches, "b", "abc", 3)
fails(assert.has_no.match, "b", "abc")
fails(assert.has_error, function() error "boom" end)
fails(assert.has_error, function() error("boom", 0) end, "boom")
fails(assert.has_error, function() error("boom", 0) end, "other")
fails(assert.has_error, function() end)
fails(assert.has_no.errors, function() end)
fails(assert.has_no.errors, function() error("unexpected", 0) end)
fails(assert.error_matches, function() error("code 42", 0) end, "code %d+")
fails(assert.error_matches, function() error("code 42", 0) end, "^nothing")
fails(assert.has_error, function() error { code = 1 } end, { code = 1 })
fails(assert.has_error, function() error { code = 1 } end, { code = 2 })
fails(assert.returned_arguments, 2, 1, 2)
fails(assert.returned_arguments, 2, 1)
fails(assert.message "with a message".is_true, false)
fails(assert.message("another").are.equal, 1, 2)
fails(assert, false)
fails(assert, false, "plain assert")
fails(assert.nosuchassertion, 1)
fails(assert.has.property, "name", { name = 1 })

-- arrays and holes
fails(assert.array { 1, nil, 3 }.has.no.holes, 3)
fails(assert.array { 1, 2, 3 }.has.no.holes)
fails(assert.array { 1, nil, 3 }.has.holes, 3)

-- arguments of the wrong kind or number
fails(assert.equal, 1)
fails(assert.same)
fails(assert.near, 1, "x", 0.1)
fails(assert.matches, 5)

-- own assertions
local function has_property(state, arguments) return arguments[2][arguments[1]] ~= nil end
say:set("assertion.has_property.positive", "Expected property %s in:\n%s")
say:set("assertion.has_property.negative", "Did not expect property %s in:\n%s")
assert:register("assertion", "has_property", has_property, "assertion.has_property.positive", "assertion.has_property.negative")
fails(assert.has_property, "name", { name = "x" })
fails(assert.has_property, "size", { name = "x" })
fails(assert.has_no_property or assert.has_no.property, "name", { name = "x" })

-- languages
for _, lang in ipairs { "en", "fr", "de", "nl", "ru", "ja", "zh", "ar", "is", "ua" } do
  require("luassert.languages." .. lang)
  say:set_namespace(lang)
  print(lang, (say("assertion.equal.positive", { "1", "2" })), (say("assertion.truthy.negative", { "x" })))
end
say:set_namespace "en"

-- formatters
print(mask(assert:format({ nil, 1, "s", 1.5, { 1, { x = "y" } }, true, n = 6 })[5]))
assert:set_parameter("TableFormatLevel", 1)
fails(assert.same, { { { 1 } } }, { { { 2 } } })
assert:set_parameter("TableFormatLevel", 3)
local function fmt(arg) if type(arg) == "string" then return "<<" .. arg .. ">>" end end
assert:add_formatter(fmt)
fails(assert.equal, "left", "right")
assert:remove_formatter(fmt)
fails(assert.equal, "left", "right")
local binary = require "luassert.formatters.binarystring"
assert:add_formatter(binary)
fails(assert.equal, "abc\0def", "abc\1def")
assert:remove_formatter(binary)

-- spies
local s = spy.new(function(a, b) return a + b end)
print(s(1, 2), s(3, 4))
fails(assert.spy(s).was.called)
fails(assert.spy(s).was.called, 2)
fails(assert.spy(s).was.called, 3)
fails(assert.spy(s).was_not.called)
fails(assert.spy(s).was.called_with, 1, 2)
fails(assert.spy(s).was.called_with, 9, 9)
fails(assert.spy(s).was_not.called_with, 3, 4)
fails(assert.spy(s).was.called_at_least, 3)
fails(assert.spy(s).was.called_at_most, 1)
fails(assert.spy(s).was.called_more_than, 1)
fails(assert.spy(s).was.returned_with, 7)
fails(assert.spy(s).was.returned_with, 8)
s:clear()
fails(assert.spy(s).was_not.called)
local obj = { greet = function(self, name) return "hello " .. name end }
local on = spy.on(obj, "greet")
print(obj:greet "ann")
fails(assert.spy(on).was.called_with, match.is_table(), "ann")
fails(assert.spy(on).was.called_with, match._, match.is_number())
fails(assert.spy(on).was.called_with, match.is_ref(obj), match.is_string())
obj.greet:revert()
print(obj:greet "bob", #on.calls)

-- stubs and mocks
local io_like = { read = function() return "real" end, write = function() return "written" end }
stub(io_like, "read").returns "stubbed"
print(io_like.read())
fails(assert.stub(io_like.read).was.called, 1)
io_like.read:revert()
print(io_like.read())
local st = stub(io_like, "write", "a", "b")
print(io_like.write())
st.on_call_with(1).returns "one"
print(io_like.write(1), io_like.write(2))
st.by_default.invokes(function(x) return "invoked " .. tostring(x) end)
print(io_like.write "x")
st:revert()
local m = mock({ f = function() return 1 end, sub = { g = function() return 2 end } }, true)
print(m.f(), m.sub.g())
fails(assert.stub(m.f).was.called, 1)
fails(assert.stub(m.sub.g).was_not.called)
mock.revert(m)
print(m.f(), m.sub.g())

-- matchers
print(match.is_number()(5), match.is_not_number()(5), match.has_match("a+")("baa"), match.is_same { 1 } { 1 }, match.is_near(1, 0.5)(1.2), match.all_of(match.is_number(), match.is_equal(3))(3), match.any_of(match.is_nil(), match.is_true())(true), match.none_of(match.is_string())(1))

-- util
print(util.deepcompare({ 1, { 2 } }, { 1, { 2 } }), util.deepcompare({ 1 }, { 2 }), util.tinsert and "tinsert", util.tremove and "tremove")
local dc = util.deepcopy { 1, { 2, x = "y" } }
print(dc[2].x, util.callable(print), util.callable {})
local made = util.make_arglist(1, nil, 3)
print(made.n, made[1], made[3], util.unpack(made))

-- snapshots
local before = assert:snapshot()
assert:set_parameter("TableFormatLevel", 0)
fails(assert.same, { { 1 } }, { { 2 } })
before:revert()
fails(assert.same, { { 1 } }, { { 2 } })
