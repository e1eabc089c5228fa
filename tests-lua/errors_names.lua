-- Run-time errors say which variable, field, constant or upvalue was at fault.
local up, uptab = nil, {}
local function try(f, ...) print((select(2, pcall(f, ...)))) end
local t = { n = 5, sub = {} }

-- index
try(function() local x return x.y end)
try(function() return up.y end)
try(function() return nothing.y end)
try(function() return t.none.y end)
try(function() return t.sub.none.y end)
try(function() return t[1].y end)
try(function() local k = "key" return t[k].y end)
try(function() return t.n.x.y end)
try(function(p) return p.x end)
try(function(p) return p[1] end, true)
try(function(p) p.x = 1 end)
try(function() nothing.x = 1 end)
try(function() up.x = 1 end)
try(function() up[1] = 1 end)
try(function() t.none.x = 1 end)
try(function() t.sub.none[1] = 1 end)
try(function() local a = {} a.b.c.d = 1 end)
try(function() return ("x").y.z end)
try(function() return (1 + 2).x end)
try(function() return (nil)[1] end)
try(function() return t.f().x end)
try(function() return #t.x.y end)
try(function() return uptab.x.y end)
try(function() return _G.nothing.y end)
try(function() return math.nothing.y end)
try(function(...) return (...).x end)
try(function() for i = 1, 2 do local z = nil; z.x = i end end)

-- call
try(function() local f f() end)
try(function() up() end)
try(function() nothing() end)
try(function() t.none() end)
try(function() t:none() end)
try(function() t.sub.none() end)
try(function() t.sub:none() end)
try(function() t.n() end)
try(function() t[1]() end)
try(function() (5)() end)
try(function() ("x")() end)
try(function() math.nothing() end)
try(function() ("x"):nothing() end)
try(function() t.sub.x.y() end)
try(function(p) p() end, 1)
try(function() local a = { b = 1 } a.b() end)
try(function() return t.none() end)
try(function() return nothing(1, 2) end)
try(function() return up() end)
try(function() t.n:x() end)
try(function() return (t.x or t.y)() end)
try(function() return print()() end)

-- arithmetic
try(function() local a return a + 1 end)
try(function() local a return 1 + a end)
try(function() local a return a - a end)
try(function() return up * 2 end)
try(function() return nothing / 2 end)
try(function() return t.none // 2 end)
try(function() return t.sub % 2 end)
try(function() return 2 ^ t.sub end)
try(function() return -up end)
try(function() return -t.none end)
try(function() local s = "abc" return s + 1 end)
try(function() return "abc" + 1 end)
try(function() return 1 + "abc" end)
try(function() return {} + 1 end)
try(function() return t.n + t.none end)
try(function() return t.none + t.n end)
try(function() local a, b = 1, {} return a + b end)
try(function() local a, b = {}, 1 return a + b end)
try(function() local i = nil; i = i + 1 end)
try(function() counter = counter + 1 end)
try(function() t.count = t.count + 1 end)
try(function() up = up + 1 end)
try(function() return t.n + true end)
try(function() return 10 - nil end)
try(function() local a = "x" return a * "3" end)
try(function() return t[1] + 1 end)
try(function() return (t.none)^2 end)

-- bitwise
try(function() local a return a & 1 end)
try(function() return 1 | nothing end)
try(function() return t.none ~ 1 end)
try(function() return 1 << up end)
try(function() return ~t.none end)
try(function() return 1.5 & 1 end)
try(function() local f = 2.5 return f | 1 end)
try(function() return "a" | 1 end)
try(function() return "1.5" | 1 end)
try(function() local h = 2^70 return h >> 1 end)
try(function() return t.sub & 1.5 end)

-- concatenation
try(function() local a return a .. "x" end)
try(function() local a return "x" .. a end)
try(function() return "x" .. up end)
try(function() return "x" .. nothing .. "y" end)
try(function() return t.none .. "x" end)
try(function() return "a" .. "b" .. t.sub end)
try(function() return 1 .. {} end)
try(function() return true .. "x" end)
try(function() local a, b = "s", nil; return a .. b end)
try(function() local s = "x" s = s .. t.none end)

-- length
try(function() local a return #a end)
try(function() return #up end)
try(function() return #nothing end)
try(function() return #t.none end)
try(function() return #t.n end)
try(function() return #5 end)
try(function() return #print end)

-- comparison
try(function() local a return a < 1 end)
try(function() return 1 < nothing end)
try(function() return t < t.sub end)
try(function() return "a" < 1 end)
try(function() return 1 <= "a" end)
try(function() return nil > true end)
try(function() return {} >= {} end)
try(function() return print < print end)
try(function() return t.n < t.none end)
try(function() return t.n > "5" end)

-- for
try(function() for i = "a", 2 do end end)
try(function() for i = 1, t.none do end end)
try(function() for i = 1, 2, up do end end)
try(function() for k in t.none do end end)
try(function() for k in up do end end)
try(function() for k, v in pairs(t.none) do end end)
try(function() for k, v in ipairs() do end end)

-- keys
try(function() t[nil] = 1 end)
try(function() t[0 / 0] = 1 end)
try(function() t[up] = 1 end)
try(function() return { [nothing] = 1 } end)
try(function() rawset(t, nil, 1) end)

-- nested functions: line numbers
try(function()
  local x = 1


  return x
    + t.none
end)
try(function()
  print(
    nothing.field
  )
end)
try(function()
  nothing(
    1,
    2
  )
end)
try(function() local s = "a"
  s = s
    .. "b"
    .. nothing
end)
try(function()
  local a = { 1,
    2,
    nothing.x,
  }
end)
try(function()
  if nothing.x
    then return 1 end
end)
try(function()
  return t
    .sub
    .none
    .x
end)
try(function() for i = 1, 3 do
    if i == 2 then
      error("at " .. i)
    end
  end end)
