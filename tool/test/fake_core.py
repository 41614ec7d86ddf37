#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands in for core in tests of the runner: plays the commands in its module "play"."""

import os
import signal
import socket
import struct
import subprocess
import sys
import time


def option(name):
    """Value of --name in the command line, or None."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


def read(path):
    """A file's text."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def screen():
    """The socket and the memory of the program that shows the screen."""
    number, memory = map(int, option("--display").split(","))
    return socket.socket(fileno=os.dup(number)), memory


def draw(colour):
    """Fill 200 by 100 pixels, and have them shown, as driver/display does."""
    peer, memory = screen()
    with peer:
        os.pwrite(memory, struct.pack("<I", int(colour, 16)) * 20000, 0)
        peer.send(struct.pack("<4I64I", 2, 200, 100, 1, 0, 0, 200, 100, *[0] * 60))
        while peer.recv(100)[0] != 2:
            pass


def wait_for_input():
    """Tell the next event of a person's."""
    peer, _ = screen()
    with peer:
        while (event := peer.recv(100))[0] != 3:
            pass
        print("input", *struct.unpack("<4IHHIii", event)[4:6], flush=True)


def play(command, text):
    """One command of the play."""
    if command == "say":
        print(text, flush=True)
    elif command == "config":
        print("config", repr(read(option("--config"))), flush=True)
    elif command == "arguments":
        print(*sys.argv[1:], flush=True)
    elif command == "module":
        modules = dict(word.split("=", 1) for word in sys.argv if "=" in word)
        print("module", text, repr(read(modules[text])), flush=True)
    elif command == "uid":
        print("uid", os.getuid(), os.getgroups(), flush=True)
    elif command == "exit":
        sys.exit(int(text))
    elif command == "draw":
        draw(text)
    elif command == "input":
        wait_for_input()
    elif command == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif command == "orphan":
        subprocess.Popen(["sleep", "60"], start_new_session=True, stdout=subprocess.DEVNULL)
    elif command == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif command == "sleep":
        time.sleep(float(text))
    elif command == "halted":
        print(f"[core] halted {option('--halt')} pid {os.getpid()} binary init base 0x5000",
              flush=True)
    elif command:
        sys.exit(f"unknown command {command}")


def main():
    """Play line by line."""
    modules = dict(word.split("=", 1) for word in sys.argv if "=" in word)
    for line in read(modules["play"]).splitlines():
        command, _, text = line.strip().partition(" ")
        play(command, text)


main()
