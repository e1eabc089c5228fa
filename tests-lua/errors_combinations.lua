-- Every library function with every combination of values from a pool: what it returns or raises. The results of
-- each function are folded into a few lines, so that a difference names the function and the number of arguments.
local skipped = {
  -- They block, leave the program, or depend on the machine.
  ["os.exit"] = true, ["os.execute"] = true, ["os.time"] = true, ["os.clock"] = true, ["os.date"] = true,
  ["os.tmpname"] = true, ["os.getenv"] = true, ["os.remove"] = true, ["os.rename"] = true, ["os.setlocale"] = true,
  ["io.popen"] = true, ["io.read"] = true, ["io.lines"] = true, ["io.input"] = true, ["io.output"] = true,
  ["io.close"] = true, ["io.open"] = true, ["io.tmpfile"] = true, ["io.write"] = true, ["print"] = true,
  ["dofile"] = true, ["loadfile"] = true, ["debug.debug"] = true, ["debug.sethook"] = true, ["debug.gethook"] = true,
  ["require"] = true, ["package.searchpath"] = true, ["package.loadlib"] = true, ["math.random"] = true,
  ["math.randomseed"] = true, ["collectgarbage"] = true, ["coroutine.wrap"] = true, ["coroutine.yield"] = true,
  ["debug.getregistry"] = true, ["debug.getinfo"] = true, ["debug.getlocal"] = true, ["debug.setlocal"] = true,
  ["debug.setmetatable"] = true, ["debug.traceback"] = true, ["coroutine.running"] = true,
  ["debug.upvalueid"] = true, ["debug.upvaluejoin"] = true, ["debug.getupvalue"] = true, ["debug.setupvalue"] = true,
  -- They make as much as they are told.
  ["string.rep"] = true, ["table.concat"] = true, ["table.unpack"] = true,
}
local libraries = { "_G", "coroutine", "debug", "io", "math", "os", "string", "table", "utf8" }
local reference = {
  _G = "assert error getmetatable ipairs load next pairs pcall rawequal rawget rawlen rawset select setmetatable " ..
    "tonumber tostring type xpcall",
  coroutine = "create resume status",
  debug = "getmetatable getuservalue setuservalue",
  io = "type",
  math = "abs acos asin atan ceil cos deg exp floor fmod log max min modf rad sin sqrt tan tointeger type ult",
  os = "difftime",
  string = "byte char find format gmatch gsub len lower match pack packsize reverse sub unpack upper",
  table = "insert move pack remove sort",
  utf8 = "char charpattern codepoint codes len offset",
}
local function show(value)
  local kind = type(value)
  if kind == "string" then return string.format("%q", value) end
  if kind == "number" or kind == "boolean" or kind == "nil" then return tostring(value) end
  return kind
end
-- Values are made anew for every call, as calls change them.
local make = {
  function() return nil end,
  function() return true end,
  function() return 0 end,
  function() return 2 end,
  function() return -1 end,
  function() return 1.5 end,
  function() return 2 ^ 53 end,
  function() return "" end,
  function() return "10" end,
  function() return "a%d" end,
  function() return { 1, 2, 3 } end,
  function() return setmetatable({}, { __name = "My", __index = function() return 7 end }) end,
  function() return type end,
  function() local own = 0 return function(...) own = own + 1 return ... end end,
  function() return io.stdout end,
  function() return coroutine.create(function() end) end,
}
local function describe(ok, ...)
  local parts = { tostring(ok) }
  for index = 1, math.min(select("#", ...), 8) do parts[#parts + 1] = show((select(index, ...))) end
  -- Two names of one function: the order of keys decides which one a message has.
  return (table.concat(parts, " "):gsub("0x%x+", "ADDRESS"):gsub("math%.atan2", "math.atan"))
end
local function checksum(sum, text)
  for index = 1, #text do sum = (sum * 31 + text:byte(index)) % 1000003 end
  return sum
end
local verbose = ...
local function try(name, f, count)
  local picks, sum, lines = {}, 7, 0
  for index = 1, count do picks[index] = 1 end
  local functions = make
  -- With more arguments the pool is thinned out.
  if count > 2 then
    functions = {}
    for index = 1, #make, count > 3 and 3 or 2 do functions[#functions + 1] = make[index] end
  end
  while true do
    local arguments = {}
    for index = 1, count do arguments[index] = functions[picks[index]]() end
    local result = describe(pcall(f, table.unpack(arguments, 1, count)))
    sum = checksum(sum, result)
    lines = lines + 1
    if verbose == name then
      local shown = {}
      for index = 1, count do shown[index] = show(arguments[index]) end
      print(name .. "(" .. table.concat(shown, ", ") .. ")", result)
    end
    local at = count
    while at > 0 and picks[at] == #functions do
      picks[at] = 1
      at = at - 1
    end
    if at == 0 then break end
    picks[at] = picks[at] + 1
  end
  print(name, count, lines, sum)
end
for _, library in ipairs(libraries) do
  for entry in reference[library]:gmatch("%S+") do
    local f = (library == "_G" and _G or _G[library])[entry]
    local name = library == "_G" and entry or library .. "." .. entry
    if type(f) == "function" and not skipped[name] then
      for count = 0, 4 do try(name, f, count) end
    end
  end
end
-- Those left out above with few arguments, none of which asks for much.
for _, name in ipairs { "string.rep", "table.concat", "table.unpack" } do
  local library, entry = name:match("(%w+)%.(%w+)")
  for count = 0, 1 do try(name, _G[library][entry], count) end
end
-- Methods of files, on what is none and on a closed one.
local closed = io.tmpfile()
closed:close()
for _, method in ipairs { "close", "flush", "lines", "read", "seek", "setvbuf", "write", "__tostring", "__gc" } do
  local f = getmetatable(closed)[method]
  if method ~= "__gc" then print(method, pcall(f, closed)) end
  for _, value in ipairs { 1, "x", {}, print } do
    print(method, (tostring(select(2, pcall(f, value))):gsub("0x%x+", "ADDRESS")))
  end
  print(method, pcall(f))
end
