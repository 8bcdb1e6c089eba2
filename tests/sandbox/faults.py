"""What the switches of a scenario do to an answer, and the words of plain failures."""

from __future__ import annotations

from http import HTTPStatus
from typing import Optional

from render import Response, error_response
from scenario import Scenario

NO_ANSWER = -1
_MESSAGES: dict[int, str] = {401: "Unauthorized. Authorization information is missing or invalid.",
                             429: "Too many requests. Server's rate limit exceeded."}


def reason(status: int) -> str:
    """The phrase of a status; the sandbox can answer any number."""
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"


def failure(status: int, message: Optional[str], form: str) -> Response:
    """An error answer with the usual code text."""
    if message is None:
        message = _MESSAGES.get(status, "Simulated fault.")
    return error_response(status, reason(status), message, form)


def no_route(host: str) -> Response:
    """The platform's router about a host that no application serves."""
    name = host.rpartition(":")[0] or host
    return Response(404, f"404 Not Found: Requested route ('{name}') does not exist.\n".encode(),
                    "text/plain; charset=utf-8", {"X-Cf-RouterError": "unknown_route"})


def try_again(response: Response, active: Scenario) -> Response:
    """Adds Retry-After if it is switched on."""
    if active.get("retry_after") is not None:
        response.headers["Retry-After"] = str(active.get("retry_after"))
    return response


def instead(active: Scenario, form: str) -> Optional[Response]:
    """The answer that a fault gives in the place of the real one: nothing is read or written."""
    status = active.get("error_status")
    if status is None:
        return None
    return try_again(failure(status, None, active.get("error_body", form)), active)


def spoil(response: Response, active: Scenario) -> Optional[int]:
    """bad_json; and after how many body bytes to hang up (None: not at all, NO_ANSWER: before the
    status)."""
    if active.get("no_answer"):
        return NO_ANSWER
    if active.get("bad_json") and response.content_type.startswith("application/json"):
        response.body = response.body[:len(response.body) * 2 // 3]
    cut: Optional[int] = active.get("truncate_body")
    return cut


def change_next(response: Response, target: str, active: Scenario) -> None:
    """next_host, next_scheme and next_loop rewrite the link to the following page."""
    if not any(active.get(name) for name in ("next_host", "next_scheme", "next_loop")):
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
    if active.get("next_scheme"):
        origin = active.get("next_scheme").encode() + b"://" + origin.partition(b"://")[2]
    if active.get("next_loop"):
        old = target.partition("/api/v1/")[2].encode()
        old = old if is_json else old.replace(b"&", b"&amp;")
    response.body = head + marker + origin + path + old + closing + rest
