# SPDX-License-Identifier: BSD-2-Clause
"""Writes the manual, doc/kernel.md."""

import os
import re
import textwrap

from .code import ARGUMENTS, RESULTS, prototype
from .syntax import calls_of

COLUMNS = 120
# What stands out as code: constants and functions of C (with an asterisk, a family of them).
CODE = re.compile(r"(?<![`\w])(OS_[A-Z_]+\*?|[a-z]+(?:_[a-z]+)*\(\)|struct \w+|enum \w+)(?![`\w])")
KIND_TEXTS = {"pd": "a PD", "signal": "a signal context", "reply": "a right to reply",
              "machine": "the machine", "any": "any object"}
INTRODUCTION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "introduction.md")


def page(groups):
    """The whole page."""
    with open(INTRODUCTION, encoding="utf-8") as file:
        lines = [file.read()]
    lines += ["## System calls", "", "| number | call | arguments | results |", "|---|---|---|---|"]
    for call in calls_of(groups):
        arguments = ", ".join(f"`{argument.name}`" for argument in call.arguments)
        results = ", ".join(f"`{name}`" for name in call.results)
        lines.append(f"| {call.number} | [{call.name}](#{call.name}) | {arguments} | {results} |")
    for group in groups:
        lines += ["", f"## {group.name}"]
        if group.doc:
            lines += [*paragraphs(group.doc)]
        for call in group.calls:
            lines += ["", *section(call)]
    return "\n".join(lines + [""])


def paragraphs(text):
    """Text from the description, wrapped for the page."""
    lines = []
    for paragraph in text.split("\n\n"):
        flat = CODE.sub(r"`\1`", " ".join(paragraph.split()))
        lines += [""] * bool(lines) + textwrap.wrap(flat, COLUMNS, break_long_words=False,
                                                    break_on_hyphens=False)
    return lines


def section(call):
    """One call."""
    lines = [f"### {call.name}", "```c", *prototype(call, ";"), "```"]
    lines += [*paragraphs(call.doc), ""]
    rows = [row(argument.name, register, about(argument))
            for register, argument in zip(ARGUMENTS, call.arguments)]
    rows += [row(name, register, "result") for register, name in zip(RESULTS, call.results)]
    if rows:
        lines += ["| name | register | |", "|---|---|---|", *rows, ""]
    kind = "Local where possible" if call.local else "Exclusive"
    return lines + textwrap.wrap(f"Number {call.number}. {kind}. {errors(call)}", COLUMNS)


def row(name, register, text):
    """A line of the table of arguments and results."""
    return f"| `{name}` | `{register}` | {text} |"


def about(argument):
    """What an argument has to be."""
    if not argument.kind:
        return "number"
    article = "an" if argument.kind[0] in "aei" else "a"
    kind = KIND_TEXTS.get(argument.kind, f"{article} {argument.kind}")
    return f"slot of {kind}, `OS_RIGHT_{argument.right}`"


def errors(call):
    """What the call may return beside success."""
    found = list(call.errors)
    if call.capabilities:
        usual = ["CAP_INVALID", "GONE", "CAP_TYPE", "DENIED"]
        if all(argument.kind == "any" for argument in call.capabilities):
            usual.remove("CAP_TYPE")
        found += [error for error in usual if error not in found]
    return "Errors: " + (", ".join(f"`{error}`" for error in found) if found else "none") + "."
