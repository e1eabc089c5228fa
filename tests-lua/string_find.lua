-- Patterns: find, match, gmatch.
print(("hello world"):find("wor"), ("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""), (""):find(""))
print(("hello"):find("l", 4), ("hello"):find("l", 5), ("hello"):find("h", -5), ("hello"):find("h", -4), ("hello"):find("", 6), ("hello"):find("", 7))
print(("a.b"):find(".", 1, true), ("a.b"):find(".", 2, true), ("a+b"):find("+", 1, true), ("a%b"):find("%", 1, true), ("abc"):find("", 10, true), ("abc"):find("", 4, true))
print(("a\0b"):find("\0"), ("a\0b"):find("b"), ("a\0b"):match("%z"), ("a\0\0b"):find("\0+"), ("ab"):find("b", 1, true))
print(("hello"):find("(l)(l)"), ("hello"):find("()ll()"), ("key = val"):match("(%w+)%s*=%s*(%w+)"))
print(("hello"):match("l+"), ("hello"):match("(h)(.)(l*)"), ("hello"):match("x"), ("hello"):match("^h"), ("hello"):match("^e"), ("hello"):match("o$"), ("hello"):match("l$"))
print(("  trim  "):match("^%s*(.-)%s*$") .. "|", ("2024-01-15"):match("(%d+)-(%d+)-(%d+)"))
print(("[[x]]"):find("[[]"), ("]"):find("[]]"), ("a-b"):find("[a%-]", 2), ("^"):find("[%^]"), ("x^"):find("[x^]", 2), ("-"):find("[a-]"), ("b"):find("[a-c]"), ("d"):find("[^a-c]"))
print(("%d"):find("%%d"), ("a%"):find("%%$"), ("$"):find("%$"), ("a$b"):find("$b"), ("a^b"):find("^b"), ("a^b"):find("a^b"))
for _, c in ipairs { "a", "c", "d", "g", "l", "p", "s", "u", "w", "x" } do
  local n, m = 0, 0
  for i = 0, 127 do
    if string.char(i):find("%" .. c) then n = n + 1 end
    if string.char(i):find("%" .. c:upper()) then m = m + 1 end
  end
  io.write(c, ":", n, "/", m, " ")
end
print()
-- Repetition: greedy, lazy, optional, backtracking.
print(("aaa"):match("a*"), ("aaa"):match("a+"), ("aaa"):match("a-"), ("aaa"):match("a?"), ("aaab"):match("a-b"), ("aaab"):match("^a-b$"))
print(("<a><b>"):match("<.->"), ("<a><b>"):match("<.*>"), ("<a><b>"):match("<[^>]*>"), ("aXbXc"):match("(.*)X(.*)"), ("aXbXc"):match("(.-)X(.*)"))
print(("ab12cd"):match("%a+%d+"), ("ab12cd"):match("(%a+)(%d+)(%a+)"), ("x"):match("x?y?x?"), ("xyx"):match("x?y?x?"), ("abc"):match("ab?c?d?"))
print(("aaaaaaaaab"):match("a*a*a*b"), ("abab"):match("(ab)*"), ("aab"):match("a?a?a?b"), (("a"):rep(20)):match(("a?"):rep(20) .. ("a"):rep(20)) ~= nil)
print(("x = [[y]]"):match("%[%[(.-)%]%]"), ("f(a(b)c)d"):match("%b()"), ("(()"):match("%b()"), ("(a"):match("%b()"), ("xAAx"):match("%bxx"), ("if a then b end"):match("%bae"))
print(("THE (quick) fox"):find("%((%a+)%)"), ("THE (quick) fox"):match("%f[%a]%a+%f[%A]", 5), ("word"):find("%f[%w]%w+%f[%W]"), ("a1"):find("%f[%d]"), ("abc"):find("%f[%z]"), (" x"):find("%f[%S]"))
print(("hello hello"):match("(%w+) %1"), ("abcabc"):match("(a)(b)(c)%1%2%3"), ("\"it's\""):match("([\"'])(.-)%1"), ("aa"):match("(a)%1"), ("ab"):match("(a)%1"))
print(("abc"):match("()"), ("abc"):match("()b()"), ("abc"):match("(()b())"), ("abc"):match("((a)(b))"), ("abc"):find("(b)()"))
print(("abc"):match("", 4), ("abc"):match("", 5), ("abc"):match("%a", -1), ("abc"):match("^b", 2), ("abc"):find("^b", 2), ("abc"):match(".", 3.0))
print(("line1\nline2"):match("(.-)\n(.*)"), ("a\nb"):match("a.b") ~= nil, ("tab\there"):match("%c"):byte(), ("x\n"):match("x$"))
print(("äö"):match("[ä]") ~= nil, ("\xff"):match("[\xf0-\xff]") == "\xff", ("a]b"):match("[]]"), ("a]b"):match("[^]]+"), ("a-z"):match("[a%-z]+"), ("%a"):match("[%%a]+"), ("+-"):match("[+-]+"))
print(("0x1F"):match("^0[xX](%x+)$"), ("user@host.com"):match("^([%w.]+)@([%w.]+)$"), ("1.2.3"):match("^(%d+)%.(%d+)%.(%d+)$"), ("/a/b/c.txt"):match("([^/]+)%.(%w+)$"))
local caps = { (("abcdefghijklmnopqrstuvwxyzABCDEF"):match(("(.)"):rep(32))) }
print(#{ (("x"):rep(32)):match(("(.)"):rep(32)) }, pcall(string.match, ("x"):rep(33), ("(.)"):rep(33)))
print(#caps, caps[1])
-- gmatch
for k, v in ("a=1, b=2, c=3"):gmatch("(%w+)=(%w+)") do io.write(k, v, ";") end print()
for w in ("one two  three"):gmatch("%a+") do io.write(w, ";") end print()
for p in ("abc"):gmatch("()") do io.write(p, ";") end print()
for e in ("a,b,,c"):gmatch("([^,]*)") do io.write("[", e, "]") end print()
for c in ("héllo"):gmatch("[%z\1-\127\194-\244][\128-\191]*") do io.write(c, ".") end print()
for a in ("aaa"):gmatch("^a") do io.write(a, ";") end print()
for a in ("^a^a"):gmatch("^a") do io.write(a, ";") end print()
for x in (""):gmatch("x*") do io.write("[", x, "]") end print()
for x in ("xxaxx"):gmatch("x*") do io.write("[", x, "]") end print()
for x, y, z in ("k:v k2:v2"):gmatch("((%w+):(%w+))") do io.write(x, y, z, ";") end print()
local g = ("a b"):gmatch("%a")
print(g(), g(), g(), g())
local count = 0
for _ in (("ab"):rep(1000)):gmatch("b") do count = count + 1 end
print(count)
-- Long subjects and captures of long strings.
local long = ("x"):rep(10000) .. "END"
print(#long:match("x*"), long:find("END"), long:find("END", 1, true), long:find("[E]ND$"), #long:match("(.-)END"), long:match("x-(E.*)"))
print(("a"):rep(3000):match(".-b"), #("a"):rep(200000):match(".-$"), #("a"):rep(200000):match("a*"))
print(pcall(string.find, ("("):rep(1000), ("%b()"):rep(1)))
print(pcall(string.rep, "x", -5), ("abc"):find("b", -10), ("abc"):find("b", 10), ("abc"):find("", -10))
print(string.find("abc [c] d", "[c]", 1, true), string.find("abc", "[c]"), string.find("a.c", "a%.c"), string.match("x", ".-"), string.match("x", "()()"))
