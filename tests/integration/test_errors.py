#!/usr/bin/env python3
"""What goes wrong on the way to the tenant and back: network, TLS, HTTP statuses, answers."""

from __future__ import annotations

import socket
import unittest
from contextlib import closing
from typing import Sequence

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox, write_service_key
from tokens import Token, ca_folder, chain_of, copy_token

LOGS = "MessageProcessingLogs"
KEY = "ec-p256"
Words = str | Sequence[str]


class SandboxTest(CihsmTest):
    """Against one sandbox, with faults switched on."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def call(self, *arguments: Option) -> Result:
        """A call that may fail."""
        return self.cihsm("get", *arguments, *self.box.options(self.token), env=self.token.env)

    def fails(self, code: int, words: Words, *arguments: Option) -> str:
        """A call that fails with nothing on standard output."""
        return self.refuses(code, words, "get", *(arguments or (LOGS,)),
                            *self.box.options(self.token), env=self.token.env)

    def replaced(self, name: str, value: Option) -> list[Option]:
        """The options of a call with one value replaced."""
        options = self.box.options(self.token)
        options[options.index(name) + 1] = value
        return options


class StatusTest(SandboxTest):
    """HTTP statuses, with every shape of body."""

    def test_each_status_has_its_exit_code(self) -> None:
        """Design section 5; the server's words are quoted where it has any."""
        cases = {400: 1, 401: 7, 403: 7, 404: 8, 405: 1, 409: 9, 412: 9, 415: 1, 423: 12, 429: 12,
                 500: 10, 501: 1, 502: 10, 503: 10, 504: 10}
        for status, code in cases.items():
            with self.subTest(status=status), self.box.scenario(f"error_status={status}",
                                                                "error_body=json"):
                text = self.fails(code, f"{status} from tenant: ")
                self.assertIn(f"({LOGS})", text)
                self.assertIn("; ", text, "nothing about what to do next")

    def test_every_shape_of_error_body(self) -> None:
        """JSON, XML, an HTML page, nothing, and the form of SAP's public sandbox."""
        words = {"json": "Simulated fault", "xml": "Simulated fault", "html": "", "empty": "",
                 "sandbox": "Simulated fault"}
        for status, code in ((404, 8), (500, 10), (503, 10)):
            for form, quoted in words.items():
                with self.subTest(status=status, form=form), self.box.scenario(
                        f"error_status={status}", f"error_body={form}"):
                    text = self.fails(code, [f"{status} from tenant: ", quoted])
                    self.assertNotIn("<", text)
                    self.assertNotIn("{", text)

    def test_a_rate_limit_tells_when_to_come_again(self) -> None:
        """Retry-After, where the server sends it."""
        for form in ("json", "xml", "html", "empty"):
            with self.subTest(form=form), self.box.scenario("error_status=429",
                                                            f"error_body={form}"):
                self.fails(12, ["429 from tenant", "try again later"])

    def test_unauthorized_and_forbidden_in_every_shape(self) -> None:
        """The hint does not depend on the body."""
        self.box.service_key(KEY)
        for form in ("json", "xml", "html", "empty"):
            with self.subTest(form=form), self.box.scenario("role_missing=1", f"body_403={form}"):
                self.fails(7, ["403 from tenant", "MonitoringDataRead"])

    def test_a_set_and_an_entity_that_do_not_exist(self) -> None:
        """The path is repeated, to find the slip of the pen."""
        self.fails(8, ["404 from tenant", "(NoSuchSet)", "check name"], "NoSuchSet")
        self.fails(8, ["404 from tenant", f"({LOGS}('x'))"], f"{LOGS}('x')")

    def test_a_query_that_the_server_refuses(self) -> None:
        """With its own words."""
        text = self.fails(1, ["400 from tenant: ", "query options"], LOGS, "--filter", "Nope eq 1")
        self.assertIn("Nope", text)

    def test_an_operation_that_the_server_lacks(self) -> None:
        """501, not a fault of the server."""
        self.fails(1, ["501 from tenant"], "MessageProcessingLogRuns")

    def test_a_redirect_is_not_followed(self) -> None:
        """The certificate is shown to no other place."""
        with self.box.scenario("redirect=https://login.example/"):
            text = self.fails(11, ["302", "url of the service key"])
        self.assertIn("redirect", text)


