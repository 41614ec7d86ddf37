# SPDX-License-Identifier: BSD-2-Clause
"""The timeline of a traced run: from trace_export's lines to the Chrome trace-event format, which
Perfetto (ui.perfetto.dev) and chrome://tracing open."""

import base64
import binascii
import glob
import json
import os
import re

LINE = re.compile(r"^\[[^]]*\btrace_export\] @(?P<number>[0-9a-f]+) (?P<kind>[a-z])"
                  r"(?: (?P<rest>.*))?$")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "trace_export"
RAM, CAPS = "24M", 900  # of the recorder, with its buffers

KINDS = ("none", "thread_begin", "thread_end", "call", "return", "receive", "reply", "reply_later",
         "submit", "signal", "signal_done", "block", "wake", "session_open", "session_opened",
         "session_close", "session_create", "session_destroy", "mark", "begin", "end", "text",
         "switch", "cpu")
CPUS = 0x7fffffff  # where the lanes of CPUs are, among components
IDLE = 2**64 - 1
CPU_NUMBERS = 4096  # that Linux tells a process
WAITS = ("lock", "reply", "event")
WAIT_NAMES = {"lock": "waits for a lock", "reply": "sleeps for the reply",
              "event": "sleeps for an event"}
# What ends a span, and which one.
ENDS = {"return": "call", "reply": "receive", "signal_done": "signal", "wake": "block",
        "session_opened": "session_open", "end": "begin"}


class Names:
    """Interfaces, operations and errors by their numbers, as far as they are known."""

    def __init__(self, files=(), errors=None):
        self.errors, self.interfaces = [], {}
        if not files:
            return
        from rpcgen_lib.check import Loader, read_error_names
        self.errors = read_error_names(errors)
        loader = Loader(self.errors, sorted({os.path.dirname(path) for path in files}))
        for file in map(loader.load, files):
            for interface in file.interfaces:
                operations = {one.number: one.name for one in interface.operations}
                self.interfaces[interface.type_id] = (interface.name, operations)

    def call(self, kind, operation):
        """"hello.add"; numbers where there is no name."""
        name, operations = self.interfaces.get(kind, (f"{kind:08x}", {}))
        if operation == 0:
            return f"{name}.identify"
        return f"{name}.{operations.get(operation, operation)}"

    def interface(self, kind):
        """The name of an interface."""
        return self.interfaces.get(kind, (f"{kind:08x}", {}))[0] if kind else "?"

    def error(self, number):
        """The name of an error."""
        return self.errors[number] if number < len(self.errors) else str(number)


class Numbers:
    """Reads what app/trace_export/encode.h describes."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def __bool__(self):
        return self.at < len(self.data)

    def byte(self):
        """One byte; IndexError at the end."""
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        """One number."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def bytes(self, count):
        """So many bytes."""
        self.at += count
        return self.data[self.at - count:self.at]


