//! Random statements: control flow, closures, metatables, coroutines. Every loop and function counts its steps.

use super::choices::Choices;
use super::expressions::{self, Scope, expression};
use super::library;

const EVENTS: &[&str] = &[
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__idiv",
    "__pow",
    "__unm",
    "__band",
    "__shl",
    "__bnot",
    "__concat",
    "__eq",
    "__lt",
    "__le",
    "__call",
    "__index",
    "__newindex",
    "__len",
];

/// The writer of one case.
pub struct Writer<'a, 'b> {
    choices: &'a mut Choices<'b>,
    text: String,
    names: u32,
    depth: u32,
}

impl<'a, 'b> Writer<'a, 'b> {
    pub fn new(choices: &'a mut Choices<'b>) -> Self {
        Writer {
            choices,
            text: String::new(),
            names: 0,
            depth: 0,
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, text: &str) {
        self.text += &"  ".repeat(self.depth as usize);
        self.text += text;
        self.text.push('\n');
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn expression(&mut self, scope: &Scope) -> String {
        let depth = self.choices.pick(4);
        expression(self.choices, scope, depth)
    }

    fn list(&mut self, scope: &Scope) -> String {
        let depth = self.choices.pick(3);
        expressions::list(self.choices, scope, depth)
    }

    /// Some statements; what they declare ends with them.
    pub fn block(&mut self, scope: &Scope) {
        let mut scope = scope.clone();
        self.depth += 1;
        for _ in 0..1 + self.choices.pick(4) {
            self.statement(&mut scope);
        }
        self.depth -= 1;
    }

    /// A block in a function or loop, which counts.
    fn counted(&mut self, scope: &Scope) {
        self.depth += 1;
        self.line("T()");
        self.depth -= 1;
        self.block(scope);
    }

    fn statement(&mut self, scope: &mut Scope) {
        // Blocks in blocks in blocks say no more than shorter ones.
        let kinds = if self.depth > 3 { 5 } else { 18 };
        match self.choices.pick(kinds) {
            0 => {
                let list = self.list(scope);
                self.line(&format!("out({list})"));
            }
            1 => self.locals(scope),
            2 | 3 => self.assignment(scope),
            4 => {
                let call = library::call(self.choices, scope, 1);
                self.line(&format!("out({call})"));
            }
            5 => self.condition(scope),
            6 => self.while_loop(scope),
            7 => self.numeric_loop(scope),
            8 => self.repeat_loop(scope),
            9 => self.generic_loop(scope),
            10 => self.function(scope),
            11 => self.protected(scope),
            12 => self.closures(scope),
            13 | 14 => self.object(scope),
            15 => self.coroutine(scope),
            16 => {
                self.line("do");
                self.block(scope);
                self.line("end");
            }
            _ => self.sequence(),
        }
    }

    fn locals(&mut self, scope: &mut Scope) {
        let list = self.list(scope);
        let names: Vec<String> = (0..1 + self.choices.pick(3)).map(|_| self.name()).collect();
        self.line(&format!("local {} = {list}", names.join(", ")));
        scope.locals.extend(names);
    }

    fn assignment(&mut self, scope: &Scope) {
        let targets: Vec<String> = (0..1 + self.choices.pick(3))
            .map(|_| expressions::variable(self.choices, scope))
            .collect();
        let list = self.list(scope);
        self.line(&format!("{} = {list}", targets.join(", ")));
    }

    fn condition(&mut self, scope: &Scope) {
        let condition = self.expression(scope);
        self.line(&format!("if {condition} then"));
        self.block(scope);
        if self.choices.once_in(2) {
            let condition = self.expression(scope);
            self.line(&format!("elseif {condition} then"));
            self.block(scope);
        }
        if self.choices.once_in(2) {
            self.line("else");
            self.block(scope);
        }
        self.line("end");
    }

    fn while_loop(&mut self, scope: &Scope) {
        let condition = self.expression(scope);
        self.line(&format!("while {condition} do"));
        self.counted(scope);
        if self.choices.once_in(2) {
            let condition = self.expression(scope);
            self.line(&format!("  if {condition} then break end"));
        }
        self.line("end");
    }

    fn numeric_loop(&mut self, scope: &Scope) {
        let (from, to) = (
            expressions::number(self.choices),
            expressions::number(self.choices),
        );
        let step = match self.choices.pick(4) {
            0 | 1 => String::new(),
            2 => format!(
                ", {}",
                self.choices
                    .of(&["2", "-1", "0.5", "-0.25", "3", "1.0", "-2.0"])
            ),
            _ => format!(", {}", expressions::literal(self.choices)),
        };
        let name = self.name();
        self.line(&format!("for {name} = {from}, {to}{step} do"));
        self.line(&format!("  out({name})"));
        let mut inner = scope.clone();
        inner.locals.push(name.clone());
        let skips = self.choices.once_in(3);
        if skips {
            let condition = self.expression(&inner);
            self.line(&format!("  T() if {condition} then goto continue end"));
            self.line("  do");
        }
        self.counted(&inner);
        if skips {
            self.line("  end");
            self.line("  ::continue::");
        }
        self.line("end");
    }

    fn repeat_loop(&mut self, scope: &Scope) {
        self.line("repeat");
        self.depth += 1;
        self.line("T()");
        let mut inner = scope.clone();
        self.locals(&mut inner);
        self.depth -= 1;
        let condition = self.expression(&inner);
        self.line(&format!("until {condition}"));
    }

    fn generic_loop(&mut self, scope: &Scope) {
        let (key, value) = (self.name(), self.name());
        let iterator = match self.choices.pick(4) {
            0 | 1 => format!("ipairs({{{}}})", self.list(scope)),
            2 => {
                let pattern = library::pattern(self.choices);
                format!(
                    "string.gmatch({}, {pattern})",
                    expressions::string(self.choices)
                )
            }
            // What cannot be called stays out: the reference names what an earlier instruction left in the register.
            _ => self
                .choices
                .of(&[
                    "next, {5}",
                    "pairs({a = 1})",
                    "ipairs('x')",
                    "type, nil, 1",
                    "math.max, 1, 'x'",
                ])
                .to_owned(),
        };
        self.line(&format!("for {key}, {value} in {iterator} do"));
        self.line(&format!("  out({key}, {value})"));
        let mut inner = scope.clone();
        inner.locals.extend([key, value]);
        self.counted(&inner);
        self.line("end");
    }

    fn function(&mut self, scope: &mut Scope) {
        let name = self.name();
        let parameters: Vec<String> = (0..self.choices.pick(3)).map(|_| self.name()).collect();
        let varargs = self.choices.once_in(2);
        let mut list = parameters.clone();
        if varargs {
            list.push("...".into());
        }
        self.line(&format!("local function {name}({})", list.join(", ")));
        let mut inner = scope.clone();
        inner.locals.push(name.clone());
        inner.locals.extend(parameters);
        inner.varargs = varargs;
        self.counted(&inner);
        let result = self.list(&inner);
        self.line(&format!("  return {result}"));
        self.line("end");
        scope.locals.push(name.clone());
        let arguments = self.list(scope);
        self.line(&format!("out({name}({arguments}))"));
    }

    fn protected(&mut self, scope: &Scope) {
        let handler = self.choices.once_in(3);
        self.line(if handler {
            "out(xpcall(function(...)"
        } else {
            "out(pcall(function(...)"
        });
        let inner = Scope {
            varargs: true,
            ..scope.clone()
        };
        self.counted(&inner);
        let result = self.list(&inner);
        let list = self.list(scope);
        self.line(&format!("  return {result}"));
        let between = if handler {
            "function(m) return 'handled', m end, "
        } else {
            ""
        };
        self.line(&format!("end, {between}{list}))"));
    }

    fn closures(&mut self, scope: &Scope) {
        let (list, index) = (self.name(), self.name());
        self.line(&format!("local {list} = {{}}"));
        self.line(&format!("for {index} = 1, 3 do"));
        let mut inner = scope.clone();
        inner.locals.push(index.clone());
        let captured = self.name();
        let value = self.expression(&inner);
        self.line(&format!("  local {captured} = {value}"));
        inner.locals.push(captured.clone());
        let next = self.expression(&inner.plain());
        self.line(&format!(
            "  {list}[{index}] = {{function() {captured} = {next} return {captured} end, function() return {captured} end}}"
        ));
        self.line("end");
        self.line(&format!(
            "for {index} = 1, 3 do out({list}[{index}][1](), {list}[{index}][2]()) end"
        ));
    }

    fn object(&mut self, scope: &mut Scope) {
        let (name, a, b) = (self.name(), self.name(), self.name());
        let mut inner = scope.plain();
        inner.locals.extend([a.clone(), b.clone()]);
        let mut events = String::new();
        for _ in 0..1 + self.choices.pick(3) {
            let event = self.choices.of(EVENTS);
            let result = self.expression(&inner);
            events += &format!(
                "{event} = function({a}, {b}) T() out('{event}', {b}) return {result} end, "
            );
        }
        self.line(&format!(
            "local {name} = setmetatable({{a = 1}}, {{{events}}})"
        ));
        scope.locals.push(name.clone());
        let seen = scope.plain();
        let operation = match self.choices.pick(6) {
            0 => format!(
                "{name} {} {}",
                self.choices
                    .of(&["+", "-", "*", "/", "%", "//", "^", "&", "<<"]),
                self.expression(&seen)
            ),
            1 => format!(
                "{name} {} {name}",
                self.choices.of(&["==", "<", "<=", "..", "~=", ">"])
            ),
            2 => format!("{name}({})", self.list(&seen)),
            3 => format!("{name}.q, {name}[1], {name}.a"),
            4 => format!("-{name}, ~{name}"),
            _ => format!("{} .. {name}", expressions::literal(self.choices)),
        };
        self.line(&format!("out(pcall(function() return {operation} end))"));
    }

    fn coroutine(&mut self, scope: &Scope) {
        let name = self.name();
        self.line(&format!("local {name} = coroutine.create(function(...)"));
        let inner = Scope {
            varargs: true,
            ..scope.clone()
        };
        for _ in 0..1 + self.choices.pick(2) {
            let list = self.list(&inner);
            self.line(&format!("  out(coroutine.yield({list}))"));
            self.counted(&inner);
        }
        let list = self.list(&inner);
        self.line(&format!("  return {list}"));
        self.line("end)");
        for _ in 0..1 + self.choices.pick(3) {
            let list = self.list(scope);
            self.line(&format!("out(coroutine.resume({name}, {list}))"));
        }
        self.line(&format!("out(coroutine.status({name}))"));
    }

    /// Operations on a table that stays a sequence.
    fn sequence(&mut self) {
        let name = self.name();
        let words = self.choices.once_in(2);
        let item = |choices: &mut Choices<'_>| {
            let items: &[&str] = if words {
                &["'b'", "'a'", "'z'", "'10'", "''", "'B'", "'ab'"]
            } else {
                &["3", "1", "2", "-5", "100", "7", "0"]
            };
            choices.of(items).to_owned()
        };
        let items: Vec<String> = (0..self.choices.pick(8))
            .map(|_| item(self.choices))
            .collect();
        self.line(&format!("local {name} = {{{}}}", items.join(", ")));
        for _ in 0..1 + self.choices.pick(6) {
            let place = self
                .choices
                .of(&["1", "2", "#Q", "#Q + 1", "0", "-1", "#Q + 2", "2.0", "'1'"])
                .replace('Q', &name);
            let operation = match self.choices.pick(7) {
                0 => format!("table.insert({name}, {})", item(self.choices)),
                1 => format!("table.insert({name}, {place}, {})", item(self.choices)),
                2 => format!("table.remove({name}, {place})"),
                3 => format!("table.remove({name})"),
                4 => format!("table.sort({name})"),
                5 => format!("table.sort({name}, function(l, r) return l > r end)"),
                _ => format!(
                    "table.move({name}, 1, #{name}, {})",
                    self.choices.of(&["1", "2", "3"])
                ),
            };
            self.line(&format!("out(pcall(function() return {operation} end))"));
            self.line(&format!(
                "out(#{name}, table.concat({name}, ','), table.unpack({name}))"
            ));
        }
    }
}
