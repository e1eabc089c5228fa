//! Listings of small sources: the forms of instructions and the shape of control flow.

use super::lists;

#[test]
fn arithmetic_between_registers() {
    lists(
        "local a, b, c = ...; return a + b - c * a / b % c ^ a // b",
        "
            VARARG 0 4
            ADD 3 0 1
            MUL 4 2 0
            DIV 4 4 1
            POW 5 2 0
            MOD 4 4 5
            IDIV 4 4 1
            SUB 3 3 4
            RETURN1 3
        ",
    );
    lists(
        "local a, b = ...; return a & b | a ~ b << a >> b, -a, ~a, #a, not a",
        "
            VARARG 0 3
            BAND 2 0 1
            SHL 3 1 0
            SHR 3 3 1
            BXOR 3 0 3
            BOR 2 2 3
            UNM 3 0
            BNOT 4 0
            LEN 5 0
            NOT 6 0
            RETURN 2 6 0
        ",
    );
}

#[test]
fn arithmetic_with_small_integers_is_immediate() {
    lists(
        "local a = ...; return a + 1, a - -128, 127 + a, a << 1, a >> -1, a + 128",
        "
            VARARG 0 2
            ADDI 1 0 1
            SUBI 2 0 -128
            RADDI 3 0 127
            SHLI 4 0 1
            SHRI 5 0 -1
            ADDKI 6 0 0
            RETURN 1 7 0
        ",
    );
}

#[test]
fn arithmetic_with_constants_takes_them_from_the_pool() {
    lists(
        "local a = ...; return a + 1000, a - 1000, a * 3, a % 3, a ^ 3, a / 3, a // 3, a & 3, a | 3, a ~ 3",
        "
            VARARG 0 2
            ADDKI 1 0 0
            SUBKI 2 0 0
            MULKI 3 0 1
            MODKI 4 0 1
            POWKI 5 0 1
            DIVKI 6 0 1
            IDIVKI 7 0 1
            BANDKI 8 0 1
            BORKI 9 0 1
            BXORKI 10 0 1
            RETURN 1 11 0
        ",
    );
    lists(
        "local a = ...; return a + 0.5, a - 0.5, a * 0.5, a % 0.5, a ^ 0.5, a / 0.5, a // 0.5, a & 0.5",
        "
            VARARG 0 2
            ADDKF 1 0 0
            SUBKF 2 0 0
            MULKF 3 0 0
            MODKF 4 0 0
            POWKF 5 0 0
            DIVKF 6 0 0
            IDIVKF 7 0 0
            LOADKF 8 0
            BAND 8 0 8
            RETURN 1 9 0
        ",
    );
}

#[test]
fn a_constant_on_the_left_stays_there() {
    lists(
        "local a = ...; return 1000 + a, 3 * a, 0.5 + a, 0.5 * a, 1 - a, 2 / a, 2 ^ a, 1 << a, 7 & a",
        "
            VARARG 0 2
            RADDKI 1 0 0
            RMULKI 2 0 1
            RADDKF 3 0 2
            RMULKF 4 0 2
            LOADI 5 1
            SUB 5 5 0
            LOADI 6 2
            DIV 6 6 0
            LOADI 7 2
            POW 7 7 0
            LOADI 8 1
            SHL 8 8 0
            LOADI 9 7
            BAND 9 9 0
            RETURN 1 10 0
        ",
    );
}

#[test]
fn constant_expressions_are_computed() {
    lists(
        "return 1 + 2 * 3, 7 // 2, 7 % -3, 2 ^ 10, 7 / 2, 3 & 2.0, ~0, - -3, 1.5 // 0.5, 1 << 3 | 1, 3 ~ 1",
        "
            LOADI 0 7
            LOADI 1 3
            LOADI 2 -2
            LOADF 3 1024
            LOADKF 4 0
            LOADI 5 2
            LOADI 6 -1
            LOADI 7 3
            LOADF 8 3
            LOADI 9 9
            LOADI 10 2
            RETURN 0 12 0
        ",
    );
}