class AnswerTest(SandboxTest):
    """Answers that are not what they should be."""

    def test_a_truncated_body(self) -> None:
        """Nothing of it is printed."""
        with self.box.scenario("truncate_body=2000"):
            self.fails(6, ["localhost", "lost before the answer was complete"])

    def test_broken_json(self) -> None:
        """With the place."""
        with self.box.scenario("bad_json=1"):
            self.fails(11, "JSON")

    def test_a_fault_on_the_second_page(self) -> None:
        """What was complete stays on standard output; the exit code tells the rest."""
        with self.box.scenario("error_status=500", "error_path=$skiptoken"):
            done = self.call(LOGS, "--all")
        self.assertEqual(done.code, 10, done.err)
        self.assertEqual(len(done.jsonl), 1000)
        self.message(done, "500 from tenant")

    def test_a_link_to_another_origin_is_not_followed(self) -> None:
        """Other host, other port."""
        for place in ("elsewhere.example:443", "localhost:9"):
            with self.subTest(place=place), self.box.scenario(f"next_host={place}"):
                done = self.call(LOGS, "--all")
                self.assertEqual(done.code, 11, done.err)
                self.message(done, ["leads out of", place.split(":", maxsplit=1)[0],
                                    "not followed"])
                self.assertEqual(len(done.jsonl), 1000)

    def test_a_link_that_repeats_ends_it(self) -> None:
        """No endless loop."""
        with self.box.scenario("next_loop=1"):
            done = self.call(LOGS, "--all")
        self.assertEqual(done.code, 11, done.err)
        self.message(done, ["repeats", "--filter"])


class NetworkTest(SandboxTest):
    """No way to the server, or not in time."""

    def test_connection_refused(self) -> None:
        """Host, port, reason, and what to check."""
        with closing(socket.create_server(("127.0.0.1", 0))) as reserved:
            port = reserved.getsockname()[1]
        path = write_service_key(self.folder / "key.json", f"https://localhost:{port}",
                                 chain_of(KEY))
        self.refuses(6, [f"no connection to localhost:{port}", "Connection refused",
                         "URL of the service key"],
                     "get", LOGS, *self.replaced("--service-key", path), env=self.token.env)

    def test_an_unknown_host(self) -> None:
        """The name is repeated."""
        path = write_service_key(self.folder / "key.json", "https://tenant.invalid",
                                 chain_of(KEY))
        self.refuses(6, ["host tenant.invalid", "is not known"], "get", LOGS,
                     *self.replaced("--service-key", path), env=self.token.env)

    def test_a_slow_answer(self) -> None:
        """--timeout is for the whole request, in seconds."""
        with self.box.scenario("delay_ms=3000"):
            self.fails(12, ["1000 ms", "--timeout"], LOGS, "--timeout", "1")

    def test_a_server_that_never_speaks_tls(self) -> None:
        """It takes the connection and stays silent; --connect-timeout ends it."""
        with closing(socket.create_server(("127.0.0.1", 0))) as silent:
            port = silent.getsockname()[1]
            path = write_service_key(self.folder / "key.json", f"https://localhost:{port}",
                                     chain_of(KEY))
            self.refuses(12, ["handshake", "1000 ms"], "get", LOGS, "--connect-timeout", "1",
                         *self.replaced("--service-key", path), env=self.token.env)

    def test_a_port_without_tls(self) -> None:
        """The tenant behind the load balancer speaks plain HTTP."""
        port = self.box.info["tenant_port"]
        path = write_service_key(self.folder / "key.json", f"https://localhost:{port}",
                                 chain_of(KEY))
        self.refuses(6, ["does not speak TLS", "URL of the service key"], "get", LOGS,
                     *self.replaced("--service-key", path), env=self.token.env)