class Trace:
    """All lines of a run, and what they say. What a component wrote may be nonsense; that is left
    out, and counted."""

    def __init__(self, names):
        self.names = names
        self.clocks = []      # (cycles, us)
        self.components = {}  # pd -> (label, binary)
        self.threads = {}     # thread -> (pd, name)
        self.types = {}       # number -> type
        self.events = {}      # thread -> [(time, kind, a, b, c)]
        self.switches = {}    # CPU -> [(time, thread)]; (0, None): some are missing
        self.lost_switches = 0
        self.lost = 0         # events that were overwritten
        self.nonsense = 0
        self.unnoticed = 0
        self.missing = 0      # lines
        self.next = 0
        self.ended = False

    # -------------------------------------------------------------- lines

    def feed(self, line):
        """Take a line of the log; False: it is none of ours."""
        match = LINE.match(line)
        if not match:
            return False
        number = int(match["number"], 16)
        self.missing += max(0, number - self.next)
        self.next = number + 1
        try:
            getattr(self, f"_line_{match['kind']}")((match["rest"] or ""))
        except (AttributeError, ValueError, IndexError, KeyError, binascii.Error):
            self.nonsense += 1
        return True

    def _line_c(self, rest):
        cycles, us = rest.split()
        self.clocks.append((int(cycles, 16), int(us, 16)))

    def _line_p(self, rest):
        pd, binary, label = rest.split(" ", 2)
        self.components[int(pd, 16)] = (label, binary)

    def _line_t(self, rest):
        pd, thread, name = rest.split(" ", 2)
        self.threads[int(thread, 16)] = (int(pd, 16), name)

    def _line_y(self, rest):
        number, kind = rest.split()
        self.types[int(number, 16)] = int(kind, 16)

    def _line_l(self, rest):
        self.lost += int(rest.split()[1], 16)

    def _line_m(self, rest):
        cpu, count = (int(one, 16) for one in rest.split())
        self.lost_switches += count
        self.switches.setdefault(cpu, []).append((0, None))

    def _line_s(self, rest):
        cpu, time, text = rest.split()
        cpu, time = int(cpu, 16), int(time, 16)
        numbers = Numbers(base64.b64decode(text, validate=True))
        switches = self.switches.setdefault(cpu, [])
        while numbers:
            kind = numbers.byte()
            time += numbers.number()
            thread = numbers.number() << 32 | numbers.number()
            if kind == KINDS.index("switch"):
                switches.append((time, thread))
            else:
                self.nonsense += 1

    def _line_u(self, rest):
        self.unnoticed = max(self.unnoticed, int(rest.split()[1], 16))

    def _line_z(self, _rest):
        self.ended = True

    def _line_e(self, rest):
        thread, time, text = rest.split()
        thread, time = int(thread, 16), int(time, 16)
        numbers = Numbers(base64.b64decode(text, validate=True))
        events = self.events.setdefault(thread, [])
        while numbers:
            kind = numbers.byte()
            time += numbers.number()
            name = KINDS[kind] if kind < len(KINDS) else None
            if name in ("call", "receive"):
                data = (self.types[numbers.number()], numbers.number(), numbers.number())
            elif name == "text":
                data = (bytes(numbers.bytes(8)), 0, 0)
            else:
                data = (numbers.number(), numbers.number(), 0)
            if name:
                events.append((time, name, *data))
            else:
                self.nonsense += 1

    # -------------------------------------------------------------- time

    def scale(self):
        """First cycle, and cycles per microsecond."""
        times = [one[0] for events in self.events.values() for one in events]
        first = min([*times, *(clock[0] for clock in self.clocks[:1])], default=0)
        if len(self.clocks) > 1:
            (c0, u0), (c1, u1) = self.clocks[0], self.clocks[-1]
            if c1 > c0 and u1 > u0:
                return first, (c1 - c0) / (u1 - u0)
        return first, 1000.0  # no second reading: as if by a clock of 1 GHz

    # -------------------------------------------------------------- the timeline

    def chrome(self):
        """The JSON object."""
        first, per_us = self.scale()
        writer = Writer(self, lambda cycles: round((cycles - first) / per_us, 3))
        for pd, (label, binary) in sorted(self.components.items()):
            writer.component(pd, label, binary)
        for thread, events in sorted(self.events.items()):
            writer.thread(thread, events)
        for cpu, switches in sorted((self.switches or seen(self.events)).items()):
            writer.cpu(cpu, switches)
        writer.flows()
        return {
            "traceEvents": writer.sorted(),
            "displayTimeUnit": "ns",
            "otherData": {
                "lost_events": self.lost, "lost_switches": self.lost_switches,
                "missing_lines": self.missing,
                "damaged": self.nonsense, "threads_without_a_ring": self.unnoticed,
            },
        }

    def thread_name(self, thread):
        """"init -> hello: main"."""
        if not thread:
            return "core"
        pd, name = self.threads.get(thread, (0, f"thread {thread}"))
        return f"{self.components[pd][0]}: {name}" if pd in self.components else name

    def summary(self):
        """One line for people."""
        count = sum(map(len, self.events.values()))
        text = f"{count} events of {len(self.events)} threads in {len(self.components)} components"
        if self.switches:
            count = sum(map(len, self.switches.values()))
            text += f"; {count} switches of {len(self.switches)} CPUs"
        for number, what in ((self.lost_switches, "switches were overwritten"),
                             (self.lost, "events were overwritten before they could be read"),
                             (self.missing, "lines are missing"),
                             (self.nonsense, "were damaged"),
                             (self.unnoticed, "threads of one component had no ring")):
            if number:
                text += f"; {number} {what}"
        return text


