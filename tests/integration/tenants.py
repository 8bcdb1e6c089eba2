"""Tenants for the tests: the sandbox (nginx and tenant), and one that answers what it is told."""

from __future__ import annotations

import http.server
import json
import shutil
import ssl
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Sequence

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.append(str(Path(__file__).resolve().parents[1] / "sandbox"))

# pylint: disable=wrong-import-position
import added_logs  # noqa: E402
import scenario  # noqa: E402
import service_keys  # noqa: E402
from harness import (CA_SCRIPT, CANARY_PIN, MARK, ROOT, Option, found_in,  # noqa: E402
                     new_folder, openssl, tool)
from statefile import read_json  # noqa: E402
from tokens import Token, ca_folder, chain_of  # noqa: E402

SANDBOX = ROOT / "tests" / "sandbox" / "sandbox.py"
LOG_SECONDS = 5.0
ASKED_SECONDS = 30.0
SETTLE_SECONDS = 1.0


class Sandbox:
    """A running sandbox with a service key for each key of the master token."""

    def __init__(self, *options: str) -> None:
        self.folder = new_folder("sandbox")
        tool(SANDBOX, "start", "--dir", self.folder, "--client-root", ca_folder() / "root.pem",
             *options)
        self.info: dict[str, Any] = read_json(self.folder / "sandbox.json", {})
        self.url: str = self.info["url"]
        self.ca = Path(self.info["server_ca"])

    def stop(self) -> None:
        """Ends both processes and removes the folder."""
        tool(SANDBOX, "stop", "--dir", self.folder)
        told = {path.name: found_in(path.read_bytes(), (CANARY_PIN, MARK))
                for path in self.folder.glob("*.log")}
        shutil.rmtree(self.folder)
        if any(told.values()):
            raise AssertionError(f"a secret came into the logs of the servers: {told}")

    def register(self, name: str, chain: Path, roles: Sequence[str] = ()) -> Path:
        """An External Certificate service key for the leaf of a chain; returns its file."""
        leaf = self.folder / f"{name}.leaf.pem"
        leaf.write_bytes(openssl("x509", "-in", chain))
        return self._register(service_keys.Wish(name=name, certificate=leaf, roles=[*roles]))

    def register_type(self, name: str, key_type: str, roles: Sequence[str] = ()) -> Path:
        """A service key of another type: "certificate" or "secret"."""
        return self._register(service_keys.Wish(name=name, key_type=key_type, roles=[*roles]))

    def _register(self, wish: service_keys.Wish) -> Path:
        path = self.folder / f"{wish.name}.json"
        service_keys.write_document(path, service_keys.register(self.folder, self.url, wish))
        return path

    def unregister(self, name: str) -> None:
        """Removes a service key."""
        service_keys.unregister(self.folder, name)

    def service_key(self, key: str) -> Path:
        """The service key made for a key of the master token."""
        path = self.folder / f"{key}.json"
        return path if path.exists() else self.register(key, chain_of(key))

    def options(self, token: Token, key: str = "ec-p256") -> list[Option]:
        """All options of a call with a key of the master token."""
        return ["--service-key", self.service_key(key), "--chain", chain_of(key), "--ca", self.ca,
                *token.options(key)]

    @contextmanager
    def scenario(self, *switches: str) -> Iterator[None]:
        """Switches faults on, and off again."""
        scenario.change(self.folder, list(switches), True)
        try:
            yield
        finally:
            scenario.change(self.folder, [], True)

    def add_logs(self, count: int, within_s: float = 1, status: str = "COMPLETED") -> None:
        """Log entries that ended in the last seconds."""
        added_logs.order(self.folder, count, within_s=within_s, status=status)

    def _lines(self, name: str) -> int:
        path = self.folder / name
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def _settle(self) -> None:
        """nginx writes its line after the answer has gone out, the tenant before: waits for it."""
        end = time.monotonic() + SETTLE_SECONDS
        while (self._lines("lb-access.log") < self._lines("tenant.log")
               and time.monotonic() < end):
            time.sleep(0.01)

    def mark(self) -> int:
        """A position in the load balancer's log, for seen()."""
        self._settle()
        return (self.folder / "lb-access.log").stat().st_size

    def seen(self, mark: int, count: int = 1) -> list[dict[str, Any]]:
        """What the load balancer logged since; waits until it is at least so many requests."""
        end = time.monotonic() + LOG_SECONDS
        while True:
            self._settle()
            with (self.folder / "lb-access.log").open(encoding="utf-8") as stream:
                stream.seek(mark)
                lines = stream.read().splitlines()
            if len(lines) >= count or time.monotonic() > end:
                return [json.loads(line) for line in lines]
            time.sleep(0.02)


