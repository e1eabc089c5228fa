-- Yields inside natives that call Lua: tostring, load, require, pairs, ipairs, table functions, select loops.
local y = coroutine.yield
local function drive(f)
  local co = coroutine.create(f)
  local line, r = {}, table.pack(coroutine.resume(co))
  while coroutine.status(co) ~= "dead" do
    line[#line + 1] = tostring(r[2])
    r = table.pack(coroutine.resume(co, "r" .. #line))
  end
  for i = 1, r.n do r[i] = tostring(r[i]) end
  print(table.concat(line, " "), table.concat(r, " "))
end
drive(function() return tostring(setmetatable({}, { __tostring = function() return "str" .. y "in tostring" end })) end)
drive(function()
  local parts, i = { "return ", "4", "2" }, 0
  return load(function() y "reader" i = i + 1 return parts[i] end)()
end)
drive(function()
  package.preload.yielding = function(name) return { name .. y "loader" } end
  return require("yielding")[1], require("yielding")[1]
end)
drive(function()
  local log = {}
  for k, v in pairs(setmetatable({}, { __pairs = function(t) y "__pairs" return function(_, k) if not k then return 1, "v" end end, t, nil end })) do log[#log + 1] = k .. v end
  return table.concat(log)
end)
drive(function()
  local s = ""
  for i, v in ipairs(setmetatable({}, { __index = function(_, i) if i <= 2 then return y("index " .. i) end end })) do s = s .. i .. v end
  return s
end)
drive(function() return xpcall(function() y "in xpcall" error("e", 0) end, function(m) return m .. " handled" end) end)
drive(function() return select(2, pcall(pcall, function() y "nested" return "v" end)) end)
