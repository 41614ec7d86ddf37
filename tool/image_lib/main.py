# SPDX-License-Identifier: BSD-2-Clause
"""The command line of tool/image."""

import argparse
import os

from image_lib.build import build
from image_lib.description import Description
from image_lib.iso import write_iso

USAGE = """Makes one bootable file of a kernel, its root program and boot modules, as described by
an XML file: <image name="demo" memory="64M"> <kernel file="…"/> <root file="…"/>
<module name="…" file="…"/> <module name="…">text</module> </image>"""


def write_file(path, data):
    """Write a file that is there as a whole, or not at all."""
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "wb") as file:
        file.write(data)
    os.replace(path + ".part", path)


def main():
    """Returns the exit value."""
    parser = argparse.ArgumentParser(description=USAGE)
    parser.add_argument("description", help="the XML file")
    parser.add_argument("--out", required=True, metavar="FILE", help="the ELF file to write")
    parser.add_argument("--iso", metavar="FILE", help="a bootable ISO to write, too")
    args = parser.parse_args()
    description = Description(args.description)
    write_file(args.out, build(description))
    if args.iso:
        write_iso(args.out, description.name, args.iso)
    return 0
