#!/usr/bin/env python3
"""What networks do to the OAuth token host: the table FAULTS with each way of logging in.

Each run ends in its time with one sentence that says it was about the token, and the tenant is asked
nothing. docs/reliability.md shows the table.
"""

from __future__ import annotations

import json
import socket
import time
import unittest
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

from harness import CA_SCRIPT, MARK, Option, Result, tool
from relay import Fate
from tenants import Answer, CannedTenant
from test_network import DOCUMENT, LATE, MIDDLE, TIMES, NetworkTest, plain, software_key
from tokens import ca_folder

WAYS = {"oauth-secret": "tenant.authentication.localhost",
        "oauth-certificate": "tenant.authentication.cert.localhost"}
NO_TOKEN = "no OAuth token: "
ANSWER = Answer(json.dumps({"access_token": f"{MARK}token", "token_type": "bearer",
                            "expires_in": 600, "more": "x" * 2 * MIDDLE}).encode())
ENTRIES = Answer(b'{"d":{"results":[{"Id":"1"}]}}', headers={"X-CSRF-Token": "t"})
BUSY = Answer(b'{"error":"busy"}', 503, headers={"Retry-After": "2"})
GET: list[Option] = ["get", "Things", "-o", "json"]
WRITE: list[Option] = ["create", "Things", "--set", "A=b", "--unchecked"]


@dataclass
class Fault:
    """What happens at the token host, and what is said."""

    name: str
    fate: Fate = Fate()
    answer: Answer = field(default_factory=lambda: ANSWER)
    code: int = 6
    words: Sequence[str] = (NO_TOKEN,)


HANDSHAKE = [NO_TOKEN, "the TLS handshake"]
FAULTS = [
    Fault("reset in the handshake", Fate("reset", 500), words=HANDSHAKE),
    Fault("closed in the handshake", Fate("close", 500), words=HANDSHAKE),
    Fault("silence from the start", Fate("silence"), code=12, words=HANDSHAKE),
    Fault("silence in the handshake", Fate("silence", 500), code=12, words=HANDSHAKE),
    Fault("reset in the answer", Fate("reset", MIDDLE), words=[NO_TOKEN, "was lost before"]),
    Fault("closed in the answer", Fate("close", MIDDLE), words=[NO_TOKEN, "was lost before"]),
    Fault("silence in the answer", Fate("silence", MIDDLE), code=12, words=[NO_TOKEN, *LATE[1:]]),
    Fault("a byte each 0.2 s", answer=Answer(ANSWER.body, drip_seconds=0.2), code=12,
          words=[NO_TOKEN, *LATE[1:]]),
    Fault("503 with Retry-After", answer=BUSY, code=10,
          words=["503 from token server", "asks to wait 2 s"]),
]


def table() -> str:
    """FAULTS as docs/reliability.md shows it."""
    rows = ["| at the token host | exit code |", "|---|---|"]
    return "\n".join([*rows, *(f"| {fault.name} | {fault.code} |" for fault in FAULTS)]) + "\n"


class TokenHostTest(NetworkTest):
    """A token host for each way, behind a relay, and a tenant that takes every token."""

    api: CannedTenant
    hosts: dict[str, CannedTenant]
    ca: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.api = cls.started("localhost")
        cls.hosts = {way: cls.started(host) for way, host in WAYS.items()}
        cls.ca = cls.api.folder / "all.pem"
        cls.trust(*cls.hosts.values())
        cls.key, request = software_key(cls.api.folder)
        cls.chain = cls.api.folder / "chain.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), request, cls.chain)

    @classmethod
    def started(cls, host: str, is_expired: bool = False) -> CannedTenant:
        """A server that ends with this class."""
        made = CannedTenant(host, is_expired=is_expired)
        cls.addClassCleanup(made.stop)
        return made

    @classmethod
    def trust(cls, *hosts: CannedTenant) -> None:
        """The roots of these, and of the tenant."""
        cls.ca.write_text("".join(host.ca.read_text() for host in (cls.api, *hosts)))

    def options(self, way: str, port: int) -> list[Option]:
        """Those of a call whose token host is there."""
        oauth = {"clientid": "sb-canned!b1|it!b1", "url": f"https://localhost:{self.api.port}",
                 "tokenurl": f"https://{WAYS[way]}:{port}/oauth/token"}
        if way == "oauth-secret":
            oauth["clientsecret"] = f"{MARK}+secret"
        else:
            oauth |= {"certificate": self.chain.read_text(), "key": self.key.read_text()}
        path = self.write("key.json", json.dumps({"oauth": oauth}))
        return ["--service-key", path, "--ca", self.ca, "--auth", way, *TIMES]

    def assert_no_token(self, done: Result, fault: Fault) -> None:
        """Told in one line; nothing printed; the tenant was not asked."""
        self.assertEqual((done.code, done.out), (fault.code, ""), done.err)
        self.message(plain(done), fault.words)
        self.assertEqual(self.api.methods(), [])


