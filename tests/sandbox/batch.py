"""$batch: many requests in one body, writes in sets that succeed or fail as one (§6.4)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from typing import Callable, Optional

from filter_tokens import QueryError
from paths import SERVICE_ROOT, Request, wants_json
from refusal import Refused
from render import Response, error_response
from sets_partner import ALONE_IN_A_CHANGE_SET, TRANSACTIONAL
from store import Store

Answer = Callable[[Request], Response]

_REQUEST_LINE = re.compile(r"(GET|POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP/1\.1")
_EOL = b"\r\n"


@dataclass(frozen=True)
class Operation:
    """One request of a batch, and the Content-ID its answer carries too."""

    request: Request
    content_id: Optional[str]

    @property
    def entity_set(self) -> str:
        """The set that the request goes to."""
        return re.split(r"[(/?]", self.request.path[len(SERVICE_ROOT) + 1:], maxsplit=1)[0]


def run_batch(store: Store, answer: Answer, request: Request) -> Response:
    """The answer to POST $batch; a body that is not well formed is 400, and nothing is done."""
    if request.method != "POST":
        raise Refused(405, "Method not allowed.")
    parts: list[Operation | list[Operation]] = [
        _change_set(part, request) if part.get_content_type() == "multipart/mixed"
        else _query(part, request) for part in _parts(request.content_type, request.body)]
    _check_limits([part for part in parts if isinstance(part, list)])
    made = [_run_change_set(store, answer, part) if isinstance(part, list)
            else _http_part(part, _run(answer, part)) for part in parts]
    content_type, body = _multipart("batch", made)
    return Response(202, body, content_type, {"DataServiceVersion": "2.0"})


# --- reading -----------------------------------------------------------------------------------

def _parts(content_type: str, body: bytes) -> list[Message]:
    """The parts of a multipart body; 400 if its boundaries are not all there."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    whole: Message = BytesParser(policy=HTTP).parsebytes(head + body)
    if whole.get_content_type() != "multipart/mixed" or not whole.get_param("boundary"):
        raise Refused(415, "The content type must be multipart/mixed with a boundary.")
    if whole.defects or not whole.is_multipart():
        raise Refused(400, "The body is not what its boundary promises.")
    parts = whole.get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def _query(part: Message, request: Request) -> Operation:
    operation = _operation(part, request)
    if operation.request.method != "GET":
        raise Refused(400, "Writes stand in a change set.")
    return operation


def _change_set(part: Message, request: Request) -> list[Operation]:
    """The writes of a change set, which is multipart/mixed itself."""
    if part.defects or not part.is_multipart():
        raise Refused(400, "A change set is not what its boundary promises.")
    inner = part.get_payload()
    assert isinstance(inner, list)
    operations = [_operation(one, request) for one in inner if isinstance(one, Message)]
    if any(one.request.method == "GET" for one in operations):
        raise Refused(400, "A change set holds writes only.")
    return operations


def _operation(part: Message, request: Request) -> Operation:
    """The request inside a part of type application/http."""
    if part.get_content_type() != "application/http" or str(
            part.get("Content-Transfer-Encoding", "")).lower() != "binary":
        raise Refused(400, "A part must be application/http, binary.")
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    line, _, rest = text.partition(_EOL)
    match = _REQUEST_LINE.fullmatch(line.decode("ascii", "replace"))
    if match is None:
        raise Refused(400, "A part has no request line.")
    head, _, body = rest.partition(_EOL) if rest.startswith(_EOL) else rest.partition(_EOL * 2)
    headers = BytesParser(policy=HTTP).parsebytes(head + _EOL * 2)
    if headers.defects:
        raise Refused(400, "A part has malformed headers.")
    target = match[2].removeprefix(request.origin).removeprefix(SERVICE_ROOT + "/")
    path, _, query = target.partition("?")
    inner = replace(
        request, method=match[1], path=f"{SERVICE_ROOT}/{path}", query=query,
        accept=str(headers.get("Accept", request.accept)),
        content_type=str(headers.get("Content-Type", "")), body=_body(body, headers))
    if inner.path.endswith("$batch"):
        raise Refused(400, "A batch holds no batch.")
    return Operation(inner, part.get("Content-ID"))


def _body(body: bytes, headers: Message) -> bytes:
    length = str(headers.get("Content-Length", ""))
    if not length:
        return body
    if not length.isdigit() or int(length) > len(body) or body[int(length):].strip():
        raise Refused(400, "The Content-Length of a part is wrong.")
    return body[:int(length)]


def _check_limits(change_sets: list[list[Operation]]) -> None:
    """Partner Directory: one change set a batch; credentials alone in theirs."""
    partner = [one for one in change_sets if {o.entity_set for o in one} & TRANSACTIONAL]
    if len(partner) > 1:
        raise Refused(400, "A batch may hold one change set of the Partner Directory.")
    for change_set in change_sets:
        sets = [operation.entity_set for operation in change_set]
        if ALONE_IN_A_CHANGE_SET in sets and len(sets) > 1:
            raise Refused(400, f"{ALONE_IN_A_CHANGE_SET} must stand alone in a change set.")


# --- doing -------------------------------------------------------------------------------------

def _run(answer: Answer, operation: Operation) -> Response:
    try:
        return answer(operation.request)
    except Refused as refused:
        status, message = refused.status, refused.message
    except QueryError as error:
        status, message = 400, str(error)
    form = "json" if wants_json(operation.request.accept, operation.request.query) else "xml"
    return error_response(status, HTTPStatus(status).phrase, message, form)


def _run_change_set(store: Store, answer: Answer, operations: list[Operation]) -> bytes:
    """All of it, or one error in the place of the change set."""
    with store.lock:
        before, parts = store.snapshot(), []
        for operation in operations:
            response = _run(answer, operation)
            if response.status >= 400:
                store.restore(before)
                return _http_part(operation, response)
            parts.append(_http_part(operation, response))
    content_type, body = _multipart("changeset", parts)
    return _EOL.join([f"Content-Type: {content_type}".encode(),
                      f"Content-Length: {len(body)}".encode(), b"", body])


# --- writing -----------------------------------------------------------------------------------

def _http_part(operation: Operation, response: Response) -> bytes:
    """A part of type application/http with a whole answer in it."""
    headers = {"Content-Type": response.content_type, "Content-Length": str(len(response.body)),
               "DataServiceVersion": "2.0", **response.headers}
    if not response.content_type:
        del headers["Content-Type"]
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if operation.content_id:
        lines.append(f"Content-ID: {operation.content_id}")
    lines += ["", f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}",
              *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + response.body


def _multipart(kind: str, parts: list[bytes]) -> tuple[str, bytes]:
    """Content type and body."""
    boundary = f"{kind}_{uuid.uuid4()}"
    separator = f"--{boundary}\r\n".encode()
    body = b"".join(separator + part + _EOL for part in parts)
    return f"multipart/mixed; boundary={boundary}", body + f"--{boundary}--\r\n".encode()
