#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The page of a running system: what its lines mean, who may see it, and that it follows."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import unittest

from browser import Browser
from house_case import HERE, HouseCase
from house import process
from house.error import UserError
from house.live import Live
from house.quota import Interfaces
from house.watch import Watch, add_to
from rpcgen_lib.model import fnv1a

ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.path.join(ROOT, os.environ.get("OSIER_BUILD", "build"), "bin")
LOG, TIMER = (f"{fnv1a(name):x}" for name in ("log", "timer"))
# init with a child a, which uses LOG of core and Timer of init's child b.
FIRST = ["@> f4240", "@A 1 0 11", "@a 1 400000 100000 64 14", "@A 2 1 12", "@a 2 100000 80000 32 a",
         "@A 3 1 13", "@a 3 100000 0 32 0", "@A 4 2 0", "@a 4 1000 1000 2 2",
         f"@S 4 12 0 {LOG} 1 init -> a -> x", "@A 5 2 0", "@a 5 1000 1000 2 2",
         f"@S 5 12 13 {TIMER} 0 ", "@N 11 init", "@P 11 1 0 init", "@p 11 3e8 2 1", "@N 12 hello",
         "@P 12 2 11 init -> a", "@p 12 7d0 2 1", "@N 13 b", "@P 13 3 11 init -> b", "@p 13 0 4 0",
         "@< 1"]


class LiveCase(HouseCase):
    """Something that is fed with lines."""

    def setUp(self):
        super().setUp()
        self.live = Live(Interfaces(self.tree()))

    def feed(self, lines):
        """All are taken."""
        for line in lines:
            self.assertTrue(self.live.take(line), line)


class Lines(LiveCase):
    """From lines to components."""

    def test_the_tree(self):
        self.feed(FIRST)
        root = self.live.root()
        self.assertEqual((root.name, root.about, root.inner), ("init", "", True))
        self.assertEqual([(node.name, node.about) for node in root.children],
                         [("a", "hello"), ("b", "crashed")])

    def test_quotas(self):
        self.feed(FIRST)
        root = self.live.root()
        first = root.children[0]
        # What was split off is what the component has, too, and is not free.
        self.assertEqual((first.ram, first.ram_part, first.caps, first.caps_part),
                         (0x102000, 0x82000, 0x36, 0xe))
        self.assertEqual(root.ram, 0x400000 + 0x102000 + 0x100000)

    def test_sessions(self):
        self.feed(FIRST)
        self.assertEqual(self.live.root().children[0].core, ("LOG",))
        lanes = self.live.lanes()
        self.assertEqual([(lane.service, lane.server, lane.clients) for lane in lanes],
                         [("Timer", "init -> b", ["init -> a"])])

    def test_shares_of_cpu_time(self):
        self.feed(FIRST)
        self.assertEqual(self.live.root().cpu, 0)
        # half a second of the next one
        self.feed(["@> 1e8480", f"@p 12 {0x7d0 + 500000:x} 2 1", "@< 2"])
        self.assertEqual(self.live.root().children[0].cpu, 0.5)
        self.feed(["@> 2dc6c0", "@< 3"])
        self.assertEqual(self.live.root().children[0].cpu, 0)

    def test_what_is_gone(self):
        self.feed(FIRST + ["@> 1e8480", "@x S 5", "@x A 5", "@x P 13", "@x A 3", "@< 2"])
        self.assertEqual([node.name for node in self.live.root().children], ["a"])
        self.assertEqual(self.live.lanes(), [])

    def test_what_has_lost_its_parent(self):
        self.feed(FIRST + ["@P 14 0 99 init -> c -> d", "@< 2"])
        self.assertEqual([node.label for node in self.live.root().children],
                         ["init -> a", "init -> b", "init -> c -> d"])

    def test_accounts_in_a_circle_are_no_trouble(self):
        self.feed(FIRST + ["@A 7 8 0", "@A 8 7 0", "@A 9 9 0", "@< 2"])
        self.assertIsNotNone(self.live.root())

    def test_what_is_no_line(self):
        for line in ("", "@", "hello", "@q 1", "@A 1 2", "@A 1 2 3 4", "@a x 1 2 3 4", "@x B 1",
                     "@> 11111111111111111", "@A 1 2 3\n", "@P 1 2"):
            self.assertFalse(self.live.take(line), line)
        self.assertIsNone(self.live.root())


