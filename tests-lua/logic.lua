-- and, or, not: values, precedence, short circuits; precedence of all operators.
print(nil and 1, false and 1, 1 and nil, 1 and 2, 0 and "zero is true", "" and "empty is true")
print(nil or 1, false or nil, 1 or error "not evaluated", nil or false, false or nil)
print(not nil, not false, not 0, not "", not not nil, not not 1, not {} == nil, not (nil == nil))
print(1 and 2 or 3, nil and 2 or 3, 1 and nil or 3, 1 or 2 and 3, nil or 2 and 3, (1 or 2) and 3)
print(false == nil, nil == not 1, not nil == true, not (1 == 2), not 1 == 2)
local log = {}
local function t(name) log[#log + 1] = name return true end
local function f(name) log[#log + 1] = name return false end
local _ = t "a" and f "b" and t "c" or t "d" or f "e"
_ = f "f" or f "g" and t "h" or t "i"
_ = (t "j" or t "k") and (f "l" or t "m")
print(table.concat(log, " "))

local function classify(x)
  return x == nil and "nil" or x == false and "false" or type(x) == "number" and (x < 0 and "neg" or x == 0 and "zero" or "pos") or type(x)
end
print(classify(nil), classify(false), classify(-1), classify(0), classify(5), classify "s", classify {})

-- As conditions of every statement.
local function conds(a, b, c)
  local r = ""
  if a and b then r = r .. "1" end
  if a or b then r = r .. "2" end
  if not a then r = r .. "3" end
  if a and not b or c then r = r .. "4" end
  if not (a and b) then r = r .. "5" end
  if not (a or b or c) then r = r .. "6" else r = r .. "7" end
  if a and (b or c) then r = r .. "8" elseif b and c then r = r .. "9" else r = r .. "0" end
  while a and not c do r = r .. "w" break end
  local n = 0
  repeat n = n + 1 until a or b or n == 2
  local x = a and b
  local y = a or b or c
  local z = not a and b or c
  return r .. n .. (x and "t" or "f") .. (y and "t" or "f") .. (z and "t" or "f")
end
for i = 0, 7 do print(i, conds(i & 1 ~= 0, i & 2 ~= 0, i & 4 ~= 0)) end
local n = nil
print(conds(n, n, 1), conds(1, n, n), conds("", 0, n))

-- Values survive in arguments, constructors, returns and nested calls.
local function id(...) return ... end
print(id(nil and 1), id(nil or 1), id(1 and 2, 3 or 4), (id(false or nil)))
local tt = { nil or "x", 1 and "y", k = false or "z", [1 and "kk"] = nil or 0 }
print(tt[1], tt[2], tt.k, tt.kk)
local function last(x) return x and x.next and last(x.next) or x end
print(last({ v = 1, next = { v = 2, next = { v = 3 } } }).v)
local a, b, c = nil, false, 7
local d = a or b or c
a = a or 5
b = b or a and c
c = c and nil
print(a, b, c, d)
local up = nil
local function g() up = up or 1 return up and up + 1 end
print(g(), g())
print((nil or {}) and 1, (1 > 2) == false, (1 < 2) == true, 1 < 2 == true, "a" .. "b" == "ab", -2 ^ 2, not nil == true)
print(2 + 3 .. 4 + 5, 1 .. 2 == "12", 2 * 3 .. "", -3 ^ 2, 2 ^ -1, #"abc" + 1, -#"abc", not #"" == 0)
print(1 + 2 < 4 and 5 - 3 == 2, (1 | 2) == 3, 3 - 2 - 1, 2 ^ 2 ^ 3, "a" .. "b" .. "c" == "abc")
