# SPDX-License-Identifier: BSD-2-Clause
"""Each interface that has operations is sent malformed messages by a scenario."""

import glob
import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INTERFACE = re.compile(r"^interface (\w+) [^{]*\{(.*?)^\}", re.M | re.S)
OPERATION = re.compile(r"^\t\w+\(", re.M)


def read(pattern):
    """The files that match, one after the other."""
    text = ""
    for path in sorted(glob.glob(os.path.join(TOP, pattern))):
        with open(path, encoding="utf-8") as file:
            text += file.read()
    return text


# A test serves it to the child that it has started itself: nobody else can send anything.
PRIVATE = {"toucher"}


class Coverage(unittest.TestCase):
    """No interface is left out."""

    def test_every_interface_is_fuzzed(self):
        """By its name in the config of a fuzz component."""
        interfaces = {name for name, body in INTERFACE.findall(read("api/*.rpc"))
                      if OPERATION.search(body)}
        fuzzed = set(re.findall(r'interface="(\w+)"', read("scenario/fuzz_*.xml")))
        self.assertGreater(len(interfaces), 15)
        self.assertEqual(interfaces - fuzzed, PRIVATE)


if __name__ == "__main__":
    unittest.main()