#[test]
fn what_is_an_error_or_not_a_plain_number_is_left_to_run_time() {
    lists(
        "return 1 / 0, 5 // 0, 5 % 0, 0.0 * -1, -0.0, 1 & 1.5",
        "
            LOADI 0 1
            DIVKI 0 0 0
            LOADI 1 5
            IDIVKI 1 1 0
            LOADI 2 5
            MODKI 2 2 0
            LOADF 3 0
            MULKI 3 3 1
            LOADF 4 0
            UNM 4 4
            LOADKF 5 2
            LOADI 6 1
            BAND 5 6 5
            RETURN 0 7 0
        ",
    );
}

#[test]
fn comparisons_between_registers() {
    lists(
        "local a, b = ...; return a == b, a ~= b, a < b, a <= b, a > b, a >= b",
        "
            VARARG 0 3
            EQ 0 1 1
            JMP 4
            LFALSESKIP 2
            LOADTRUE 2
            EQ 0 1 0
            JMP 8
            LFALSESKIP 3
            LOADTRUE 3
            LT 0 1 1
            JMP 12
            LFALSESKIP 4
            LOADTRUE 4
            LE 0 1 1
            JMP 16
            LFALSESKIP 5
            LOADTRUE 5
            LT 1 0 1
            JMP 20
            LFALSESKIP 6
            LOADTRUE 6
            LE 1 0 1
            JMP 24
            LFALSESKIP 7
            LOADTRUE 7
            RETURN 2 7 0
        ",
    );
}

#[test]
fn comparisons_for_equality_with_constants() {
    lists(
        "local a = ...; return a == 1, -1 == a, a ~= 'x', nil == a, a == true, a ~= false, a == 1000, a == 0.5",
        "
            VARARG 0 2
            EQI 0 1 1
            JMP 4
            LFALSESKIP 1
            LOADTRUE 1
            EQI 0 -1 1
            JMP 8
            LFALSESKIP 2
            LOADTRUE 2
            EQKS 0 0 0
            JMP 12
            LFALSESKIP 3
            LOADTRUE 3
            EQP 0 0 1
            JMP 16
            LFALSESKIP 4
            LOADTRUE 4
            EQP 0 2 1
            JMP 20
            LFALSESKIP 5
            LOADTRUE 5
            EQP 0 1 0
            JMP 24
            LFALSESKIP 6
            LOADTRUE 6
            EQKI 0 0 1
            JMP 28
            LFALSESKIP 7
            LOADTRUE 7
            EQKF 0 1 1
            JMP 32
            LFALSESKIP 8
            LOADTRUE 8
            RETURN 1 9 0
        ",
    );
}

#[test]
fn comparisons_for_order_with_small_integers() {
    lists(
        "local a = ...; return a < 1, a <= 1, a > 1, a >= 1, 1 < a, 1 <= a, 1 > a, 1 >= a",
        "
            VARARG 0 2
            LTI 0 1 1
            JMP 4
            LFALSESKIP 1
            LOADTRUE 1
            LEI 0 1 1
            JMP 8
            LFALSESKIP 2
            LOADTRUE 2
            GTI 0 1 1
            JMP 12
            LFALSESKIP 3
            LOADTRUE 3
            GEI 0 1 1
            JMP 16
            LFALSESKIP 4
            LOADTRUE 4
            GTI 0 1 1
            JMP 20
            LFALSESKIP 5
            LOADTRUE 5
            GEI 0 1 1
            JMP 24
            LFALSESKIP 6
            LOADTRUE 6
            LTI 0 1 1
            JMP 28
            LFALSESKIP 7
            LOADTRUE 7
            LEI 0 1 1
            JMP 32
            LFALSESKIP 8
            LOADTRUE 8
            RETURN 1 9 0
        ",
    );
}

#[test]
fn comparisons_of_two_constants_are_not_computed() {
    lists(
        "return 1 < 2, 'a' == 'b', nil == false",
        "
            LOADI 0 1
            LTI 0 2 1
            JMP 4
            LFALSESKIP 0
            LOADTRUE 0
            LOADKS 1 0
            EQKS 1 1 1
            JMP 9
            LFALSESKIP 1
            LOADTRUE 1
            LOADFALSE 2
            EQP 2 0 1
            JMP 14
            LFALSESKIP 2
            LOADTRUE 2
            RETURN 0 4 0
        ",
    );
}