class ServerCertificateTest(SandboxTest):
    """There is no switch against verification."""

    def test_a_root_that_is_not_trusted(self) -> None:
        """Of another CA, and where only the system's roots are known."""
        mark = self.box.mark()
        self.refuses(6, ["is not trusted", "Sandbox Server Root CA", "--ca"], "get", LOGS,
                     *self.replaced("--ca", ca_folder() / "root.pem"), env=self.token.env)
        options = self.replaced("--ca", "")
        at = options.index("--ca")
        self.refuses(6, ["is not trusted", "the system's roots", "--ca"], "get", LOGS,
                     *options[:at], *options[at + 2:], env=self.token.env)
        self.assertEqual([line for line in self.box.seen(mark, 0) if line["status"] == 200], [])

    def test_a_certificate_for_another_host(self) -> None:
        """Its chain is fine, its name is not."""
        server = CannedTenant("tenant.example")
        self.addCleanup(server.stop)
        self.refuses(6, ["is not for localhost", "URL of the service key"], "get", LOGS,
                     *server.options(self.token), env=self.token.env)

    def test_an_address_in_the_certificate_is_a_name_too(self) -> None:
        """The sandbox's certificate is for localhost and 127.0.0.1."""
        path = write_service_key(self.folder / "key.json",
                                 self.box.url.replace("localhost", "127.0.0.1"), chain_of(KEY))
        self.box.service_key(KEY)
        self.succeeds("get", f"{LOGS}/$count", *self.replaced("--service-key", path),
                      env=self.token.env)


class CannedTest(CihsmTest):
    """Answers that the sandbox is too honest to give."""

    server: CannedTenant
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def says(self, answer: Answer, code: int, words: Words) -> str:
        """A call that is answered so, and fails."""
        self.server.says(answer)
        return self.refuses(code, words, "get", "Things", *self.server.options(self.token),
                            env=self.token.env)

    def test_success_that_is_no_odata(self) -> None:
        """A login page, an empty body."""
        page = b"<!DOCTYPE html><html><head><title>Log on</title></head></html>"
        self.says(Answer(page, content_type="text/html"), 11, "HTML")
        self.says(Answer(b""), 11, ["0 bytes", "broken", "try again"])

    def test_xml_where_json_was_asked_for_is_printed_as_it_came(self) -> None:
        """Some resources know no JSON."""
        self.server.says(Answer(b"<feed/>", content_type="application/atom+xml"))
        done = self.succeeds("get", "Things", *self.server.options(self.token), env=self.token.env)
        self.assertEqual(done.stdout, b"<feed/>")

    def test_an_answer_that_ends_too_early(self) -> None:
        """HTTP/1.1 tells by the length that was announced."""
        self.says(Answer(b'{"d":', promised_bytes=100), 6,
                  "try again; if it stays, ask for less")

    def test_values_that_break_readers(self) -> None:
        """Repeated names, broken UTF-8, levels without end."""
        self.says(Answer(b'{"d":{"Id":"1","Id":"2"}}'), 11, 'JSON name "Id" is repeated')
        self.says(Answer(b'{"d":{"Id":"\xff\xfe"}}'), 11, "UTF-8")
        self.says(Answer(b'{"d":' * 500 + b"1" + b"}" * 500), 11, "levels")

    def test_a_long_error_text_is_cut(self) -> None:
        """One line that a person can still read."""
        body = b'{"error":{"message":{"value":"' + b"very long " * 900 + b'"}}}'
        text = self.says(Answer(body, 400), 1, "very long")
        self.assertLess(len(text), 1024)
        self.assertIn("check the path", text)

    def test_a_server_that_asks_for_no_certificate(self) -> None:
        """A proxy in between that ends TLS looks like this: the hint names it."""
        server = CannedTenant(asks_certificate=False)
        self.addCleanup(server.stop)
        server.says(Answer(status=401))
        self.refuses(7, ["401 from tenant", "did not ask for a client certificate", "proxy"],
                     "get", "Things", *server.options(self.token), env=self.token.env)


if __name__ == "__main__":
    unittest.main()