def seen(events):
    """CPU -> [(time, thread)] as in Trace.switches, from what threads tell of themselves where the
    kernel does not: a CPU runs the thread whose event is the latest on it, unless that sleeps."""
    lanes, running, where, asleep = {}, {}, {}, set()

    def runs(time, cpu, thread):
        if running.get(cpu, IDLE) != thread:
            running[cpu] = thread
            lanes.setdefault(cpu, []).append((time, thread))

    def leaves(time, thread):
        if running.get(where[thread]) == thread:
            runs(time, where[thread], IDLE)

    for time, thread, kind, number in sorted((event[0], thread, event[1], event[3])
                                             for thread, all_of_it in events.items()
                                             for event in all_of_it if event[1] != "text"):
        if kind == "cpu" and number < CPU_NUMBERS:
            if where.setdefault(thread, number) != number:
                leaves(time, thread)
            where[thread] = number
        if thread not in where:
            continue
        if kind in ("block", "thread_end"):
            asleep.add(thread)
            leaves(time, thread)
        elif kind != "cpu":
            asleep.discard(thread)
        if thread not in asleep:
            runs(time, where[thread], thread)
    return lanes


class Writer:
    """Writes trace events: spans as X, moments as i, arrows as s and f."""

    def __init__(self, trace, microseconds):
        self.trace = trace
        self.us = microseconds
        self.out = []
        self.calls = []     # (flow key, begin, end, pd, thread)
        self.requests = []  # the same, of servers
        self.marks = []     # moments that have a text

    def component(self, pd, label, binary):
        """Its name."""
        self.out.append({"ph": "M", "name": "process_name", "pid": pd, "tid": 0, "ts": 0,
                         "args": {"name": label}})
        self.out.append({"ph": "M", "name": "process_labels", "pid": pd, "tid": 0, "ts": 0,
                         "args": {"labels": binary}})

    def thread(self, thread, events):
        """All of a thread: spans nest, as its calls do. What has no end lasts until the last event;
        an end without a beginning is left out: that was overwritten."""
        pd, name = self.trace.threads.get(thread, (0, f"thread {thread}"))
        self.out.append({"ph": "M", "name": "thread_name", "pid": pd, "tid": thread, "ts": 0,
                         "args": {"name": name}})
        events = sorted(events, key=lambda event: event[0])
        open_spans, text = [], None
        for event in events:
            time, kind = event[:2]
            if kind == "text":
                if text is not None:
                    text["raw"] = text.get("raw", b"") + event[2]
                continue
            text = None
            if kind in ENDS:
                self._close(open_spans, ENDS[kind], event, pd, thread)
            elif kind in ENDS.values():
                text = {"event": event}
                open_spans.append(text)
            elif kind not in ("none", "thread_begin", "cpu"):
                text = self._moment(event, pd, thread)
        last = events[-1][0] if events else 0
        while open_spans:
            self._span(open_spans.pop(), (last, "unfinished", 0, 0, 0), pd, thread)

    def cpu(self, cpu, switches):
        """A lane with the threads that a CPU ran, one after the other; where it was idle, or nobody
        knows, there is nothing."""
        if not any(one["pid"] == CPUS for one in self.out):
            self.out += [{"ph": "M", "name": name, "pid": CPUS, "tid": 0, "ts": 0, "args": args}
                         for name, args in (("process_name", {"name": "CPUs"}),
                                            ("process_sort_index", {"sort_index": -1}))]
        self.out.append({"ph": "M", "name": "thread_name", "pid": CPUS, "tid": cpu + 1, "ts": 0,
                         "args": {"name": f"CPU {cpu}"}})
        for (begin, thread), (end, following) in zip(switches, switches[1:]):
            if thread in (None, IDLE) or following is None or end < begin:
                continue
            self.out.append({"ph": "X", "name": self.trace.thread_name(thread), "cat": "cpu",
                             "pid": CPUS, "tid": cpu + 1, "ts": self.us(begin),
                             "dur": round(self.us(end) - self.us(begin), 3),
                             "args": {"thread": thread}})

    def _close(self, open_spans, kind, event, pd, thread):
        if not any(span["event"][1] == kind for span in open_spans):
            return
        while open_spans:
            span = open_spans.pop()
            mine = span["event"][1] == kind
            self._span(span, event if mine else (event[0], "unfinished", 0, 0, 0), pd, thread)
            if mine:
                return

    def _span(self, span, end, pd, thread):
        time, kind, a, b, c = span["event"]
        names = self.trace.names
        args = {}
        if kind in ("call", "receive"):
            name = names.call(a, b)
            target = self.calls if kind == "call" else self.requests
            target.append(((a, b, c), time, end[0], pd, thread))
            if end[1] != "unfinished" and end[2]:
                args["error"] = names.error(end[2])
        elif kind == "signal":
            name, args = f"signal {a:x}", {"count": b}
        elif kind == "block":
            name = WAIT_NAMES[WAITS[b]] if b < len(WAITS) else "sleeps"
        elif kind == "session_open":
            name = f"open a session: {names.interface(a)}"
            if end[1] != "unfinished" and end[2]:
                args["error"] = names.error(end[2])
        else:
            name, args = text_of(span, a) or "span", {"number": b}
        if end[1] == "unfinished":
            args["unfinished"] = True
        begin = self.us(time)
        category = {"call": "rpc", "receive": "serve", "begin": "mark"}.get(kind, kind)
        self.out.append({"ph": "X", "name": name, "cat": category, "pid": pd, "tid": thread,
                         "ts": begin, "dur": round(max(0, self.us(end[0]) - begin), 3),
                         "args": args})

    def _moment(self, event, pd, thread):
        time, kind, a, b = event[:4]
        moment = {"ph": "i", "s": "t", "name": kind.replace("_", " "), "cat": kind, "pid": pd,
                  "tid": thread, "ts": self.us(time), "args": {"number": b}}
        if kind == "submit":
            moment["name"], moment["args"] = "submit a signal", {"count": b, "slot": a}
        elif kind == "reply_later":
            moment["args"] = {"error": self.trace.names.error(b)} if b else {}
        self.out.append(moment)
        if kind != "mark":
            return None
        self.marks.append({"moment": moment, "length": a})
        return self.marks[-1]

    def flows(self):
        """Arrows from each call to its request, and from the reply back: the request that has the
        number of the call, and lies within its time."""
        waiting = {}
        for request in sorted(self.requests, key=lambda one: one[1]):
            waiting.setdefault(request[0], []).append(request)
        number = 0
        for key, begin, end, pd, thread in sorted(self.calls, key=lambda one: one[1]):
            candidates = waiting.get(key, [])
            found = next((one for one in candidates if begin <= one[1] and one[2] <= end), None)
            if not found:
                continue
            candidates.remove(found)
            _, received, replied, server_pd, server_thread = found
            number += 1
            self._arrow(number, "request", (pd, thread, begin),
                        (server_pd, server_thread, received))
            number += 1
            self._arrow(number, "reply", (server_pd, server_thread, replied), (pd, thread, end))

    def _arrow(self, number, name, start, finish):
        for phase, (pd, thread, time) in (("s", start), ("f", finish)):
            arrow = {"ph": phase, "id": number, "name": name, "cat": "flow", "pid": pd,
                     "tid": thread, "ts": self.us(time)}
            if phase == "f":
                arrow["bp"] = "e"
            self.out.append(arrow)

    def sorted(self):
        """By time; names first, and of spans that begin together the longer one."""
        for mark in self.marks:
            mark["moment"]["name"] = text_of(mark, mark["length"]) or "mark"
        return sorted(self.out, key=lambda one: (one["ph"] != "M", one["ts"],
                                                 -one.get("dur", 0)))


