# SPDX-License-Identifier: BSD-2-Clause
"""Shows a running system as a page on 127.0.0.1: `make run/X WATCH=1`."""

import json
import os
import re
import secrets
import socket
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from house.draw import Drawing
from house.error import UserError
from house.live import Live
from house.quota import Interfaces

ADDRESS = "127.0.0.1"
NAME = "watch"
RAM, CAPS = "12M", 500
TIMER = "watch_timer"
CORE_SERVICES = ("ROM", "PD", "CPU", "LOG", "TRACE")
DEVICES = ("IRQ", "IO_MEM", "IO_PORT")
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watch.html")


def services(names):
    """<service> elements."""
    return "".join(f'<service name="{name}"/>' for name in names)


def timer_of(scenario):
    """Name of a child of the first init that provides Timer, or None."""
    for start in scenario.config.all("start") if scenario.config is not None else []:
        for provides in start.all("provides"):
            if any(service.get("name") == "Timer" for service in provides.all("service")):
                return start.get("name")
    return None


def free_name(scenario, name):
    """A name that no child of the first init has."""
    taken = {start.get("name") for start in scenario.config.all("start")}
    while name in taken:
        name += "_"
    return name


def add_to(scenario, on):
    """Have the scenario start app/watch; the label that its lines have.

    Where the scenario has no timer, one comes along, in an init of their own: nobody else sees it.
    """
    if scenario.config is None:
        raise UserError("a scenario without a config cannot be watched", scenario.file)
    name, timer = free_name(scenario, NAME), timer_of(scenario)
    label = f"init -> {name}"
    if timer is not None:
        start = (f'<start name="{name}" ram="{RAM}" caps="{CAPS}"><binary name="{NAME}"/><route>'
                 f'<service name="Timer"><child name="{escape(timer)}"/></service>'
                 "<any-service><parent/></any-service></route></start>")
        scenario.inject(start, CORE_SERVICES, RAM, CAPS)
        return label
    more = DEVICES if on == "pc" else ()
    inner = (f"<config><parent-provides>{services((*CORE_SERVICES, *more))}</parent-provides>"
             "<default-route><any-service><parent/><any-child/></any-service></default-route>"
             f'<start name="{NAME}" ram="8M" caps="250"/><start name="{TIMER}" ram="2M" caps="100">'
             '<binary name="timer"/><provides><service name="Timer"/></provides></start></config>')
    start = (f'<start name="{name}" ram="{RAM}" caps="{CAPS}"><binary name="init"/><route>'
             f'<service name="TRACE"><parent label="{name}"/></service>'
             f'<service name="LOG" label_suffix="{NAME}"><parent label="{name}"/></service>'
             f"<any-service><parent/></any-service></route>{inner}</start>")
    scenario.inject(start, (*CORE_SERVICES, *more), RAM, CAPS)
    if on == "linux":
        scenario.hosts.append((TIMER, "clock"))
    return label


class Watch:
    """Takes app/watch's lines out of a log, and serves the picture that they make; `label` is what
    add_to() has returned."""

    def __init__(self, scenario, on, label, port=0):
        self.title = f"{scenario.name} on {on}"
        self.line = re.compile(rf"\[{re.escape(label)}\] (@.*)")
        self.live = Live(Interfaces(scenario.tree))
        self.lock = threading.Lock()
        self.state = {"frame": 0, "components": 0, "svg": "", "ended": False}
        self.server = Server(port, self)

    # -------------------------------------------------------------- the log's side

    def take(self, line):
        """Whether a line of the log is for us; then nobody else sees it."""
        match = self.line.fullmatch(line)
        if match is None or not self.live.take(match[1]):
            return False
        if match[1].startswith("@<"):
            self._draw()
        return True

    def _draw(self):
        root = self.live.root()
        if root is None:
            return
        svg = Drawing(self.title, root, self.live.lanes(), live=True).svg()
        with self.lock:
            self.state.update(frame=self.live.frames, components=len(self.live.domains), svg=svg)

    def end(self):
        """The system has ended; who looks is told so."""
        with self.lock:
            self.state["ended"] = True

    # -------------------------------------------------------------- the page's side

    @property
    def url(self):
        """Where the page is."""
        return f"http://{ADDRESS}:{self.server.server_port}/"

    def answer(self, path):
        """(type, headers, content) of what is at a path, or None."""
        if path == "/":
            nonce = secrets.token_urlsafe(16)
            with open(PAGE, encoding="utf-8") as file:
                page = file.read()
            page = page.replace("@name@", escape(self.title)).replace("@nonce@", nonce)
            policy = ("default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; "
                      f"script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; "
                      "frame-ancestors 'none'")
            return "text/html; charset=utf-8", {"Content-Security-Policy": policy}, page.encode()
        if path == "/state":
            with self.lock:
                return "application/json", {}, json.dumps(self.state).encode()
        return None


class Server(ThreadingHTTPServer):
    """Serves on 127.0.0.1 alone, and to those alone who ask for it by that name."""

    daemon_threads = True
    # A port that was used a moment ago may be used again, but never one that is in use.
    allow_reuse_address = True

    def __init__(self, port, watch):
        self.watch = watch
        try:
            super().__init__((ADDRESS, port), Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UserError(f"WATCH={port}: {reason}; choose another port, or WATCH=1") from error
        self.hosts = {f"{name}:{self.server_port}" for name in (ADDRESS, "localhost")}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_bind(self):
        # HTTPServer's own would ask the resolver for our name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def handle_error(self, request, client_address):
        """A browser that has gone away is no news."""


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of the page and the state, and nothing else."""

    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a connection may stay silent

    def do_GET(self):
        """What is at the path."""
        # A page from elsewhere whose name now leads here (DNS rebinding) says so in Host.
        if self.headers.get("Host") not in self.server.hosts:
            self._send(403, "text/plain", {}, b"ask for 127.0.0.1\n")
            return
        answer = self.server.watch.answer(self.path)
        if answer is None:
            self._send(404, "text/plain", {}, b"there is / and /state\n")
        else:
            self._send(200, *answer)

    do_HEAD = do_GET

    def _send(self, value, kind, headers, content):
        self.send_response(value)
        for name, text in {"Content-Type": kind, "Content-Length": str(len(content)),
                           "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
                           "Cross-Origin-Resource-Policy": "same-origin", **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        """The log is the system's."""
