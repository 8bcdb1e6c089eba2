#!/usr/bin/env python3
"""cihsm batch: operations from JSON Lines, change sets, answers, consent."""

from __future__ import annotations

import json
import unittest
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, chain_of, copy_token

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

KEY = "ec-p256"
READER = "ec-p384"
SECRET = "Canary-password-8c41"
MIXED = "multipart/mixed; boundary=b"
PART = b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n1\r\n"
MADE = (b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n"
        b"Content-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n--c--\r\n")
Operation = dict[str, Any]


def string(name: str, pid: str = "Stapel", **more: Any) -> Operation:
    """The creation of a string parameter."""
    return {"method": "POST", "path": "StringParameters",
            "body": {"Pid": pid, "Id": name, "Value": "x"}, **more}


def address(name: str, pid: str = "Stapel") -> str:
    """The path of a string parameter."""
    return f"StringParameters(Pid='{pid}',Id='{name}')"


def lines(*operations: Operation) -> bytes:
    """Operations as JSON Lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in operations).encode()


class BatchTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    box: Sandbox
    token: Token

    def batch(self, *operations: Operation, options: Sequence[Option] = ("-o", "jsonl"),
              key: str = KEY) -> Result:
        """The operations from standard input."""
        return self.cihsm("batch", "-", *options, *self.box.options(self.token, key),
                          env=self.token.env, stdin=lines(*operations))

    def rows(self, code: int, *operations: Operation, options: Sequence[Option] = ()) -> list[Any]:
        """The rows of a batch that ends with this code."""
        done = self.batch(*operations, options=["-o", "jsonl", *options])
        self.assertEqual(done.code, code, done.err)
        return done.jsonl

    def wrong(self, words: str | Sequence[str], text: str | bytes | Operation, *more: Operation,
              options: Sequence[Option] = (), code: int = 2) -> None:
        """Lines that are refused before a token or a service key is looked for."""
        first = lines(text) if isinstance(text, dict) else text
        first = first.encode() if isinstance(first, str) else first
        self.refuses(code, words, "batch", "-", *options, stdin=first + lines(*more))

    def ids(self, pid: str = "Stapel") -> list[str]:
        """The string parameters of a partner."""
        done = self.succeeds("get", "StringParameters", "--filter", f"Pid eq '{pid}'", "-o",
                             "jsonl", *self.box.options(self.token, KEY), env=self.token.env)
        return sorted(row["Id"] for row in done.jsonl)

    def forget(self, *names: str) -> None:
        """Deletes what a test made."""
        self.addCleanup(self.rows, 0, *({"method": "DELETE", "path": address(name), "changeset": 1}
                                        for name in names), options=["--yes"])

    def posts(self, mark: int, count: int) -> int:
        """How many batches were sent since a mark."""
        return sum("POST" in line["request"] for line in self.box.seen(mark, count))


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))
    BatchTest.box, BatchTest.token = box, copy_token(box.folder / "token")


class AnswerTest(BatchTest):
    """A row for each operation, in the order of the lines."""

    def test_reads_and_writes(self) -> None:
        """All of it in one request."""
        mark = self.box.mark()
        self.forget("a")
        done = self.batch(
            {"method": "GET", "path": "StringParameters", "query": {"$filter": "Pid eq 'Stapel'"}},
            string("a", changeset=1, query={"user": "änna"}), string("b", changeset=1),
            {"method": "DELETE", "path": address("b"), "changeset": 1},
            {"method": "GET", "path": address("a")},
            {"method": "GET", "path": "StringParameters/$count"},
            options=["-o", "jsonl", "--yes"])
        self.assertEqual((done.code, done.err), (0, ""))
        empty, made, _, gone, found, count = done.jsonl
        self.assertEqual(empty, {"line": 1, "method": "GET", "path": "StringParameters",
                                 "status": 200, "value": []})
        self.assertEqual((made["status"], made["value"]["CreatedBy"]), (201, "änna"))
        self.assertEqual(made["location"], f"{self.box.url}/api/v1/{address('a')}")
        self.assertEqual(gone, {"line": 4, "method": "DELETE", "path": address("b"), "status": 204})
        self.assertEqual(found["value"]["Value"], "x")
        self.assertGreaterEqual(int(count["value"]), 1)
        self.assertEqual(self.posts(mark, 2), 1)

    def test_content_that_looks_like_a_boundary(self) -> None:
        """It comes back as it went."""
        text = "--batch_1\r\n--changeset_1--\r\n\r\nHTTP/1.1 200 OK\r\nGröße"
        self.forget("a")
        operation = string("a")
        operation["body"]["Value"] = text
        made, found = self.rows(0, operation, {"method": "GET", "path": address("a")})
        self.assertEqual((made["value"]["Value"], found["value"]["Value"]), (text, text))

    def test_one_failure_undoes_its_change_set(self) -> None:
        """The operation that failed is named, the others say why they were not done."""
        done = self.batch(string("a", changeset=1), string("b", changeset=1),
                          string("a", changeset=1), {"method": "GET", "path": "Partners"})
        self.assertEqual(done.code, 10, done.err)
        self.assertEqual([row["status"] for row in done.jsonl], [500, 500, 500, 200])
        for at in (0, 1):
            self.assertTrue(done.jsonl[at]["error"].startswith(
                "not done, for another one of its change set failed: 500"), done.jsonl[at])
        self.assertTrue(done.jsonl[2]["error"].startswith("500 from tenant: "), done.jsonl[2])
        self.assertNotIn("value", done.jsonl[0])
        told = json.loads(done.err)["error"]
        self.assertEqual((told["exit_code"], told["http_status"]), (10, 500))
        self.assertIn("3 of 4 operations failed; the first, line 1: not done", told["message"])
        self.assertEqual(self.ids(), [])

    def test_operations_fail_on_their_own(self) -> None:
        """The exit code is that of the first failure; roles are named for each."""
        self.box.register(READER, chain_of(READER),
                          ["AuthGroup_TenantPartnerDirectoryConfigurator"])
        done = self.batch({"method": "GET", "path": "Variables"},
                          {"method": "GET", "path": "Partners"},
                          {"method": "GET", "path": address("nothing")}, options=[], key=READER)
        self.assertEqual(done.code, 7, done.err)
        self.message(done, ["2 of 3 operations failed; the first, line 1: 403", "role"])
        self.assertIn("404", done.out)
        self.assertEqual(done.out.splitlines()[0].split(),
                         ["line", "method", "path", "status", "error"])

    def test_formats(self) -> None:
        """json is one array; csv and table have columns. --out keeps what failed."""
        reads: list[Operation] = [{"method": "GET", "path": "Partners"},
                                  {"method": "GET", "path": address("x")}]
        done = self.batch(*reads, options=["-o", "json"])
        self.assertEqual((done.code, [row["status"] for row in done.json]), (8, [200, 404]))
        done = self.batch(*reads[:1], options=["-o", "csv"])
        self.assertTrue(done.out.startswith("line,method,path,status"), done.out)
        done = self.batch(*reads, options=["-o", "jsonl", "--out", "rows"])
        self.assertEqual((done.code, done.out), (8, ""))
        self.assertEqual(len((self.folder / "rows").read_text().splitlines()), 2)


class SizeTest(BatchTest):
    """Many operations: several requests."""

    def test_a_change_set_is_never_cut(self) -> None:
        """Not more than --batch-size but for that."""
        get: Operation = {"method": "GET", "path": "Partners"}
        ranges: list[Operation] = [
            {"method": "POST", "path": "NumberRanges", "changeset": 2, "body": {
                "Name": f"n{number}", "MinValue": "1", "MaxValue": "9", "Rotate": "true"}}
            for number in range(3)]
        for number in range(3):
            gone = {"method": "DELETE", "path": f"NumberRanges('n{number}')"}
            self.addCleanup(self.rows, 0, gone, options=["--yes"])
        mark = self.box.mark()
        found = self.rows(0, get, *ranges, get, get, get, options=["--batch-size", "2"])
        self.assertEqual([row["line"] for row in found], list(range(1, 8)))
        self.assertEqual(self.posts(mark, 5), 4)  # 1, 3, 2, 1 operations

    def test_partner_directory_takes_one_change_set_a_batch(self) -> None:
        """So each goes into a batch of its own."""
        self.forget("a", "b", "c")
        mark = self.box.mark()
        found = self.rows(0, string("a"), string("b", changeset=1), string("c", changeset=1))
        self.assertEqual([row["status"] for row in found], [201] * 3)
        self.assertEqual(self.posts(mark, 3), 2)

    def test_batches_keep_the_pace(self) -> None:
        """A batch is one request of each group in it; of number ranges one a second here."""
        rows = [{"method": "GET", "path": "NumberRanges", "query": {"$top": "1"}}] * 6
        for pace, waits in ("0", 0), ("20", 2):
            done = self.batch(*rows, options=("-v", "-o", "jsonl", "--batch-size", "2", "--pace",
                                              pace))
            self.assertEqual((done.code, len(done.jsonl)), (0, 6), done.err)
            self.assertEqual(done.err.count("keeps the calls below the tenant's rate limit"), waits)

    def test_a_long_change_set(self) -> None:
        """Hundreds of operations are one request all the same."""
        names = [f"n{number}" for number in range(300)]
        found = self.rows(0, *(string(name, "Viele", changeset=1) for name in names))
        self.assertEqual({row["status"] for row in found}, {201})
        self.rows(0, {"method": "DELETE", "path": "Partners('Viele')"}, options=["--yes"])

    def test_a_batch_fails_as_a_whole(self) -> None:
        """What was done before it is told and stays, also in a file; the rest is not sent."""
        reads: list[Operation] = [{"method": "GET", "path": "Partners"}] * 5
        options = ["--batch-size", "2", "-o", "json"]
        failing = ["error_status=503", "error_path=$batch"]
        with self.box.scenario(*failing, "error_after=1"):
            done = self.batch(*reads, options=options)
        self.assertEqual((done.code, [row["line"] for row in done.json]), (10, [1, 2]), done.err)
        note, error = done.err.splitlines()
        self.assertEqual(note, "cihsm: lines 3 to 4 are the batch that failed; those before it "
                               "are told above; those behind it were not sent")
        self.assertIn("503", json.loads(error)["error"]["message"])
        with self.box.scenario(*failing, "error_after=2"):
            done = self.batch(*reads, options=[*options, "--out", "rows"])
        self.assertEqual((done.code, done.out), (10, ""), done.err)
        self.assertEqual(len(json.loads((self.folder / "rows").read_text())), 4)
        self.assertIn("lines 5 to 5 are the batch that failed; those before it are told above\n",
                      done.err)
        with self.box.scenario(*failing):
            done = self.batch(*reads, options=options)
        self.assertEqual((done.code, done.out), (10, ""), done.err)


class CsrfTest(BatchTest):
    """A batch is a POST: contract 6.1."""

    def test_modes(self) -> None:
        """A token that is worth nothing is fetched anew, once."""
        read = {"method": "GET", "path": "Partners"}
        for switches, posts in ((["csrf=always"], 1), (["csrf=off"], 1), (["csrf_lost=1"], 2)):
            with self.subTest(switches=switches), self.box.scenario(*switches):
                mark = self.box.mark()
                self.rows(0, read)
                self.assertEqual(self.posts(mark, posts * 2), posts)


class LinesTest(BatchTest):
    """What is wrong is told with its line, before anything else happens."""

    def test_lines(self) -> None:
        """JSON, members, values."""
        get: Operation = {"method": "GET", "path": "Partners"}
        wrong: list[tuple[str, str | bytes | Operation]] = [
            ("line 1: ", "{"), ("line 1: an operation is a JSON object", "[]"),
            ("line 3: ", lines(get) + b"\n{} x\n"), ('"method"', {}),
            ('a text as "path"', {"method": "GET", "path": ""}),
            ('a text as "path"', {"method": "GET", "path": 5}),
            ('no member "boddy"', {**get, "boddy": {}}),
            ('no member "Method"', {"Method": "GET", "path": "x"}),
            ("no method of OData", {**get, "method": "get"}),
            ('GET has no "body"', {**get, "body": {}}),
            ('PUT needs a "body"', {"method": "PUT", "path": address("a")}),
            ("one JSON object", {**string("a"), "body": [1]}),
            ("object of texts", {**get, "query": {"a": 1}}),
            ("object of texts", {**get, "query": "a=b"}),
            ("object of texts", {**get, "query": ["a"]}),
            ("whole number", string("a", changeset=0)),
            ("whole number", string("a", changeset=1.5)),
            ("whole number", string("a", changeset="1")),
            ("is a URL", {"method": "GET", "path": f"{self.box.url}/api/v1/Partners"}),
            ("holds no operation", " \n\n"),
            ("cannot hold a batch", {"method": "POST", "path": "$batch", "body": {}})]
        for words, line in wrong:
            with self.subTest(words=words):
                self.wrong(words, line)

    def test_change_sets(self) -> None:
        """Side by side, writes only; also where they would be sent apart."""
        get: Operation = {"method": "GET", "path": "Partners"}
        self.wrong(["line 1", "cannot be in a change set"], {**get, "changeset": 1})
        self.wrong(["line 3", "side by side"], string("a", changeset=1), get,
                   string("b", changeset=1), options=["--batch-size", "1"])

    def test_documented_limits(self) -> None:
        """Credentials are alone in their change set."""
        for path in ("UserCredentialParameters", "CertificateUserMappings"):
            alone: Operation = {"method": "POST", "path": path, "body": {"Pid": "S"},
                                "changeset": 4}
            with self.subTest(path=path):
                self.wrong(["line 2", path, "alone in its change set"], string("a", changeset=4),
                           alone)
                self.wrong("alone in its change set", alone, alone)

    def test_requests_are_judged_like_single_ones(self) -> None:
        """As create, update and delete do."""
        wrong: list[tuple[str, Operation]] = [
            ("whole set", {"method": "DELETE", "path": "StringParameters"}),
            ("takes no PATCH", {"method": "PATCH", "path": "UserCredentials('x')", "body": {}}),
            ("names one entity", {**string("a"), "path": address("a")}),
            ("Agency", {"method": "GET", "path": "AlternativePartners(Foo='x')"})]
        for words, operation in wrong:
            with self.subTest(words=words):
                self.wrong(["standard input, line 1: ", words], operation)
        found = self.rows(1, {"method": "PATCH", "path": "UserCredentials('x')", "body": {}},
                          options=["--unchecked"])
        self.assertEqual(found[0]["status"], 501)

    def test_files(self) -> None:
        """A file is named in messages; line ends and a byte order mark do not matter."""
        self.refuses(3, "cannot open", "batch", "nowhere")
        path = self.write("o.jsonl", "\ufeff" + '{"method":"GET","path":"Partners"}\r\n\r\n{')
        self.refuses(2, f"{path}, line 3: ", "batch", path)
        self.refuses(2, "missing argument", "batch")
        self.refuses(2, "--batch-size", "batch", path, "--batch-size", "0")


class ConsentTest(BatchTest):
    """What asks, what is shown."""

    def test_delete_and_put_ask(self) -> None:
        """Without a terminal they need --yes; before a PIN."""
        put: Operation = {"method": "PUT", "path": address("a"), "body": {"Value": "x"}}
        delete = {"method": "DELETE", "path": address("a")}
        self.wrong(["--yes", "deletes 1 and replaces 2"], put, delete,
                   {**put, "path": address("b")})

    def test_a_protected_profile(self) -> None:
        """Its name is repeated for a write; reads and --dry-run are free."""
        settings = [str(part) for part in self.box.options(self.token, KEY)]
        pairs = [f"{name.removeprefix('--')} = {value}"
                 for name, value in zip(settings[::2], settings[1::2])]
        config = self.write("config", "\n".join(["[prod]", *pairs, "protected = yes", ""]))
        options: list[Option] = ["--config", config, "--profile", "prod"]
        self.wrong('"prod" is protected', string("a"), options=options)
        self.succeeds("batch", "-", *options, env=self.token.env,
                      stdin=lines({"method": "GET", "path": "Partners"}))
        self.succeeds("batch", "-", "--dry-run", *options, stdin=lines(string("a")))
        self.forget("a")
        self.succeeds("batch", "-", *options, "--confirm-profile", "prod", env=self.token.env,
                      stdin=lines(string("a")))

    def test_dry_run(self) -> None:
        """The exact bytes, and no network."""
        mark = self.box.mark()
        done = self.succeeds(
            "batch", "-", "--dry-run", "--batch-size", "1", "--service-key",
            self.box.service_key(KEY),
            stdin=lines({"method": "GET", "path": "Partners"}, string("ä")))
        first, second = done.out.split("\n\nPOST ")[0], done.out.split("\n\nPOST ")[-1]
        head, body = first.split("\n\n", 1)
        boundary = head.split("boundary=")[1].split("\n")[0]
        self.assertTrue(head.startswith(f"POST {self.box.url}/api/v1/$batch\n"), head)
        self.assertTrue(body.startswith(f"--{boundary}\r\nContent-Type: application/http\r\n"))
        self.assertIn("\r\nGET Partners HTTP/1.1\r\n", body)
        self.assertIn('\r\n\r\n{"Pid":"Stapel","Id":"ä","Value":"x"}\r\n--changeset_', second)
        self.assertEqual(self.box.mark(), mark)
        self.refuses(3, "no service key", "batch", "-", "--dry-run", stdin=lines(string("a")))

    def test_no_password_is_shown(self) -> None:
        """Neither where it is done nor where it is wrong."""
        secret = {"method": "POST", "path": "UserCredentialParameters",
                  "body": {"Pid": "S", "Id": "c", "User": "u", "Password": SECRET}}
        delete = {"method": "DELETE", "path": "UserCredentialParameters(Pid='S',Id='c')"}
        done = self.batch(secret, delete, options=["-o", "jsonl", "--yes", "-vvv"])
        self.assertEqual(done.code, 0, done.err)
        self.assertNotIn(SECRET, done.out + done.err)
        done = self.cihsm("batch", "-", stdin=lines(secret)[:-3])
        self.assertEqual(done.code, 2)
        self.assertNotIn(SECRET, done.err)


class CannedAnswerTest(CihsmTest):
    """A tenant that says what the sandbox would not."""

    canned: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.canned = CannedTenant()
        cls.addClassCleanup(cls.canned.stop)
        cls.token = copy_token(cls.canned.folder / "token")

    def batch(self, answer: Answer, *options: Option) -> Result:
        """A batch of a read and a write, whatever comes of it."""
        self.canned.says(Answer(b"{}"), POST=answer)
        return self.cihsm("batch", "-", *options, *self.canned.options(self.token),
                          env=self.token.env,
                          stdin=lines({"method": "GET", "path": "A"},
                                      {"method": "POST", "path": "B", "body": {}}))

    def test_a_secret_that_the_tenant_repeats_is_hidden(self) -> None:
        """In the error of the operation that sent it, and as a whole."""
        error = b'{"error":{"code":"x","message":{"value":"Password Sesam-4711 is too short"}}}'
        part = (b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 400 Bad Request\r\n"
                b"Content-Type: application/json\r\n\r\n" + error + b"\r\n--b--\r\n")
        for answer in (Answer(part, 202, MIXED), Answer(error, 400)):
            with self.subTest(status=answer.status):
                self.canned.says(Answer(b"{}"), POST=answer)
                done = self.cihsm(
                    "batch", "-", "-o", "json", *self.canned.options(self.token),
                    env=self.token.env, stdin=lines(
                        {"method": "POST", "path": "UserCredentials",
                         "body": {"Name": "a", "Password": "Sesam-4711"}}))
                self.assertIn("*** is too short", done.out + done.err)
                self.assertNotIn("Sesam-4711", done.out + done.err)

    def test_answers_that_cannot_be_read(self) -> None:
        """What was done is open, so that is told; nothing is printed."""
        for words, body, content_type in (
                ("last boundary is missing", PART * 2, MIXED),
                ("last boundary is missing", PART * 2 + b"--b--", "multipart/mixed; boundary=c"),
                ("operation 2 is missing", PART + b"--b--", MIXED),
                ("more parts", PART * 3 + b"--b--", MIXED),
                ("names no boundary", PART * 2 + b"--b--", "multipart/mixed"),
                ("not multipart/mixed", b'{"d":{}}', "application/json"),
                ("not multipart/mixed", b"<html>log in</html>", "text/html")):
            with self.subTest(words=words):
                done = self.batch(Answer(body, status=202, content_type=content_type))
                self.assertEqual((done.code, done.out), (11, ""), done.err)
                self.message(done, [words, "look what was done"])

    def test_a_lost_answer(self) -> None:
        """It is not sent again by itself."""
        done = self.batch(Answer(b"--b\r\n", promised_bytes=9,
                                 content_type="multipart/mixed; boundary=b"), "--retry-time", "5")
        self.assertEqual((done.code, done.out), (6, ""), done.err)
        self.message(done, "look what was done before you repeat it")

    def test_content_that_is_no_text(self) -> None:
        """A row cannot hold it."""
        part = (b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n"
                b"Content-Type: image/png\r\nContent-Length: 4\r\n\r\n\xff\0\r\n\r\n")
        done = self.batch(Answer(part + MADE + b"--b--", status=202,
                                 content_type='multipart/mixed; boundary="b"'), "-o", "jsonl")
        self.assertEqual(done.code, 0, done.err)
        self.assertNotIn("value", done.jsonl[0])
        self.message(done, "line 1: its answer is 4 bytes that are no text")

    def test_more_pages_are_told(self) -> None:
        """A batch gives the first page."""
        page = json.dumps({"d": {"results": [{"I": "1"}], "__next": "A?$skiptoken=1"}}).encode()
        done = self.batch(Answer(PART.replace(b"1\r\n", page + b"\r\n").replace(
            b"OK\r\n", b"OK\r\nContent-Type: application/json\r\n") + MADE + b"--b--", status=202,
                                 content_type=MIXED), "-o", "jsonl")
        self.assertEqual((done.code, done.jsonl[0]["value"]), (0, [{"I": "1"}]), done.err)
        self.message(done, ["line 1", "--all"])


if __name__ == "__main__":
    unittest.main()
