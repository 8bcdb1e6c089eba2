#!/usr/bin/env python3
"""The simulated tenant: an HTTP/1.1 server behind the load balancer (contract §1.1, §10.1).

Order of checks: came through the load balancer, 401, 429, 403 of CSRF, 403 of roles, 404,
everything else. Started by sandbox.py with a listening socket; reads service keys and scenario
again when they change.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional

import csrf
import identity
import scenario
from added_logs import AddedLogs
from btp import FRONTS, Platform
from faults import NO_ANSWER, change_next, failure, instead, no_route, reason, spoil, try_again
from paths import SERVICE_ROOT, Request, wants_json
from rate_limit import Limiter
from refusal import Refused
from render import Response
from scenario import Scenario
from service import Service
from statefile import Watched, read_json
from store import Store
from token_server import TokenServer

MAX_BODY = 64 * 1024 * 1024
IDLE_SECONDS = 120


class RequestLog:
    """One JSON line per request."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def write(self, **fields: Any) -> None:
        """Appends one line and flushes it."""
        stamp = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        with self._lock:
            self._stream.write(json.dumps({"time": stamp, **fields}, ensure_ascii=False) + "\n")
            self._stream.flush()


class Tenant:
    """Decides every answer; knows nothing of sockets."""

    def __init__(self, directory: Path) -> None:
        config = read_json(directory / "tenant.json", None)
        store = Store(config["entries"], config["seed"], datetime.fromisoformat(config["now"]))
        self._store, self._service = store, Service(store)
        self._added = AddedLogs(directory, store)
        self._token: str = config["lb_token"]
        self._public_url: str = config["url"]
        self._registry = Watched(directory / identity.FILE_NAME, identity.Registry)
        self._scenario = Watched(directory / scenario.FILE_NAME, Scenario)
        self._tokens = TokenServer(self._public_url)
        self._platform = Platform(directory, self._public_url, self._tokens)
        self._csrf, self._limiter = csrf.Guard(), Limiter()
        self.log = RequestLog(directory / "tenant.log")

    def answer(self, method: str, target: str, headers: Any,
               body: bytes) -> tuple[Response, Optional[int]]:
        """The answer, and after how many body bytes to hang up (None: not at all)."""
        if not identity.came_through_lb(headers, self._token):
            return failure(502, "Only the load balancer may talk to the tenant.", "json"), None
        active = self._scenario.get()
        if active.get("delay_ms"):
            time.sleep(active.get("delay_ms") / 1000)
        self._platform.settle(active)
        registry = self._registry.get().delayed(active.get("role_delay", 0),
                                                active.get("key_delay", 0))
        cut, caller, who = None, None, None
        front = headers.get(identity.LB_FRONT) or "api"
        if front == "router" or active.get("no_route"):
            response = no_route(headers.get("X-Lb-Host") or "")
        elif front == "api":
            caller = self._caller(headers, registry, active)
            response, cut = self._decide(method, target, headers, caller, body, active)
        elif front in FRONTS:
            response, cut, who = self._platform.answer(
                self._at_platform(method, target, headers, body, active), target, headers, registry)
        else:
            response, caller = self._tokens.answer(method, target, headers, body, registry, active)
        self.log.write(method=method, target=target, key=caller.key_name if caller else who or None,
                       status=response.status, **self._seen(headers, active))
        return response, cut

    def _at_platform(self, method: str, target: str, headers: Any, body: bytes,
                     active: Scenario) -> Request:
        path, _, query = target.partition("?")
        host = active.get("cf_host")
        origin = f"https://{host}" if host else self._origin(headers)
        return Request(method, path, query, headers.get("Accept") or "", origin, frozenset(), "",
                       headers.get("Content-Type") or "", body, active)

    @staticmethod
    def _seen(headers: Any, active: Scenario) -> dict[str, Any]:
        """What the log says of the certificate: whether it arrived, and the switch if it is set."""
        fate = active.get("certificate")
        arrived = identity.certificate_digest(headers) is not None and fate != "dropped"
        return {"certificate": arrived, **({"fate": fate} if fate else {})}

    def now(self) -> int:
        """The tenant's clock, which may be wrong."""
        return int(time.time()) + int(self._scenario.get().get("date_offset", 0))

    def _caller(self, headers: Any, registry: identity.Registry,
                active: Scenario) -> Optional[identity.Caller]:
        """By token if there is an Authorization header, else by certificate."""
        if headers.get("Authorization") is None:
            return None if active.get("certificate") else registry.caller(headers)
        caller = self._tokens.caller(headers["Authorization"], registry, active)
        return caller if caller is not None and caller.service == identity.API else None

    def _decide(self, method: str, target: str, headers: Any, caller: Optional[identity.Caller],
                body: bytes, active: Scenario) -> tuple[Response, Optional[int]]:
        if active.get("redirect"):
            return Response(302, headers={"Location": active.get("redirect")}), None
        if caller is None:
            return failure(401, None, active.get("body_401", "json")), None
        path, _, query = target.partition("?")
        form = "json" if wants_json(headers.get("Accept") or "", query) else "xml"
        stopped = self._stop(method, path, headers, caller, active, form)
        if stopped is not None:
            return stopped, None
        due = active.fault_due(target, method)
        response = instead(active, form) if due else None
        if response is None:
            roles = frozenset() if active.get("role_missing") else caller.roles
            response = self._serve(Request(
                method, path, query, headers.get("Accept") or "", self._origin(headers), roles,
                caller.key_name, headers.get("Content-Type") or "", body, active), form)
        if method == "GET" and response.status < 400 and self._csrf.applies(
                active.get("csrf", csrf.DEFAULT), headers):
            response.headers.update(self._csrf.fetched(
                caller.key_name, headers, bool(active.get("csrf_rotate"))))
        change_next(response, target, active)
        return response, spoil(response, active) if due else None

    def _serve(self, request: Request, form: str) -> Response:
        """The answer of the service, or its refusal."""
        self._store.skew_s = request.scene.get("date_offset", 0)
        self._added.take_in()
        try:
            if request.scene.get("role_missing"):
                raise Refused(403, "Role missing.")
            return self._service.answer(request)
        except Refused as refused:
            if refused.status == 403:
                form = request.scene.get("body_403", "empty")
            return failure(refused.status, refused.message, form)

    def _stop(self, method: str, path: str, headers: Any, caller: identity.Caller,
              active: Scenario, form: str) -> Optional[Response]:
        """The answer to a known caller who asks too often, or writes without a CSRF token."""
        percent = active.get("rate_limits")
        if percent is not None and not self._limiter.allows(path, caller.key_name, percent):
            return try_again(failure(429, None, form), active)
        if method in csrf.READING or not path.startswith(SERVICE_ROOT) or not self._csrf.applies(
                active.get("csrf", csrf.DEFAULT), headers):
            return None
        if self._csrf.allows(caller.key_name, headers, active.get("csrf_writes"),
                             lambda: active.take("csrf_lost")):
            return None
        response = failure(403, "CSRF token validation failed.", active.get("body_403", "empty"))
        response.headers[csrf.HEADER] = "Required"
        return response

    def _origin(self, headers: Any) -> str:
        """Scheme, host and explicit port of absolute URIs (contract §5.2)."""
        host = headers.get("X-Lb-Host") or ""
        name, colon, port = host.rpartition(":")
        if name and colon and port.isdigit():
            return f"https://{host}"
        return self._public_url


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive; each method is handled alike."""

    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    tenant: Tenant

    def _handle(self) -> None:
        received = self._read_body()
        if received is None:
            return
        response, cut = self.tenant.answer(self.command, self.path, self.headers, received)
        if cut == NO_ANSWER:
            self.close_connection = True
            return
        self.send_response(response.status, reason(response.status))
        if response.content_type:
            self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            # HTTP headers are bytes; what is not ASCII goes out as UTF-8
            self.send_header(name, value.encode().decode("latin-1"))
        if response.status != 204:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        body = b"" if self.command == "HEAD" else response.body
        if cut is not None and cut < len(body):
            body, self.close_connection = body[:cut], True
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_MERGE = do_OPTIONS = _handle

    def _read_body(self) -> Optional[bytes]:
        """The request body; None if there is nobody left to answer."""
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > MAX_BODY or self.headers.get("Transfer-Encoding"):
            self.send_error(413)
            self.close_connection = True
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def date_time_string(self, timestamp: Optional[int] = None) -> str:
        """For the Date header, by the tenant's clock."""
        return super().date_time_string(self.tenant.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # pylint: disable=redefined-builtin
        """The tenant keeps its own log."""


class Server(ThreadingHTTPServer):
    """Serves on a socket somebody else has bound."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, handler: type[Handler]) -> None:
        super().__init__(listener.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener


def main() -> int:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser(description="simulated tenant, started by sandbox.py")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--listen-fd", type=int, required=True)
    arguments = parser.parse_args()
    Handler.tenant = Tenant(arguments.dir)
    server = Server(socket.socket(fileno=arguments.listen_fd), Handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
