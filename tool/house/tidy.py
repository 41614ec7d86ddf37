# SPDX-License-Identifier: BSD-2-Clause
"""House rules on text: license line, first sentence, lengths, marks, conditionals, pages; the
kernel's size."""

import ast
import filecmp
import glob
import os
import re
import subprocess
import sys
import tempfile

COLUMNS = 100
TAB = 8
FUNCTION_LINES = 70
# What much else must trust is small: its folders, without tests, and fewer than so many lines of
# code, without blank ones and comments. Core has a part for each platform.
SIZES = (("kernel", ("kernel/core", "kernel/x86_64"), 8000),
         ("core on linux", ("core/src", "core/linux"), 10000),
         ("core on pc", ("core/src", "core/pc"), 10000),
         ("server/nitpicker", ("server/nitpicker",), 3000))
LITERAL_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\')'
                                r"|/\*.*?\*/|//[^\n]*", re.DOTALL)
ANY_LICENSE = "SPDX-License-Identifier: "
SPDX = ANY_LICENSE + "BSD-2-Clause"
SKIPPED_FOLDERS = {".git", "build", "__pycache__", "patch"}
SKIPPED_FILES = {"recipe", "compile_commands.json", "LICENSE", ".gitignore", ".git"}
# Configs of the seed documents stand here as they are printed there, and data of a test.
VERBATIM = ("scenario/config/", "scenario/archive/")
# Written so that this file does not find itself.
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b.*"
                         r"(__linux__|OS_PC|OS_LINUX|PLATFORM(?!\w*_H$))")
COMMENT = {
    ".c": r"/\*", ".h": r"/\*", ".S": r"/\*", ".rpc": r"/\*", ".lds": r"/\*",
    ".py": r'"""', ".mk": "#", ".sh": "#", ".xml": "<!--", ".xsd": "<!--", "": '#|"""',
}
PROSE = {".md", ".txt", ".svg"}
BINARY = {".png"}
# What a component reads of its config as a number or a truth value; what its schema leaves open.
TYPED = re.compile(r'\bos_xml_(?:get_)?(?:bool|u64|i64|size)'
                   r'\((?:[^,;()]|\([^()]*\))+,\s*"(?P<name>[^"]+)"')
ANY_TEXT = re.compile(r'<xs:attribute name="(?P<name>[^"]+)"(?: type="xs:string"| use="\w+")*\s*/>')
# A line of a port's recipe that names a file by its checksum cannot be broken.
CHECKSUM = re.compile(r"file [0-9a-f]{64} \S+$")


def kind_of(path):
    """The suffix that decides about rules: that of the name, or none for scripts and the like."""
    name = os.path.basename(path)
    return "" if name.startswith(".") else os.path.splitext(name)[1]


def verbatim(path):
    """Whether the file is kept as it is."""
    return any(folder in path for folder in VERBATIM)


def check_text(path, text, license_line=SPDX):
    """Findings of one file, as "path:line: message". An overlay may have any license."""
    kind = kind_of(path)
    lines = text.split("\n")
    found = list(_check_lines(path, kind, lines))
    if text and not text.endswith("\n"):
        found.append(f"{path}:{len(lines)}: no line break at the end of the file")
    if not verbatim(path) and kind in COMMENT:
        found += _check_head(path, kind, lines, license_line)
    if kind in (".c", ".h"):
        found += _check_c_functions(path, lines)
    if kind == ".py" or lines[0].startswith("#!") and "python" in lines[0]:
        found += _check_python_functions(path, text)
    return found


def _check_lines(path, kind, lines):
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}:"
        width = len(line.expandtabs(TAB))
        if line != line.rstrip():
            yield f"{where} white space at the end of the line"
        if width > COLUMNS and kind not in PROSE and not verbatim(path) and \
                not CHECKSUM.match(line):
            yield f"{where} {width} columns; at most {COLUMNS}"
        if MARKS.search(line):
            yield f"{where} unfinished work: {line.strip()}"
        if kind in (".c", ".h", ".S") and CONDITIONAL.match(line):
            yield f"{where} a platform conditional; let the build choose a file"


def _check_head(path, kind, lines, license_line):
    """The license line among the first three, and a comment that says what the file is."""
    head = [number for number, line in enumerate(lines[:3]) if license_line in line]
    if not head:
        return [f"{path}:1: the first line lacks {license_line}"]
    after = [line for line in lines[head[0] + 1:] if line.strip()]
    if not after or not re.match(rf"\s*({COMMENT[kind]})", after[0]):
        return [f"{path}:{head[0] + 2}: one sentence on what the file is goes here, as a comment"]
    return []