#[test]
fn conditions() {
    lists(
        "local a, b = ...; if a and b or not a then f() elseif a == b then g() else h() end",
        "
            VARARG 0 3
            TEST 0 0
            JMP 5
            TEST 1 1
            JMP 7
            TEST 0 1
            JMP 10
            GETTABUP 2 0 0
            CALL 2 1 1
            RETURN0
            EQ 0 1 0
            JMP 15
            GETTABUP 2 0 1
            CALL 2 1 1
            RETURN0
            GETTABUP 2 0 2
            CALL 2 1 1
            RETURN0
        ",
    );
    lists(
        "local a; if a then return 1 else return 2 end",
        "
            LOADNIL 0 0
            TEST 0 0
            JMP 5
            LOADI 1 1
            RETURN1 1
            LOADI 1 2
            RETURN1 1
        ",
    );
    lists(
        "if true then f() end if nil then g() end",
        "
            GETTABUP 0 0 0
            CALL 0 1 1
            RETURN0
            GETTABUP 0 0 1
            CALL 0 1 1
            RETURN0
        ",
    );
}

#[test]
fn values_of_logic() {
    lists(
        "local a, b = ...; local c = a and b; c = a or b; c = a and 1 or 2; c = not (a and b); c = a < b and b",
        "
            VARARG 0 3
            TESTSET 2 0 0
            JMP 4
            MOVE 2 1
            TESTSET 2 0 1
            JMP 7
            MOVE 2 1
            TEST 0 0
            JMP 11
            LOADI 2 1
            JMP 12
            LOADI 2 2
            TEST 0 0
            JMP 17
            NOT 2 1
            JMP 18
            LFALSESKIP 2
            LOADTRUE 2
            LT 0 1 0
            JMP 22
            MOVE 2 1
            RETURN0
            LFALSESKIP 2
            LOADTRUE 2
            RETURN0
        ",
    );
    lists(
        "return nil and f(), false or f(), true or f(), 1 and f()",
        "
            LOADNIL 0 0
            TEST 0 0
            JMP 5
            GETTABUP 0 0 0
            CALL 0 1 2
            GETTABUP 1 0 0
            CALL 1 1 2
            JMP 12
            GETTABUP 2 0 0
            CALL 2 1 2
            JMP 13
            LFALSESKIP 2
            LOADTRUE 2
            GETTABUP 3 0 0
            CALL 3 1 2
            RETURN 0 5 0
        ",
    );
}

#[test]
fn a_constant_goes_where_the_value_is_wanted() {
    lists(
        "local a; local b = a and 'x' or 'y'; f(a and 0.5 or a)",
        "
            LOADNIL 0 0
            TEST 0 0
            JMP 5
            LOADKS 1 0
            JMP 6
            LOADKS 1 1
            GETTABUP 2 0 2
            TEST 0 0
            JMP 11
            LOADKF 3 0
            JMP 12
            MOVE 3 0
            CALL 2 2 1
            RETURN0
        ",
    );
    lists(
        "local a; if a and 1 or f() then g() end",
        "
            LOADNIL 0 0
            TEST 0 0
            JMP 5
            JMP 9
            JMP 9
            GETTABUP 1 0 0
            CALL 1 1 2
            TEST 1 0
            JMP 11
            GETTABUP 1 0 1
            CALL 1 1 1
            RETURN0
        ",
    );
    lists(
        "local a; return not (a and 1 or a)",
        "
            LOADNIL 0 0
            TEST 0 0
            JMP 5
            JMP 7
            JMP 7
            NOT 1 0
            RETURN1 1
            LFALSESKIP 1
            LOADTRUE 1
            RETURN1 1
        ",
    );
}

#[test]
fn loops() {
    lists(
        "local a = ...; while a do a = a.next end repeat local x = a() until x",
        "
            VARARG 0 2
            TEST 0 0
            JMP 5
            GETFIELD 0 0 0
            JMP 1
            MOVE 1 0
            CALL 1 1 2
            TEST 1 0
            JMP 5
            RETURN0
        ",
    );
    lists(
        "while true do if f() then break end end",
        "
            GETTABUP 0 0 0
            CALL 0 1 2
            TEST 0 1
            JMP 5
            JMP 0
            RETURN0
        ",
    );
    lists(
        "for i = 1, 3 do f(i) end for i = 3, 1, -1 do end",
        "
            LOADI 0 1
            LOADI 1 3
            LOADI 2 1
            FORPREP 0 3
            GETTABUP 4 0 0
            MOVE 5 3
            CALL 4 2 1
            FORLOOP 0 4
            LOADI 0 3
            LOADI 1 1
            LOADI 2 -1
            FORPREP 0 0
            FORLOOP 0 1
            RETURN0
        ",
    );
    lists(
        "for k, v in pairs(t) do print(k, v) end",
        "
            GETTABUP 0 0 0
            GETTABUP 1 0 1
            CALL 0 2 4
            JMP 8
            GETTABUP 5 0 2
            MOVE 6 3
            MOVE 7 4
            CALL 5 3 1
            TFORCALL 0 2
            TFORLOOP 0 6
            RETURN0
        ",
    );
}

