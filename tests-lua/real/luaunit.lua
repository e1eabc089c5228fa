-- luaunit: test classes, assertion failures, runners, and the text, TAP and JUnit-like outputs.
os.clock = function() return 0 end
os.date = function() return "a fixed date" end
local lu = require "luaunit"
local function mask(s) return (tostring(s):gsub("0x%x+", "ADDR")) end
lu.PRINT_TABLE_REF_IN_ERROR_MSG = false

local function fails(f, ...)
  local ok, e = pcall(f, ...)
  if ok then print "passed" else print(mask(type(e) == "table" and (e.msg or e.message) or e)) end
end
for _, c in ipairs {
  { lu.assertEquals, 1, 1 }, { lu.assertEquals, 1, 2 }, { lu.assertEquals, "a", "b" }, { lu.assertEquals, { 1, 2 }, { 1, 3 } }, { lu.assertEquals, { a = { b = 1 } }, { a = { b = 2 } } },
  { lu.assertEquals, 1, 2, "extra" }, { lu.assertNotEquals, 1, 1 }, { lu.assertItemsEquals, { 1, 2 }, { 2, 1 } }, { lu.assertItemsEquals, { 1, 2 }, { 2, 3 } }, { lu.assertTrue, false }, { lu.assertFalse, true },
  { lu.assertEvalToTrue, nil }, { lu.assertNil, 5 }, { lu.assertNotNil, nil }, { lu.assertIsNumber, "x" }, { lu.assertIsString, 1 }, { lu.assertIsTable, 1 }, { lu.assertIsFunction, {} }, { lu.assertIsBoolean, "true" },
  { lu.assertAlmostEquals, 1, 1.0001, 0.001 }, { lu.assertAlmostEquals, 1, 1.1, 0.001 }, { lu.assertNotAlmostEquals, 1, 1.0001, 0.001 }, { lu.assertStrContains, "hello", "ell" }, { lu.assertStrContains, "hello", "xyz" },
  { lu.assertStrIContains, "HELLO", "ell" }, { lu.assertNotStrContains, "hello", "ell" }, { lu.assertStrMatches, "abc123", "%a+%d+" }, { lu.assertStrMatches, "abc", "%d+" }, { lu.assertIs, "a", "b" }, { lu.assertNotIs, "a", "a" },
  { lu.assertError, function() end }, { lu.assertErrorMsgEquals, "boom", function() error("boom", 0) end }, { lu.assertErrorMsgEquals, "boom", function() error("bang", 0) end }, { lu.assertErrorMsgContains, "oo", function() error "boom" end },
  { lu.assertErrorMsgMatches, ".*:%d+: boom", function() error "boom" end }, { lu.assertInf, 1 }, { lu.assertNaN, 1 }, { lu.assertNotNaN, 0 / 0 }, { lu.assertPlusZero, -0.0 }, { lu.assertMinusInf, math.huge }, { lu.fail, "on purpose" }, { lu.assertTableContains, { 1, 2 }, 3 },
} do fails(table.unpack(c)) end
local long1, long2 = {}, {}
for i = 1, 60 do long1[i], long2[i] = i, i == 30 and 999 or i end
fails(lu.assertEquals, long1, long2)
fails(lu.assertEquals, ("x"):rep(100) .. "a\nb", ("x"):rep(100) .. "a\nc")
print(lu.prettystr { 1, "two", { three = 3 }, true }, lu.prettystr "q\"uote", lu.prettystr { [1.5] = 1, ["k k"] = 2 })
local cyc = { 1 } cyc[2] = cyc
print(mask(lu.prettystr(cyc)))

TestMath = {}
function TestMath:setUp() self.v = 10 end
function TestMath:tearDown() self.v = nil end
function TestMath:testAdd() lu.assertEquals(self.v + 1, 11) end
function TestMath:testFails() lu.assertEquals(self.v, 11) end
function TestMath:testErrors() local missing = nil; return missing.x end
function TestMath:testSkipped() lu.skip "not today" end
function TestMath:testSuccess() lu.success() end
TestStrings = {}
function TestStrings:test1_upper() lu.assertEquals(("x"):upper(), "X") end
function TestStrings:test2_list() lu.assertEquals({ 1, 2, { k = "v" } }, { 1, 2, { k = "w" } }) end
function TestStrings:notATest() error "never run" end
function testPlainFunction() lu.assertTrue(true) end
for _, output in ipairs { "text", "tap", "nil" } do
  local runner = lu.LuaUnit.new()
  runner:setOutputType(output)
  local failures = runner:runSuite("-p", "Test", "-x", "Errors")
  print(output, "failures", failures, runner.result.runCount, runner.result.successCount, runner.result.failureCount, runner.result.errorCount, runner.result.skippedCount)
end
