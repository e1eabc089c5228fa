-- Library functions that touch the machine, block or change the state, with arguments of wrong types: every combination
-- that is refused before anything happens. What `errors_combinations.lua` leaves out is here.
local co = coroutine.create(function() end)
local function f() end

local pool = {
  { "nil", nil }, { "true", true }, { "table", {} }, { "function", f }, { "thread", co }, { "text", "no such \1 thing" },
}

-- Names, and the values that may not be tried: they would wait for input, or do what is asked.
local functions = {
  { "os.time", os.time, "nil" }, { "os.date", os.date, "nil text" }, { "os.getenv", os.getenv }, { "os.remove", os.remove },
  { "os.rename", os.rename }, { "os.difftime", os.difftime }, { "os.execute", os.execute, "nil text" },
  { "os.setlocale", os.setlocale, "nil" },
  { "io.open", io.open }, { "io.lines", io.lines, "nil" }, { "io.input", io.input, "nil" }, { "io.output", io.output, "nil text" },
  { "io.popen", io.popen, "text" }, { "io.close", io.close }, { "io.read", io.read }, { "io.write", io.write, "text" },
  { "io.type", io.type },
  { "dofile", dofile, "nil" }, { "loadfile", loadfile, "nil" }, { "require", require, "text" },
  { "package.searchpath", package.searchpath }, { "math.random", math.random }, { "math.randomseed", math.randomseed },
  { "collectgarbage", collectgarbage, "nil" }, { "coroutine.wrap", coroutine.wrap }, { "coroutine.yield", coroutine.yield },
  { "debug.getinfo", debug.getinfo }, { "debug.getlocal", debug.getlocal }, { "debug.setlocal", debug.setlocal },
  { "debug.getupvalue", debug.getupvalue }, { "debug.setupvalue", debug.setupvalue }, { "debug.upvalueid", debug.upvalueid },
  { "debug.upvaluejoin", debug.upvaluejoin }, { "debug.sethook", debug.sethook, "nil" }, { "debug.gethook", debug.gethook },
  { "debug.traceback", debug.traceback, "nil text" }, { "coroutine.running", coroutine.running, "nil true table function thread text" },
}

local function shown(value)
  local kind = type(value)
  if kind == "string" then return (value:gsub("0x%x+", "ADDRESS"):gsub("%c", "?")) end
  return (kind == "nil" or kind == "boolean" or kind == "number") and tostring(value) or kind
end

local function line(name, arguments, names, count)
  local results = table.pack(pcall(arguments.f, table.unpack(arguments, 1, count)))
  for i = 1, results.n do results[i] = shown(results[i]) end
  print(name .. "(" .. table.concat(names, ", ", 1, count) .. ")", table.concat(results, " ", 1, math.min(results.n, 6)))
end

for _, entry in ipairs(functions) do
  local name, forbidden = entry[1], entry[3] or ""
  for _, first in ipairs(pool) do
    if not forbidden:find(first[1], 1, true) then
      line(name, { f = entry[2], first[2] }, { first[1] }, 1)
      for _, second in ipairs(pool) do
        line(name, { f = entry[2], first[2], second[2] }, { first[1], second[1] }, 2)
        for _, third in ipairs(pool) do
          line(name, { f = entry[2], first[2], second[2], third[2] }, { first[1], second[1], third[1] }, 3)
        end
      end
    end
  end
end