#[test]
fn a_chain_of_concatenations_is_one_instruction() {
    lists(
        "local a = ...; return a .. 1 .. 'x', (a .. a) .. a, a .. (a and a .. a)",
        "
            VARARG 0 2
            MOVE 1 0
            LOADI 2 1
            LOADKS 3 0
            CONCAT 1 3
            MOVE 2 0
            MOVE 3 0
            CONCAT 2 2
            MOVE 3 0
            CONCAT 2 2
            MOVE 3 0
            TESTSET 4 0 0
            JMP 16
            MOVE 4 0
            MOVE 5 0
            CONCAT 4 2
            CONCAT 3 2
            RETURN 1 4 0
        ",
    );
}

#[test]
fn constructors() {
    lists(
        "local t = {1, 2, x = 3, [4] = 5, ['y z'] = 6, f()} return t",
        "
            NEWTABLE 0 3 2
            LOADI 1 1
            LOADI 2 2
            LOADI 3 3
            SETFIELD 0 0 3
            LOADI 3 5
            SETI 0 4 3
            LOADI 3 6
            SETFIELD 0 1 3
            GETTABUP 3 0 2
            CALL 3 1 0
            SETLIST 0 0 1
            RETURN1 0
        ",
    );
    lists(
        "return {...}, {f(), nil}, {}, {{}}",
        "
            NEWTABLE 0 0 0
            VARARG 1 0
            SETLIST 0 0 1
            NEWTABLE 1 0 2
            GETTABUP 2 0 0
            CALL 2 1 2
            LOADNIL 3 0
            SETLIST 1 2 1
            NEWTABLE 2 0 0
            NEWTABLE 3 0 1
            NEWTABLE 4 0 0
            SETLIST 3 1 1
            RETURN 0 5 0
        ",
    );
}

#[test]
fn indices() {
    lists(
        "local t = ...; t.x = t.y; t[1] = t[255]; t[256] = t[-1]; t[1.5] = t[t]; t.x.y.z = 1",
        "
            VARARG 0 2
            GETFIELD 1 0 1
            SETFIELD 0 0 1
            GETI 1 0 255
            SETI 0 1 1
            LOADI 1 256
            LOADI 2 -1
            GETTABLE 2 0 2
            SETTABLE 0 1 2
            LOADKF 1 0
            GETTABLE 2 0 0
            SETTABLE 0 1 2
            GETFIELD 1 0 0
            GETFIELD 1 1 1
            LOADI 2 1
            SETFIELD 1 2 2
            RETURN0
        ",
    );
}

#[test]
fn a_long_string_is_no_field_name() {
    lists(
        "local t; t['0123456789012345678901234567890123456789'] = t['01234567890123456789012345678901234567890']",
        "
            LOADNIL 0 0
            LOADKS 1 1
            GETTABLE 1 0 1
            SETFIELD 0 0 1
            RETURN0
        ",
    );
}

#[test]
fn upvalues() {
    lists(
        "local x, t; function f() x = x + 1; t.y = t.z; t[x] = t[1]; t = nil end",
        "
            GETUPVAL 0 0
            ADDI 0 0 1
            SETUPVAL 0 0
            GETTABUP 0 1 1
            SETTABUP 1 0 0
            GETUPVAL 1 0
            GETUPVAL 0 1
            GETUPVAL 2 1
            GETI 2 2 1
            SETTABLE 0 1 2
            LOADNIL 0 0
            SETUPVAL 0 1
            RETURN0

            LOADNIL 0 1
            CLOSURE 2 1
            SETTABUP 0 0 2
            RETURN 0 1 1
        ",
    );
}

