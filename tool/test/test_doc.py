#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The pages in doc/: complete, with links that lead somewhere, and examples that are valid."""

import glob
import os
import re
import subprocess
import unittest

from house_case import HERE, HouseCase
from house.error import UserError
from house.pages import KERNEL_PAGE, PAGE, components_page, first_sentence, kernel_page

ROOT = os.path.dirname(os.path.dirname(HERE))
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
RUN = re.compile(r"`?make (?:run|check)/([a-z0-9_/]+)")
PLACEHOLDERS = {"mine"}  # names that the reader gives
COLUMNS = 120
# Their scenarios exist only when they have been followed; tests do that.
FOLLOWED = ("doc/tutorial.md", "doc/overlays.md")


def read(path):
    """The text of a file, given from the top of the tree."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages():
    """All Markdown files that are ours, from the top of the tree."""
    found = ["README.md"]
    for pattern in ("doc/*.md", "doc/api/*.md", "*/README.md", "*/*/README.md"):
        found += glob.glob(pattern, root_dir=ROOT)
    return sorted(set(found) - set(glob.glob("build/**", root_dir=ROOT, recursive=True)))


def examples(text):
    """(line, content) of the XML blocks of a page."""
    for match in re.finditer(r"^```xml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text[:match.start()].count("\n") + 1, match[1]


class Pages(unittest.TestCase):
    """What the pages refer to is there."""

    def test_links_lead_to_files(self):
        for page in pages():
            for target in LINK.findall(read(page)):
                if "://" in target:
                    continue
                path = os.path.join(ROOT, os.path.dirname(page), target)
                self.assertTrue(os.path.exists(path), f"{page}: no such file: {target}")

    def test_scenarios_to_run_exist(self):
        for page in pages():
            if page in FOLLOWED or "tool/template" in page:
                continue
            for name in set(RUN.findall(read(page))) - PLACEHOLDERS:
                path = f"scenario/{name}.xml"
                if name.startswith("kernel/"):
                    path = name.replace("kernel/", "kernel/test/") + ".expect"
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)),
                                f"{page}: make run/{name}: there is no {path}")

    def test_the_index_names_every_page(self):
        linked = set(LINK.findall(read("doc/index.md")))
        for page in glob.glob("*.md", root_dir=os.path.join(ROOT, "doc")):
            if page != "index.md":
                self.assertIn(page, linked, f"doc/index.md lacks a link to {page}")

    def test_examples_name_what_there_is(self):
        headers = "".join(read(path) for pattern in ("base/include", "lib/*/include", "abi")
                          for path in glob.glob(f"{pattern}/**/*.h", root_dir=ROOT,
                                                recursive=True))
        known = set(re.findall(r"\w+", headers))
        for page in set(pages()) - {KERNEL_PAGE, *FOLLOWED}:
            for code in re.findall(r"^```c\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL):
                named = set(re.findall(r"\b(?:os_\w+|OS_[A-Z_]+)\b", code))
                self.assertEqual(named - known, set(), f"{page} has them in an example")

    def test_the_component_page_is_current(self):
        self.assertEqual(read(PAGE), components_page(ROOT), f"{PAGE} is old; run: tool/pages")

    def test_the_kernel_page_is_current(self):
        self.assertEqual(read(KERNEL_PAGE), kernel_page(ROOT),
                         f"{KERNEL_PAGE} is old; run: tool/pages")

    def test_lines_are_not_too_long(self):
        for page in glob.glob("doc/*.md", root_dir=ROOT):
            if page == PAGE:
                continue
            fenced = False
            for number, line in enumerate(read(page).split("\n"), 1):
                fenced ^= line.startswith("```")
                if not fenced and not line.startswith("|"):
                    self.assertLessEqual(len(line), COLUMNS, f"{page}:{number}: too long")


class ConfigExamples(HouseCase):
    """Each example of doc/config.md is a config, or a part of one, that init's schema accepts."""

    def valid(self, text):
        """What xmllint finds in a config; empty if nothing."""
        self.write("config.xml", text)
        done = subprocess.run(["xmllint", "--noout", "--schema",
                               os.path.join(ROOT, "init/config.xsd"), "config.xml"], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return "" if done.returncode == 0 else done.stdout

    def test_examples(self):
        found = list(examples(read("doc/config.md")))
        self.assertGreater(len(found), 8)
        for line, text in found:
            whole = text if text.startswith("<config") else f"<config>\n{text}</config>\n"
            self.assertEqual(self.valid(whole), "", f"doc/config.md:{line}")

    def test_what_is_wrong_is_found(self):
        for text in ("<config><start/></config>", "<config><strat name=\"x\"/></config>",
                     "<config><start name=\"a\"/><start name=\"a\"/></config>", "<config>"):
            self.assertNotEqual(self.valid(text), "")

    def test_examples_show_the_whole_grammar(self):
        schema = read("init/config.xsd")
        shown = "".join(text for _, text in examples(read("doc/config.md")))
        for name in set(re.findall(r'<xs:element name="([^"]+)"', schema)):
            self.assertRegex(shown, f"<{name}[ />]", "an element without an example")
        for name in set(re.findall(r'<xs:attribute name="([^"]+)"', schema)):
            self.assertIn(f' {name}="', shown, "an attribute without an example")


class ComponentPage(HouseCase):
    """The list of components is made from their READMEs."""

    def test_first_sentence(self):
        self.write("README.md", "# x\n\nDoes a lot (`a/b.c`),\nand [more](y.md). Also this.\n\nEnd")
        self.assertEqual(first_sentence("README.md"), "Does a lot (`a/b.c`), and more.")

    def test_components_by_kind(self):
        for kind, name in (("server", "s"), ("app", "b"), ("app", "a"), ("app", "empty")):
            self.write(f"{kind}/{name}/README.md", f"# {name}\n\nIs {name}.\n")
            if name != "empty":
                self.write(f"{kind}/{name}/main.c", "")
        text = components_page()
        self.assertRegex(text, r"(?s)## Servers.*\| \[s\]\(../server/s/README.md\) \| Is s. \|"
                               r".*## Appl.*\[a\].*\[b\]")
        self.assertNotIn("empty", text)

    def test_a_missing_readme_is_told(self):
        self.write("app/a/main.c", "")
        with self.assertRaises(UserError):
            components_page()


if __name__ == "__main__":
    unittest.main()
