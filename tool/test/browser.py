# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium for tests, driven by its remote-debugging protocol over a web socket."""

import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from urllib.request import urlopen

PATIENCE = 60  # seconds; an end to hangs


class Browser:
    """One page; `with Browser(url) as page: page.wait("an expression of JavaScript")`."""

    def __init__(self, url):
        self.folder = tempfile.mkdtemp(prefix="osier-browser-")
        command = ["chromium", "--headless", "--disable-gpu", "--no-first-run",
                   "--disable-dev-shm-usage", "--disable-background-networking",
                   "--disable-component-update", "--remote-debugging-port=0",
                   f"--user-data-dir={self.folder}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")
        self.process = subprocess.Popen([*command, url], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        try:
            self.socket = self._connect(self._page())
        except BaseException:
            self.close()
            raise
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the browser, and forget what it kept."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -------------------------------------------------------------- the connection

    def _page(self):
        """Port and path of the page's debugger."""
        path = os.path.join(self.folder, "DevToolsActivePort")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    port = file.readline().strip()
                if port:
                    with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
                        pages = [page for page in json.load(answer) if page["type"] == "page"]
                    if pages:
                        where = pages[0]["webSocketDebuggerUrl"]
                        return int(port), where[where.index("/devtools"):]
            if self.process.poll() is not None:
                raise AssertionError("chromium has ended")
            time.sleep(0.05)
        raise AssertionError("chromium does not start")

    @staticmethod
    def _connect(where):
        """A web socket (RFC 6455)."""
        port, path = where
        link = socket.create_connection(("127.0.0.1", port), PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                     f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                     "Sec-WebSocket-Version: 13\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += link.recv(1)
        assert b" 101 " in answer.split(b"\r\n")[0], answer
        return link

    def _send(self, text):
        data = text.encode()
        size = bytes([0x80 | len(data)]) if len(data) < 126 else \
            b"\xfe" + len(data).to_bytes(2, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
        self.socket.sendall(b"\x81" + size + mask + masked)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise AssertionError("chromium has gone away")
            data += more
        return data

    def _receive(self):
        text = b""
        while True:
            first, size = self._exactly(2)
            if size >= 126:
                size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
            part = self._exactly(size)
            if first & 0x0f in (0, 1):
                text += part
                if first & 0x80:
                    return text.decode()

    # -------------------------------------------------------------- the page

    def value(self, expression):
        """What an expression is in the page."""
        self.number += 1
        self._send(json.dumps({"id": self.number, "method": "Runtime.evaluate",
                               "params": {"expression": expression, "returnByValue": True}}))
        while True:
            answer = json.loads(self._receive())
            if answer.get("id") == self.number:
                return answer["result"]["result"].get("value")

    def wait(self, expression):
        """Wait until an expression is true in the page."""
        deadline = time.monotonic() + PATIENCE
        while not self.value(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"never true: {expression}; the page says: "
                                     f"{self.value('document.body.innerText')}")
            time.sleep(0.1)

    def wait_for_text(self, text, there=True):
        """Wait until a text is, or is not, in the page."""
        self.wait(f"document.body.textContent.includes({json.dumps(text)}) === "
                  f"{json.dumps(there)}")
