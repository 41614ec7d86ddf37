# SPDX-License-Identifier: BSD-2-Clause
"""Writes what programs look up at run time: names for the debugger, arguments for the fuzzer."""

from .code import HEAD, WRITTEN
from .syntax import ARGUMENTS_MAX, calls_of

TABLE = f"""
#ifndef ABI_KERNEL_TABLE_H
#define ABI_KERNEL_TABLE_H

#include <abi/kernel.h>

/** One system call; an argument's kind is OS_KIND_*, NONE for a number, COUNT for any object. */
struct os_kernel_call_entry {{
	const char *name;
	uint8_t arguments, results;
	uint8_t kinds[{ARGUMENTS_MAX}];
	uint8_t rights[{ARGUMENTS_MAX}]; /* OS_RIGHT_*, of capabilities */
	uint32_t errors;   /* bit n: the declared error n of enum os_err */
}};

/** By number. */
static const struct os_kernel_call_entry os_kernel_call_table[] = {{"""


def names(groups):
    """kernel/names.c"""
    lines = [HEAD, f"/* {WRITTEN}: names of system calls, for the debugger. */", "",
             "#include <kernel/handlers.h>", "", "const char *const syscall_names[] = {"]
    lines += [f"\t\"{call.name}\"," for call in calls_of(groups)]
    return "\n".join(lines + ["};", ""])


def kind_of(argument):
    """The constant of an argument's kind."""
    if not argument.kind:
        return "OS_KIND_NONE"
    return "OS_KIND_COUNT" if argument.kind == "any" else f"OS_KIND_{argument.kind.upper()}"


def table(groups):
    """abi/kernel_table.h"""
    lines = [HEAD, f"/* {WRITTEN}: what each system call takes, for fuzzers. */"]
    lines += TABLE.split("\n")
    for call in calls_of(groups):
        lines += ["\t{", f"\t        .name = \"{call.name}\",",
                  f"\t        .arguments = {len(call.arguments)},",
                  f"\t        .results = {len(call.results)},"]
        if call.arguments:
            kinds = ", ".join(kind_of(argument) for argument in call.arguments)
            lines.append(f"\t        .kinds = {{ {kinds} }},")
        if call.capabilities:
            rights = ", ".join(f"OS_RIGHT_{one.right}" for one in call.capabilities)
            lines.append(f"\t        .rights = {{ {rights} }},")
        if call.errors:
            bits = " | ".join(f"1u << OS_ERR_{error}" for error in call.errors)
            lines.append(f"\t        .errors = {bits},")
        lines.append("\t},")
    return "\n".join(lines + ["};", "", "#endif", ""])
