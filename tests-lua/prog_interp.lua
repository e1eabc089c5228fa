-- Interpreters written in Lua: an expression compiler to closures, a stack machine, a Lisp, a tape machine, a regex matcher.
local function lexer(s)
  local at = 1
  return function()
    at = s:find("%S", at) or #s + 1
    if at > #s then return "eof" end
    for _, p in ipairs { { "num", "^%d+%.?%d*" }, { "name", "^[%a_]%w*" }, { "op", "^[<>=!]=" }, { "op", "^." } } do
      local from, to = s:find(p[2], at)
      if from then at = to + 1 return p[1], s:sub(from, to) end
    end
  end
end
local levels = { { ["=="] = 1, ["!="] = 1, ["<"] = 1, [">"] = 1, ["<="] = 1, [">="] = 1 }, { ["+"] = 1, ["-"] = 1 }, { ["*"] = 1, ["/"] = 1, ["%"] = 1 } }
local ops = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end, ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a // b end, ["%"] = function(a, b) return a % b end, ["=="] = function(a, b) return a == b end, ["!="] = function(a, b) return a ~= b end,
  ["<"] = function(a, b) return a < b end, [">"] = function(a, b) return a > b end, ["<="] = function(a, b) return a <= b end, [">="] = function(a, b) return a >= b end,
}
local function compile(src)
  local next_token = lexer(src)
  local kind, text = next_token()
  local function advance() kind, text = next_token() end
  local expr
  local function primary()
    local k, t = kind, text
    advance()
    if k == "num" then local v = math.tointeger(tonumber(t)) or tonumber(t) return function() return v end
    elseif k == "name" then
      if text == "(" then
        advance()
        local args = {}
        while text ~= ")" do args[#args + 1] = expr(1) if text == "," then advance() end end
        advance()
        return function(env) local v = {} for i, a in ipairs(args) do v[i] = a(env) end return env[t](table.unpack(v)) end
      end
      return function(env) local v = env[t] if v == nil then error("unknown name " .. t, 0) end return v end
    elseif t == "(" then local e = expr(1) if text ~= ")" then error("expected )", 0) end advance() return e
    elseif t == "-" then local e = primary() return function(env) return -e(env) end end
    error("unexpected " .. (t or k), 0)
  end
  function expr(level)
    if not levels[level] then return primary() end
    local left = expr(level + 1)
    while kind == "op" and levels[level][text] do
      local f, l = ops[text], left
      advance()
      local r = expr(level + 1)
      left = function(env) return f(l(env), r(env)) end
    end
    return left
  end
  local e = expr(1)
  if kind ~= "eof" then error("trailing " .. text, 0) end
  return e
end
local env = { x = 7, y = 3, max = math.max, double = function(v) return v * 2 end }
for _, s in ipairs { "1 + 2 * 3", "(1 + 2) * 3", "-x * y + 10", "x % y == 1", "max(x, double(y) + 2, 1)", "x / 2 - -1", "1 +", "(1", "nope + 1", "2 3", "double(double(double(x)))" } do
  local ok, r = pcall(function() return compile(s)(env) end)
  print(s, "=>", r)
end

local function machine(program)
  local stack, pc, out, steps, vars = {}, 1, {}, 0, {}
  local labels = {}
  for i, ins in ipairs(program) do if ins[1] == "label" then labels[ins[2]] = i end end
  local function pop() return table.remove(stack) end
  local isa = {
    push = function(v) stack[#stack + 1] = v end,
    add = function() local b, a = pop(), pop() stack[#stack + 1] = a + b end,
    sub = function() local b, a = pop(), pop() stack[#stack + 1] = a - b end,
    mul = function() local b, a = pop(), pop() stack[#stack + 1] = a * b end,
    load = function(n) stack[#stack + 1] = vars[n] end,
    store = function(n) vars[n] = pop() end,
    jz = function(l) if pop() == 0 then pc = labels[l] end end,
    jmp = function(l) pc = labels[l] end,
    out = function() out[#out + 1] = tostring(pop()) end,
    label = function() end,
  }
  while program[pc] do
    local ins = program[pc]
    isa[ins[1]](ins[2])
    pc = pc + 1
    steps = steps + 1
  end
  return table.concat(out, " "), steps
end
print(machine { { "push", 10 }, { "store", "n" }, { "push", 1 }, { "store", "f" }, { "label", "top" }, { "load", "n" }, { "jz", "end" }, { "load", "f" }, { "load", "n" }, { "mul" }, { "store", "f" }, { "load", "n" }, { "push", 1 }, { "sub" }, { "store", "n" }, { "jmp", "top" }, { "label", "end" }, { "load", "f" }, { "out" } })

local function parse(s)
  local at = 1
  local function read()
    at = s:find("[^%s]", at)
    local c = s:sub(at, at)
    if c == "(" then
      at = at + 1
      local list = {}
      while true do
        at = s:find("[^%s]", at)
        if s:sub(at, at) == ")" then at = at + 1 return list end
        list[#list + 1] = read()
      end
    end
    local from, to = s:find("^[^%s()]+", at)
    at = to + 1
    local w = s:sub(from, to)
    return tonumber(w) or w
  end
  return read()
end
local globals = {
  ["+"] = function(...) local r = 0 for _, v in ipairs { ... } do r = r + v end return r end,
  ["*"] = function(...) local r = 1 for _, v in ipairs { ... } do r = r * v end return r end,
  ["-"] = function(a, b) return b and a - b or -a end,
  ["<"] = function(a, b) return a < b end, ["="] = function(a, b) return a == b end,
  list = function(...) return { ... } end, car = function(l) return l[1] end, cdr = function(l) return { table.unpack(l, 2) } end,
  cons = function(v, l) return { v, table.unpack(l) } end, null = function(l) return #l == 0 end,
}
local eval
local special = {
  ["if"] = function(x, e) if eval(x[2], e) then return eval(x[3], e) end return eval(x[4], e) end,
  define = function(x, e) e[x[2]] = eval(x[3], e) end,
  quote = function(x) return x[2] end,
  begin = function(x, e) local r for i = 2, #x do r = eval(x[i], e) end return r end,
  lambda = function(x, e) return function(...) local s = setmetatable({}, { __index = e }) for i, n in ipairs(x[2]) do s[n] = (select(i, ...)) end return eval(x[3], s) end end,
}
function eval(x, e)
  if type(x) == "string" then return e[x] end
  if type(x) ~= "table" then return x end
  if special[x[1]] then return special[x[1]](x, e) end
  local f, args = eval(x[1], e), {}
  for i = 2, #x do args[i - 1] = eval(x[i], e) end
  return f(table.unpack(args))
end
local function show(v) if type(v) ~= "table" then return tostring(v) end local t = {} for i, x in ipairs(v) do t[i] = show(x) end return "(" .. table.concat(t, " ") .. ")" end
print(show(eval(parse [[(begin
  (define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))
  (define map (lambda (f l) (if (null l) (quote ()) (cons (f (car l)) (map f (cdr l))))))
  (define compose (lambda (f g) (lambda (x) (f (g x)))))
  (list (fact 12) (map (lambda (x) (* x x)) (list 1 2 3 4)) ((compose fact (lambda (x) (+ x 1))) 5) (quote (a (b c)))))]], globals)))

local function bf(code)
  local jump, stack = {}, {}
  for i = 1, #code do local c = code:sub(i, i) if c == "[" then stack[#stack + 1] = i elseif c == "]" then local j = table.remove(stack) jump[i], jump[j] = j, i end end
  local tape, p, i, out = setmetatable({}, { __index = function() return 0 end }), 0, 1, {}
  while i <= #code do
    local c = code:byte(i)
    if c == 62 then p = p + 1 elseif c == 60 then p = p - 1
    elseif c == 43 then tape[p] = tape[p] + 1 & 255 elseif c == 45 then tape[p] = tape[p] - 1 & 255
    elseif c == 46 then out[#out + 1] = string.char(tape[p])
    elseif c == 91 then if tape[p] == 0 then i = jump[i] end
    elseif c == 93 then if tape[p] ~= 0 then i = jump[i] end end
    i = i + 1
  end
  return table.concat(out)
end
io.write(bf "++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.>++.")

local function match(re, s)
  local function here(r, i)
    if r > #re then return true end
    if re:sub(r + 1, r + 1) == "*" then
      local c = re:sub(r, r)
      repeat
        if here(r + 2, i) then return true end
        i = i + 1
      until i > #s + 1 or (s:sub(i - 1, i - 1) ~= c and c ~= ".")
      return false
    end
    if re:sub(r, r) == "$" and r == #re then return i > #s end
    if i <= #s and (re:sub(r, r) == "." or re:sub(r, r) == s:sub(i, i)) then return here(r + 1, i + 1) end
    return false
  end
  if re:sub(1, 1) == "^" then return here(2, 1) end
  for i = 1, #s + 1 do if here(1, i) then return true end end
  return false
end
for _, c in ipairs { { "abc", "xabcx" }, { "^abc", "xabc" }, { "a.c$", "zabc" }, { "ab*c", "ac" }, { "ab*c", "abbbc" }, { "^.*z$", "abcz" }, { "x*y", "aab" } } do io.write(c[1], " ", c[2], " ", tostring(match(c[1], c[2])), "; ") end
print()

-- Scheduling with coroutines: tasks, channels, timeouts in virtual time.
local clock, queue, log = 0, {}, {}
local function spawn(f, ...) local co = coroutine.create(f) local args = { ... } queue[#queue + 1] = { at = clock, co = co, args = args, n = #queue } end
local function sleep(t) coroutine.yield("sleep", t) end
local function channel() local items, waiting = {}, nil return { send = function(v) items[#items + 1] = v end, receive = function() while #items == 0 do sleep(1) end return table.remove(items, 1) end } end
local ch = channel()
spawn(function(name) for i = 1, 3 do sleep(2) ch.send(name .. i) log[#log + 1] = clock .. ":sent " .. name .. i end end, "p")
spawn(function() for _ = 1, 3 do local v = ch.receive() log[#log + 1] = clock .. ":got " .. v end end)
spawn(function() sleep(4) error("task failed", 0) end)
while #queue > 0 do
  table.sort(queue, function(a, b) if a.at ~= b.at then return a.at < b.at end return a.n < b.n end)
  local t = table.remove(queue, 1)
  clock = math.max(clock, t.at)
  local ok, what, d = coroutine.resume(t.co, table.unpack(t.args or {}))
  t.args = nil
  if not ok then log[#log + 1] = clock .. ":" .. what elseif what == "sleep" then t.at = clock + d queue[#queue + 1] = t end
end
print(table.concat(log, ", "))
