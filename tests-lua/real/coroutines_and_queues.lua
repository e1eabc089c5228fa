-- coxpcall and fifo: protected calls that yield, and queues.
local coxpcall = require "coxpcall"
local fifo = require "fifo"

local co = coroutine.wrap(function()
  print("inside", coxpcall.pcall(function(a)
    local b = coroutine.yield(a + 1)
    local ok, message = coxpcall.pcall(function() coroutine.yield("nested") error({ code = b }) end)
    print("nested", ok, type(message), message.code)
    error("outer", 0)
  end, 1))
  print(coxpcall.xpcall(function() local x = nil + 1 return x end, function(m) return "handled: " .. m:gsub("^[^:]*:%d+: ", "") end))
  return coxpcall.running() ~= nil, "end"
end)
print(co()) print(co("value")) print(co())

local q = fifo()
print(#q, q:length())
for i = 1, 10 do q:push(i * i) end
print(#q, q:peek(), q:pop(), q:pop(), q:length())
q:insert(2, "x")
print(q:remove(1), q:peek(1), q:peek(2))
q:setempty(function() return "empty" end)
while q:length() > 0 do io.write(tostring(q:pop()), " ") end
print(q:pop())
local filled = fifo("a", nil, "c")
print(#filled, filled:pop(), filled:pop(), filled:pop())