@dataclass
class Answer:
    """What the canned tenant says."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    promised_bytes: int = 0  # announced, but never sent
    pause_seconds: float = 0.0  # in the middle of the body
    drip_seconds: float = 0.0  # before each byte of the head or the body, whichever drips
    drips: str = "body"  # or "head"
    requests_max: int = 0  # of a connection: it is closed in the place of one more answer


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0  # requests of this connection
    answer: Answer
    answers: dict[str, Answer]  # to these methods, all others get the one above
    first: list[Answer]  # to the next requests, before any of those
    asked: threading.Event
    methods: list[str]  # since says()

    def do_GET(self) -> None:  # pylint: disable=invalid-name
        """The one answer, whatever was asked."""
        self.methods.append(self.command)
        self.asked.set()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.first.pop(0) if self.first else self.answers.get(self.command, self.answer)
        self.served += 1
        if 0 < answer.requests_max < self.served:
            self.close_connection = True
            return
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) + answer.promised_bytes
        self.send_header("Content-Length", str(length))
        if answer.drip_seconds and answer.drips == "head":
            self._drip(b"".join(self._headers_buffer), answer)
            self._headers_buffer.clear()
        self.end_headers()
        if answer.drip_seconds:
            self._drip(answer.body, answer)
        middle = len(answer.body) // 2
        self.wfile.write(answer.body[:middle])
        time.sleep(answer.pause_seconds)
        self.wfile.write(answer.body[middle:])
        self.close_connection = answer.promised_bytes > 0

    def _drip(self, content: bytes, answer: Answer) -> None:
        """Until the client has gone, which raises."""
        for byte in content:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(answer.drip_seconds)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
        """Keeps the output of the tests clean."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses our certificate is what some tests are about."""


class CannedTenant:
    """A TLS server that gives one answer, for what the sandbox is too honest to say."""

    def __init__(self, host: str = "localhost", asks_certificate: bool = True,
                 resumes: bool = True, is_expired: bool = False) -> None:
        self.folder = new_folder("canned")
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        tool(CA_SCRIPT, "init", self.folder / "ca", "--name", "Canned Server")
        tool(CA_SCRIPT, "server", self.folder / "ca", host, key, certificate)
        if is_expired:
            request = self.folder / "request.csr"
            openssl("x509", "-x509toreq", "-in", certificate, "-signkey", key, "-out", request)
            tool(CA_SCRIPT, "issue", self.folder / "ca", request, certificate, "--eku",
                 "serverAuth", "--san", f"DNS:{host}", "--expired")
        self.ca = self.folder / "ca" / "root.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if not resumes:
            context.num_tickets = 0  # each connection asks for a signature
        if asks_certificate:
            context.load_verify_locations(ca_folder() / "root.pem")
            context.verify_mode = ssl.CERT_OPTIONAL
        self._handler = type("Handler", (_Handler,), {"answer": Answer(), "answers": {}, "first": [],
                                                      "asked": threading.Event(), "methods": []})
        self._server = _Server(("127.0.0.1", 0), self._handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        """Ends the server and removes its folder."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        shutil.rmtree(self.folder)

    def says(self, answer: Answer, *, first: Sequence[Answer] = (), **by_method: Answer) -> None:
        """Sets the answer of the next requests, after the first ones; POST=... is for one method."""
        self._handler.first = [*first]  # type: ignore[attr-defined]
        self._handler.answer = answer  # type: ignore[attr-defined]
        self._handler.answers = by_method  # type: ignore[attr-defined]
        self._handler.asked.clear()  # type: ignore[attr-defined]
        self._handler.methods.clear()  # type: ignore[attr-defined]

    def methods(self) -> list[str]:
        """Those of the requests since says(), in their order."""
        return [*self._handler.methods]  # type: ignore[attr-defined]

    def wait_until_asked(self) -> None:
        """Until a request came since says(): the client is done with its token by then."""
        if not self._handler.asked.wait(ASKED_SECONDS):  # type: ignore[attr-defined]
            raise TimeoutError("no request came")

    def options(self, token: Token, key: str = "ec-p256") -> list[Option]:
        """All options of a call."""
        path = self.folder / f"{key}.json"
        write_service_key(path, f"https://localhost:{self.port}", chain_of(key))
        return ["--service-key", path, "--chain", chain_of(key), "--ca", self.ca,
                *token.options(key)]


def write_service_key(path: Path, url: str, chain: Path) -> Path:
    """An External Certificate service key as the cockpit shows it, for any URL."""
    leaf = openssl("x509", "-in", chain).decode()
    path.write_text(json.dumps({"oauth": {
        "clientid": "sb-canned!b1|it!b1", "url": url, "tokenurl": f"{url}/oauth/token",
        "certificate": leaf}}))
    return path
