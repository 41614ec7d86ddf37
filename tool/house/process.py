# SPDX-License-Identifier: BSD-2-Clause
"""Host processes: descendants, what a run leaves behind, and ending all of it."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LIBC = ctypes.CDLL(None, use_errno=True)
SETTLE = 3.0  # seconds that the kernel may take to end a whole PID namespace


def adopt_orphans():
    """Make this process the parent of whatever its children leave behind."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent():
    """In a new child: have it killed when its parent's thread ends, however that happens."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def parents():
    """The parent of each living process, zombies left out."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if fields[0] not in (b"Z", b"X"):
            found[int(name)] = int(fields[1])
    return found


def descendants(root):
    """Living processes below `root`, without it."""
    children = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)
    found, queue = [], [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def namespace_pids(pid):
    """The process's ids from the outermost PID namespace inwards."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("NSpid:"):
                    return [int(word) for word in line.split()[1:]]
    except OSError:
        pass
    return []


def host_pid(root, inner):
    """The host's id of the process that is `inner` in the PID namespace that `root` made.

    Processes further in have namespaces, and ids, of their own. Where `root` made no namespace,
    its ids are the host's. None if there is no such process.
    """
    ids = {pid: namespace_pids(pid) for pid in [root] + descendants(root)}
    own = len(ids[root])
    depth = min((len(found) for found in ids.values() if len(found) > own), default=own)
    for pid, found in ids.items():
        if len(found) >= depth and found[depth - 1] == inner:
            return pid
    return None


def name_of(pid):
    """A process's name, for messages."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return "?"


def reap():
    """Collect our ended children, adopted ones included."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def leftovers():
    """Names of the processes that still live below us once things had time to settle; ends them."""
    deadline = time.monotonic() + SETTLE
    while True:
        reap()
        left = descendants(os.getpid())
        if not left:
            return []
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    names = [name_of(pid) for pid in left]
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return names


def stop(process, grace=1.0):
    """End a child and its process group: by SIGTERM, and by SIGKILL where that does not do."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sig)
        except (ProcessLookupError, PermissionError):
            pass
        try:
            process.wait(grace)
            break
        except subprocess.TimeoutExpired:
            continue
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
