# SPDX-License-Identifier: BSD-2-Clause
"""doc/components.md: components by kind, with their first sentence; doc/kernel.md: the manual."""

import glob
import os
import re

from house.error import UserError
from kernelgen_lib import manual, syntax

PAGE = "doc/components.md"
KERNEL_PAGE = "doc/kernel.md"
HEAD = """# Components

Written by `tool/pages` from the `README.md` of each, where it also says what it reads from its
config. The interfaces of the services are in [api/index.md](api/index.md). Below all of them is
core, the root of the tree: [architecture.md](architecture.md).
"""
KINDS = (
    ("Foundation", ["init"]),
    ("Servers", ["server/*"]),
    ("Drivers", ["driver/*"]),
    ("Applications and tests", ["app/*"]),
)


def first_sentence(path):
    """The first sentence below the title of a Markdown file."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        raise UserError(f"{path} is missing; say there what the component does") from None
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    body = [part for part in paragraphs if part and not part.startswith("#")]
    if not body:
        raise UserError(f"{path}:1: expected a sentence below the title")
    sentence = re.split(r"(?<=[.])\s+(?=[A-Z`])|:$", body[0])[0]
    # Links are relative to the README, and would lead elsewhere from here.
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)


def components_page(top="."):
    """The text of the page."""
    lines = [HEAD]
    for title, patterns in KINDS:
        folders = sorted(path for pattern in patterns for path in glob.glob(f"{top}/{pattern}")
                         if os.path.isfile(f"{path}/main.c"))
        if not folders:
            continue
        lines += [f"## {title}", "", "| component | what it does |", "|---|---|"]
        for folder in folders:
            key = os.path.relpath(folder, top)
            about = first_sentence(f"{folder}/README.md").replace("|", r"\|")
            lines.append(f"| [{os.path.basename(key)}](../{key}/README.md) | {about} |")
        lines.append("")
    return "\n".join(lines)


def kernel_page(top="."):
    """The text of the kernel's manual."""
    try:
        return manual.page(syntax.parse(f"{top}/abi/kernel.calls", f"{top}/abi/err.h"))
    except syntax.CallsError as error:
        raise UserError(str(error)) from None
