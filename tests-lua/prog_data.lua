-- Data structures: heap, LRU cache, trie, matrix, graph search, big numbers, a tiny OOP hierarchy.
local Heap = {}
Heap.__index = Heap
function Heap.new(less) return setmetatable({ n = 0, less = less or function(a, b) return a < b end }, Heap) end
function Heap:push(v)
  self.n = self.n + 1
  local i = self.n
  while i > 1 and self.less(v, self[i // 2]) do self[i], i = self[i // 2], i // 2 end
  self[i] = v
end
function Heap:pop()
  if self.n == 0 then return nil end
  local top, last = self[1], self[self.n]
  self[self.n] = nil
  self.n = self.n - 1
  if self.n == 0 then return top end
  local i = 1
  while true do
    local c = i * 2
    if c > self.n then break end
    if c < self.n and self.less(self[c + 1], self[c]) then c = c + 1 end
    if not self.less(self[c], last) then break end
    self[i], i = self[c], c
  end
  self[i] = last
  return top
end
local h = Heap.new()
for i = 1, 200 do h:push(i * 73 % 211) end
local out = {}
for i = 1, 200 do out[i] = h:pop() end
for i = 2, 200 do assert(out[i - 1] <= out[i]) end
print("heap", out[1], out[100], out[200], h:pop())

local function lru(capacity)
  local map, head, tail, size = {}, {}, {}, 0
  head.next, tail.prev = tail, head
  local function unlink(n) n.prev.next, n.next.prev = n.next, n.prev end
  local function front(n) n.next, n.prev, head.next.prev, head.next = head.next, head, n, n end
  return function(k) local n = map[k] if n then unlink(n) front(n) return n.v end end,
    function(k, v)
      local n = map[k]
      if n then n.v = v unlink(n) front(n) return end
      if size == capacity then local old = tail.prev unlink(old) map[old.k] = nil else size = size + 1 end
      n = { k = k, v = v }
      map[k] = n
      front(n)
    end
end
local get, put = lru(3)
put("a", 1) put("b", 2) put("c", 3) get "a" put("d", 4)
print("lru", get "a", get "b", get "c", get "d")

local Trie = {}
Trie.__index = Trie
function Trie.new() return setmetatable({ root = {} }, Trie) end
function Trie:add(w) local n = self.root for c in w:gmatch "." do n[c] = n[c] or {} n = n[c] end n["end"] = true end
function Trie:prefix(p)
  local n = self.root
  for c in p:gmatch "." do n = n[c] if not n then return {} end end
  local found = {}
  local function walk(node, w)
    if node["end"] then found[#found + 1] = w end
    local keys = {}
    for k in pairs(node) do if k ~= "end" then keys[#keys + 1] = k end end
    table.sort(keys)
    for _, k in ipairs(keys) do walk(node[k], w .. k) end
  end
  walk(n, p)
  return found
end
local tr = Trie.new()
for w in ("car card care cat dog do dot done"):gmatch "%a+" do tr:add(w) end
print("trie", table.concat(tr:prefix "car", ","), table.concat(tr:prefix "do", ","), #tr:prefix "x")

local graph = { a = { b = 7, c = 9, f = 14 }, b = { a = 7, c = 10, d = 15 }, c = { a = 9, b = 10, d = 11, f = 2 }, d = { b = 15, c = 11, e = 6 }, e = { d = 6, f = 9 }, f = { a = 14, c = 2, e = 9 } }
local function dijkstra(from)
  local dist, prev, q = { [from] = 0 }, {}, Heap.new(function(x, y) return x[1] < y[1] end)
  q:push { 0, from }
  while q.n > 0 do
    local d, v = table.unpack(q:pop())
    if d == dist[v] then
      for w, c in pairs(graph[v]) do
        if not dist[w] or d + c < dist[w] then dist[w], prev[w] = d + c, v q:push { d + c, w } end
      end
    end
  end
  return dist, prev
end
local dist, prev = dijkstra "a"
local path, v = {}, "e"
while v do table.insert(path, 1, v) v = prev[v] end
print("dijkstra", dist.e, table.concat(path, ">"))

local Big = {}
Big.__index = Big
local BASE = 10000
local function big(n) local r = setmetatable({}, Big) repeat r[#r + 1] = n % BASE n = n // BASE until n == 0 return r end
Big.__add = function(a, b)
  local r, carry = setmetatable({}, Big), 0
  for i = 1, math.max(#a, #b) do local s = (a[i] or 0) + (b[i] or 0) + carry r[i], carry = s % BASE, s // BASE end
  if carry > 0 then r[#r + 1] = carry end
  return r
end
Big.__mul = function(a, b)
  local r = setmetatable({}, Big)
  for i = 1, #a + #b do r[i] = 0 end
  for i = 1, #a do
    local carry = 0
    for j = 1, #b do local s = r[i + j - 1] + a[i] * b[j] + carry r[i + j - 1], carry = s % BASE, s // BASE end
    r[i + #b] = r[i + #b] + carry
  end
  while #r > 1 and r[#r] == 0 do r[#r] = nil end
  return r
end
Big.__eq = function(a, b) if #a ~= #b then return false end for i = 1, #a do if a[i] ~= b[i] then return false end end return true end
Big.__tostring = function(a) local t = { tostring(a[#a]) } for i = #a - 1, 1, -1 do t[#t + 1] = ("%04d"):format(a[i]) end return table.concat(t) end
local f = big(1)
for i = 2, 50 do f = f * big(i) end
print("50!", tostring(f))
local x, y = big(0), big(1)
for _ = 1, 200 do x, y = y, x + y end
print("fib 200", tostring(x), x + y == y + x)

local function class(parent) local c = {} c.__index = c return setmetatable(c, { __index = parent, __call = function(cls, ...) local o = setmetatable({}, cls) if o.init then o:init(...) end return o end }) end
local Account = class()
function Account:init(owner, balance) self.owner, self.balance = owner, balance or 0 end
function Account:deposit(v) if v <= 0 then error("bad amount", 2) end self.balance = self.balance + v return self end
function Account:withdraw(v) if v > self.balance then error { code = "FUNDS", need = v - self.balance } end self.balance = self.balance - v return self end
Account.__tostring = function(a) return a.owner .. ":" .. a.balance end
local Saver = class(Account)
Saver.__tostring = Account.__tostring
function Saver:interest(p) return self:deposit(self.balance * p // 100) end
local s = Saver("ann", 1000)
s:deposit(500):interest(10):withdraw(50)
print(tostring(s), pcall(s.deposit, s, -1))
local ok, e = pcall(s.withdraw, s, 5000)
print(ok, e.code, e.need, getmetatable(s) == Saver, Saver.deposit == Account.deposit)

local function memoize(fn) local c = {} return function(n) local r = c[n] if r == nil then r = fn(n) c[n] = r end return r end end
local ways
ways = memoize(function(n) if n < 0 then return 0 elseif n == 0 then return 1 end return ways(n - 1) + ways(n - 2) + ways(n - 5) end)
print("ways", ways(60))
local function lcs(a, b)
  local t = {}
  for i = 0, #a do t[i] = { [0] = 0 } end
  for j = 0, #b do t[0][j] = 0 end
  for i = 1, #a do for j = 1, #b do t[i][j] = a:byte(i) == b:byte(j) and t[i - 1][j - 1] + 1 or math.max(t[i - 1][j], t[i][j - 1]) end end
  local i, j, r = #a, #b, {}
  while i > 0 and j > 0 do
    if a:byte(i) == b:byte(j) then table.insert(r, 1, a:sub(i, i)) i, j = i - 1, j - 1
    elseif t[i - 1][j] >= t[i][j - 1] then i = i - 1 else j = j - 1 end
  end
  return table.concat(r)
end
print("lcs", lcs("the quick brown fox jumps", "a quiet brick fix jumbles"))
