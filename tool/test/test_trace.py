# SPDX-License-Identifier: BSD-2-Clause
"""What tool/house/trace.py makes of a recorder's lines."""

import base64
import glob
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tool"))

from house.trace import CPUS, IDLE, KINDS, Names, Trace, problems, seen  # noqa: E402

PREFIX = "[init -> trace_export] "


def number(value):
    """A number as encode.h has it."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def line(thread, time, *events):
    """A line of events: (kind, delta, numbers or bytes …)."""
    data = b""
    for kind, delta, *rest in events:
        data += bytes([KINDS.index(kind)]) + number(delta)
        data += b"".join(part if isinstance(part, bytes) else number(part) for part in rest)
    return f"e {thread:x} {time:x} {base64.b64encode(data).decode()}"


class TraceTest(unittest.TestCase):
    """Lines in, trace events out."""

    def setUp(self):
        self.names = Names(sorted(glob.glob(os.path.join(ROOT, "api", "*.rpc"))),
                           os.path.join(ROOT, "abi", "err.h"))
        self.hello = next(kind for kind, (name, _) in self.names.interfaces.items()
                          if name == "hello")

    def trace(self, *lines, skip=()):
        """A trace of these lines."""
        trace = Trace(self.names)
        head = ["c 3e8 64", "c 7a5d8 1388", "p 5 client init -> client", "p 6 - init -> hello",
                "t 5 7 main", "t 6 8 main", f"y 0 {self.hello:x}"]
        for i, text in enumerate([*head, *lines]):
            if i not in skip:
                self.assertTrue(trace.feed(f"{PREFIX}@{i:x} {text}"))
        self.assertFalse(trace.feed("[init] something else"))
        return trace

    def events(self, trace, **what):
        """Those with all of these values; the document must be well-formed."""
        document = trace.chrome()
        self.assertEqual(problems(document), [])
        return [one for one in document["traceEvents"]
                if all(one.get(key) == value for key, value in what.items())]

    def call(self):
        """A call with its request within."""
        return self.trace(line(7, 1000, ("call", 0, 0, 2, 9), ("return", 4000, 0, 9)),
                          line(8, 2000, ("receive", 0, 0, 2, 9), ("reply", 1000, 0, 9)))

    def test_a_call_is_a_span_with_its_name(self):
        span, = self.events(self.call(), cat="rpc")
        self.assertEqual((span["name"], span["pid"], span["tid"]), ("hello.add", 5, 7))
        self.assertEqual(span["ts"], 0)
        self.assertAlmostEqual(span["dur"], 40, delta=1)

    def test_arrows_lead_to_the_request_and_back(self):
        starts = self.events(self.call(), ph="s")
        ends = self.events(self.call(), ph="f")
        self.assertEqual([(one["pid"], one["name"]) for one in starts],
                         [(5, "request"), (6, "reply")])
        self.assertEqual([one["pid"] for one in ends], [6, 5])

    def test_a_request_outside_of_the_call_is_another(self):
        trace = self.trace(line(7, 1000, ("call", 0, 0, 2, 9), ("return", 4000, 0, 9)),
                           line(8, 20000, ("receive", 0, 0, 2, 9), ("reply", 1000, 0, 9)))
        self.assertEqual(self.events(trace, ph="s"), [])

    def test_errors_have_names(self):
        trace = self.trace(line(7, 1000, ("call", 0, 0, 2, 9), ("return", 5, 1, 9)))
        span, = self.events(trace, cat="rpc")
        self.assertEqual(span["args"]["error"], self.names.errors[1])

    def test_marks_have_their_text(self):
        trace = self.trace(line(7, 1000, ("mark", 0, 3, 42), ("text", 1, b"abc\0\0\0\0\0"),
                                ("begin", 5, 4, 1), ("text", 1, b"work\0\0\0\0"),
                                ("block", 10, 0, 0), ("wake", 10, 0, 0), ("end", 9, 0, 0)))
        self.assertEqual(len(self.events(trace, ph="i", name="abc")), 1)
        self.assertEqual(len(self.events(trace, ph="X", name="work")), 1)
        self.assertEqual(len(self.events(trace, ph="X", name="waits for a lock")), 1)

    def test_what_has_no_end_or_no_beginning(self):
        trace = self.trace(line(7, 1000, ("return", 0, 0, 9), ("call", 10, 0, 2, 10),
                                ("block", 10, 0, 1)))
        spans = self.events(trace, ph="X")
        self.assertEqual(len(spans), 2)
        self.assertTrue(all(span["args"]["unfinished"] for span in spans))

    def test_each_cpu_has_a_lane_of_what_it_ran(self):
        idle = (0xffffffff, 0xffffffff)
        first = line(0, 1000, ("switch", 0, 0, 7), ("switch", 2000, 0, 8), ("switch", 500, *idle),
                     ("switch", 500, 0, 99), ("switch", 100, 0, 0), ("switch", 100, *idle))
        trace = self.trace("s" + first[1:], "s" + line(1, 1000, ("switch", 0, *idle))[1:])
        spans = self.events(trace, cat="cpu")
        self.assertEqual([(one["name"], one["tid"]) for one in spans],
                         [("init -> client: main", 1), ("init -> hello: main", 1),
                          ("thread 99", 1), ("core", 1)])
        self.assertAlmostEqual(spans[0]["dur"], 20, delta=1)
        lanes = [one["args"]["name"] for one in self.events(trace, pid=CPUS, name="thread_name")]
        self.assertEqual(lanes, ["CPU 0", "CPU 1"])

    def test_nobody_knows_what_a_cpu_ran_where_switches_are_missing(self):
        trace = self.trace("s" + line(0, 1000, ("switch", 0, 0, 7))[1:], "m 0 5",
                           "s" + line(0, 9000, ("switch", 0, 0, 8), ("switch", 9, 0, 7))[1:])
        span, = self.events(trace, cat="cpu")
        self.assertEqual(span["name"], "init -> hello: main")
        self.assertEqual(trace.lost_switches, 5)
        self.assertIn("5 switches were overwritten", trace.summary())

    def test_where_the_host_switches_threads_tell_where_they_are(self):
        trace = self.trace(
            line(7, 1000, ("cpu", 0, 0, 1), ("call", 1000, 0, 2, 9), ("block", 1000, 0, 1),
                 ("wake", 5000, 0, 0), ("return", 1000, 0, 9), ("block", 1000, 0, 2)),
            line(8, 3500, ("cpu", 0, 0, 1), ("wake", 500, 0, 0), ("receive", 1000, 0, 2, 9),
                 ("reply", 1000, 0, 9), ("block", 1000, 0, 2)))
        self.assertEqual(seen(trace.events), {
            1: [(1000, 7), (3000, IDLE), (3500, 8), (7000, IDLE), (8000, 7), (10000, IDLE)]})
        self.assertEqual([(one["tid"], one["name"]) for one in self.events(trace, cat="cpu")],
                         [(2, "init -> client: main"), (2, "init -> hello: main"),
                          (2, "init -> client: main")])

    def test_a_thread_that_moves_is_on_one_cpu_at_a_time(self):
        trace = self.trace(
            line(7, 1000, ("cpu", 0, 0, 0), ("submit", 1000, 1, 1), ("block", 1000, 0, 2),
                 ("cpu", 4000, 0, 1), ("wake", 1000, 0, 0), ("cpu", 1000, 0, 0),
                 ("submit", 1000, 1, 1), ("thread_end", 1000, 0, 0)))
        self.assertEqual(seen(trace.events), {
            0: [(1000, 7), (3000, IDLE), (9000, 7), (11000, IDLE)],
            1: [(8000, 7), (9000, IDLE)]})

    def test_a_cpu_runs_who_has_written_last(self):
        trace = self.trace(
            line(7, 1000, ("cpu", 0, 0, 3), ("call", 1000, 0, 2, 9), ("return", 4000, 0, 9)),
            line(8, 1500, ("cpu", 0, 0, 3), ("receive", 1500, 0, 2, 9), ("reply", 1000, 0, 9)))
        self.assertEqual(seen(trace.events), {
            3: [(1000, 7), (1500, 8), (2000, 7), (3000, 8), (6000, 7)]})

    def test_a_cpu_that_there_cannot_be_has_no_lane(self):
        trace = self.trace(line(7, 1000, ("cpu", 0, 0, 2 ** 32 - 1), ("cpu", 0, 0, 4096),
                                ("call", 1000, 0, 2, 9), ("block", 1000, 0, 1)))
        self.assertEqual(seen(trace.events), {})
        self.assertEqual(self.events(trace, cat="cpu"), [])

    def test_missing_and_damaged_lines_are_counted(self):
        trace = self.trace("e 7 3e8 !!", "e 7 3e8 AwA=", "e 7", "p", "q 1", "l 7 a", skip=(4,))
        self.assertEqual((trace.missing, trace.lost), (1, 10))
        self.assertEqual(trace.nonsense, 5)
        self.events(trace)

    def test_nonsense_is_never_a_broken_document(self):
        data = bytes((i * 7919 >> 3) % 256 for i in range(3000))
        text = base64.b64encode(data).decode()
        trace = self.trace(*(f"e 7 {i * 100:x} {text[i * 40:i * 40 + 400]}" for i in range(60)))
        self.events(trace)

    def test_broken_documents_are_noticed(self):
        document = self.call().chrome()
        for change in ({"ph": "Z"}, {"ts": -5.0}, {"dur": -1.0}):
            copy = {"traceEvents": [dict(one) for one in document["traceEvents"]]}
            next(one for one in copy["traceEvents"] if one.get("cat") == "serve").update(change)
            self.assertNotEqual(problems(copy), [])


if __name__ == "__main__":
    unittest.main()
