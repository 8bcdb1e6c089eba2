#!/usr/bin/env python3
"""Proxies by the usual environment variables: used, left out by no_proxy, and refusing."""

from __future__ import annotations

import http.server
import select
import socket
import threading
import unittest

from harness import CihsmTest
from tenants import Sandbox
from tokens import copy_token

PATH = "MessageProcessingLogs/$count"
IDLE_SECONDS = 20


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers CONNECT as it is told, and relays bytes both ways."""

    server: "Proxy"

    def do_CONNECT(self) -> None:  # pylint: disable=invalid-name
        """A tunnel, or a refusal."""
        self.server.targets.append(self.path)
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=IDLE_SECONDS) as tenant:
            self.send_response(200, "Connection established")
            self.end_headers()
            self._relay(tenant)

    def _relay(self, tenant: socket.socket) -> None:
        ends = {self.connection: tenant, tenant: self.connection}
        while True:
            ready, _, _ = select.select(list(ends), [], [], IDLE_SECONDS)
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                ends[source].sendall(data)
            if not ready:
                return

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """Silent."""


class Proxy(http.server.ThreadingHTTPServer):
    """A plain HTTP proxy on a free loopback port."""

    daemon_threads = True

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.targets: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """For https_proxy."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        """Ends it."""
        self.shutdown()
        self.server_close()


class ProxyTest(CihsmTest):
    """One sandbox; a proxy a test."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "20")
        cls.addClassCleanup(cls.box.stop)

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def proxy(self, status: int = 200) -> Proxy:
        """A proxy for this test."""
        started = Proxy(status)
        self.addCleanup(started.stop)
        return started

    def environment(self, **more: str) -> dict[str, str]:
        """The token's, and proxy variables."""
        return {**self.token.env, "no_proxy": "", **more}

    def test_the_tunnel_carries_mutual_tls(self) -> None:
        """The proxy sees the host name only; the load balancer sees the certificate."""
        proxy = self.proxy()
        mark = self.box.mark()
        done = self.succeeds("get", PATH, *self.box.options(self.token),
                             env=self.environment(https_proxy=proxy.url))
        self.assertEqual(done.out, "20")
        self.assertEqual(proxy.targets, [self.box.url.removeprefix("https://")])
        self.assertEqual(self.box.seen(mark)[0]["verify"], "SUCCESS")

    def test_no_proxy_leaves_it_out(self) -> None:
        """As curl does."""
        proxy = self.proxy()
        self.succeeds("get", PATH, *self.box.options(self.token),
                      env=self.environment(https_proxy=proxy.url, no_proxy="localhost"))
        self.assertEqual(proxy.targets, [])

    def test_a_proxy_that_refuses_is_named_as_the_cause(self) -> None:
        """407 wants credentials, 403 forbids the host."""
        for status in (407, 403):
            with self.subTest(status=status):
                proxy = self.proxy(status)
                self.refuses(6, ["proxy", str(status)], "get", PATH,
                             *self.box.options(self.token),
                             env=self.environment(https_proxy=proxy.url))

    def test_a_proxy_that_is_not_there_is_named(self) -> None:
        """Nothing listens on the port."""
        proxy = Proxy()
        url = proxy.url
        proxy.stop()
        self.refuses(6, "proxy", "get", PATH, *self.box.options(self.token),
                     env=self.environment(https_proxy=url))

    def test_proxy_credentials_are_never_shown(self) -> None:
        """Neither in the log nor in an error."""
        proxy = self.proxy(407)
        url = proxy.url.replace("http://", "http://user:Canary-proxy-91c2@")
        done = self.cihsm("get", PATH, "-vvv", *self.box.options(self.token),
                          env=self.environment(https_proxy=url))
        self.assertEqual(done.code, 6)
        self.assertNotIn("Canary-proxy-91c2", done.out + done.err)


if __name__ == "__main__":
    unittest.main()
