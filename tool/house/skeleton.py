# SPDX-License-Identifier: BSD-2-Clause
"""Skeletons of components and libraries: the files of tool/template/KIND, with the names put in."""

import os
import re

from house.error import UserError

KINDS = ("app", "server", "driver", "lib")
CLIENT = "client/"  # of a server: an app of its own, which uses it
NAME = re.compile(r"[a-z][a-z0-9_]{0,25}\Z")  # a server's is that of its service, too
TEMPLATES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "template")


def planned(kind, name):
    """Template file and target, relative to a repository, of each file to write."""
    base = os.path.join(TEMPLATES, kind)
    for folder, _, files in sorted(os.walk(base)):
        for file in sorted(files):
            source = os.path.join(folder, file)
            inside = os.path.relpath(source, base).replace("@name@", name)
            if inside == "scenario.xml":
                yield source, f"scenario/{name}.xml"
            elif inside.endswith(".rpc"):
                yield source, f"api/{inside}"
            elif inside.startswith(CLIENT):
                yield source, f"app/{name}_test/{inside[len(CLIENT):]}"
            else:
                yield source, f"{kind}/{name}/{inside}"


def filled(text, name):
    """A template's text for a component of this name."""
    title = "".join(word.capitalize() for word in name.split("_"))
    return text.replace("@name@", name).replace("@NAME@", name.upper()).replace("@Name@", title)


def create(tree, kind, name):
    """Write all files, or none; their paths."""
    if kind not in KINDS or not NAME.match(name):
        raise UserError(f"new/{kind}/{name}: expected new/KIND/NAME, with KIND one of "
                        f"{', '.join(KINDS)} and NAME in lower_case")
    if name in ("core", "init"):
        raise UserError(f"new/{kind}/{name}: this name is taken")
    taken = tree.find(f"lib/{name}") if kind == "lib" else tree.component(name)
    if taken:
        raise UserError(f"{taken} is there already; choose another name")
    files = list(planned(kind, name))
    for _, target in files:
        if tree.find(target):
            raise UserError(f"{tree.find(target)} is there already; choose another name")
    written = []
    for source, target in files:
        path = os.path.normpath(os.path.join(tree.tops[0], target))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(source, encoding="utf-8") as file:
            text = filled(file.read(), name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written
