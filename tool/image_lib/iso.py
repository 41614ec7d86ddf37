# SPDX-License-Identifier: BSD-2-Clause
"""A bootable ISO around an image: GRUB for BIOS and UEFI, also from a USB stick."""

import os
import shutil
import subprocess
import tempfile

from house.error import UserError

GRUB = "/usr/lib/grub"
# What of GRUB is in there, with what these need: it is most of an ISO's size.
MODULES = ("normal multiboot2 boot iso9660 fat all_video serial terminal part_acorn part_amiga "
           "part_apple part_bsd part_dfly part_dvh part_gpt part_msdos part_plan part_sun "
           "part_sunpc")  # by UEFI, GRUB asks for all of these
NEEDS = {"i386-pc": "grub-pc-bin", "x86_64-efi": "grub-efi-amd64-bin"}
MENU = """\
# Boots at once; what GRUB has to say goes to the screen and to the serial line. The mode comes
# behind multiboot2, which sets it to what it finds in the kernel.
set timeout=0
set default=0
serial --unit=0 --speed=115200
terminal_output console serial
insmod all_video
menuentry "{name}" {{
	multiboot2 /boot/osier.elf
	set gfxpayload={screen}x32,{screen},auto
	boot
}}
"""


def write_iso(image, name, path, screen="1024x768"):
    """Make the ISO `path` of the image file `image`; GRUB is to set this mode of the screen, or
    else the one that it likes best."""
    for folder, package in NEEDS.items():
        if not os.path.isdir(os.path.join(GRUB, folder)):
            raise UserError(f"{GRUB}/{folder} is missing; install {package}")
    with tempfile.TemporaryDirectory(prefix="osier-iso-") as top:
        os.makedirs(os.path.join(top, "boot", "grub"))
        shutil.copy(image, os.path.join(top, "boot", "osier.elf"))
        with open(os.path.join(top, "boot", "grub", "grub.cfg"), "w", encoding="utf-8") as file:
            file.write(MENU.format(name=name.replace('"', "'"), screen=screen))
        done = subprocess.run(["grub-mkrescue", f"--install-modules={MODULES}", "--fonts=",
                               "--locales=", "--themes=", "--compress=no", "-o", path, top, "--",
                               "-volid", "OSIER"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        text = done.stdout.decode("utf-8", "replace").strip()
        raise UserError(f"grub-mkrescue failed with value {done.returncode}:\n{text}")