#[test]
fn calls() {
    lists(
        "local t = ...; t:m(1); f 'x' {}; return t:m(...)",
        "
            VARARG 0 2
            SELF 1 0 0
            LOADI 3 1
            CALL 1 3 1
            GETTABUP 1 0 1
            LOADKS 2 2
            CALL 1 2 2
            NEWTABLE 2 0 0
            CALL 1 2 1
            SELF 1 0 0
            VARARG 3 0
            TAILCALL 1 0 0
            RETURN 1 0 0
        ",
    );
    lists(
        "f(g(...), (g(...)), ...)",
        "
            GETTABUP 0 0 0
            GETTABUP 1 0 1
            VARARG 2 0
            CALL 1 0 2
            GETTABUP 2 0 1
            VARARG 3 0
            CALL 2 0 2
            VARARG 3 0
            CALL 0 0 1
            RETURN0
        ",
    );
}

#[test]
fn adjustment() {
    lists(
        "local a, b, c = f(), g() local d, e = 1 local x, y = 1, 2, h() local z, w = (...)",
        "
            GETTABUP 0 0 0
            CALL 0 1 2
            GETTABUP 1 0 1
            CALL 1 1 3
            LOADI 3 1
            LOADNIL 4 0
            LOADI 5 1
            LOADI 6 2
            GETTABUP 7 0 2
            CALL 7 1 1
            VARARG 7 2
            LOADNIL 8 0
            RETURN0
        ",
    );
}

#[test]
fn assignments_do_not_disturb_each_other() {
    lists(
        "local a, b; a, b = b, a; a, b.x, b = 1, 2, 3",
        "
            LOADNIL 0 1
            MOVE 2 1
            MOVE 1 0
            MOVE 0 2
            MOVE 2 1
            LOADI 3 1
            LOADI 4 2
            LOADI 1 3
            SETFIELD 2 0 4
            MOVE 0 3
            RETURN0
        ",
    );
    lists(
        "local i, t = ...; i, t[i], t, i = i + 1, 20, 30",
        "
            VARARG 0 3
            MOVE 2 1
            MOVE 3 0
            ADDI 4 0 1
            LOADI 5 20
            LOADI 6 30
            LOADNIL 7 0
            MOVE 0 7
            MOVE 1 6
            SETTABLE 2 3 5
            MOVE 0 4
            RETURN0
        ",
    );
    lists(
        "local t; function f() t.x, t = 1, 2 end",
        "
            GETUPVAL 0 0
            LOADI 1 1
            LOADI 2 2
            SETUPVAL 2 0
            SETFIELD 0 0 1
            RETURN0

            LOADNIL 0 0
            CLOSURE 1 1
            SETTABUP 0 0 1
            RETURN 0 1 1
        ",
    );
}

#[test]
fn closures_over_locals_are_closed_by_returns() {
    lists(
        "local x = 1; local function f() return x end; local function g() x = f() end; return g, f()",
        "
            GETUPVAL 0 0
            RETURN1 0

            GETUPVAL 0 1
            CALL 0 1 2
            SETUPVAL 0 0
            RETURN0

            LOADI 0 1
            CLOSURE 1 0
            CLOSURE 2 1
            MOVE 3 2
            MOVE 4 1
            CALL 4 1 0
            RETURN 3 0 1
        ",
    );
    lists(
        "local x; function f() return x end return f()",
        "
            GETUPVAL 0 0
            RETURN1 0

            LOADNIL 0 0
            CLOSURE 1 1
            SETTABUP 0 0 1
            GETTABUP 1 0 0
            TAILCALL 1 1 1
            RETURN 1 0 1
        ",
    );
}

