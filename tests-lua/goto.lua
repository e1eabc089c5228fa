-- goto and labels: continue, nested breaks, loops built from goto, closures per iteration.
for i = 1, 5 do
  if i % 2 == 0 then goto continue end
  io.write(i, " ")
  ::continue::
end
print()

for i = 1, 3 do
  for j = 1, 3 do
    if i * j == 4 then goto done end
    io.write(i, ",", j, " ")
  end
end
::done::
print("done")

do
  local i = 1
  ::top::
  io.write(i, " ")
  i = i + 1
  if i <= 5 then goto top end
  print()
end

local i = 0
while true do
  i = i + 1
  if i == 3 then goto next end
  if i > 5 then break end
  io.write(i, " ")
  ::next::
end
print()

repeat
  local done = true
  if done then goto stop end
  print("never")
  ::stop::
until true

do goto skip; print("never") ::skip:: end

-- A label at the end of a block: locals after the goto do not matter.
do
  goto fin
  local x = 1
  print(x)
  ::fin::
end

-- The same label name in different functions and nested blocks.
local function f(n)
  do
    if n == 1 then goto l end
    do
      goto inner
      ::inner::
      n = n + 10
    end
  end
  ::l::
  return n
end
print(f(1), f(2))

-- Each pass through the block makes a new local, also with goto.
local fs = {}
do
  local k = 1
  ::again::
  local v = k * 10
  fs[k] = function() v = v + 1 return v end
  k = k + 1
  if k <= 3 then goto again end
end
print(fs[1](), fs[2](), fs[3](), fs[1](), fs[2]())

-- goto out of a scope closes its upvalues.
local gs = {}
for n = 1, 3 do
  do
    local captured = n
    gs[n] = function() return captured end
    if n == 2 then goto out end
  end
  ::out::
end
print(gs[1](), gs[2](), gs[3]())

-- A state machine.
local function machine(s)
  local at, out = 1, {}
  ::state_a::
  local c = s:sub(at, at)
  at = at + 1
  if c == "" then goto finish
  elseif c == "b" then goto state_b
  end
  out[#out + 1] = "A" .. c
  goto state_a
  ::state_b::
  out[#out + 1] = "B"
  goto state_a
  ::finish::
  return table.concat(out, "-")
end
print(machine("xbby"))

-- continue in repeat-until whose condition uses a local declared before the goto.
local n = 0
repeat
  n = n + 1
  local stop = n >= 4
  if n == 2 then goto cont end
  io.write(n, " ")
  ::cont::
until n >= 4
print()

-- break inside nested loops inside functions inside loops.
for a = 1, 2 do
  local r = (function()
    for b = 1, 5 do
      if b == 3 then break end
      while true do
        if b == 1 then break end
        return b * 100 + a
      end
    end
  end)()
  io.write(r, " ")
end
print()
