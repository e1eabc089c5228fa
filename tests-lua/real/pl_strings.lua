-- Penlight and strings: stringx, Template, text, template, sip, lexer, pretty, utils, types, stringio, input, url.
local stringx = require "pl.stringx"
local utils = require "pl.utils"
local List = require "pl.List"
local pretty = require "pl.pretty"
local function q(...) local r = table.pack(...) for i = 1, r.n do r[i] = type(r[i]) == "string" and ("%q"):format(r[i]) or tostring(r[i]) end print(table.concat(r, " ")) end

-- stringx
for _, s in ipairs { "abc", "123", "a1", " \t", "ABC", "aBc", "" } do
  q(s, stringx.isalpha(s), stringx.isdigit(s), stringx.isalnum(s), stringx.isspace(s), stringx.islower(s), stringx.isupper(s))
end
q(stringx.startswith("hello", "he"), stringx.startswith("hello", { "x", "h" }), stringx.endswith("a.lua", ".lua"), stringx.endswith("a.lua", { ".c", "ua" }), stringx.startswith("x", "xy"))
q(stringx.join(",", { 1, 2, 3 }), stringx.join("-", List { "a", "b" }))
print(stringx.splitlines("a\nb\r\nc\rd"), stringx.splitlines("a\nb\n", true), #stringx.splitlines(""), stringx.split("a b  c"), stringx.split("a,b,,c", ","), stringx.split("a,b,c", ",", 2))
q(stringx.expandtabs("a\tb\tc", 4), stringx.expandtabs("\tx"), stringx.expandtabs("abcd\te", 4))
q(stringx.lfind("hello", "l"), stringx.rfind("hello", "l"), stringx.lfind("hello", "z"), stringx.lfind("a.b.c", ".", 3), stringx.rfind("a.b.c", ".", 1, 3))
q(stringx.replace("a.b.c", ".", "%"), stringx.replace("aaaa", "a", "b", 2), stringx.replace("x%dx", "%d", "$1"), stringx.count("banana", "an"), stringx.count("aaaa", "aa"), stringx.count("aaaa", "aa", true))
q(stringx.ljust("ab", 5), stringx.rjust("ab", 5), stringx.center("ab", 5), stringx.center("ab", 6, "*"), stringx.ljust("abcdef", 3), stringx.rjust("7", 3, "0"))
q(stringx.strip("  ab  "), stringx.lstrip("  ab  "), stringx.rstrip("  ab  "), stringx.strip("--ab--", "-"), stringx.lstrip("xyxab", "xy"), stringx.strip("[a]", "[]"))
q(stringx.splitv("a b c"), stringx.splitv("k=v", "="))
q(stringx.partition("a=b=c", "="), stringx.rpartition("a=b=c", "="), stringx.partition("abc", "="), stringx.rpartition("abc", "="))
q(stringx.at("hello", 2), stringx.at("hello", -1))
q(stringx.indent("a\nb\n", 2), stringx.indent("a\nb", 3, "."), stringx.dedent("  a\n    b\n  c"))
print(stringx.wrap("The quick brown fox jumps over the lazy dog and keeps running through the extraordinarily long forest", 20))
print(stringx.wrap("averyveryverylongword short", 8, true), stringx.fill("some text to fill into lines of limited width", 15))
q(stringx.title("hello big WORLD"), stringx.shorten("a long sentence indeed", 10), stringx.shorten("a long sentence indeed", 10, true), stringx.shorten("short", 10))
q(stringx.quote_string("plain"), stringx.quote_string("it's \"quoted\"\n[[x]]"), stringx.quote_string("a]]b\nc"), stringx.quote_string("tab\t"))
for line in stringx.lines "one\ntwo\nthree" do io.write("[", line, "]") end print()
local Template = stringx.Template
local t = Template "Dear ${name}, you owe $amount. From ${name}"
q(t:substitute { name = "Ann", amount = 42 }, pcall(function() return t:substitute { name = "x" } end))
q(t:safe_substitute { name = "Bob" }, Template "for $i do\n    $body\nend":indent_substitute { i = "x", body = "first\nsecond" })
stringx.format_operator()
q("%d-%s" % { 1, "x" }, "%5.2f" % math.pi, "$a and ${b}" % { a = 1, b = 2 }, "$x" % function(k) return k .. k end)

-- utils
q(utils.split("a,b,c", ",")[2], #utils.split("a.b.c", ".", true), #utils.split("a,b,c,d", ",", false, 2), utils.splitv("x:y:z", ":"))
q(utils.escape "a.b*c[d]", utils.choose(true, 1, 2), utils.choose(false, 1, 2), utils.is_type("x", "string"), utils.is_type({}, "number"))
print(table.concat(utils.array_tostring { 1, true, "x", 2.5 }, " "), select("#", utils.unpack(utils.pack(nil, nil))), utils.pack(1, nil, 3).n)
for i, v in utils.npairs { n = 4, "a", nil, "c" } do io.write(i, "=", tostring(v), " ") end
for i, v in utils.npairs({ "a", "b", "c", "d" }, 4, 1, -2) do io.write(i, "=", v, " ") end print()
local ks = {}
for k in utils.kpairs { 1, 2, a = 1, b = 2 } do ks[#ks + 1] = k end
table.sort(ks)
print(table.concat(ks, " "))
local e = utils.enum("ONE", "TWO", "THREE")
print(e.ONE, e.THREE, select(2, pcall(function() return e.FOUR end)))
print(utils.function_arg(1, "+")(2, 3), utils.function_arg(1, string.upper) "x", utils.bind1(math.max, 10)(3), utils.bind2(function(a, b) return a - b end, 1)(10))
local calls = 0
local memo = utils.memoize(function(x) calls = calls + 1 return x * 2 end)
print(memo(4), memo(4), memo(5), calls)
print(utils.string_lambda "|x,y| x*y"(6, 7), utils.string_lambda "_+1"(9), pcall(utils.string_lambda, "x"))
print(select(2, pcall(utils.assert_arg, 1, 5, "string")), select(2, pcall(utils.assert_string, 2, {})))
utils.on_error "error"
print(pcall(utils.raise, "raised"))
utils.on_error "default"
print(utils.raise "nil and message")
utils.printf("%s %d %5.1f\n", "printf", 3, 2.25)
print(utils.quote_arg "simple", utils.quote_arg "two words", utils.quote_arg { "a b", "it's" })
print(#utils.stdmt.List, utils.patterns.FLOAT, utils.patterns.IDEN, ("x=1.5e3"):match(utils.patterns.FLOAT))
print(utils.load("return ...", "=name")(1), utils.load("return x", "c", "t", { x = 2 })())

-- types
local types = require "pl.types"
print(types.type "s", types.type(1), types.type {}, types.type(List()), types.type(io.stdout), types.is_callable(setmetatable({}, { __call = print })), types.is_integer(3.0), types.is_integer(3.5))
print(types.is_empty "", types.is_empty {}, types.is_empty "  ", types.is_empty("  ", true), types.is_empty { 1 }, types.is_empty(nil), types.is_indexable "x", types.is_indexable {}, types.is_iterable {}, types.is_iterable(5), types.is_writeable {})
for _, v in ipairs { "yes", "y", "TRUE", "1", "no", "", 0, 1, "t", "f" } do io.write(tostring(v), "=", tostring(types.to_bool(v)), " ") end print()

-- pretty
print(pretty.write { 1, 2, 3 })
print(pretty.write({ 1, { 2, "x" }, "y" }, ""))
print(pretty.write { a = { b = { c = "deep" } } })
print(pretty.write({ ["key with space"] = 1 }, ""), pretty.write({ [1] = "a", [3] = "c" }, ""), pretty.write({ ["end"] = true }, ""), pretty.write("str"), pretty.write({}, ""))
print(pretty.write({ "quote \" and \n newline" }, ""))
local rec = {} rec.self = rec
print(pretty.write(rec, ""))
local back = pretty.read "{ x = 1, list = {10, 20}, ['k y'] = 'v', neg = -5, f = 1.5e3, b = true }"
print(back.x, back.list[2], back["k y"], back.neg, back.f, back.b)
print(pretty.read "{ os.exit() }", pretty.read "{ x = 1", pretty.read "return 1")
print(pretty.load("a = 1; b = {a, 2}", nil).b[2], select(2, pretty.load("x = = 1", nil)))
print(pretty.number(123), pretty.number(12345, "N"), pretty.number(12345678, "N", 2), pretty.number(2 ^ 30, "M"), pretty.number(1536, "M", 1), pretty.number(1234567, "T"))

-- text and template
local template = require "pl.template"
print(template.substitute([[
# for i, name in ipairs(names) do
<li>$(i): $(name:upper())</li>
# end
# if flag then
flag set to $(flag)
# else
no flag
# end
]], { names = { "ann", "bob" }, ipairs = ipairs, flag = 5 }))
print(template.substitute("@ for i = 1, 3 do\nrow ${i} of ${n}\n@ end\n", { _escape = "@", _brackets = "{}", n = 3 }))
local compiled, err = template.compile("# for _, v in ipairs(list) do\n<$(v)>\n# end\n", { newline = " " })
print(compiled and compiled:render({ list = { 1, 2, 3 } }, _G) or err)
print(select(2, template.substitute("# for\n", {})) ~= nil, template.substitute("$(x) $(y)", { x = "only x" }))

-- sip
local sip = require "pl.sip"
local res = {}
print(sip.match("$v=$q", 'name="dolly"', res), res[1], res[2])
res = {}
print(sip.match("($q{first},$q{second})", '("john","smith")', res), res.first, res.second)
res = {}
print(sip.match("$i{day} $v{month} $d{year}", "12 March 2024", res), res.day, res.month, res.year)
local point = sip.compile "($f{x}, $f{y})"
res = {}
print(point("(1.5, -2e3)", res), res.x, res.y, point("nothing", {}))
res = {}
print(sip.match("$v{key} = $r{rest}", "k = the rest of it", res), res.key, res.rest, sip.match("$(", "(a(b)c)", res), res[1])
res = {}
print(sip.match("$S{path}:$i{line}: $r{msg}", "src/main.c:42: missing ;", res), res.path, res.line, res.msg)
sip.pattern("$v{cmd} $i{n}", function(r) print("cmd", r.cmd, r.n) end)
print((sip.create_pattern "$i;$v"))

-- lexer
local lexer = require "pl.lexer"
for kind, value in lexer.lua "local x = 10.5 -- comment\nprint('str' .. [[long]], 0xff, a.b:c(...), x ~= 1e3)" do io.write(kind, ":", tostring(value), " ") end print()
for kind, value in lexer.cpp "int main() { return x->y + 0x1F; /* c */ } // end" do io.write(kind, ":", tostring(value), " ") end print()
for kind, value in lexer.scan("alpha = sin(beta + 3.5)", nil, { space = true }) do io.write(kind, "=", tostring(value), " ") end print()
local tok = lexer.lua("f(a, {b, c}, 'd')", { space = true })
tok() tok()
local parts = lexer.get_separated_list(tok, ")")
for i, part in ipairs(parts) do for _, tk in ipairs(part) do io.write(i, ":", tk[1], " ") end end print()
local lines = lexer.lua("a\nb\n\nc", { space = true })
while true do local k, v = lines() if not k then break end io.write(v, "@", lexer.lineno(lines), " ") end print()
local words = 0
for k in pairs(lexer.get_keywords()) do words = words + 1 end
print(words)

-- stringio and input
local stringio = require "pl.stringio"
local w = stringio.create()
w:write("first line\n", 10, "\n") w:writef("%d-%s\n", 5, "x")
q(w:value())
local r = stringio.open "10 20 30\nsecond line\nlast"
q(r:read("*n", "*n"), r:read "*l", r:read "*l", r:read(2), r:read "*a", r:read "*l")
for l in stringio.lines "x\ny" do io.write("<", l, ">") end print()
local input = require "pl.input"
for n in input.numbers "1 2.5 -3 text 4e2" do io.write(n, " ") end
for wd in input.words "hello, big world!" do io.write(wd, ";") end
for a, b in input.fields({ 1, 3 }, ",", "1,2,3\n4,5,6\n") do io.write(a, "/", b, " ") end print()
local url = require "pl.url"
q(url.quote "a b&c/d?é", url.quote("a b+c", true), url.unquote "a%20b%2Fc", url.unquote(url.quote "100% sure?"))
