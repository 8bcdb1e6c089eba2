#!/usr/bin/env python3
"""Tests of $batch: contract §6.4."""

from __future__ import annotations

import json
import sys
import unittest
from dataclasses import dataclass
from typing import Any, Optional

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from selftest import Answer, ask, info, sandbox, scenario, setUpModule  # noqa: E402
from selftest_writes import EVERY_ROLE, Writing  # noqa: E402

EOL = "\r\n"
OUTER, INNER = "batch_1", "changeset_1"
MULTIPART = {"Content-Type": f"multipart/mixed; boundary={OUTER}", "Accept": "application/json"}


def operation(line: str, body: Any = None, content_id: Optional[str] = None) -> str:
    """A part of type application/http."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"{line} HTTP/1.1", "Accept: application/json"]
    if body is None:
        return EOL.join([*lines, "", ""])
    text = json.dumps(body, ensure_ascii=False)
    return EOL.join([*lines, "Content-Type: application/json",
                     f"Content-Length: {len(text.encode())}", "", text])


def enclosed(boundary: str, parts: list[str]) -> str:
    """The parts between their boundaries."""
    return "".join(f"--{boundary}{EOL}{part}{EOL}" for part in parts) + f"--{boundary}--{EOL}"


def change_set(*operations: str) -> str:
    """Writes that succeed or fail as one."""
    return EOL.join([f"Content-Type: multipart/mixed; boundary={INNER}", "",
                     enclosed(INNER, list(operations))])


def string(pid: str, name: str, value: str = "") -> str:
    """The creation of a string parameter."""
    return operation("POST StringParameters?user=anna", {"Pid": pid, "Id": name, "Value": value})


@dataclass
class Part:
    """One part of an answer."""

    status: int
    headers: dict[str, str]
    body: str
    content_id: Optional[str]


def split(content_type: str, body: str) -> list[str]:
    """The parts of an answer, by hand: an answer must not need a forgiving reader."""
    boundary = content_type.partition("boundary=")[2]
    first, *parts = body.split(f"--{boundary}")
    assert first == "" and parts.pop() == f"--{EOL}", body
    assert all(part.startswith(EOL) and part.endswith(EOL) for part in parts), body
    return [part[len(EOL):-len(EOL)] for part in parts]


def fields(head: str) -> dict[str, str]:
    """Header lines by their names."""
    return dict(line.split(": ", 1) for line in head.split(EOL) if line)


def read(content_type: str, body: str) -> list[Any]:
    """Parts, and lists of parts where a change set was."""
    found: list[Any] = []
    for part in split(content_type, body):
        head, _, inner = part.partition(EOL * 2)
        outer = fields(head)
        if outer["Content-Type"].startswith("multipart/mixed"):
            found.append(read(outer["Content-Type"], inner))
            continue
        assert outer["Content-Type"] == "application/http", outer
        assert outer["Content-Transfer-Encoding"] == "binary", outer
        head, _, text = inner.partition(EOL * 2)
        line, _, head = head.partition(EOL)
        headers = fields(head)
        assert int(headers["Content-Length"]) == len(text.encode()), part
        found.append(Part(int(line.split(" ")[1]), headers, text, outer.get("Content-ID")))
    return found


class Batch(Writing):
    """Batches of a caller with every role."""

    def post(self, *parts: str, status: int = 202, body: Optional[bytes] = None,
             headers: Optional[dict[str, str]] = None) -> Answer:
        """POST $batch."""
        sent = enclosed(OUTER, list(parts)).encode() if body is None else body
        answer = ask(self.connection, "/api/v1/$batch", "POST", headers or MULTIPART, sent)
        self.assertEqual(answer.status, status, answer.body[:400])
        return answer

    def run_batch(self, *parts: str) -> list[Any]:
        """The parts of the answer to a batch."""
        answer = self.post(*parts)
        self.assertEqual(answer.headers["DataServiceVersion"], "2.0")
        return read(answer.headers["Content-Type"], answer.body.decode())

    def strings(self, pid: str) -> set[str]:
        """The ids of a partner's string parameters."""
        found = self.read(f"StringParameters?$filter=Pid eq '{pid}'")["results"]
        return {entity["Id"] for entity in found}

    def test_reads_and_writes(self) -> None:
        before, made, after = self.run_batch(
            operation("GET StringParameters(Pid='Stapel',Id='a')"),
            change_set(string("Stapel", "a", "Größe\r\n--batch_1"), string("Stapel", "b"),
                       operation("PUT StringParameters(Pid='Stapel',Id='b')", {"Value": "x"},
                                 content_id="three"),
                       operation("DELETE StringParameters(Pid='Stapel',Id='b')")),
            operation("GET StringParameters(Pid='Stapel',Id='a')/Value?$format=json"))
        self.assertEqual((before.status, json.loads(before.body)["error"]["code"]),
                         (404, "Not Found"))
        self.assertEqual([part.status for part in made], [201, 201, 204, 204])
        self.assertEqual(made[0].headers["Location"],
                         f"{info()['url']}/api/v1/StringParameters(Pid='Stapel',Id='a')")
        self.assertEqual(json.loads(made[0].body)["d"]["CreatedBy"], "anna")
        self.assertEqual((made[2].content_id, made[2].body), ("three", ""))
        self.assertEqual(json.loads(after.body), {"d": {"Value": "Größe\r\n--batch_1"}})
        self.assertEqual(self.strings("Stapel"), {"a"})
        self.run_batch(change_set(operation("DELETE StringParameters(Pid='Stapel',Id='a')")))

    def test_one_failure_undoes_the_change_set(self) -> None:
        (failed,) = self.run_batch(change_set(
            string("Ganz", "a"), string("Ganz", "b"), string("Ganz", "a")))
        self.assertEqual(failed.status, 500)
        self.assertEqual(self.strings("Ganz"), set())

    def test_what_a_batch_may_not_hold(self) -> None:
        credential = operation("POST UserCredentialParameters",
                               {"Pid": "S", "Id": "c", "User": "u", "Password": "p"})
        for parts in ((change_set(string("S", "a")), change_set(string("S", "b"))),
                      (change_set(credential, string("S", "a")),),
                      (change_set(credential, credential),), (string("S", "a"),),
                      (change_set(operation("GET StringParameters")),),
                      (operation("GET $batch"),)):
            self.post(*parts, status=400)
        self.assertEqual(self.strings("S"), set())
        first, second = self.run_batch(change_set(credential), change_set(credential))
        self.assertEqual((first[0].status, second[0].status), (201, 201))
        (gone,) = self.run_batch(
            change_set(operation("DELETE UserCredentialParameters(Pid='S',Id='c')")))
        self.assertEqual(gone[0].status, 204)

    def test_malformed_bodies(self) -> None:
        good = enclosed(OUTER, [operation("GET Partners")])
        for body in ("", "hello", good.replace("--batch_1--", ""), good.replace("batch_1", "other"),
                     good.replace("binary", "base64"), good.replace("GET ", "GET  "),
                     good.replace("application/http", "text/plain"),
                     enclosed(OUTER, [change_set(string("S", "a")).replace(f"--{INNER}--", "")])):
            with self.subTest(body):
                self.post(body=body.encode(), status=400)
        self.post(body=good.encode(), status=415, headers={"Content-Type": "application/json"})
        self.post(body=good.encode(), status=415, headers={"Content-Type": "multipart/mixed"})
        self.assertEqual(ask(self.connection, "/api/v1/$batch").status, 405)

    def test_long_batches(self) -> None:
        writes = [string("Viele", f"n{number}", "x" * 100) for number in range(500)]
        (made,) = self.run_batch(change_set(*writes))
        self.assertEqual({part.status for part in made}, {201})
        self.answers(204, "DELETE", "Partners('Viele')")

    def test_tokens_and_roles(self) -> None:
        with scenario("csrf=always"):
            answer = self.post(operation("GET Partners"), status=403)
            self.assertEqual(answer.headers["X-CSRF-Token"], "Required")
        sandbox("roles", "--instance", "second", "--role",
                "AuthGroup_TenantPartnerDirectoryConfigurator")
        sandbox("scenario", "csrf=off")
        allowed, refused = self.run_batch(operation("GET Partners"), operation("GET Variables"))
        self.assertEqual((allowed.status, refused.status), (200, 403))
        sandbox("roles", "--instance", "second", *EVERY_ROLE)


if __name__ == "__main__":
    unittest.main(verbosity=1)