#[test]
fn captured_variables_are_closed_where_a_block_is_left() {
    lists(
        "while true do local x; if f(x) then break end; g = function() return x end end",
        "
            GETUPVAL 0 0
            RETURN1 0

            LOADNIL 0 0
            GETTABUP 1 0 0
            MOVE 2 0
            CALL 1 2 2
            TEST 1 1
            JMP 10
            CLOSURE 1 2
            SETTABUP 0 1 1
            CLOSE 0
            JMP 0
            CLOSE 0
            RETURN 0 1 1
        ",
    );
    lists(
        "repeat local x = f(); g = function() return x end until x",
        "
            GETUPVAL 0 0
            RETURN1 0

            GETTABUP 0 0 0
            CALL 0 1 2
            CLOSURE 1 2
            SETTABUP 0 1 1
            TEST 0 0
            JMP 8
            CLOSE 0
            RETURN 0 1 1
            CLOSE 0
            JMP 0
            RETURN 0 1 1
        ",
    );
    lists(
        "for i = 1, 2 do local x = i; if x then goto continue end; f(function() return x end) ::continue:: end",
        "
            GETUPVAL 0 0
            RETURN1 0

            LOADI 0 1
            LOADI 1 2
            LOADI 2 1
            FORPREP 0 7
            MOVE 4 3
            TEST 4 1
            JMP 10
            GETTABUP 5 0 0
            CLOSURE 6 1
            CALL 5 2 1
            CLOSE 4
            FORLOOP 0 8
            RETURN 0 1 1
        ",
    );
    lists(
        "do local x; do f(function() return x end); goto out end end ::out::",
        "
            GETUPVAL 0 0
            RETURN1 0

            LOADNIL 0 0
            GETTABUP 1 0 0
            CLOSURE 2 1
            CALL 1 2 1
            JMP 5
            CLOSE 0
            RETURN 0 1 1
        ",
    );
}

#[test]
fn going_back_closes_what_is_captured() {
    lists(
        "do ::top:: local x = f(); local g = function() return x end; if g() then goto top end end",
        "
            GETUPVAL 0 0
            RETURN1 0

            GETTABUP 0 0 0
            CALL 0 1 2
            CLOSURE 1 1
            MOVE 2 1
            CALL 2 1 2
            TEST 2 0
            JMP 9
            CLOSE 0
            JMP 0
            CLOSE 0
            RETURN 0 1 1
        ",
    );
}

#[test]
fn nothing_is_closed_where_nothing_is_captured() {
    lists(
        "do ::top:: local x = f(); if x then goto top end end",
        "
            GETTABUP 0 0 0
            CALL 0 1 2
            TEST 0 0
            JMP 6
            JMP 0
            JMP 0
            RETURN0
        ",
    );
}

#[test]
fn jumps_to_jumps_go_straight() {
    lists(
        "while f() do if g() then h() else i() end end",
        "
            GETTABUP 0 0 0
            CALL 0 1 2
            TEST 0 0
            JMP 14
            GETTABUP 0 0 1
            CALL 0 1 2
            TEST 0 0
            JMP 11
            GETTABUP 0 0 2
            CALL 0 1 1
            JMP 0
            GETTABUP 0 0 3
            CALL 0 1 1
            JMP 0
            RETURN0
        ",
    );
}

#[test]
fn the_inner_label_is_preferred() {
    lists(
        "::a:: do goto a; f() ::a:: end",
        "
            RETURN0
            GETTABUP 0 0 0
            CALL 0 1 1
            RETURN0
        ",
    );
}

#[test]
fn a_method_sees_self() {
    lists(
        "function a.b.c:d(x) return self, x, y end",
        "
            MOVE 2 0
            MOVE 3 1
            GETTABUP 4 0 0
            RETURN 2 4 0

            GETTABUP 0 0 0
            GETFIELD 0 0 1
            GETFIELD 0 0 2
            CLOSURE 1 4
            SETFIELD 0 3 1
            RETURN0
        ",
    );
}

#[test]
fn variable_arguments() {
    lists(
        "local function f(...) local a, b = ... return ... end",
        "
            VARARG 0 3
            VARARG 2 0
            RETURN 2 0 0

            CLOSURE 0 0
            RETURN0
        ",
    );
}

#[test]
fn constants_in_registers() {
    lists(
        "return 1, -1, 32767, 32768, -32768, -32769, 1.0, 0.0, 3.5, 32768.0, nil, nil, true, false, 's'",
        "
            LOADI 0 1
            LOADI 1 -1
            LOADI 2 32767
            LOADKI 3 0
            LOADI 4 -32768
            LOADKI 5 1
            LOADF 6 1
            LOADF 7 0
            LOADKF 8 2
            LOADKF 9 3
            LOADNIL 10 1
            LOADTRUE 12
            LOADFALSE 13
            LOADKS 14 0
            RETURN 0 16 0
        ",
    );
}

#[test]
fn nils_are_joined() {
    lists(
        "local a, b, c; local d; a = nil; b = nil; return a",
        "
            LOADNIL 0 3
            RETURN1 0
        ",
    );
}
