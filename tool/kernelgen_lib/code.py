# SPDX-License-Identifier: BSD-2-Clause
"""Writes the C code: numbers and stubs for user land, prototypes and dispatch for the kernel."""

from rpcgen_lib.emit import call as c_call, comment, signature

from .syntax import calls_of

HEAD = "/* SPDX-License-Identifier: BSD-2-Clause */"
WRITTEN = "Written by tool/kernelgen from abi/kernel.calls"
ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")
RESULTS = ("rsi", "rdx", "r10", "r8")
# Registers that inline assembly has a letter for.
LETTERS = {"rdi": "D", "rsi": "S", "rdx": "d"}


def stubs(groups):
    """abi/kernel_calls.h"""
    calls = calls_of(groups)
    lines = [HEAD, f"/* {WRITTEN}: the system calls, for user land. */", "",
             "#ifndef ABI_KERNEL_CALLS_H", "#define ABI_KERNEL_CALLS_H", "",
             "#include <abi/kernel.h>", "", "enum os_kernel_call {"]
    lines += [f"\t{call.constant} = {call.number}," for call in calls]
    lines += [f"\tOS_SYS_COUNT = {len(calls)},", "};", "", "#ifndef OS_KERNEL_NUMBERS_ONLY", ""]
    for group in groups:
        lines += [f"/* {'-' * 66} {group.name.lower()} */", ""]
        for call in group.calls:
            lines += stub(call) + [""]
    return "\n".join(lines + ["#endif", "", "#endif", ""])


def flowing(text):
    """Each paragraph on one line, to be wrapped anew."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def prototype(call, tail="", head=""):
    """The lines of the user's function's head."""
    params = [f"uint64_t {argument.name}" for argument in call.arguments]
    params += [f"uint64_t *{name}" for name in call.results]
    return signature(f"{head}enum os_err os_kernel_{call.name}", params, tail)


def stub(call):
    """The user's function: the registers in, `syscall`, the registers out."""
    lines = comment(flowing(call.doc), opening="/**")
    lines += prototype(call, head="static inline ")
    lines += ["{", f"\tuint64_t rax = {call.constant};"]
    values = {register: argument.name for register, argument in zip(ARGUMENTS, call.arguments)}
    outputs, lost = ['"+a"(rax)'], []
    for register in ARGUMENTS:
        is_result = register in RESULTS[:len(call.results)]
        if register not in values and not is_result:
            lost.append(register)
            continue
        where = "" if register in LETTERS else f' __asm__("{register}")'
        value = f" = {values[register]}" if register in values else ""
        lines.append(f"\t{'register ' if where else ''}uint64_t {register}{where}{value};")
        sign = "+" if value else "="
        outputs.append(f'"{sign}{LETTERS.get(register, "r")}"({register})')
    lines += [""] + assembly(outputs, lost)
    lines += [f"\t*{name} = {register};" for register, name in zip(RESULTS, call.results)]
    return lines + ["\treturn (enum os_err)rax;", "}"]


def assembly(outputs, lost):
    """The statement, one line for each part."""
    clobbers = ", ".join(f'"{register}"' for register in ["rcx", "r11", *lost, "memory"])
    return ["\t__asm__ volatile(\"syscall\"", f"\t                 : {', '.join(outputs)}",
            f"\t                 :: {clobbers});"]


def handler_params(call):
    """The parameters of a handler."""
    params = ["struct thread *self"]
    params += [f"{one.c_type}{one.name}" for one in call.arguments if one.c_type]
    return params + ["struct results *out"] * bool(call.results)


def handlers(groups):
    """kernel/handlers.h"""
    lines = [HEAD, f"/* {WRITTEN}: handlers of exclusive system calls. */", "",
             "#ifndef KERNEL_HANDLERS_H", "#define KERNEL_HANDLERS_H", "",
             "#include <kernel.h>", ""]
    lines += comment("A handler gets the objects behind capability arguments (a capability to the "
                     "machine is checked, and not passed). It runs exclusively, checks all before "
                     "it changes anything, and returns an error of its call or SYSCALL_LATER.",
                     opening="/*") + [""]
    for call in calls_of(groups):
        if not call.local:
            lines += signature(f"enum os_err syscall_{call.name}", handler_params(call), ";") + [""]
    lines += ["/** By number, for entry.S: all take uint64_t arguments, as in abi/kernel.calls. */",
              "extern void (*const syscall_table[])(void);", "",
              "/** By number. */", "extern const char *const syscall_names[];", "", "#endif", ""]
    return "\n".join(lines)


def dispatch(groups):
    """kernel/dispatch.c"""
    calls = calls_of(groups)
    lines = [HEAD, f"/* {WRITTEN}: from registers to handlers. */", "",
             "#define OS_KERNEL_NUMBERS_ONLY", "#include <abi/kernel_calls.h>",
             "#include <syscall.h>", "#include <kernel/handlers.h>", ""]
    for call in calls:
        if not call.local:
            lines += adapter(call) + [""]
    lines += ["void (*const syscall_table[OS_SYS_COUNT])(void) = {"]
    lines += [f"\t[{call.constant}] = (void (*)(void)){'syscall' if call.local else 'enter'}"
              f"_{call.name}," for call in calls]
    return "\n".join(lines + ["};", ""])


def adapter(call):
    """How one system call gets to its handler."""
    values = ["self"]
    for i, argument in enumerate(call.arguments):
        if argument.kind in ("reply", "thread"):
            member = "reply" if argument.kind == "reply" else "object"
            values.append(f"container_of(objects[{i}], struct thread, {member})")
        elif argument.kind == "any":
            values.append(f"objects[{i}]")
        elif argument.kind and argument.c_type:
            values.append(f"({argument.c_type.strip()})objects[{i}]")
        elif not argument.kind:
            values.append(f"self->frame.{ARGUMENTS[i]}")
    lines = [f"static enum os_err run_{call.name}(struct thread *self, struct object **objects,",
             f"{' ' * (len(call.name) + 24)}struct results *out)", "{"]
    if not any("objects[" in value for value in values):
        lines.append("\t(void)objects;")
    if not call.results:
        lines.append("\t(void)out;")
    values += ["out"] * bool(call.results)
    lines += c_call(1, f"return syscall_{call.name}", values, ";") + ["}", ""]
    wanted = ["{ " + f"OS_KIND_{'NONE' if one.kind == 'any' else one.kind.upper()}, "
              f"OS_RIGHT_{one.right}" + " }" for one in call.capabilities]
    lines += [f"static const struct syscall {call.name}_syscall = {{", f"\t.run = run_{call.name},",
              f"\t.number = {call.constant},"]
    if wanted:
        lines += [f"\t.count = {len(wanted)},",
                  f"\t.capabilities = {{ {', '.join(wanted)} }},"]
    lines += ["};", ""]
    return lines + [f"static void enter_{call.name}(uint64_t a, uint64_t b, uint64_t c, "
                    "uint64_t d, uint64_t e, uint64_t f)", "{",
                    f"\tsyscall_enter(a, b, c, d, e, f, &{call.name}_syscall);", "}"]