def text_of(span, length):
    """The text that followed an event."""
    return span.get("raw", b"")[:length].decode("utf-8", "replace")


PHASES = {"M": {"name", "args"}, "X": {"name", "dur"}, "i": {"name", "s"}, "s": {"id", "name"},
          "f": {"id", "name", "bp"}}


def problems(document):
    """What is wrong with a document in the trace-event format: an empty list for a good one."""
    found = []
    events = document.get("traceEvents")
    if not isinstance(events, list):
        return ["traceEvents is no list"]
    last, flows, spans = 0.0, {}, {}
    for number, event in enumerate(events):
        missing = {"ph", "pid", "tid", "ts"} - set(event)
        if missing or event["ph"] not in PHASES or PHASES[event["ph"]] - set(event):
            found.append(f"event {number} lacks something: {event}")
            continue
        if event["ph"] == "M":
            continue
        if event["ts"] < last:
            found.append(f"event {number} is earlier than the one before")
        last = event["ts"]
        if event["ph"] == "X":
            if event["dur"] < 0:
                found.append(f"event {number} ends before it begins")
            spans.setdefault((event["pid"], event["tid"]), []).append(event)
        elif event["ph"] in "sf":
            flows.setdefault(event["id"], []).append(event)
    for one in flows.values():
        if sorted(event["ph"] for event in one) != ["f", "s"]:
            found.append(f"arrow {one[0]['id']} has no two ends")
        elif max(one, key=lambda event: event["ph"] == "f")["ts"] < min(
                one, key=lambda event: event["ph"] == "f")["ts"]:
            found.append(f"arrow {one[0]['id']} goes back in time")
    for key, mine in spans.items():
        found += nesting(key, mine)
    return found