class Injecting(HouseCase):
    """app/watch in a scenario that knows nothing of it."""

    def added(self, config, on="linux"):
        """(scenario, label of the lines) with it."""
        for name in ("watch", "timer", "t"):
            self.write(f"build/bin/{name}", "")
        scenario = self.scenario(config, 'ram="32M" caps="900"')
        return scenario, add_to(scenario, on)

    def test_with_a_timer_of_the_scenario(self):
        scenario, label = self.added('<config><start name="t"><provides><service name="Timer"/>'
                                     "</provides></start></config>")
        self.assertEqual(label, "init -> watch")
        start = scenario.config.all("start")[1]
        self.assertEqual(start.one("route").all("service")[0].one("child").get("name"), "t")
        self.assertEqual(scenario.hosts, [])
        self.assertEqual(set(scenario.modules("linux")), {"init", "platform-linux", "t", "watch"})

    def test_with_a_timer_of_its_own(self):
        scenario, _ = self.added("<config/>")
        self.assertEqual(scenario.hosts, [("watch_timer", "clock")])
        self.assertEqual(set(scenario.modules("linux")),
                         {"init", "platform-linux", "watch", "timer"})
        scenario, _ = self.added("<config/>", "pc")
        self.assertEqual(scenario.hosts, [])
        self.assertIn('<service name="IRQ"/>', scenario.config.source)

    def test_its_name_is_free(self):
        _, label = self.added('<config><start name="watch"/></config>')
        self.assertEqual(label, "init -> watch_")


class Page(LiveCase):
    """The server: who may ask, and for what."""

    def setUp(self):
        super().setUp()
        self.watch = Watch(self.scenario("<config/>"), "linux", "init -> watch")
        self.addCleanup(self.watch.server.server_close)
        self.addCleanup(self.watch.server.shutdown)

    def feed(self, lines):
        for line in lines:
            self.assertTrue(self.watch.take(f"[init -> watch] {line}"), line)

    def ask(self, path="/", host=None, method="GET"):
        """The answer to a request, and its content."""
        port = self.watch.server.server_port
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.putrequest(method, path, skip_host=True)
        if host != "":
            link.putheader("Host", host or f"127.0.0.1:{port}")
        link.endheaders()
        answer = link.getresponse()
        content = answer.read()
        link.close()
        return answer, content

    def test_it_is_only_for_this_machine(self):
        self.assertEqual(self.watch.server.socket.getsockname()[0], "127.0.0.1")

    def test_other_names_are_refused(self):
        port = self.watch.server.server_port
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port + 1}",
                     ""):
            for path in ("/", "/state"):
                answer, content = self.ask(path, host)
                self.assertEqual((answer.status, content), (403, b"ask for 127.0.0.1\n"), host)
        self.assertEqual(self.ask("/state", f"localhost:{port}")[0].status, 200)

    def test_there_are_no_other_files(self):
        for path in ("/etc/passwd", "/../../etc/passwd", "/watch.html", "/state/", "/?x",
                     "/%2e%2e/state", "*"):
            self.assertEqual(self.ask(path)[0].status, 404, path)
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
            self.assertEqual(self.ask("/", method=method)[0].status, 501, method)
        answer, content = self.ask("/", method="HEAD")
        self.assertEqual((answer.status, content), (200, b""))

    def test_the_page_needs_nothing_from_elsewhere(self):
        answer, content = self.ask()
        page = content.decode()
        self.assertNotRegex(page, r"(src|href|url|import)\s*[=(]")
        self.assertNotIn("http", page)
        policy = answer.getheader("Content-Security-Policy")
        self.assertIn("default-src 'none'", policy)
        nonce = re.search(r"'nonce-([^']+)'", policy)[1]
        self.assertIn(f'<script nonce="{nonce}">', page)
        self.assertNotEqual(content, self.ask()[1])
        self.assertEqual(answer.getheader("Cache-Control"), "no-store")

    def test_the_state(self):
        state = json.loads(self.ask("/state")[1])
        self.assertEqual(state, {"frame": 0, "components": 0, "svg": "", "ended": False})
        self.feed(FIRST)
        state = json.loads(self.ask("/state")[1])
        self.assertEqual((state["frame"], state["components"]), (1, 3))
        self.assertIn("<svg", state["svg"])
        self.watch.end()
        self.assertTrue(json.loads(self.ask("/state")[1])["ended"])

    def test_lines_of_others_stay_in_the_log(self):
        for line in ("[init -> a] @> 1", "[init -> watch] hello", "[init -> watch -> a] @> 1",
                     "@> 1", "[init -> watch] @z"):
            self.assertFalse(self.watch.take(line), line)

    def test_a_port_that_is_taken(self):
        with self.assertRaises(UserError) as caught:
            Watch(self.scenario("<config/>"), "linux", "x", self.watch.server.server_port)
        self.assertIn("choose another port, or WATCH=1", str(caught.exception))
        with self.assertRaises(UserError):
            Watch(self.scenario("<config/>"), "linux", "x", 70000)

    def test_a_browser_follows(self):
        with Browser(self.watch.url) as page:
            page.wait_for_text("waiting for the system")
            self.feed(FIRST)
            page.wait_for_text("running: 3 components")
            page.wait_for_text("hello")
            self.feed(["@> 1e8480", "@A 6 1 14", "@a 6 200000 0 10 0", "@N 14 late",
                       "@P 14 6 11 init -> later", "@p 14 0 2 1", "@< 2"])
            page.wait_for_text("later")
            page.wait_for_text("running: 4 components")
            self.feed(["@> 2dc6c0", "@x P 14", "@x A 6", "@< 3"])
            page.wait_for_text("later", False)
            # A label is text, whatever it says.
            self.feed(["@P 14 0 11 init -> <img src=x onerror=alert(1)>", "@< 4"])
            page.wait_for_text("<img src=x")
            self.assertEqual(page.value("document.querySelectorAll('img').length"), 0)
            self.watch.end()
            page.wait_for_text("the system has ended")


