-- Penlight and tables: tablex, array2d, seq, func, operator, permute, comprehension.
local tablex = require "pl.tablex"
local array2d = require "pl.array2d"
local seq = require "pl.seq"
local List = require "pl.List"
local operator = require "pl.operator"

-- A printer with sorted keys.
local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  local r, n = {}, 0
  while v[n + 1] ~= nil do n = n + 1 end
  for i = 1, n do r[i] = show(v[i]) end
  local keys = {}
  for k in pairs(v) do if not (math.type(k) == "integer" and k >= 1 and k <= n) then keys[#keys + 1] = k end end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, k in ipairs(keys) do r[#r + 1] = tostring(k) .. "=" .. show(v[k]) end
  return "{" .. table.concat(r, ",") .. "}"
end
local function p(...) local r = table.pack(...) for i = 1, r.n do r[i] = show(r[i]) end print(table.concat(r, " ")) end

-- tablex
local t = { a = 1, b = 2, c = 3 }
p(tablex.size(t), tablex.copy(t), tablex.update({ a = 0, z = 9 }, t), tablex.deepcopy { x = { y = { 1, 2 } } })
local cyc = { name = "cycle" } cyc.me = cyc
local copy = tablex.deepcopy(cyc)
p(copy ~= cyc, copy.me == copy, tablex.deepcompare(copy, cyc), tablex.deepcompare({ 1, { 2 } }, { 1, { 2 } }), tablex.deepcompare({ 1, { 2 } }, { 1, { 3 } }), tablex.deepcompare({ 1.0001 }, { 1 }, false, 0.01))
p(tablex.compare({ 1, 2 }, { 1, 2 }, "=="), tablex.compare_no_order({ 1, 2, 3 }, { 3, 1, 2 }), tablex.compare_no_order({ 1 }, { 2 }))
p(tablex.find({ 10, 20, 30 }, 20), tablex.find({ 10 }, 5), tablex.rfind({ 1, 2, 1 }, 1), tablex.find_if({ 1, 5, 9 }, function(v) return v > 3 end), tablex.find_if({ 1, 5 }, ">", 4))
p(tablex.index_by({ 10, 20, 30 }, { 3, 1 }), tablex.map(function(x) return x * 2 end, t), tablex.map("+", t, 10), tablex.imap(string.upper, { "a", "b" }), tablex.imap("..", { "a", "b" }, "!"))
p(tablex.map_named_method("upper", { "x", "y" }), tablex.range(1, 5), tablex.range(10, 1, -4), tablex.range(0, 1, 0.5), tablex.map2("*", { 1, 2 }, { 3, 4 }), tablex.imap2("..", { "a", "b" }, { "x", "y" }))
p(tablex.reduce("+", { 1, 2, 3, 4 }), tablex.reduce("..", { "a", "b", "c" }), tablex.reduce(math.max, { 3, 9, 4 }), tablex.reduce("+", {}, 5), tablex.reduce("+", { 1, 2 }, 10))
p(tablex.mapn(function(a, b, c) return a + b + c end, { 1, 2 }, { 10, 20 }, { 100, 200 }), List(tablex.pairmap(function(k, v) return k .. v end, t)):sort(), tablex.pairmap(function(k, v) return v, k end, { x = "y" }))
p(List(tablex.keys(t)):sort(), List(tablex.values(t)):sort(), tablex.index_map { "a", "b" }, tablex.makeset { "x", "y" }, tablex.merge(t, { b = 1, c = 1, d = 1 }), tablex.merge(t, { d = 4 }, true))
p(tablex.union({ a = 1 }, { b = 2 }), tablex.intersection(t, { a = 5 }), tablex.difference(t, { a = 1 }), tablex.difference(t, { a = 1, q = 1 }, true), tablex.count_map { "a", "b", "a" })
p(tablex.filter({ 1, 2, 3, 4 }, function(x) return x % 2 == 0 end), tablex.filter({ 1, 2, 3 }, ">", 1), tablex.sub({ 1, 2, 3, 4, 5 }, 2, -2), tablex.sub({ 1, 2, 3 }, -2), tablex.new(3, "x"))
p(tablex.zip({ 1, 2 }, { "a", "b" }), tablex.icopy({ 1, 2, 3, 4 }, { 20, 30 }, 2), tablex.move({ 1, 2, 3 }, { 9, 8 }, 3), tablex.insertvalues({ 1, 5 }, 2, { 2, 3, 4 }), tablex.removevalues({ 1, 2, 3, 4 }, 2, 3), tablex.insertvalues({ 1 }, { 2, 3 }))
local s = { 1, 2, 3, 4 }
tablex.set(s, 0, 2, 3) p(s) tablex.clear(s) p(s) tablex.transform(function(x) return x + 1 end, s)
for k, v in tablex.sort { c = 3, a = 1, b = 2 } do io.write(k, v, " ") end
for k, v in tablex.sort({ c = 3, a = 1, b = 2 }, function(x, y) return x > y end) do io.write(k, v, " ") end
for k, v in tablex.sortv { c = 3, a = 9, b = 2 } do io.write(k, v, " ") end print()
local ro = tablex.readonly { 1, 2, k = "v" }
p(ro[1], ro.k, #ro, pcall(function() ro.x = 1 end))
for k, v in ipairs(ro) do io.write(k, "=", v, " ") end print()
local tree = { x = { deep = { target = "here" } } }
p(tablex.search(tree, "here"), tablex.search(tree, "missing"))
tablex.foreachi({ "a", "b" }, function(v, i, extra) io.write(i, v, extra, " ") end, "!") print()
local total = 0
tablex.foreach(t, function(v) total = total + v end)
p(total, pcall(tablex.map, "+", 5))

-- array2d
local m = { { 1, 2, 3 }, { 4, 5, 6 } }
p(array2d.size(m), array2d.row(m, 1), array2d.column(m, 2), array2d.map("*", m, 10), array2d.reduce_rows("+", m), array2d.reduce_cols("+", m), array2d.reduce2("*", "+", m))
p(array2d.map2("+", 2, 2, m, m), array2d.map2("*", 2, 1, m, { 10, 20, 30 }), array2d.product("..", { "a", "b" }, { "x", "y" }), array2d.flatten(m), array2d.reshape({ { 1, 2, 3, 4, 5, 6 } }, 3), array2d.transpose(m))
p(array2d.swap_rows({ { 1 }, { 2 } }, 1, 2), array2d.swap_cols({ { 1, 2 }, { 3, 4 } }, 1, 2), array2d.extract_rows(m, { 2 }), array2d.extract_cols({ { 1, 2, 3 }, { 4, 5, 6 } }, { 1, 3 }), array2d.slice(m, 1, 2, 2, 3), array2d.slice(m, -1, 1, -1, -1), array2d.slice(m, "A1:B2"))
p(array2d.new(2, 3, 0), array2d.new(2, 2, function(i, j) return i * 10 + j end), array2d.range(m, "B1:C2"), array2d.parse_range "C4:D5")
array2d.write(m, io.stdout, "%4d") 
array2d.forall(m, function(row, j) io.write(row[j], ";") end, function(i) io.write("|", i, "\n") end)
for v in array2d.iter(m) do io.write(v, " ") end
for i, j, v in array2d.iter(m, true) do io.write(i, ",", j, "=", v, " ") end print()
for c in array2d.columns(m) do p(c) end
for r in array2d.rows(m) do p(r) end
local blank = array2d.new(3, 3, ".")
array2d.set(blank, "#", 2, 2, 3, 3) p(blank)
array2d.move(blank, 1, 1, m) p(blank)
array2d.remove_col(blank, 2) p(blank)

-- seq
p(seq.copy(seq.range(1, 5)), seq.copy(seq.list { 7, 8 }), seq.sum { 1, 2, 3 }, seq.sum({ 1, 2, 3 }, function(x) return x * x end), seq.minmax { 4, 1, 9 }, seq.count({ 1, 5, 9 }, seq.greater_than(3)))
local function it(...) return seq.list { ... } end
p(seq.copy(seq.map("*", { 1, 2, 3 }, 2)), seq.copy(seq.filter(it(1, 2, 3, 4), ">", 2)), seq.reduce("+", { 1, 2, 3 }), seq.reduce("..", { "a", "b" }, "z"), seq.copy(seq.take(it(1, 2, 3), 2)))
p(seq.copy2(seq.enum { "a", "b" }), seq.copy(seq.sort { 3, 1, 2 }), seq.copy(seq.sort({ 3, 1, 2 }, function(a, b) return a > b end)), seq.copy(seq.splice(seq.list { 1 }, seq.list { 2, 3 })), seq.copy2(seq.last(seq.list { 1, 2, 3 })))
p(seq.copy(seq.mapmethod({ "a", "b" }, "rep", 2)), seq.count_map { "x", "y", "x" }, List(seq.unique({ 1, 1, 2 }, true)):sort(), seq { 1, 2, 3 }:map("*", 3):filter(">", 3):copy(), seq { "one", "two" }:upper():copy(), seq(seq.range(1, 4)):reduce "+")
seq.printall({ 1, 2, 3, 4, 5 }, ",", 3)
seq.foreach({ 1, 2 }, function(x) io.write("<", x, ">") end) print()
p(seq.copy(seq.keys { only = 1 }), seq.copy_tuples(seq.enum { "u", "v" }), seq.greater_than(3)(4), seq.less_than(3)(4), seq.matching "^a" "abc", seq.equal_to(1)(1))

-- operator
p(operator.add(1, 2), operator.concat("a", "b"), operator.index({ x = 5 }, "x"), operator.eq(1, 1), operator.lnot(nil), operator.land(1, 2), operator.lor(nil, 3), operator.call(math.max, 1, 2), operator.table(1, 2), operator.match("abc", "b."), operator.optable["//"] == nil, operator.optable["<="](1, 2), operator.pow(2, 3), operator.mod(7, 3), operator.unm(3), operator.len { 1, 2 })

-- func: placeholder expressions
local func = require "pl.func"
local _1, _2, I = func._1, func._2, func.I
p(I(_1 + 1)(5), I(_1 * _2 - 3)(4, 5), I(_1:upper())("abc"), I(_1 .. "!" .. _2)("a", "b"), I(_1[2])({ 5, 6 }), I(-_1)(3), I(func.Len(_1))({ 1, 2, 3 }), I(func.Not(_1))(nil))
p(tostring(_1 + 2 * _2), tostring((_1 + 1) / _2 ^ 2), tostring(_1 .. "x"), tablex.map(_1 + 10, { 1, 2 }), List { 1, 2, 3 }:filter(func.Gt and func.Gt(_1, 1) or I(_1 - 1)))
p(func.bind(math.max, 10)(3), func.bind(string.sub, _1, 1, 2)("hello"), func.compose(math.sqrt, math.abs)(-16), func.bind1(operator.sub, 10)(3), func.curry and "curry" or "none", func.bind(function(a, b, c) return a .. b .. c end, _2, "-", _1)("x", "y"))

-- permute
local permute = require "pl.permute"
for x in permute.order_iter { 1, 2, 3 } do io.write(table.concat(x, ""), " ") end print()
p(#permute.order_table { "a", "b", "c", "d" }, permute.order_table { 1, 2 }, permute.list_table({ 1, 2 }, { "x", "y" }))
for a, b in permute.list_iter({ 1, 2 }, { "x", "y" }) do io.write(a, b, " ") end print()

-- comprehension
local C = require "pl.comprehension".new()
p(C "x for x = 1, 5" (), C "x * x for x = 1, 6 if x % 2 == 0" (), C "x + y for x = 1, 2 for y = 10, 20, 10" (), C "x:upper() for x" { "a", "b" })
p(C "sum(x for x)" { 1, 2, 3 }, C "max(x ^ 2 for x)" { 1, -5, 3 }, C "table(k, v * 2 for k, v in pairs(_1))" { a = 1, b = 2 }, C "{x, y} for x = 1, 2 for y = 3, 4" ())
