# SPDX-License-Identifier: BSD-2-Clause
"""Starting a scenario on a PC that QEMU plays: the boot image, and QEMU's command line."""

import os
import re
import socket
import subprocess
from xml.sax.saxutils import escape, quoteattr

from house import display, screen
from house.quota import bytes_of
from house.error import UserError
from house.terminal import qemu_options
from image_lib.build import build
from image_lib.description import Description
from image_lib.iso import write_iso
from image_lib.main import write_file

QEMU = ["qemu-system-x86_64", "-cpu", "max", "-machine", "q35", "-nic", "none",
        "-serial", "stdio", "-monitor", "none", "-no-reboot"]
# What the monitor likes best. Options of the default device alone would have QEMU leave that out.
VGA = ["-vga", "std", "-global", "VGA.xres={0}", "-global", "VGA.yres={1}"]
# Several CPUs in turn, in one thread, are ten times as fast as in parallel: waking a thread of the
# host takes longer than what its CPU is then to do. Races show in parallel alone.
ACCEL = {True: "tcg,thread=multi", False: "tcg,thread=single"}
# Programs of kernel/test end the machine by this device; QEMU's status is then 2 * value + 1.
DEBUG_EXIT = ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
# A halted component pauses the machine through this one, so that a debugger finds it there.
PAUSE = ["-device", "pvpanic,ioport=0x505", "-action", "panic=pause"]
FIRMWARE = "/usr/share/ovmf/OVMF.fd"
MIB = 1 << 20
ROOM = 64 * MIB  # for the kernel, core and the image, beside what a scenario gives to init
RAM_DEFAULT = 256 * MIB
FIRMWARE_MEMORY = {"kernel": 4 * MIB, "bios": 4 * MIB, "usb": 4 * MIB, "uefi": 64 * MIB}
PATIENCE = 2  # an emulated CPU takes longer; timeouts, which only end hangs, are as many times
ENDED = re.compile(r"^\[core\] ended with value (\d+)$")
VNC_FIRST = 5900
NO_VALUE = 255  # of a machine that ended without core's last line


class Panic:
    """What no line may meet, as a pattern of the judge."""

    regex = re.compile(r"^(kernel )?panic\b|^Osier cannot start: ", re.IGNORECASE)
    text = "a panic of the kernel"

    @staticmethod
    def where():
        """In place of file and line."""
        return "kernel"