class FaultTest(TokenHostTest):
    """Each fault with each way."""

    def test_the_table_is_documented(self) -> None:
        """Row by row."""
        self.assertIn(table(), DOCUMENT.read_text(encoding="utf-8"))

    def test_each_fault_is_told(self) -> None:
        """By a read, and by a write, which is not sent."""
        for way, host in self.hosts.items():
            relay = self.relay_to(host.port)
            for fault in FAULTS:
                for command in (GET, WRITE):
                    with self.subTest(way=way, fault=fault.name, command=command[0]):
                        relay.decides(last=fault.fate)
                        host.says(fault.answer)
                        self.api.says(ENTRIES)
                        self.assert_no_token(
                            self.timed(*command, *self.options(way, relay.port)), fault)
                        self.assertEqual(relay.connections, 1)

    def test_a_fault_that_passes_is_not_seen(self) -> None:
        """A write is sent once: nobody was asked for it before there was a token."""
        for way, host in self.hosts.items():
            relay = self.relay_to(host.port)
            for fault in FAULTS:
                for command, sent in ((GET, ["GET"]), (WRITE, ["GET", "POST"])):
                    with self.subTest(way=way, fault=fault.name, command=command[0]):
                        relay.decides(fault.fate)
                        host.says(ANSWER, first=[] if fault.fate.then else [fault.answer])
                        self.api.says(ENTRIES)
                        done = self.timed(*command, *self.options(way, relay.port),
                                          "--retry-time", "30")
                        self.assertEqual(done.code, 0, done.err)
                        self.assertEqual(self.api.methods(), sent)
                        self.assertEqual(host.methods()[-1], "POST")

    def test_retry_after_is_heeded(self) -> None:
        """As long as --retry-time allows."""
        for way, host in self.hosts.items():
            with self.subTest(way=way):
                host.says(ANSWER, first=[BUSY])
                self.api.says(ENTRIES)
                begun = time.monotonic()
                done = self.timed(*GET, *self.options(way, host.port), "--retry-time", "30")
                self.assertEqual(done.code, 0, done.err)
                self.assertIn("no OAuth token; again in 2000 ms", done.err)
                self.assertGreaterEqual(time.monotonic() - begun, 2.0)
                host.says(BUSY)
                done = self.timed(*GET, *self.options(way, host.port), "--retry-time", "1")
                self.assertEqual(done.code, 10, done.err)
                self.message(plain(done), ["503 from token server", "the token server asks to wait "
                                           "2 s, more than --retry-time 1"])

    def test_nobody_listens(self) -> None:
        """The connection is refused."""
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        for way, name in WAYS.items():
            with self.subTest(way=way):
                self.api.says(ENTRIES)
                self.assert_no_token(self.timed(*GET, *self.options(way, port)), Fault(
                    "refused", words=[NO_TOKEN, "no connection to", f"{name}:{port}"]))

    def test_a_certificate_of_the_token_host_that_expired(self) -> None:
        """Nothing is sent there, the secret least of all; and asking again does not help."""
        for way, name in WAYS.items():
            with self.subTest(way=way):
                host = self.started(name, is_expired=True)
                self.trust(host)
                host.says(ANSWER)
                self.api.says(ENTRIES)
                done = self.timed(*GET, *self.options(way, host.port), "--retry-time", "20")
                self.assert_no_token(done, Fault("expired", words=[NO_TOKEN, name, "expired"]))
                self.assertEqual(host.methods(), [])
        self.trust(*self.hosts.values())


if __name__ == "__main__":
    unittest.main()
