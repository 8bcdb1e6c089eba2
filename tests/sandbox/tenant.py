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
from data import Store
from rate_limit import Limiter
from render import Response, error_response
from scenario import Scenario
from service import Refused, Request, Service, wants_json
from statefile import Watched, read_json
from token_server import TokenServer

MAX_BODY = 64 * 1024 * 1024
IDLE_SECONDS = 120

_REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
            405: "Method Not Allowed", 409: "Conflict", 429: "Too Many Requests",
            500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway",
            503: "Service Unavailable", 504: "Gateway Timeout"}
_MESSAGES = {401: "Unauthorized. Authorization information is missing or invalid.",
             429: "Too many requests. Server's rate limit exceeded."}


def failure(status: int, message: str, form: str) -> Response:
    """An error answer with the usual code text."""
    return error_response(status, _REASONS.get(status, "Error"), message, form)


def no_route(host: str) -> Response:
    """The platform's router about a host that no application serves."""
    name = host.rpartition(":")[0] or host
    return Response(404, f"404 Not Found: Requested route ('{name}') does not exist.\n".encode(),
                    "text/plain; charset=utf-8", {"X-Cf-RouterError": "unknown_route"})


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
        self._service = Service(store)
        self._token: str = config["lb_token"]
        self._public_url: str = config["url"]
        self._registry = Watched(directory / identity.FILE_NAME, identity.Registry)
        self._scenario = Watched(directory / scenario.FILE_NAME, Scenario)
        self._tokens = TokenServer(self._public_url)
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
        registry = self._registry.get().delayed(active.get("role_delay", 0))
        cut, caller = None, None
        front = headers.get(identity.LB_FRONT) or "api"
        if front == "router" or active.get("no_route"):
            response = no_route(headers.get("X-Lb-Host") or "")
        elif front == "api":
            caller = self._caller(headers, registry, active)
            response, cut = self._decide(method, target, headers, caller, active)
        else:
            response, caller = self._tokens.answer(method, target, headers, body, registry, active)
        self.log.write(method=method, target=target, key=caller.key_name if caller else None,
                       status=response.status, **self._seen(headers, active))
        return response, cut

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
        return self._tokens.caller(headers["Authorization"], registry, active)

    def _decide(self, method: str, target: str, headers: Any, caller: Optional[identity.Caller],
                active: Scenario) -> tuple[Response, Optional[int]]:
        if active.get("redirect"):
            return Response(302, headers={"Location": active.get("redirect")}), None
        if caller is None:
            return failure(401, _MESSAGES[401], active.get("body_401", "json")), None
        path, _, query = target.partition("?")
        form = "json" if wants_json(headers.get("Accept") or "", query) else "xml"
        stopped = self._stop(method, path, headers, caller, active, form)
        if stopped is not None:
            return stopped, None
        roles = frozenset() if active.get("role_missing") else caller.roles
        request = Request(method, path, query, headers.get("Accept") or "",
                          self._origin(headers), roles)
        try:
            if active.get("role_missing"):
                raise Refused(403, "Role missing.")
            response = self._service.answer(request)
        except Refused as refused:
            if refused.status == 403:
                form = active.get("body_403", "empty")
            response = failure(refused.status, refused.message, form)
        if method == "GET" and response.status < 400 and self._csrf.applies(
                active.get("csrf", "off"), headers):
            response.headers.update(self._csrf.fetched(caller.key_name, headers))
        return self._disturb(response, target, form, active)

    def _stop(self, method: str, path: str, headers: Any, caller: identity.Caller,
              active: Scenario, form: str) -> Optional[Response]:
        """The answer to a known caller who asks too often, or writes without a CSRF token."""
        percent = active.get("rate_limits")
        if percent is not None and not self._limiter.allows(path, caller.key_name, percent):
            response = failure(429, _MESSAGES[429], form)
            if active.get("retry_after") is not None:
                response.headers["Retry-After"] = str(active.get("retry_after"))
            return response
        if method in csrf.READING or not self._csrf.applies(active.get("csrf", "off"), headers):
            return None
        if self._csrf.allows(caller.key_name, headers, active.get("csrf_writes")):
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

    @staticmethod
    def _disturb(response: Response, target: str, form: str,
                 active: Scenario) -> tuple[Response, Optional[int]]:
        """Applies next_* and, where they are due, the fault switches."""
        if response.status in (401, 403):
            return response, None
        _change_next(response, target, active)
        if not active.fault_due(target):
            return response, None
        status = active.get("error_status")
        if status is not None:
            message = _MESSAGES.get(status, "Simulated fault.")
            response = failure(status, message, active.get("error_body", form))
            if active.get("retry_after") is not None:
                response.headers["Retry-After"] = str(active.get("retry_after"))
        if active.get("bad_json") and response.content_type.startswith("application/json"):
            response.body = response.body[:len(response.body) * 2 // 3]
        return response, active.get("truncate_body")


def _change_next(response: Response, target: str, active: Scenario) -> None:
    """next_host and next_loop rewrite the link to the following page."""
    if not (active.get("next_host") or active.get("next_loop")):
        return
    is_json = response.content_type.startswith("application/json")
    marker, end = (b'"__next":"', b'"') if is_json else (b'<link href="', b'" rel="next"')
    head, found, tail = response.body.rpartition(marker)
    uri, closing, rest = tail.partition(end)
    if not found or not closing:
        return
    origin, path, old = uri.partition(b"/api/v1/")
    if active.get("next_host"):
        origin = b"https://" + active.get("next_host").encode()
    if active.get("next_loop"):
        old = target.partition("/api/v1/")[2].encode()
        old = old if is_json else old.replace(b"&", b"&amp;")
    response.body = head + marker + origin + path + old + closing + rest


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
        self.send_response(response.status, _REASONS.get(response.status))
        if response.content_type:
            self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
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