class Pc:
    """How a Runner's scenario becomes an image and a command, and what its end means."""

    def __init__(self, runner):
        self.runner = runner
        self.ended = None
        self.forbids = () if runner.scenario.script else (Panic,)

    # -------------------------------------------------------------- the image

    def description(self):
        """The image's description, as a file in the run's folder; its path."""
        runner, scenario = self.runner, self.runner.scenario
        files = {}
        if not scenario.program:
            files["config"] = runner.config_file()
        for module in scenario.modules("pc").values():
            files[module.name] = runner.module_file(module)
        lines = [f"<image name={quoteattr(scenario.name)} memory=\"{self.memory() // MIB}M\">",
                 f"  <kernel file={quoteattr(self.built(scenario.tree.kernel(runner.kernel)))}/>",
                 f"  <root file={quoteattr(self.built(scenario.first('pc')))}/>"]
        lines += [f"  <module name={quoteattr(name)} file={quoteattr(path)}/>"
                  for name, path in files.items()]
        if not scenario.program:
            lines.append(f'  <module name="core.options">{escape(self.options())}</module>')
        path = os.path.join(runner.work, "image.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n</image>\n")
        return path

    def built(self, path):
        """The path, absolute; an error if it is not there."""
        if not os.path.exists(path):
            raise UserError(f"{path} is not built; run: make run/{self.runner.scenario.name} ON=pc")
        return os.path.abspath(path)

    def options(self):
        """What core is told, in place of a command line."""
        scenario = self.runner.scenario
        lines = []
        if scenario.ram:
            lines.append(f"ram={bytes_of(scenario.ram)}")
        if scenario.caps:
            lines.append(f"caps={scenario.caps}")
        if self.runner.halt:
            lines.append(f"halt={self.runner.halt}")
        if scenario.recorder:
            lines.append(f"recorder={scenario.recorder}")
        return "".join(line + "\n" for line in lines)

    def memory(self):
        """Bytes that the machine has, beside what the firmware keeps."""
        scenario = self.runner.scenario
        if scenario.memory:
            return bytes_of(scenario.memory)
        return ROOM + bytes_of(scenario.ram) * 5 // 4 if scenario.ram else ROOM + RAM_DEFAULT

    def image(self):
        """Write the image; its path."""
        description = Description(self.description())
        path = os.path.join(self.runner.work, "image.elf")
        write_file(path, build(description))
        if self.runner.boot != "kernel":
            write_iso(path, description.name, os.path.join(self.runner.work, "image.iso"),
                      self.runner.scenario.screen)
        return os.path.abspath(path)

    # -------------------------------------------------------------- QEMU

    def command(self):
        """QEMU's command line; the image is written."""
        runner = self.runner
        image = self.image()
        memory = (self.memory() + FIRMWARE_MEMORY[runner.boot]) // MIB
        command = [*QEMU, *self.screen(), "-accel", ACCEL[runner.parallel and runner.smp > 1],
                   "-m", str(memory), "-smp", str(runner.smp)]
        if runner.scenario.program:
            command += DEBUG_EXIT
        if runner.scenario.terminal:
            command += qemu_options(runner.work)
        if runner.halt:
            command += PAUSE + ["-gdb", f"unix:{self.debug_socket()},server=on,wait=off"]
        return [*command, *runner.scenario.qemu, *runner.extra, *boot_options(runner.boot, image)]

    def screen(self):
        """Who sees the screen: a person, a program, or both."""
        runner, options = self.runner, ["-display", "none"]
        if runner.view == "window":
            options = ["-display", window_kind()]
        elif runner.view == "vnc":
            number = free_vnc()
            options += ["-vnc", f"127.0.0.1:{number}"]
            print(f"VNC server: 127.0.0.1:{VNC_FIRST + number}", flush=True)
        if runner.scenario.has_screen:
            options += [word.format(*runner.scenario.size) for word in VGA]
        return options + (screen.qemu_options(runner.work) if runner.acting else [])

    def debug_socket(self):
        """Where QEMU waits for gdb."""
        return os.path.relpath(os.path.join(self.runner.work, "gdb"))

    def feed(self, line):
        """A line of the log: the last one tells core's exit value."""
        match = ENDED.match(line)
        if match:
            self.ended = int(match[1])

    def value(self, status):
        """The exit value, of QEMU's status and the log."""
        if self.runner.scenario.program:
            return status >> 1 if status & 1 else status
        if status:
            return status
        return NO_VALUE if self.ended is None else self.ended

    def debugger(self, _child, match, path):
        """What to type to debug the component that core has halted."""
        return ("The machine is paused. In another terminal, in this folder:\n"
                "  gdb -ex 'set architecture i386:x86-64' \\\n"
                f"      -ex 'target remote {self.debug_socket()}' \\\n"
                f"      -ex 'add-symbol-file {path} -o {match['base']}' "
                "-ex 'hbreak os_construct'")


def window_kind():
    """The kind of window that this QEMU can open."""
    known = subprocess.run([QEMU[0], "-display", "help"], stdout=subprocess.PIPE, text=True,
                           stderr=subprocess.DEVNULL, check=False).stdout.split()
    return next((kind for kind in ("gtk", "sdl") if kind in known), None)


def view_for(wanted=None):
    """The view to be used: what is wanted, or a window, or else a VNC server."""
    if wanted == "window" and not window_kind():
        raise UserError("SCREEN=window: this QEMU has none; install qemu-system-gui")
    return wanted or ("window" if display.has_desktop() and window_kind() else "vnc")


def free_vnc():
    """A number of a VNC server that nobody has taken."""
    for number in range(100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", VNC_FIRST + number))
                return number
            except OSError:
                continue
    raise UserError("no VNC server: there is no free port from 5900 to 5999")


def patience(scenario):
    """Seconds after which a run on pc has failed."""
    return scenario.timeout * (1 if scenario.program else PATIENCE)


def boot_options(boot, image):
    """What QEMU starts from: the kernel at once, or the ISO beside the image."""
    iso = image[:-len("elf")] + "iso"
    if boot == "kernel":
        return ["-kernel", image]
    if boot == "bios":
        return ["-cdrom", iso]
    if boot == "uefi":
        return ["-bios", FIRMWARE, "-cdrom", iso]
    return ["-drive", f"if=none,id=stick,format=raw,readonly=on,file={iso}", "-device",
            "qemu-xhci", "-device", "usb-storage,drive=stick,bootindex=0"]
