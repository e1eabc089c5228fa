-- Moses: functional helpers over tables, arrays, functions and objects.
local M = require "moses"
local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  local r, n = {}, 0
  while v[n + 1] ~= nil do n = n + 1 r[n] = show(v[n]) end
  local keys = {}
  for k in pairs(v) do if not (math.type(k) == "integer" and k >= 1 and k <= n) then keys[#keys + 1] = k end end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do r[#r + 1] = tostring(k) .. "=" .. show(v[k]) end
  return "{" .. table.concat(r, ",") .. "}"
end
local function p(name, ...) local r = table.pack(...) for i = 1, r.n do r[i] = show(r[i]) end print(name, table.concat(r, " ")) end
local function sorted(t) local c = M.clone(t) table.sort(c, function(a, b) return tostring(a) < tostring(b) end) return c end
local even = function(v) return v % 2 == 0 end
local add = function(a, b) return a + b end

p("operators", M.operator.add(1, 2), M.operator.concat("a", "b"), M.operator.lt(1, 2), M.operator.intdiv and M.operator.intdiv(7, 2))
p("clear", M.clear { 1, 2 }, M.at({ 4, 5, 6 }, 1, 3), M.adjust({ 1, 2, 3 }, 1, function(v) return v + 10 end), M.adjust({ 1, 2 }, 2, 9))
p("count", M.count({ 1, 1, 2 }, 1), M.countf({ 1, 2, 4 }, even), M.allEqual { 1, 1, 1 }, M.allEqual { 1, 2 }, M.size { 1, 2, x = 1 })
p("map", M.map({ 1, 2, 3 }, function(v) return v * v end), M.map({ a = 1 }, function(v, k) return k .. "x", v end))
p("reduce", M.reduce({ 1, 2, 3, 4 }, add), M.reduceRight({ 1, 2, 3 }, function(a, b) return a - b end), M.best({ 4, 9, 2 }, function(a, b) return a > b end), M.reduceBy({ 1, 2, 3, 4 }, add, even))
p("fold", M.mapReduce({ 1, 2, 3 }, add), M.mapReduceRight({ 1, 2, 3 }, add), M.include({ 1, { 2 } }, { 2 }), M.include({ 1 }, 5), M.detect({ 5, 6 }, 6), M.where({ { a = 1, b = 1 }, { a = 2 } }, { a = 1 }), M.findWhere({ { a = 1 }, { a = 2, b = 3 } }, { a = 2 }))
p("filters", M.select({ 1, 2, 3, 4 }, even), M.reject({ 1, 2, 3, 4 }, even), M.all({ 2, 4 }, even), M.invoke({ "a", "b" }, string.upper), M.pluck({ { n = 1 }, { n = 2 } }, "n"), M.max { 3, 9, 1 }, M.min { 3, 9, 1 }, M.max({ "a", "ccc" }, function(s) return #s end))
p("same", M.same({ 1, 2 }, { 2, 1 }), M.sort({ 3, 1, 2 }), M.sortBy({ { v = 2 }, { v = 1 } }, "v"), M.groupBy({ 1, 2, 3, 4 }, function(v) return even(v) and "even" or "odd" end), M.countBy({ 1, 2, 3 }, even), M.containsKeys({ a = 1 }, { a = 2 }), M.sameKeys({ a = 1 }, { a = 2 }))
p("sortedk", (function() local r = {} for k, v in M.sortedk { c = 1, a = 2, b = 3 } do r[#r + 1] = k .. v end return r end)(), (function() local r = {} for k, v in M.sortedv { c = 1, a = 3, b = 2 } do r[#r + 1] = k .. v end return r end)())
p("arrays", M.find({ 1, { 2 } }, { 2 }), M.reverse { 1, 2, 3 }, M.fill({ 1, 2, 3 }, 0, 2), M.zeros(3), M.ones(2), M.vector("v", 2))
p("slices", M.selectWhile({ 2, 4, 5, 6 }, even), M.dropWhile({ 2, 4, 5, 6 }, even), M.sortedIndex({ 1, 3, 5 }, 4), M.indexOf({ 7, 8, 9 }, 8), M.lastIndexOf({ 1, 2, 1 }, 1), M.findIndex({ 1, 4 }, even), M.findLastIndex({ 2, 4, 5 }, even))
p("edges", M.addTop({ 3 }, 1, 2), M.prepend({ 3 }, 1, 2), M.push({ 1 }, 2, 3), M.shift({ 1, 2, 3 }), M.unshift({ 1, 2, 3 }, 2), M.pull({ 1, 2, 1, 3 }, 1), M.removeRange({ 1, 2, 3, 4, 5 }, 2, 4), M.chunk({ 1, 1, 2, 3 }, function(v) return v == 1 end))
p("parts", M.slice({ 1, 2, 3, 4 }, 2, 3), M.first({ 1, 2, 3 }, 2), M.initial({ 1, 2, 3 }, 1), M.last({ 1, 2, 3 }, 2), M.rest({ 1, 2, 3 }, 2), M.nth({ 1, 2, 3 }, 2), M.compact { 1, false, 2 }, M.flatten { 1, { 2, { 3, { 4 } } } }, M.flatten({ 1, { 2, { 3 } } }, true))
p("sets", M.difference({ 1, 2, 3 }, { 2 }), M.union({ 1, 2 }, { 2, 3 }), M.intersection({ 1, 2, 3 }, { 2, 3, 4 }), M.disjoint({ 1 }, { 2 }), M.symmetricDifference({ 1, 2 }, { 2, 3 }), M.unique { 1, 1, 2, { 3 }, { 3 } }, M.isunique { 1, 2 }, M.duplicates { 1, 2, 1, 3, 3 })
p("zips", M.zip({ 1, 2 }, { "a", "b" }), M.zipWith(add, { 1, 2 }, { 10, 20 }), M.append({ 1 }, { 2 }), M.interleave({ 1, 2 }, { "a", "b" }), M.interpose({ 1, 2, 3 }, 0), M.range(1, 5), M.range(10, 1, -3), M.rep("x", 3), M.concat({ 1, 2, 3 }, "-"), M.xprod({ 1, 2 }, { "a" }), M.xpairs(1, { 2, 3 }), M.transpose { { 1, 2 }, { 3, 4 } })
for v in M.partition({ 1, 2, 3, 4, 5 }, 2) do p("partition", v) end
for v in M.overlapping({ 1, 2, 3, 4, 5 }, 3) do p("overlapping", v) end
for v in M.aperture({ 1, 2, 3, 4 }, 2) do p("aperture", v) end
for v in M.pairwise { 1, 2, 3 } do p("pairwise", v) end
local perms = {}
for v in M.permutation { "a", "b", "c" } do perms[#perms + 1] = table.concat(v) end
p("permutation", sorted(perms)) p("powerset", #M.powerset { 1, 2, 3 }, M.sum { 1, 2, 3 }, M.product { 2, 3, 4 }, M.mean { 1, 2, 3, 4 }, M.median { 3, 1, 2 }, M.median { 4, 1, 2, 3 })
p("nsorted", M.nsorted({ 5, 2, 4, 1 }, 2), M.shuffle({ 1, 2, 3 }, 1) ~= nil, #M.sample({ 1, 2, 3, 4 }, 2), M.pack(1, 2))
p("functions", M.noop(), M.identity(5), M.call(add, 1, 2), M.constant(7)(), M.applySpec { min = math.min, max = math.max }(3, 1, 2), M.thread(2, { add, 3 }, { M.operator.mul, 2 }), M.threadRight(2, { M.operator.sub, 10 }))
p("compose", M.compose(function(x) return x + 1 end, function(x) return x * 2 end)(5), M.pipe(3, function(x) return x + 1 end, function(x) return x * 2 end), M.complement(even)(3), M.juxtapose(9, math.sqrt, even), M.wrap(math.abs, function(f, x) return f(x) + 1 end)(-4), M.flip(M.operator.sub)(1, 5))
local once, calls = nil, 0
once = M.once(function(x) calls = calls + x return calls end)
p("once", once(1), once(10), calls) 
local memo, count = nil, 0
memo = M.memoize(function(n) count = count + 1 return n < 2 and n or memo(n - 1) + memo(n - 2) end)
p("memoize", memo(30), count)
local after = M.after(function(x) return x end, 3) p("after", after(1), after(2), after(3))
local before = M.before(function() calls = calls + 1 return calls end, 2) p("before", before(), before(), before())
p("bind", M.bind(math.max, 5)(3), M.bind2(M.operator.sub, 1)(5), M.bindn(add, 1)(2), M.partial(function(a, b, c) return a .. b .. c end, "x", "_", "z")("y"), M.partialRight(function(a, b) return a .. b end, "end")("start"), M.curry(function(a, b, c) return a + b + c end, 3)(1)(2)(3), M.nAry(function(...) return select("#", ...) end, 2)(1, 2, 3), M.unary(function(...) return select("#", ...) end)(1, 2), M.rearg(function(a, b) return a .. b end, { 2, 1 })("x", "y"))
p("conds", M.both(even, function(v) return v > 2 end)(4), M.either(even, function(v) return v > 2 end)(3), M.neither(even, function(v) return v > 2 end)(1), M.cond { { even, function() return "even" end }, { M.constant(true), function() return "odd" end } }(3), M.validate and "validate", M.over(math.min, math.max)(1, 5), M.overEvery(even)(2), M.overSome(even)(3), M.castArray(5), M.castArray { 5 }, M.converge(add, math.abs, math.floor)(-2.5))
local it = M.iterator(function(x) return x * 2 end, 1) p("iterator", it(), it(), it(), M.skip(it, 1)(), M.tabulate(M.iterlen and (function() local n = 0 return function() n = n + 1 if n <= 3 then return n end end end)()))
p("objects", sorted(M.keys { a = 1, b = 2 }), sorted(M.values { a = 1, b = 2 }), M.path({ a = { b = { c = 5 } } }, "a", "b", "c"), M.spreadPath({ a = { b = 1 } }, "a"), M.kvpairs { only = 1 }, M.toObj { { "k", "v" } }, M.invert { "a", "b" }, M.property "n" { n = 3 }, M.propertyOf { n = 4 } "n", M.toBoolean(0))
p("extend", M.extend({ a = 1 }, { b = 2 }, { a = 3 }), sorted(M.functions { f = print, x = 1 }), M.clone { { 1 } }, M.tap({ 1 }, function(t) t[2] = 2 end), M.has({ a = 1 }, "a"), M.pick({ a = 1, b = 2, c = 3 }, "a", "c"), M.omit({ a = 1, b = 2, c = 3 }, "a", "c"), M.template({ a = 1 }, { a = 2, b = 3 }))
p("tests", M.isEqual({ 1, { 2 } }, { 1, { 2 } }), M.isEqual({ 1 }, { 2 }), M.result({ f = function(s) return s.v end, v = 8 }, "f"), M.isTable {}, M.isCallable(print), M.isArray { 1, 2 }, M.isArray { a = 1 }, M.isIterable {}, M.type(io.stdout), M.isEmpty {}, M.isString "x", M.isFunction(print), M.isNil(nil), M.isNumber(1), M.isNaN(0 / 0), M.isFinite(1 / 0), M.isBoolean(true), M.isInteger(3))
p("chain", M.chain { 1, 2, 3, 4 }:filter(even):map(function(v) return v * 10 end):value(), M { 5, 1, 3 }:sort():reverse():value())
p("unicode", M.isUnique and 1 or 2, M.uniqueId() ~= M.uniqueId(), M.uniqueId "id-%s" ~= nil)
