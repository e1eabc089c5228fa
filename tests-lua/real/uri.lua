-- lua-uri: parsing, normalising and resolving addresses of every scheme it knows.
local URI = require "uri"

local function show(text, base)
  local ok, uri, message = pcall(URI.new, URI, text, base)
  if not ok then return print(text, "error", (tostring(uri):gsub("^[^:]*:%d+: ", ""))) end
  if not uri then return print(text, "none", message) end
  local parts = { text, tostring(uri) }
  for i, part in ipairs { "scheme", "userinfo", "host", "port", "path", "query", "fragment" } do
    local ok, value = pcall(uri[part], uri)
    parts[i + 2] = part .. " " .. tostring(value)
  end
  print(table.concat(parts, "\t"))
  return uri
end

for _, text in ipairs {
  "http://example.com", "HTTP://Example.COM:80/%7efoo/../bar", "http://user:pass@host:8080/a/b;c?d=e&f#g",
  "http://[::1]/", "http://[1080:0:0:0:8:800:200C:417A]:81/x", "http://192.168.0.1/", "http://a/%zz", "http://a b/",
  "https://example.org:443/", "ftp://anonymous@ftp.example.org/file;type=a", "ftp://h/", "file:///etc/passwd",
  "file://localhost/x", "data:,hello%20world", "data:text/plain;base64,SGVsbG8=", "urn:isbn:0306406152",
  "urn:issn:1560-1560", "urn:oid:1.3.6.1", "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "urn:isbn:123",
  "telnet://host:23/", "rtsp://media.example.com/x", "pop://user@host/", "tag:example.org,2001:x", "mailto:a@b", "", ":", "//", "?",
} do
  local uri = show(text)
  if uri then
    print(uri:uri() == tostring(uri), uri:is_relative(), URI.eq(text, tostring(uri)))
  end
end

local base = "http://a/b/c/d;p?q"
for _, text in ipairs {
  "g:h", "g", "./g", "g/", "/g", "//g", "?y", "g?y", "#s", "g#s", ";x", "g;x", "", ".", "./", "..", "../", "../g", "../..",
  "../../g", "../../../g", "/./g", "/../g", "g.", ".g", "g..", "..g", "./../g", "./g/.", "g/./h", "g/../h", "g;x=1/./y",
} do
  show(text, base)
end

local uri = URI:new("http://example.com/path")
print(uri:host("other.example"), uri:port(81), uri:path("/a b/ü"), uri:query("x=y"), uri:fragment("f"), tostring(uri))
print(pcall(uri.port, uri, "x"))
print(pcall(uri.userinfo, uri, "me:pw"))
print(tostring(uri))
local copy = URI:new(tostring(uri))
copy:host("copy.example")
print(tostring(uri), tostring(copy))
local util = require "uri._util"
print(util.uri_encode("a b&c/ü?", "^A-Za-z0-9"), util.uri_decode("%41%2f%C3%bc"), util.uri_decode("%zz"))
