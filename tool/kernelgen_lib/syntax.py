# SPDX-License-Identifier: BSD-2-Clause
"""Reads a description of system calls: what it consists of, and its parser."""

import re
from dataclasses import dataclass, field

ARGUMENTS_MAX = 6
RESULTS_MAX = 4
RIGHTS = ("USE", "COPY", "CONTROL")
# Kinds of capability arguments, and what a handler gets for one (None: nothing, it is checked).
KINDS = {
    "gate": "struct gate *", "signal": "struct context *", "endpoint": "struct endpoint *",
    "thread": "struct thread *", "pd": "struct pd *", "semaphore": "struct semaphore *",
    "mutex": "struct mutex *", "interrupt": "struct interrupt *", "machine": None,
    "reply": "struct thread *", "any": "struct object *",
}
REGISTERS = ("rax", "rdi", "rsi", "rdx", "r10", "r8", "r9")
RESERVED = frozenset("""
    alignas alignof asm auto bool break case char const continue default do double else enum
    extern false float for goto if inline int long register restrict return short signed sizeof
    static struct switch true typedef union unsigned void volatile while here self out
""".split()) | frozenset(REGISTERS)

SCAN = re.compile(r"""
    (?P<blank>[ \t\r]+)
  | (?P<newline>\n)
  | (?P<comment>\#[^\n]*)
  | (?P<arrow>->)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>"[^"\n]*")
  | (?P<other>.)
""", re.VERBOSE)


class CallsError(Exception):
    """A mistake in a description; the text is the one line that the user sees."""


@dataclass
class Token:
    """One token: kind is name, string, arrow, other or end; `doc` the comment right above it."""
    kind: str
    text: str
    line: int
    doc: str = ""

    def __str__(self):
        if self.kind == "end":
            return "end of file"
        return self.text if self.kind == "string" else f"'{self.text}'"


@dataclass
class Argument:
    """A value, or (with a kind) a capability that the caller must hold with a right."""
    name: str
    kind: str = ""
    right: str = ""

    @property
    def c_type(self):
        """What a handler gets; None: nothing."""
        return KINDS[self.kind] if self.kind else "uint64_t "


@dataclass
class Call:
    """One system call."""
    name: str
    number: int
    line: int
    local: bool
    doc: str
    arguments: list = field(default_factory=list)
    results: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    @property
    def constant(self):
        """The name of its number in C."""
        return f"OS_SYS_{self.name.upper()}"

    @property
    def capabilities(self):
        """The arguments that are capabilities; they come first."""
        return [argument for argument in self.arguments if argument.kind]


@dataclass
class Group:
    """Calls that belong together."""
    name: str
    doc: str = ""
    calls: list = field(default_factory=list)


def scan(path, text):
    """(tokens, {line: comment that stands alone}); a comment right above a token is its `doc`."""
    tokens, alone, comment, start, line, fresh = [], {}, [], 0, 1, True
    for match in SCAN.finditer(text):
        kind, raw = match.lastgroup, match.group()
        if kind == "comment":
            if not fresh:
                raise CallsError(f"{path}:{line}: expected a comment on lines of its own, above "
                                 "the call")
            start = start if comment else line
            comment.append(re.sub(r"^#+ ?", "", raw).rstrip())
        elif kind == "newline":
            if fresh and comment and not text[:match.start()].rpartition("\n")[2].strip():
                alone[start] = "\n".join(comment).strip()
                comment = []
            line += 1
            fresh = True
        elif kind != "blank":
            tokens.append(Token(kind, raw, line, "\n".join(comment).strip()))
            comment, fresh = [], False
    tokens.append(Token("end", "", line))
    return tokens, alone