def nesting(key, spans):
    """Spans of a thread nest: none ends within another that began earlier."""
    found, stack = [], []
    for span in spans:
        end = span["ts"] + span["dur"]
        while stack and stack[-1] <= span["ts"] + 0.0005:
            stack.pop()
        if stack and end > stack[-1] + 0.0015:
            found.append(f"a span of {key} at {span['ts']} crosses another")
        stack.append(end)
    return found


def is_line(line):
    """Whether a line is trace_export's, for nobody but us."""
    return "trace_export] @" in line and LINE.match(line) is not None


def add_to(scenario):
    """Have a scenario recorded."""
    scenario.inject(f'<start name="{NAME}" ram="{RAM}" caps="{CAPS}"><route> <any-service>'
                    '<parent/></any-service> </route></start>',
                    ("ROM", "PD", "CPU", "LOG", "TRACE"), RAM, CAPS, first=True)
    scenario.recorder = f"init -> {NAME}"


def convert(tree, log_path, name):
    """Write build/trace/NAME.json of a log; returns what to tell about it."""
    files = sorted(glob.glob(os.path.join(ROOT, "api", "*.rpc")))
    trace = Trace(Names(files, os.path.join(ROOT, "abi", "err.h")))
    with open(log_path, encoding="utf-8", errors="replace") as log:
        for line in log:
            trace.feed(line.rstrip("\n"))
    if not trace.clocks:
        return "no timeline: the recorder has not begun; the log tells why"
    path = os.path.join(tree.build, "trace", name + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write(trace, path)
    return f"{path}: {trace.summary()}; ui.perfetto.dev shows it"


def write(trace, path):
    """Write the timeline."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump(trace.chrome(), file)
        file.write("\n")
