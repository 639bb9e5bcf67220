"""A browser without a window, spoken to through a pipe: it opens a page and says what it saw.

Nothing is put into the page: Chromium's own protocol for its developer tools measures it
from outside, and reports what the page asks for, logs or pops up.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

PATIENCE_SECONDS = 60

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"),
)

START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads its pipe at 3 and writes it at 4."""

OVERFLOWING = """
(() => {
  const page = document.documentElement, found = [];
  if (page.scrollWidth > page.clientWidth)
    found.push(`the page: ${page.scrollWidth} in ${page.clientWidth}`);
  const scrolled = element => {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
      if (getComputedStyle(one).overflowX !== "visible") return true;
    return false;
  };
  for (const element of document.body.querySelectorAll("*")) {
    if (element.ownerSVGElement) continue;
    const place = element.getBoundingClientRect();
    const out = place.right > page.clientWidth + 1 || place.left < -1;
    if (place.width && out && !scrolled(element))
      found.push(`${element.tagName}: ${element.textContent.slice(0, 40)}`);
  }
  return found;
})()
"""

CUT = """
Array.from(document.querySelectorAll(".drawing > svg text")).flatMap(text => {
  const words = text.getBoundingClientRect();
  const frame = text.ownerSVGElement.getBoundingClientRect();
  const out = Math.max(frame.left - words.left, words.right - frame.right,
                       frame.top - words.top, words.bottom - frame.bottom);
  return words.width && out > 0.005 * frame.width ? [text.textContent] : [];
})
"""
"""Letters of a figure that stand outside of it, where they are cut off."""


def find_browser() -> str | None:
    """Return where a Chromium is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Seen:
    """What happened while a page was open.

    Attributes:
        requests: Every address that was asked for, the page's own included.
        complaints: Errors, warnings and messages of the console, and refused loads.
        dialogs: What popped up.
    """

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """What was asked for beside the page and what it holds itself."""
        return [each for each in self.requests[1:] if not each.startswith("data:")]


@dataclass
class Browser:
    """A running browser with one page open."""

    to_it: int
    from_it: int
    session: str = ""
    seen: Seen = field(default_factory=Seen)
    _sent: int = 0
    _rest: bytes = b""
    _loaded: bool = False

    def open(self, address: str, width: int = 1440, *, dark: bool = False) -> Seen:
        """Open a page and wait until everything it asks for is there or refused."""
        self.resize(width)
        scheme = "dark" if dark else "light"
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.tell("Emulation.setEmulatedMedia", features=features)
        self.seen, self._loaded = Seen(), False
        self.tell("Page.navigate", url=address)
        while not self._loaded:
            self._hear()
        self.evaluate("new Promise(done => setTimeout(done, 100))")
        return self.seen

    def resize(self, width: int) -> None:
        """Give the page so many pixels, as a phone or a screen has them."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def evaluate(self, program: str) -> Any:
        """Return what a program says of the page."""
        answer = self.tell(
            "Runtime.evaluate", expression=program, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        answer = self.tell("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def print(self) -> bytes:
        """Return the page as a PDF on A4."""
        answer = self.tell("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(answer["data"])

    def tell(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Send a command and return its answer; what happens meanwhile is kept."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": arguments}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_it, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear()
            if heard.get("id") == self._sent:
                assert "error" not in heard, f"{method}: {heard['error']}"
                return heard["result"]

    def _hear(self) -> dict[str, Any]:
        """Read one message, and note what it says of the page."""
        end = time.monotonic() + PATIENCE_SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.from_it], [], [], end - time.monotonic())
            assert ready, "the browser says nothing"
            read = os.read(self.from_it, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        text, self._rest = self._rest.split(b"\0", 1)
        heard: dict[str, Any] = json.loads(text)
        self._note(heard.get("method", ""), heard.get("params", {}))
        return heard

    def _note(self, event: str, told: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.seen.requests.append(told["request"]["url"])
        elif event == "Log.entryAdded":
            self.seen.complaints.append(told["entry"]["text"])
        elif event == "Runtime.consoleAPICalled":
            self.seen.complaints += [str(one.get("value")) for one in told["args"]]
        elif event == "Runtime.exceptionThrown":
            self.seen.complaints.append(told["exceptionDetails"]["text"])
        elif event == "Page.javascriptDialogOpening":
            self.seen.dialogs.append(told["message"])
            self._answer_dialog()
        elif event == "Page.loadEventFired":
            self._loaded = True

    def _answer_dialog(self) -> None:
        """Close what popped up, without waiting: another answer may be on its way."""
        message = {
            "id": 0,
            "method": "Page.handleJavaScriptDialog",
            "params": {"accept": True},
            "sessionId": self.session,
        }
        os.write(self.to_it, json.dumps(message).encode() + b"\0")


@contextmanager
def running(program: str, folder: Path) -> Iterator[Browser]:
    """Start a browser with an empty profile, and end it behind the block.

    Args:
        program: The browser.
        folder: Gets its profile.
    """
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # Out of the way of 3 and 4.
    pipes = [fcntl.fcntl(each, fcntl.F_DUPFD, 20) for each in (theirs_in, theirs_out)]
    command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(
        [sys.executable, "-c", START, *map(str, pipes), *command],
        pass_fds=pipes,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        for each in (theirs_in, theirs_out, *pipes):
            os.close(each)
        browser = Browser(ours_out, ours_in)
        try:
            target = browser.tell("Target.createTarget", url="about:blank")["targetId"]
            attached = browser.tell("Target.attachToTarget", targetId=target, flatten=True)
            browser.session = attached["sessionId"]
            for domain in ("Page", "Network", "Log", "Runtime"):
                browser.tell(f"{domain}.enable")
            yield browser
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)
            os.close(ours_out)
            os.close(ours_in)
