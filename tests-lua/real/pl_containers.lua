-- Penlight containers: List, Map, OrderedMap, MultiMap, Set, class.
local List = require "pl.List"
local Map = require "pl.Map"
local OrderedMap = require "pl.OrderedMap"
local MultiMap = require "pl.MultiMap"
local Set = require "pl.Set"
local class = require "pl.class"
local tablex = require "pl.tablex"

local function try(f, ...)
  local r = table.pack(pcall(f, ...))
  for i = 1, r.n do r[i] = tostring(r[i]) end
  print(table.concat(r, "\t"))
end

-- List
local l = List { 10, 20, 30 }
print(l, #l, l:len(), List.range(1, 10), List.range(10, 1, -3), List.split("a b  c"), List.split("1;2;3", ";"))
print(l:append(40):insert(1, 5):put(1), l:index(20), l:index(99), l:contains(30), l:count(10))
print(l:pop(), l, l:pop(1), l, l:remove(1), l, l:remove_value(20), l)
print(l:extend { 7, 8, 9 }, l:reverse(), l:clone():sort(), l, l:sorted(function(a, b) return a > b end))
print(l:slice(2, 3), l:slice(-2), l:slice(2), l:slice(0, 2), List(l):clear(), l:minmax())
print(List { 1, 2, 3, 4, 5 }:chop(2, 3), List { 1, 2, 3 }:splice(2, { 9, 9 }), List { 1, 2, 3, 4 }:slice_assign(2, 3, { 21, 31 }))
print(List { 1, 2 } .. List { 3 }, List { 1, 2 } == List { 1, 2 }, List { 1, 2 } == List { 2, 1 }, List { "a", "b" }:join "-", tostring(List { "q", 1, true }))
print(List { 1, 2, 3 }:map(function(x) return x * x end), List { "a", "b" }:map(string.upper), List { 1, 2, 3, 4 }:filter(function(x) return x > 2 end))
print(List { 1, 2, 3 }:map("+", 10), List { 1, 2, 3 }:map("*", 2), List { "x", "yy" }:map("#"), List { 1, 2, 3 }:filter(">", 1))
print(List { 1, 2, 3, 4 }:reduce("+"), List { 1, 2, 3, 4 }:reduce(function(a, b) return a * b end), List { "one", "two" }:mapm("upper"), List { "one", "two" }:mapm("sub", 1, 2))
print(List { 1, 2, 3 }:map2("+", { 10, 20, 30 }), List { 1, 2, 3 }:transform(function(x) return -x end), List { 1, 2, 3, 4, 5 }:partition(function(x) return x % 2 == 0 and "even" or "odd" end).even)
for v in List { "i", "j" }:iter() do io.write(v, " ") end
for v in List.iterate { 7, 8 } do io.write(v, " ") end
for v in List.iterate "xyz" do io.write(v, " ") end
print()
List { 1, 2 }:foreach(function(v, suffix) io.write(v, suffix, " ") end, "!")
List { "ab", "cd" }:foreachm("byte", 1)
print(List { 4, 1, 3 }:sort "<", List { 4, 1, 3 }:sort ">", List { "pear", "fig" }:sort(function(a, b) return #a < #b end))
print(List():append(1), List(List { 1, 2 }), List(), #List(), List { List { 1 }, List { 2, 3 } })
try(List.slice, 5)
try(function() return l:insert() end)
try(function() return List { 1 }:pop(5) end)
print(List { 1, 2, 3, 4, 5, 6 }:slice(2, -2), List.range(3), List.range(0, 1, 0.25), List.range(5, 1))
print(List:class_of(l), List:class_of {}, l:is_a(List), l:is_a() == List)
local nested = List { 1, 2, 3 }:map(function(n) return List.range(1, n) end)
print(nested, nested:map(function(x) return x:reduce "+" end), nested:map "#")

-- Map
local m = Map { one = 1, two = 2, three = 3 }
print(m:keys():sort(), m:values():sort(), m:len(), #m:keys(), m:get "two", m:getvalues { "one", "three", "none" })
print(m:setdefault("four", 4), m:setdefault("one", 100), m:set("two", 22), m.two, m:keys():sort())
m:update { five = 5, one = 11 }
print(m:values():sort(), Map { a = 1 } == Map { a = 1 }, Map { a = 1 } == Map { a = 2 }, tostring(Map { only = 1 }))
local items = List(m:items()):map(function(p) return p[1] .. "=" .. p[2] end):sort()
print(items)

-- OrderedMap
local om = OrderedMap()
om:set("z", 1) om:set("a", 2):set("m", 3)
print(om, om:keys(), om:values(), om:get "a")
om:set("a", 20) om:insert(1, "first", 0)
print(om, om:keys())
om:set("z", nil)
print(om, om:keys(), #om:keys())
om:sort()
print(om)
om:sort(function(a, b) return a > b end)
for k, v in om:iter() do io.write(k, ":", v, " ") end
for k, v in pairs(om) do io.write(k, ":", v, " ") end
print()
local om2 = OrderedMap { { k1 = "v1" }, { k2 = "v2" } }
print(om2, om2:keys())
om2:update { { k3 = "v3" }, { k1 = "changed" } }
print(om2)
for i = 1, 30 do om2:set("key" .. i * 7 % 31, i) end
print(om2)
for i = 1, 30, 2 do om2:set("key" .. i, nil) end
print(om2)

-- MultiMap
local mm = MultiMap()
mm:set("fruit", "apple") mm:set("fruit", "pear") mm:set("veg", "leek")
print(mm.fruit, mm.veg, #mm.fruit, mm:get "fruit" == mm.fruit)

-- Set
local function sorted(s) local v = List(Set.values(s)):map(tostring):sort() return "{" .. v:join "," .. "}" end
local a, b = Set { 1, 2, 3, 4 }, Set { 3, 4, 5 }
print(sorted(a + b), sorted(a * b), sorted(a - b), sorted(a ^ b), #a, a == Set { 4, 3, 2, 1 }, a == b)
print(sorted(Set.union(a, b)), sorted(Set.intersection(a, b)), sorted(Set.difference(a, b)), sorted(Set.symmetric_difference(a, b)))
print(Set.issubset(Set { 3 }, a), Set { 3 } < a, a < a, Set.isempty(Set {}), Set.isempty(a), Set.isdisjoint(a, Set { 9 }), Set.isdisjoint(a, b), a[1], a[9])
print(sorted(a + 10), sorted(a - 1), sorted(Set.map(a, function(x) return x * 10 end)), tostring(Set { "single" }), Set.len(b))
print(sorted(Set { "x", "y" } + Set { "z" }), #Set(List { 1, 1, 2 }))

-- class
local Animal = class()
function Animal:_init(name) self.name = name end
function Animal:__tostring() return self.name .. ": " .. self:speak() end
function Animal:speak() return "..." end
local Dog = class(Animal)
function Dog:speak() return "bark" end
local Cat = class(Animal)
function Cat:_init(name, breed) self:super(name) self.breed = breed end
function Cat:speak() return "meow" end
local Lion = class(Cat)
function Lion:speak() return "roar over " .. Cat.speak(self) end
local fido, felix, leo = Dog "Fido", Cat("Felix", "Tabby"), Lion("Leo", "African")
print(tostring(fido), tostring(felix), tostring(leo), leo.breed)
print(leo:is_a(Animal), leo:is_a(Dog), Dog:class_of(fido), Dog:class_of(leo), Animal:class_of(leo), Lion:class_of(leo), leo:is_a() == Lion)
print(Cat._base == Animal, rawget(Lion, "_base") == Cat, Animal._base, tostring(pcall(function() return fido:nothing() end)))
class.Point { _init = function(self, x, y) self.x, self.y = x, y end, __add = function(p, q) return Point(p.x + q.x, p.y + q.y) end, __eq = function(p, q) return p.x == q.x and p.y == q.y end, __tostring = function(p) return ("(%d,%d)"):format(p.x, p.y) end }
print(tostring(Point(1, 2) + Point(3, 4)), Point(1, 1) == Point(1, 1), Point(1, 1) == Point(1, 2))
local Counter = class()
function Counter:_init() self.n = 0 end
function Counter:__call(by) self.n = self.n + (by or 1) return self.n end
local c = Counter()
print(c(), c(5), c.n)
local Catcher = class()
function Catcher:_init() end
Catcher:catch(function(self, name) return function(_, ...) return name .. " called with " .. select("#", ...) end end)
print(Catcher():anything(1, 2), Catcher():other())
local Base = class { _init = function(self, t) self.t = t end, total = function(self) return tablex.reduce("+", self.t) end }
local Derived = class(Base)
print(Base { 1, 2, 3 }:total(), Derived({ 4, 5 }):total(), Derived:class_of(Base {}), Base:class_of(Derived {}))