def _check_c_functions(path, lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if number - start > FUNCTION_LINES:
                yield f"{path}:{start}: {number - start} lines; at most {FUNCTION_LINES}"
            start = None


def _check_python_functions(path, text):
    try:
        module = ast.parse(text)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg}"
        return
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            length = node.end_lineno - node.lineno
            if length > FUNCTION_LINES:
                yield f"{path}:{node.lineno}: {length} lines; at most {FUNCTION_LINES}"


def files_of(top):
    """All files of a repository that are written by hand."""
    for folder, names, files in os.walk(top):
        names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
        for name in sorted(files):
            if name not in SKIPPED_FILES and kind_of(name) not in BINARY:
                yield os.path.normpath(os.path.join(folder, name))


def lines_of_code(text):
    """Lines of C or assembler code that are more than comments and white space."""
    def replaced(match):
        return match[1] or " " + "\n" * match[0].count("\n")
    return sum(1 for line in LITERAL_OR_COMMENT.sub(replaced, text).split("\n") if line.strip())


def check_sizes(top):
    """Whether what must be small is so."""
    found = []
    for name, folders, most in SIZES:
        count = 0
        for path in (path for folder in folders for path in glob.glob(f"{top}/{folder}/*.[chS]")):
            with open(path, encoding="utf-8") as file:
                count += lines_of_code(file.read())
        if count >= most:
            found.append(f"{os.path.normpath(f'{top}/{name}')}: {count} lines of code, without "
                         f"blank ones and comments; expected fewer than {most}")
    return found


def check_schemas(top):
    """Attributes that a component reads as a number or a truth value, and whose schema permits any
    text: what is misspelt there would be taken for the default, and nobody told."""
    for path in sorted(glob.glob(f"{top}/*/config.xsd") + glob.glob(f"{top}/*/*/config.xsd")):
        read = set()
        for source in glob.glob(os.path.join(os.path.dirname(path), "*.[ch]")):
            with open(source, encoding="utf-8") as file:
                read |= {match["name"] for match in TYPED.finditer(file.read())}
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = ANY_TEXT.search(line)
                if match and match["name"] in read:
                    yield (f"{os.path.normpath(path)}:{number}: {match['name']}=\"…\" is read as a "
                           "number or as yes or no, and may be any text here; give it a type")


def stale_pages(top):
    """Reference pages in doc/api that differ from what rpcgen writes now."""
    sources = sorted(glob.glob(f"{top}/api/*.rpc"))
    pages = f"{top}/doc/api"
    # An overlay need not have such pages; its interfaces may import ours.
    if not sources or top != "." and not os.path.isdir(pages):
        return []
    with tempfile.TemporaryDirectory() as fresh:
        done = subprocess.run([sys.executable, "tool/rpcgen", "--doc", fresh, *sources], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            return done.stdout.strip().split("\n")
        now = set(os.listdir(fresh))
        was = set(os.listdir(pages)) if os.path.isdir(pages) else set()
        stale = [name for name in now & was
                 if not filecmp.cmp(f"{fresh}/{name}", f"{pages}/{name}", False)]
    again = "run: tool/rpcgen --doc doc/api api/*.rpc"
    return ([f"{pages}/{name}:1: differs from what rpcgen writes; {again}"
             for name in sorted(stale)]
            + [f"{pages}/{name}: missing; {again}" for name in sorted(now - was)]
            + [f"{pages}/{name}:1: belongs to no api/*.rpc; remove it"
               for name in sorted(was - now)])


def findings_in(tree, paths=()):
    """Findings in these files, or in all of the tree."""
    found = []
    overlays = tuple(os.path.join(os.path.normpath(top), "") for top in tree.tops if top != ".")
    for path in paths or [path for top in tree.tops for path in files_of(top)]:
        license_line = ANY_LICENSE if path.startswith(overlays) else SPDX
        try:
            with open(path, encoding="utf-8") as file:
                found += check_text(path, file.read(), license_line)
        except UnicodeDecodeError:
            found.append(f"{path}:1: not UTF-8 text")
    if not paths:
        for top in tree.tops:
            found += [*check_sizes(top), *check_schemas(top), *stale_pages(top)]
    return found
