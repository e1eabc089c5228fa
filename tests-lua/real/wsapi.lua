-- WSAPI: requests and responses of a web application without a server.
-- What the module asks of the file system is not part of this test.
package.preload.lfs = function()
  return {
    attributes = function() return nil end, symlinkattributes = function() return nil end,
    currentdir = function() return "/" end, dir = function() return function() end end, mkdir = function() end,
  }
end
local util = require "wsapi.util"
local mock = require "wsapi.mock"
local request = require "wsapi.request"
local response = require "wsapi.response"

local function sorted(t)
  local keys, out = {}, {}
  for k in pairs(t) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for i, k in ipairs(keys) do
    local v = t[k]
    out[i] = k .. "=" .. (type(v) == "table" and "{" .. sorted(v) .. "}" or tostring(v))
  end
  return table.concat(out, ",")
end

print(util.url_encode("a b&c=d/é?"), util.url_decode("a+b%26c%3Dd%2f"), util.url_decode("%zz%4"))
print(util.url_encode(""), util.url_decode(""))

local function app(env)
  local req, res = request.new(env), response.new()
  res["Content-Type"] = "text/plain"
  res:write("method ", req.method, "\n")
  res:write("get ", sorted(req.GET), "\n")
  res:write("post ", sorted(req.POST), "\n")
  res:write({ "nested ", { "tables ", 1, 2.5 } }, "\n")
  res:set_cookie("session", "42")
  res:set_cookie("other", { value = "x y", path = "/p" })
  res:delete_cookie("gone")
  if req.params.status then res.status = tonumber(req.params.status) end
  return res:finish()
end

local client = mock.make_handler(app)
for _, case in ipairs {
  { "get", "/", {} },
  { "get", "/a/b", { x = "1", y = "two words", list = { "p", "q" } } },
  { "post", "/form", { name = "näme", status = "404" } },
  { "post", "/form", { a = "&", b = "=" } },
} do
  local ok, reply, sent = pcall(client[case[1]], client, case[2], case[3])
  print(case[1], case[2], ok, type(reply))
  if ok and type(reply) == "table" then
    print(reply.code, sorted(reply.headers or {}))
    print(reply.body)
    print(sent and sent.env and sent.env.QUERY_STRING and #sent.env.QUERY_STRING)
  else
    print((tostring(reply):gsub("^[^\n]-:%d+: ", "")))
  end
end
