#!/usr/bin/env python3
"""What networks do to requests: the table FAULTS with each kind of command, and runs as a whole.

Each ends in its time with one sentence and its exit code; nothing is printed of what is not whole,
no file is left, and no write is sent twice. docs/reliability.md shows the table.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import unittest
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Iterator, Sequence

from harness import CA_SCRIPT, ROOT, CihsmTest, Option, Result, openssl, slow_names, tool
from relay import Fate, Relay
from tenants import Answer, CannedTenant, Sandbox
from test_proxy import Proxy
from tokens import ca_folder

DOCUMENT = ROOT / "docs" / "reliability.md"
SECONDS = 40  # far more than any fault may take, far less than the servers would wait
OUT = "out.file"
LOGS = "MessageProcessingLogs"
ENTRIES = 2500

LARGE = json.dumps({"d": {"results": [{"Id": f"{i:0>200}"} for i in range(1000)]}}).encode()
MIDDLE = 60_000  # bytes of the server: past its handshake, in the middle of what follows
LONG_HEAD = {f"X-Long-{i}": "x" * 20_000 for i in range(5)}
TIMES: list[Option] = ["--timeout", "1", "--connect-timeout", "1"]

READS: dict[str, list[Option]] = {
    "get": ["get", "Things"],
    "get --all --out": ["get", "Things", "--all", "-o", "jsonl", "--out", OUT],
    "value --out": ["value", "Things('1')", "--out", OUT],
}
ALL: list[Option] = ["get", LOGS, "--all", "-o", "jsonl", "--retry-time", "30"]
WRITE: list[Option] = ["create", "Things", "--set", "A=b", "--unchecked"]


@dataclass
class Fault:
    """What happens, where, and what is said: of a read, of a write, and by the table."""

    name: str
    phase: str
    fate: Fate = Fate()
    answer: Answer = field(default_factory=lambda: Answer(LARGE))
    code: int = 6
    words: Sequence[str] = ()
    written: Sequence[str] | None = None  # None: the write was not sent


LOST = ["the connection to localhost", "was lost before the answer was complete"]
LATE = ["localhost", "1000 ms", "--timeout"]
UNKNOWN = ["whether the write was done is unknown", "look what was done"]
HEAD = Answer(LARGE, headers=LONG_HEAD)
FAULTS = [
    Fault("reset at the first byte", "TLS handshake", Fate("reset"),
          words=["the connection to localhost", "was lost in the TLS handshake"]),
    Fault("reset in the middle", "TLS handshake", Fate("reset", 500),
          words=["the connection to localhost", "was lost in the TLS handshake"]),
    Fault("closed in the middle", "TLS handshake", Fate("close", 500),
          words=["the connection to localhost", "was lost in the TLS handshake"]),
    Fault("silence from the start", "TLS handshake", Fate("silence"), code=12,
          words=["localhost", "took the connection, but the TLS handshake did not end within"]),
    Fault("silence in the middle", "TLS handshake", Fate("silence", 500), code=12,
          words=["localhost", "took the connection, but the TLS handshake did not end within"]),
    Fault("reset", "headers", Fate("reset", MIDDLE), HEAD, words=LOST, written=UNKNOWN),
    Fault("closed", "headers", Fate("close", MIDDLE), HEAD, words=LOST, written=UNKNOWN),
    Fault("silence", "headers", Fate("silence", MIDDLE), HEAD, 12, LATE, UNKNOWN),
    Fault("a byte each 0.2 s", "headers", answer=Answer(LARGE, drip_seconds=0.2, drips="head"),
          code=12, words=LATE, written=UNKNOWN),
    Fault("reset", "body", Fate("reset", MIDDLE), words=LOST, written=UNKNOWN),
    Fault("closed", "body", Fate("close", MIDDLE), words=LOST, written=UNKNOWN),
    Fault("silence", "body", Fate("silence", MIDDLE), code=12, words=LATE, written=UNKNOWN),
    Fault("a byte each 0.2 s", "body", answer=Answer(LARGE, drip_seconds=0.2), code=12,
          words=LATE, written=UNKNOWN),
]


def software_key(folder: Path) -> tuple[Path, Path]:
    """A key in a file, for where the token is not the point, and its request."""
    key, request = folder / "software.key", folder / "software.csr"
    openssl("req", "-new", "-config", "/dev/null", "-newkey", "rsa:2048", "-nodes", "-subj",
            "/C=DE/O=Example/CN=software", "-keyout", key, "-out", request)
    return key, request


def write_key(path: Path, url: str, key: Path, chain: Path) -> Path:
    """A service key of the type "Certificate"."""
    path.write_text(json.dumps({"oauth": {
        "clientid": "sb-canned!b1|it!b1", "url": url, "tokenurl": f"{url}/oauth/token",
        "certificate": chain.read_text(), "key": key.read_text()}}))
    return path


def plain(done: Result) -> Result:
    """A failure as it is told to people, where it was told to programs."""
    last = done.err.splitlines()[-1]
    if not last.startswith("{"):
        return done
    error = json.loads(last)["error"]
    return Result(done.arguments, error["exit_code"], b"", f"cihsm: {error['message']}".encode())


def table() -> str:
    """FAULTS as docs/reliability.md shows it."""
    rows = ["| where | what | exit code | a write |", "|---|---|---|---|"]
    for fault in FAULTS:
        fate = "not sent" if fault.written is None else "sent once; what became of it is unknown"
        rows.append(f"| {fault.phase} | {fault.name} | {fault.code} | {fate} |")
    return "\n".join(rows) + "\n"


class NetworkTest(CihsmTest):
    """Runs that a relay disturbs."""

    def relay_to(self, port: int) -> Relay:
        """A relay for this test."""
        relay = Relay(port)
        self.addCleanup(relay.stop)
        return relay

    def timed(self, *arguments: Option, env: dict[str, str] | None = None) -> Result:
        """A run that ends in its time and leaves no file."""
        begun = time.monotonic()
        done = self.cihsm(*arguments, env=env)
        self.assertLess(time.monotonic() - begun, SECONDS, done.arguments)
        return done

    def files(self) -> list[str]:
        """What lies in the folder of this test, besides what the test itself wrote."""
        return sorted(path.name for path in self.folder.iterdir()
                      if path.is_file() and path.suffix not in (".json", ".key", ".csr", ".pem"))


class FaultTest(NetworkTest):
    """Each fault with each kind of command, against a server that says what it is told."""

    canned: CannedTenant
    service_key: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.canned = CannedTenant()
        cls.addClassCleanup(cls.canned.stop)
        key, request = software_key(cls.canned.folder)
        cls.chain, cls.key = cls.canned.folder / "chain.pem", key
        tool(CA_SCRIPT, "issue", ca_folder(), request, cls.chain)

    def setUp(self) -> None:
        super().setUp()
        self.relay = self.relay_to(self.canned.port)
        self.service_key = write_key(self.folder / "key.json",
                                     f"https://localhost:{self.relay.port}", self.key, self.chain)

    def options(self) -> list[Option]:
        """Those of every call."""
        return ["--service-key", self.service_key, "--ca", self.canned.ca]

    def test_the_table_is_documented(self) -> None:
        """Row by row."""
        self.assertIn(table(), DOCUMENT.read_text(encoding="utf-8"))

    def test_reads(self) -> None:
        """Each fault: code, one sentence, and nothing printed or written."""
        for fault in FAULTS:
            for name, command in READS.items():
                with self.subTest(fault=fault.name, phase=fault.phase, command=name):
                    self.relay.decides(last=fault.fate)
                    self.canned.says(fault.answer)
                    done = self.timed(*command, *TIMES, *self.options())
                    self.assertEqual((done.code, done.out), (fault.code, ""), done.err)
                    self.message(plain(done), fault.words)
                    self.assertEqual(self.files(), [])
                    self.assertEqual(self.relay.connections, 1)

    def test_writes(self) -> None:
        """Sent once at most, although there is time to repeat; what nobody knows is said."""
        token = Answer(b"{}", headers={"X-CSRF-Token": "t"})
        for fault in FAULTS:
            with self.subTest(fault=fault.name, phase=fault.phase):
                self.relay.decides(last=fault.fate)
                self.canned.says(token, POST=fault.answer)
                done = self.timed(*WRITE, *TIMES, "--retry-time", "1", *self.options())
                self.assertEqual((done.code, done.out), (fault.code, ""), done.err)
                sent = self.canned.methods().count("POST")
                self.assertEqual(sent, 0 if fault.written is None else 1)
                last = Result([], done.code, b"", done.stderr.splitlines()[-1])
                self.message(last, fault.words if fault.written is None else fault.written)

    def test_a_fault_that_passes_is_not_seen(self) -> None:
        """With time to repeat, each of them is got over; nothing is printed twice."""
        for fault in FAULTS:
            if not fault.fate.then:
                continue
            with self.subTest(fault=fault.name, phase=fault.phase):
                self.relay.decides(fault.fate)
                self.canned.says(fault.answer)
                done = self.timed("get", "Things", "-o", "json", *TIMES, "--retry-time", "30",
                                  *self.options())
                self.assertEqual(done.code, 0, done.err)
                self.assertEqual(len(done.json), 1000)
                self.assertEqual(self.relay.connections, 2)

    def test_nobody_takes_the_connection(self) -> None:
        """The port is there, its queue is full: packets get no answer."""
        with ExitStack() as opened:
            full = opened.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            for _ in range(4):
                waiting = opened.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(full.getsockname())
            url = f"https://localhost:{full.getsockname()[1]}"
            self.service_key = write_key(self.folder / "key.json", url, self.key, self.chain)
            done = self.timed("get", "Things", *TIMES, *self.options())
        self.assertEqual((done.code, done.out), (12, ""), done.err)
        self.message(done, ["no connection to localhost", "within 1000 ms", "firewall"])

    def test_a_proxy_that_does_not_answer(self) -> None:
        """It took the connection, so it is not the host that is slow."""
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
            done = self.timed("get", "Things", *TIMES, *self.options(),
                              env={"no_proxy": "", "https_proxy": url})
        self.assertEqual((done.code, done.out), (12, ""), done.err)
        self.message(done, ["proxy", "1000 ms", "https_proxy"])

    def test_a_proxy_that_wants_a_login_is_asked_once(self) -> None:
        """407 does not pass by waiting."""
        proxy = Proxy(407)
        self.addCleanup(proxy.stop)
        done = self.timed("get", "Things", "--retry-time", "20", *self.options(),
                          env={"no_proxy": "", "https_proxy": proxy.url})
        self.assertEqual(done.code, 6, done.err)
        self.message(done, ["the proxy wants a login (407)", "https_proxy"])
        self.assertEqual(len(proxy.targets), 1)

    def test_the_host_has_no_address(self) -> None:
        """The name is said, and what may be wrong."""
        write_key(self.service_key, "https://tenant.invalid", self.key, self.chain)
        done = self.timed("get", "Things", *self.options())
        self.assertEqual(done.code, 6, done.err)
        self.message(done, ["the host tenant.invalid is not known", "check the URL"])

    def test_a_name_server_that_does_not_answer(self) -> None:
        """It is not waited for any longer than for a connection."""
        write_key(self.service_key, "https://tenant.invalid", self.key, self.chain)
        done = self.timed("get", "Things", *TIMES, *self.options(),
                          env=slow_names(self.folder, 2 * SECONDS))
        self.assertEqual((done.code, done.out), (12, ""), done.err)
        self.message(done, ["no name server told the address of tenant.invalid", "1000 ms"])

    def test_a_connection_closed_between_two_reads(self) -> None:
        """The second read goes out again over a new connection, without any --retry-time."""
        link = f"https://localhost:{self.relay.port}/api/v1/Things?$skiptoken=1"
        body = json.dumps({"d": {"results": [{"Id": "1"}], "__next": link}}).encode()
        for most in (1, 2):
            with self.subTest(requests=most):
                self.relay.decides()
                self.canned.says(Answer(body, requests_max=most))
                done = self.timed("get", "Things", "--all", "--limit", "2", "-o", "jsonl",
                                  *self.options())
                self.assertEqual(done.code, 0, done.err)
                self.assertEqual(done.jsonl, [{"Id": "1"}] * 2)
                self.assertEqual(self.relay.connections, 3 - most)

    def test_a_connection_closed_before_a_write(self) -> None:
        """The server may have read it: it is not sent again."""
        self.relay.decides()
        self.canned.says(Answer(b"{}", headers={"X-CSRF-Token": "t"}),
                         POST=Answer(b"{}", requests_max=1))
        done = self.timed(*WRITE, "--retry-time", "20", *self.options())
        self.assertEqual(done.code, 6, done.err)
        self.message(done, ["localhost", "closed the connection without an answer", *UNKNOWN])
        self.assertEqual(self.canned.methods(), ["GET", "POST"])


class TenantTest(NetworkTest):
    """Whole runs through a relay, against the sandbox behind nginx."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.key = cls.box.register_type("network", "certificate")

    def through(self, relay: Relay, key: Path) -> list[Option]:
        """A call's options with that service key, by way of the relay."""
        own = self.box.url.rpartition(":")[2]
        path = self.write("key.json", key.read_text().replace(f":{own}", f":{relay.port}"))
        return ["--service-key", path, "--ca", self.box.ca]

    def guids(self, done: Result) -> list[str]:
        """Of the entries that were printed, each of them once."""
        found = [entry["MessageGuid"] for entry in done.jsonl]
        self.assertEqual(len(found), len(set(found)))
        return found

    def relay_to_box(self) -> Relay:
        """A relay in front of the load balancer."""
        return self.relay_to(int(self.box.url.rpartition(":")[2]))

    def test_what_breaks_before_an_answer_is_repeated(self) -> None:
        """In the handshake, twice: every entry comes, and comes once."""
        relay = self.relay_to_box()
        relay.decides(Fate("reset", 500), Fate("close"))
        done = self.timed(*ALL, *self.through(relay, self.key))
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(self.guids(done)), ENTRIES)
        self.assertEqual(relay.connections, 3)

    def test_a_page_that_breaks_ends_the_run(self) -> None:
        """Its entries went out as they came: they are not printed again. A file is not left.

        If nobody had looked at the page before it broke, it is asked for again.
        """
        whole = self.guids(self.timed(*ALL, *self.through(self.relay_to_box(), self.key)))
        self.assertEqual(len(whole), ENTRIES)
        for then, code in (("reset", 6), ("close", 6), ("silence", 12)):
            for more in ([], ["--out", OUT]):
                with self.subTest(then=then, more=more):
                    self.breaks_in_a_page(Fate(then, 100_000, 0.5), code, more, whole)

    def breaks_in_a_page(self, fate: Fate, code: int, more: list[Option],
                         whole: list[str]) -> None:
        """One run: what was printed, or written, is right as far as it goes."""
        relay = self.relay_to_box()
        relay.decides(fate)
        done = self.timed(*ALL, *more, "--timeout", "2", *self.through(relay, self.key))
        self.assertIn(done.code, (0, code), done.err)
        printed = self.guids(done)
        if done.code == 0:
            self.assertEqual(relay.connections, 2)
            self.assertEqual((self.files(), printed), ([OUT], []) if more else ([], whole))
            (self.folder / OUT).unlink(missing_ok=True)
            return
        self.message(plain(done), ["localhost"])
        self.assertEqual(self.files(), [])
        self.assertEqual(printed, [] if more else whole[:len(printed)])

    @contextmanager
    def reloads(self) -> Iterator[None]:
        """The load balancer is reloaded all the time: its connections end by HTTP/2 GOAWAY."""
        ended = threading.Event()

        def reload() -> None:
            while not ended.is_set():
                with self.box.scenario("ca_names=none"):
                    pass

        worker = threading.Thread(target=reload)
        worker.start()
        try:
            yield
        finally:
            ended.set()
            worker.join()

    def test_the_load_balancer_is_reloaded_under_load(self) -> None:
        """What was not answered goes over another connection, once."""
        relay = self.relay_to_box()
        deadline = time.monotonic() + 60
        with self.reloads():
            connections = 0
            while connections < 2:  # on a busy machine a run may end before the next reload
                self.assertLess(time.monotonic(), deadline, "no run met a reload")
                before = relay.connections
                done = self.timed(*ALL, "--page-size", "50", *self.through(relay, self.key))
                self.assertEqual(done.code, 0, done.err)
                self.assertEqual(len(self.guids(done)), ENTRIES)
                connections = relay.connections - before

    def short_lived(self, seconds: int) -> tuple[Path, datetime]:
        """A service key whose certificate ends so soon, and when."""
        end = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        key, request = software_key(self.folder)
        chain = self.folder / "short.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), request, chain, "--ends", f"{end:%Y%m%d%H%M%SZ}")
        registered = self.box.register("short", chain)
        self.addCleanup(self.box.unregister, "short")
        return write_key(registered, self.box.url, key, chain), end

    def test_the_certificate_ends_in_mid_run(self) -> None:
        """The connection that stands goes on; the next one is refused, and it is said why."""
        key, end = self.short_lived(12)
        relay = self.relay_to_box()

        def wait() -> None:
            time.sleep(max(0.0, (end - datetime.now(timezone.utc)).total_seconds() + 1))

        relay.decides(Fate(), Fate(wait=wait))
        with self.reloads():
            done = self.timed(*ALL, "--page-size", "50", "--connect-timeout", "30",
                              *self.through(relay, key))
        self.assertEqual(done.code, 7, done.err)
        self.message(plain(done), ["401 from tenant", "expired"])
        self.assertLess(len(self.guids(done)), ENTRIES)


if __name__ == "__main__":
    unittest.main()
