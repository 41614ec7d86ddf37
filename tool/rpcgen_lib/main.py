# SPDX-License-Identifier: BSD-2-Clause
"""The command line: which outputs to write for which descriptions."""

import argparse
import os
import sys

from .check import Loader, check_together, read_error_names
from .model import RpcError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse_arguments(arguments):
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="rpcgen", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE.rpc")
    parser.add_argument("--out", metavar="DIR", help="write C code to DIR/api/NAME.h and .c")
    parser.add_argument("--depfile", action="store_true", help="with --out: also DIR/api/NAME.d")
    parser.add_argument("--tables", metavar="DIR", help="write field tables to DIR/api/tables.*")
    parser.add_argument("--doc", metavar="DIR", help="write reference pages in Markdown")
    parser.add_argument("--json", metavar="FILE", help="write the description for programs")
    parser.add_argument("--decode", nargs=5,
                        metavar=("JSON", "INTERFACE", "OP", "request|reply", "HEX"),
                        help="print the payload of a message in one line")
    parser.add_argument("-I", dest="import_dirs", action="append", default=[], metavar="DIR",
                        help="where to look for imports that are not beside their importer")
    parser.add_argument("--err", default=os.path.join(ROOT, "abi", "err.h"), metavar="FILE",
                        help="the list of errors (abi/err.h)")
    options = parser.parse_args(arguments)
    if not options.decode and not options.files:
        parser.error("expected descriptions to read, got none")
    return options


def write(path, text):
    """Write a file so that it is either complete or not there."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "w", encoding="utf-8") as target:
            target.write(text)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def write_code(file, options):
    """Header, source and dependencies of one description."""
    from .c_header import header
    from .c_source import source
    stem = os.path.join(options.out, "api", file.stem)
    write(stem + ".h", header(file))
    write(stem + ".c", source(file))
    if options.depfile:
        inputs = [one.path for one in file.visible()] + [options.err]
        phony = "".join(f"{path}:\n" for path in inputs)
        write(stem + ".d", f"{stem}.h {stem}.c: {' '.join(inputs)}\n{phony}")


def write_outputs(files, options):
    """All outputs that were asked for."""
    if options.out:
        for file in files:
            write_code(file, options)
    if options.tables:
        from . import tables
        stem = os.path.join(options.tables, "api", "tables")
        write(stem + ".h", tables.header(files))
        write(stem + ".c", tables.source(files))
    if options.doc:
        from . import document
        for name, text in document.pages(files).items():
            write(os.path.join(options.doc, name), text)
    if options.json:
        from . import describe
        write(options.json, describe.text(files))


def main(arguments):
    """Run; the exit code."""
    options = parse_arguments(arguments)
    try:
        if options.decode:
            from .decode import decode_file
            print(decode_file(*options.decode))
            return 0
        import_dirs = [*options.import_dirs, os.path.join(ROOT, "api")]
        loader = Loader(read_error_names(options.err), import_dirs)
        files = [loader.load(path) for path in options.files]
        check_together(files)
        write_outputs(files, options)
    except RpcError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0
