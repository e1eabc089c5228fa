-- The table library honours metamethods.
local function proxy(target, log)
  return setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "r" .. tostring(k) return target[k] end,
    __newindex = function(_, k, v) log[#log + 1] = "w" .. tostring(k) target[k] = v end,
    __len = function() log[#log + 1] = "#" return #target end,
  })
end
local function run(f, ...)
  local log, target = {}, { ... }
  local p = proxy(target, log)
  local r = { pcall(f, p) }
  for i = 1, #r do r[i] = r[i] == p and "proxy" or type(r[i]) == "table" and "table" or tostring(r[i]) end
  local t = {}
  for i = 1, #target do t[i] = tostring(target[i]) end
  print(table.concat(r, " "), "{" .. table.concat(t, ",") .. "}", table.concat(log, " "))
end
run(function(p) table.insert(p, "x") end, 1, 2)
run(function(p) table.insert(p, 1, "x") end, 1, 2)
run(function(p) return table.remove(p) end, 1, 2)
run(function(p) return table.remove(p, 1) end, 1, 2, 3)
run(function(p) return table.concat(p, ",") end, 1, 2, 3)
run(function(p) return table.unpack(p) end, 1, 2, 3)
run(function(p) return table.move(p, 1, 3, 2) end, 1, 2, 3)
run(function(p) return table.move(p, 1, 2, 1, {}) end, 1, 2)
run(function(p) return #p, p[1], rawlen(p) end, "a", "b")
run(function(p) local s = "" for i, v in ipairs(p) do s = s .. i .. v end return s end, "a", "b")
run(function(p) return next(p) end, 1)
run(function(p) return rawget(p, 1), rawset(p, 1, 5), p[1] end, 1)
do
  local log, target = {}, { 3, 1, 2 }
  table.sort(proxy(target, log))
  print(table.concat(target, ","), #log > 0)
end
local readonly = setmetatable({}, { __index = { 1, 2, 3 }, __newindex = function() error("read only", 0) end, __len = function() return 3 end })
print(pcall(table.insert, readonly, 4), pcall(table.remove, readonly))
print(table.concat(readonly, "-"), table.unpack(readonly))
print(pcall(table.concat, setmetatable({}, { __len = function() return 2 end, __index = function() return {} end })))
print(pcall(table.insert, setmetatable({}, { __len = function() return "nope" end }), 1))
print(table.concat(setmetatable({}, { __len = function() return 3 end, __index = function(_, k) return "v" .. k end }), ","))
print(table.unpack(setmetatable({}, { __index = function(_, k) return k * k end }), 1, 5))
print(#table.pack(table.unpack(setmetatable({}, { __len = function() return 4 end }))), select("#", table.unpack(setmetatable({}, { __len = function() return 4 end }))))
-- Values that are not tables but behave like one.
print(pcall(table.concat, "abc"), pcall(table.insert, "abc", 1))
-- Table functions on an object with an __index table keep absent items absent.
local base = setmetatable({}, { __index = { "inherited" } })
print(#base, base[1], table.concat(base), table.unpack(base, 1, 1))
table.insert(base, "own")
print(base[1], rawget(base, 1))