class Parser:
    """Builds the groups of one file."""

    def __init__(self, path, text, known_errors):
        self.path = path
        self.known_errors = known_errors
        self.tokens, self.alone = scan(path, text)
        self.position = 0
        self.groups = []

    @property
    def token(self):
        """The token to be read next."""
        return self.tokens[self.position]

    def fail(self, expected, token=None):
        """Raise the error in its one form."""
        token = token or self.token
        raise CallsError(f"{self.path}:{token.line}: expected {expected}, got {token}")

    def advance(self):
        """Consume one token."""
        token = self.token
        self.position += token.kind != "end"
        return token

    def accept(self, text):
        """Consume the token if it is `text`."""
        if self.token.text == text and self.token.kind != "string":
            return self.advance()
        return None

    def expect(self, text):
        """Consume `text`."""
        return self.accept(text) or self.fail(f"'{text}'")

    def name(self, what):
        """Consume a name."""
        return self.advance() if self.token.kind == "name" else self.fail(what)

    def file(self):
        """All groups."""
        while self.token.kind != "end":
            if self.token.text == "group":
                self.group()
            elif not self.groups:
                self.fail("'group'")
            else:
                self.groups[-1].calls.append(self.call())
        if not any(group.calls for group in self.groups):
            self.fail("at least one system call")
        self.check_names()
        return self.groups

    def group(self):
        """group "NAME", and the comment that stands alone behind it."""
        self.advance()
        token = self.advance()
        if token.kind != "string" or len(token.text) == 2:
            self.fail("a group's name in quotes", token)
        texts = [text for line, text in self.alone.items() if token.line < line < self.token.line]
        self.groups.append(Group(token.text[1:-1], "\n\n".join(texts)))

    def call(self):
        """One system call."""
        doc = self.token.doc
        local = self.accept("local") is not None
        token = self.name("a system call")
        number = sum(len(group.calls) for group in self.groups)
        call = Call(token.text, number, token.line, local, doc)
        call.arguments = self.items(self.argument, ARGUMENTS_MAX, "arguments")
        if self.token.kind != "arrow":
            self.fail("'->'")
        self.advance()
        call.results = self.items(self.result, RESULTS_MAX, "results")
        self.expect("errors")
        while self.token.text != ";":
            call.errors.append(self.error(call.errors))
            if not self.accept(","):
                break
        self.expect(";")
        self.check(call, token)
        return call

    def items(self, parse, most, what):
        """( item, item … ), of which there are at most `most`."""
        self.expect("(")
        found = []
        while self.token.text != ")":
            if len(found) == most:
                self.fail(f"at most {most} {what}")
            found.append(parse())
            if not self.accept(","):
                break
        self.expect(")")
        return found

    def argument(self):
        """u64 NAME or cap<KIND, RIGHT> NAME."""
        if self.accept("u64"):
            return Argument(self.name("an argument's name").text)
        if not self.accept("cap"):
            self.fail("'u64' or 'cap<'")
        self.expect("<")
        kind = self.name("a kind of object")
        if kind.text not in KINDS:
            self.fail(f"a kind of object ({', '.join(KINDS)})", kind)
        self.expect(",")
        right = self.name("a right")
        if right.text not in RIGHTS:
            self.fail(f"a right ({', '.join(RIGHTS)})", right)
        self.expect(">")
        return Argument(self.name("an argument's name").text, kind.text, right.text)

    def result(self):
        """u64 NAME"""
        self.expect("u64")
        return self.name("a result's name").text

    def error(self, before):
        """The name of an error of abi/err.h."""
        token = self.name("an error")
        if token.text not in self.known_errors:
            self.fail("an error of abi/err.h", token)
        if token.text in before:
            self.fail("each error once", token)
        return token.text

    def check(self, call, token):
        """What the grammar does not say."""
        if not call.doc:
            raise CallsError(f"{self.path}:{token.line}: expected a comment above '{call.name}', "
                             "got none")
        kinds = [bool(argument.kind) for argument in call.arguments]
        if kinds != sorted(kinds, reverse=True):
            self.fail("capabilities before other arguments", token)
        names = [argument.name for argument in call.arguments] + call.results
        for name in names:
            if names.count(name) > 1 or name in RESERVED:
                self.fail(f"a better name than '{name}' in", token)

    def check_names(self):
        """No two calls have the same name."""
        seen = set()
        for call in (call for group in self.groups for call in group.calls):
            if call.name in seen:
                raise CallsError(f"{self.path}:{call.line}: expected a new name, got "
                                 f"'{call.name}'")
            seen.add(call.name)


def parse(path, err_path):
    """The groups of the description in `path`; the names of errors come from `err_path`."""
    with open(err_path, encoding="utf-8") as file:
        known_errors = re.findall(r"\bX\((\w+), \"", file.read())
    with open(path, encoding="utf-8") as file:
        return Parser(path, file.read(), known_errors).file()


def calls_of(groups):
    """All calls, by number."""
    return [call for group in groups for call in group.calls]
