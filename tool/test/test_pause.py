#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A host that forbids tracing: thread.pause() is UNSUPPORTED there, and nothing else breaks."""

import ctypes
import os
import subprocess
import unittest

TIER = "full"  # the runner waits for lines that do not come
HERE = os.path.dirname(os.path.abspath(__file__))
NR_PTRACE, ERRNO_EPERM, ALLOW = 101, 0x00050001, 0x7fff0000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


class Instruction(ctypes.Structure):
    """struct sock_filter"""
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8),
                ("k", ctypes.c_uint32)]


class Program(ctypes.Structure):
    """struct sock_fprog"""
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Instruction))]


def forbid_tracing():
    """From here on, ptrace() fails in this process and in all that it starts."""
    code = (Instruction * 4)(Instruction(LOAD, 0, 0, 0), Instruction(JUMP_EQUAL, 0, 1, NR_PTRACE),
                             Instruction(RETURN, 0, 0, ERRNO_EPERM),
                             Instruction(RETURN, 0, 0, ALLOW))
    program = Program(len(code), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or \
            libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "the filter")


class Pause(unittest.TestCase):
    """execution_test, as it runs there."""

    def test_pause_is_unsupported(self):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        # pylint: disable-next=subprocess-popen-preexec-fn
        done = subprocess.run(["make", "-sC", f"{HERE}/../..", "run/execution", "ON=linux"],
                              preexec_fn=forbid_tracing, stdout=subprocess.PIPE, timeout=120,
                              stderr=subprocess.STDOUT, text=True, env=environment, check=False)
        for line in ("exceptions: told, and skipped", "page faults: resolved",
                     "the host forbids pauses"):
            self.assertIn(f"[init -> execution_test] {line}\n", done.stdout)
        self.assertIn('[init] child "execution_test" exited with value 0\n', done.stdout)
        self.assertNotIn("] panic", done.stdout)


if __name__ == "__main__":
    unittest.main()
