# SPDX-License-Identifier: BSD-2-Clause
"""The command line: which outputs to write for which description."""

import argparse
import os
import sys

from rpcgen_lib.main import write

from . import code, manual, tables
from .syntax import CallsError, parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse_arguments(arguments):
    """The parsed command line."""
    parser = argparse.ArgumentParser(
        prog="kernelgen", description="Compiles abi/kernel.calls into C code and the manual.")
    parser.add_argument("file", metavar="FILE.calls")
    parser.add_argument("--out", metavar="DIR", help="write DIR/abi/kernel_calls.h, "
                        "DIR/abi/kernel_table.h and DIR/kernel/{handlers.h,dispatch.c,names.c}")
    parser.add_argument("--doc", metavar="FILE", help="write the manual in Markdown")
    parser.add_argument("--err", default=os.path.join(ROOT, "abi", "err.h"), metavar="FILE",
                        help="the list of errors (abi/err.h)")
    return parser.parse_args(arguments)


def main(arguments):
    """Run; the exit code."""
    options = parse_arguments(arguments)
    try:
        groups = parse(options.file, options.err)
        if options.out:
            outputs = {"abi/kernel_calls.h": code.stubs, "abi/kernel_table.h": tables.table,
                       "kernel/handlers.h": code.handlers, "kernel/dispatch.c": code.dispatch,
                       "kernel/names.c": tables.names}
            for name, make in outputs.items():
                write(os.path.join(options.out, name), make(groups))
        if options.doc:
            write(options.doc, manual.page(groups))
    except (CallsError, OSError) as error:
        print(f"kernelgen: {error}", file=sys.stderr)
        return 1
    return 0
