-- A tokenizer and expression calculator: byte tests, long if-chains, recursive descent.
local n = tonumber((...)) or 20000

local byte, sub = string.byte, string.sub

local function tokenize(s)
  local tokens, kinds, count, at = {}, {}, 0, 1
  local size = #s
  while at <= size do
    local c = byte(s, at)
    if c == 32 or c == 10 or c == 9 then
      at = at + 1
    elseif c >= 48 and c <= 57 then
      local from = at
      repeat
        at = at + 1
        c = byte(s, at)
      until not c or c < 48 or c > 57
      count = count + 1
      tokens[count], kinds[count] = tonumber(sub(s, from, at - 1)), "number"
    elseif c >= 97 and c <= 122 or c == 95 then
      local from = at
      repeat
        at = at + 1
        c = byte(s, at)
      until not c or not (c >= 97 and c <= 122 or c == 95)
      count = count + 1
      tokens[count], kinds[count] = sub(s, from, at - 1), "name"
    else
      count = count + 1
      tokens[count], kinds[count] = sub(s, at, at), "sign"
      at = at + 1
    end
  end
  kinds[count + 1] = "end"
  return tokens, kinds
end

local Parser = {}
Parser.__index = Parser

function Parser:primary()
  local kind, token = self.kinds[self.at], self.tokens[self.at]
  self.at = self.at + 1
  if kind == "number" then return token end
  if kind == "name" then return self.vars[token] or 0 end
  if token == "-" then return -self:primary() end
  if token == "(" then
    local v = self:sum()
    self.at = self.at + 1
    return v
  end
  error("unexpected " .. tostring(token))
end

function Parser:product()
  local v = self:primary()
  while true do
    local token = self.tokens[self.at]
    if token == "*" then
      self.at = self.at + 1
      v = v * self:primary() & 0xffffff
    elseif token == "%" then
      self.at = self.at + 1
      v = v % (self:primary() | 1)
    else
      return v
    end
  end
end

function Parser:sum()
  local v = self:product()
  while true do
    local token = self.tokens[self.at]
    if token == "+" then
      self.at = self.at + 1
      v = v + self:product() & 0xffffff
    elseif token == "-" then
      self.at = self.at + 1
      v = v - self:product() & 0xffffff
    else
      return v
    end
  end
end

local text = "alpha * (beta + 31 * gamma) - 7 * (delta_x + 12 % 5) + (alpha * beta - (3 + 4 * (delta_x - 9)))"
local vars = { alpha = 3, beta = 5, gamma = 7, delta_x = 11 }
local h = 0
for i = 1, n do
  vars.alpha = i & 1023
  local tokens, kinds = tokenize(text)
  local parser = setmetatable({ tokens = tokens, kinds = kinds, at = 1, vars = vars }, Parser)
  h = (h * 31 + parser:sum() + #tokens) & 0x7fffffff
end
print("lexer", h)