@unittest.skipUnless(os.path.exists(os.path.join(BUILT, "watch")), "the system is not built")
class Real(unittest.TestCase):
    """A scenario that runs, seen in a browser."""

    def start(self, *arguments):
        """tool/run with WATCH; (process, URL of its page)."""
        run = subprocess.Popen([sys.executable, "tool/run", *arguments, "--watch", "1"], cwd=ROOT,
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL)
        self.addCleanup(self.stop, run)
        line = run.stdout.readline()
        self.assertRegex(line, r"^picture: http://127\.0\.0\.1:\d+/$")
        return run, line.split()[1]

    @staticmethod
    def stop(run):
        """End it as Ctrl-C does; what it has printed since."""
        if run.poll() is None:
            run.send_signal(signal.SIGINT)
        return run.communicate(timeout=30)[0]

    def see_nested_init(self, *arguments):
        """All five inits are in the page, with their quotas; and nothing of it in the log."""
        run, url = self.start("nested_init", *arguments)
        with Browser(url) as page:
            for name in ("init", "init.1", "init.2", "init.2.1", "init.2.2"):
                page.wait(f"[...document.querySelectorAll('text')].some(one => one.textContent === "
                          f"{json.dumps(name)})")
            titles = page.value("[...document.querySelectorAll('g > title')].map(one => "
                                "one.textContent).join('\\n')")
            for label in ("init", "init -> init.1", "init -> init.2", "init -> init.2 -> init.2.1",
                          "init -> init.2 -> init.2.2"):
                self.assertRegex(titles, rf"(?m)^{label}: [\d.]+[KM] RAM, [\d.]+[KM]? of it in use")
                self.assertRegex(titles, rf"(?m)^{label}: \d+ capabilities, \d+ of it in use")
                self.assertRegex(titles, rf"(?m)^{label}: \d+% of a CPU")
            frame = page.value("document.getElementById('picture').dataset.frame")
            page.wait("document.getElementById('picture').dataset.frame > "
                      f"{json.dumps(int(frame))}")
            if not arguments:
                self.kill_one(run, page)
        said = self.stop(run)
        self.assertIn("[init -> init.1] ", said)
        self.assertNotIn("@", said)

    @staticmethod
    def kill_one(run, page):
        """A component that is killed leaves the picture; the others stay."""
        page.wait_for_text("running: 8 components")
        for pid in process.descendants(run.pid):
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().split(b"\0")[0] == b"init -> init.1":
                    os.kill(pid, signal.SIGKILL)
        page.wait_for_text("running: 7 components")
        page.wait_for_text("init.1:", False)
        page.wait_for_text("init.2.2:")

    def test_nested_init_on_linux(self):
        self.see_nested_init()

    def test_nested_init_on_pc(self):
        if not os.path.exists(os.path.join(os.path.dirname(BUILT), "pc/bin/timer")):
            self.skipTest("the system is not built for pc")
        self.see_nested_init("--on", "pc")

    def test_a_system_that_ends(self):
        run, _ = self.start("hello")
        said = run.communicate(timeout=60)[0]
        self.assertEqual(run.returncode, 0, said)
        self.assertRegex(said, r"hello: success, ended")


if __name__ == "__main__":
    unittest.main()
