#!/usr/bin/env python3
"""Having SAP Cloud Root CA certify a key through the Destination service (contract §11.2)."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

from harness import BINARY, CihsmTest, Option, Result, environment, openssl
from platforms import Platform
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, copy_token, request_of

KEY = "ec-p256"
CERTIFICATES = "/destination-configuration/v1/subaccountCertificates"
WAIT_SECONDS = 60.0


class EnrolTest(CihsmTest):
    """A sandbox with a binding of the Destination service."""

    box: Sandbox
    platform: Platform
    token: Token
    binding: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "5")
        cls.addClassCleanup(cls.box.stop)
        cls.platform = Platform(cls.box)
        cls.token = copy_token(cls.box.folder / "token")
        cls.binding = cls.platform.binding()

    def judged(self, done: Result) -> Result:
        """The secret of the binding is never shown."""
        super().judged(done)
        secret = json.loads(self.binding.read_text(encoding="utf-8"))["clientsecret"]
        self.assertNotIn(secret, (done.stdout + done.stderr).decode(errors="replace"))
        return done

    def arguments(self, name: str = "", binding: Path | None = None) -> list[Option]:
        """An enrolment under a name of the test's own."""
        return ["csr", "enroll", "--destination-binding", binding or self.binding, "--name",
                name or f"{self._testMethodName[-60:]}.pem", "--cn", "cpi client, 1", "--ca",
                self.box.ca]

    def with_csr(self, *more: Option) -> list[Option]:
        """Of a CSR file: no token is needed."""
        return [*self.arguments(), "--csr", request_of(KEY), *more]

    def with_token(self, *more: Option, name: str = "") -> list[Option]:
        """Of the key on the token."""
        return [*self.arguments(name), *self.token.options(KEY), *more]

    def public_key(self, pem: bytes, kind: str = "x509") -> bytes:
        """The public key of a certificate or a CSR."""
        return openssl(kind, "-noout", "-pubkey", stdin=pem)


class TokenTest(EnrolTest):
    """From the key on the token to the chain on the token."""

    def test_the_chain_is_written_and_stored_beside_the_key(self) -> None:
        """And the certificate has what the service made of the wish."""
        chain = self.folder / "chain.pem"
        done = self.succeeds(*self.with_token("--validity", "30", "--out", chain, "-o", "json"),
                             env=self.token.env)
        report = done.json
        self.assertTrue(report["isNew"])
        self.assertEqual(report["pem"], chain.read_text(encoding="utf-8"))
        self.assertIn("CN=cpi client\\, 1", report["leaf"]["subject"])
        self.assertIn("SAP Cloud Platform Clients", report["leaf"]["subject"])
        self.assertEqual(len(report["chain"]), 2)  # leaf and intermediate: no root
        self.assertTrue(report["stored"][0]["added"])  # the intermediate may be there
        self.assertEqual(self.public_key(chain.read_bytes()),
                         self.public_key(request_of(KEY).read_bytes(), "req"))
        self.assertIn("next: cihsm service-key create", done.err)
        self.assertIn(str(chain), done.err)
        listed = self.succeeds("cert", "list", "-o", "json", *self.token.options(),
                               env=self.token.env).json
        self.assertIn(report["leaf"]["serialNumber"], [row["serialNumber"] for row in listed])

    def test_it_can_be_done_again(self) -> None:
        """What was issued for this key is taken, not made twice."""
        first = self.succeeds(*self.with_token("-o", "json"), env=self.token.env).json
        again = self.succeeds(*self.with_token("-o", "json"), env=self.token.env)
        self.assertEqual(again.json["leaf"]["serialNumber"], first["leaf"]["serialNumber"])
        self.assertFalse(again.json["isNew"])
        self.assertEqual([row["added"] for row in again.json["stored"]], [False, False])
        self.assertIn("issued for this key before", again.err)

    def test_the_enrolled_certificate_works(self) -> None:
        """The load balancer and a service key made for it accept it."""
        chain = self.folder / "works.pem"
        self.succeeds(*self.with_token("--out", chain), env=self.token.env)
        service_key = self.box.register("enrolled", chain)
        done = self.succeeds("count", "MessageProcessingLogs", "--service-key", service_key,
                             "--chain", chain, "--ca", self.box.ca, *self.token.options(KEY),
                             env=self.token.env)
        self.assertEqual(done.out, "5\n")

    def test_nothing_is_stored_if_not_wanted(self) -> None:
        """The table shows no key then, and the file has the chain."""
        chain = self.folder / "only-file.pem"
        done = self.succeeds(*self.with_token("--no-import", "--out", chain), env=self.token.env)
        self.assertNotIn("stored", done.out)
        self.assertEqual(chain.read_bytes().count(b"BEGIN CERTIFICATE"), 2)

    def test_a_key_that_is_not_there_asks_nobody(self) -> None:
        """Before the Destination service hears of it."""
        mark = self.box.mark()
        self.refuses(5, "no such key on the token", *self.arguments(), *self.token.options("absent"),
                     env=self.token.env)
        self.assertEqual(self.box.seen(mark, 0), [])


class FileTest(EnrolTest):
    """With the CSR of a file; no token."""

    def test_the_chain_goes_to_standard_output(self) -> None:
        """As PEM, for a pipe."""
        done = self.succeeds(*self.with_csr())
        self.assertEqual(done.out.count("BEGIN CERTIFICATE"), 2)
        self.assertEqual(self.public_key(done.stdout),
                         self.public_key(request_of(KEY).read_bytes(), "req"))

    def test_der_csrs_and_wrapped_bindings_are_taken(self) -> None:
        """Each form in which people have them."""
        der = self.folder / "request.der"
        der.write_bytes(openssl("req", "-in", request_of(KEY), "-outform", "DER"))
        wrapped = self.platform.binding("wrapped", wrapped=True)
        self.succeeds(*self.arguments(binding=wrapped), "--csr", der, "--out",
                      self.folder / "c.pem")

    def test_a_binding_with_a_certificate_logs_in_by_it(self) -> None:
        """X.509 bindings have no secret."""
        binding = self.platform.binding("mutual", kind="x509")
        done = self.succeeds(*self.arguments(binding=binding), "--csr", request_of(KEY), "-o",
                             "json")
        self.assertTrue(done.json["isNew"])

    def test_a_dry_run_shows_the_requests_and_sends_none(self) -> None:
        """With the CSR, without the secret."""
        mark = self.box.mark()
        done = self.succeeds(*self.with_csr("--dry-run", "--validity", "7", "-o", "json"))
        self.assertEqual([row["method"] for row in done.json], ["POST", "POST", "GET"])
        body = done.json[1]["body"]
        self.assertEqual(body["Attributes"]["Validity"], {"TimeUnit": "DAYS", "Value": 7})
        self.assertEqual(base64.b64decode(body["Attributes"]["CSR"]),
                         request_of(KEY).read_bytes())
        shown = self.succeeds(*self.arguments(), "--dry-run").out
        self.assertIn(f"POST {self.box.info['destination_url']}{CERTIFICATES}", shown)
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_a_name_of_another_key_is_a_conflict(self) -> None:
        """The sentence says what to do."""
        self.succeeds(*self.with_csr())
        other = ["--csr", request_of("ec-p384")]
        self.refuses(9, ["another key", "--name"], *self.arguments(), *other)

    def test_it_waits_for_the_certificate(self) -> None:
        """And tells that it does."""
        with self.box.scenario("enrol_delay=1"):
            done = self.succeeds(*self.with_csr("--wait", "60s"))
        self.assertIn("waiting: the certificate is not there yet", done.err)

    def test_the_wait_is_bounded_and_can_go_on(self) -> None:
        """Exit code 12; run again it fetches what was ordered."""
        with self.box.scenario("enrol_delay=1000"):
            line = self.refuses(12, ["is not there yet", "run it again"],
                                *self.with_csr("--wait", "1s"))
        self.assertIn("ordered", line)
        done = self.succeeds(*self.with_csr("-o", "json"))
        self.assertFalse(done.json["isNew"])

    def test_a_stop_while_it_waits_loses_nothing(self) -> None:
        """SIGTERM ends it; run again it fetches what was ordered."""
        with self.box.scenario("enrol_delay=1000"):
            code, err = self.stopped_while_waiting(self.with_csr("--wait", "10m"))
        self.assertEqual(code, 128 + signal.SIGTERM)
        self.assertIn("run it again", err)
        self.assertFalse(self.succeeds(*self.with_csr("-o", "json")).json["isNew"])

    def stopped_while_waiting(self, arguments: list[Option]) -> tuple[int, str]:
        """SIGTERM as soon as it tells that it waits."""
        with subprocess.Popen([str(part) for part in (BINARY, *arguments)], text=True,
                              env=environment(self.folder), stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL) as child:
            assert child.stderr is not None
            line = child.stderr.readline()
            child.send_signal(signal.SIGTERM)
            said = line + child.stderr.read()
            code = child.wait(WAIT_SECONDS)
        self.judged_run(arguments, code, [said.encode()])
        return code, said

    def test_what_would_not_work_is_not_taken(self) -> None:
        """Exit code 13 with the finding; no file."""
        chain = self.folder / "bad.pem"
        for gives, words in (("no_eku", "extended key usage"), ("no_chain", "issuer"),
                             ("expired", "expired")):
            with self.subTest(gives=gives), self.box.scenario(f"enrol_gives={gives}"):
                done = self.cihsm(*self.arguments(f"bad-{gives.replace('_', '-')}.pem"), "--csr",
                                  request_of(KEY), "--out", chain)
                self.assertEqual(done.code, 13, done.err)
                self.assertIn(words, done.err)
                self.assertEqual(done.out, "")
                self.assertFalse(chain.exists())

    def test_another_key_and_bad_answers_are_told_apart(self) -> None:
        """9 for a certificate of another key, 11 for what is none."""
        for gives, code, words in (("other_key", 9, "another key"), ("garbage", 11, "base64"),
                                   ("empty", 11, "issued as")):
            with self.subTest(gives=gives), self.box.scenario(f"enrol_gives={gives}"):
                self.refuses(code, words,
                             *self.arguments(f"odd-{gives.replace('_', '-')}.pem"), "--csr",
                             request_of(KEY))

    def test_the_service_names_what_it_does_not_take(self) -> None:
        """400 with its own words."""
        self.refuses(1, ["400 from the Destination service", "extension", "--name"],
                     *self.arguments("without-extension"), "--csr", request_of(KEY))
        self.refuses(1, ["400", "so long"], *self.with_csr("--validity", "3000"))

    def test_a_removed_binding_is_refused(self) -> None:
        """By the token server."""
        binding = self.platform.binding("removed")
        self.platform.unbind("removed")
        self.refuses(7, ["401", "token server"], *self.arguments(binding=binding), "--csr",
                     request_of(KEY))


class RefusedTest(EnrolTest):
    """Statuses that the sandbox does not answer, by a server that says one thing to all."""

    canned: CannedTenant

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.canned = CannedTenant()
        cls.addClassCleanup(cls.canned.stop)

    def refused(self, code: int, words: list[str], answer: Answer) -> str:
        """The token comes from the sandbox, the answer from the canned server."""
        document: dict[str, Any] = json.loads(self.binding.read_text(encoding="utf-8"))
        document["uri"] = f"https://localhost:{self.canned.port}"
        both = self.folder / "both.pem"
        both.write_bytes(self.box.ca.read_bytes() + self.canned.ca.read_bytes())
        path = self.write("changed.json", json.dumps(document))
        self.canned.says(answer)
        arguments = [*self.arguments(binding=path), "--csr", request_of(KEY)]
        arguments[arguments.index("--ca") + 1] = both
        return self.refuses(code, words, *arguments)

    def test_each_status_has_its_code_and_its_advice(self) -> None:
        """And the words of the service, where there are some."""
        rows = [(401, 7, "token of the binding"), (403, 7, "not documented"),
                (404, 8, "field uri"), (422, 1, "--cn"), (429, 12, "later"),
                (500, 10, "later"), (503, 10, "later"), (302, 11, "binding")]
        for status, code, words in rows:
            with self.subTest(status=status):
                body = json.dumps({"ErrorMessage": "what it says"}).encode()
                self.refused(code, [str(status), words, "what it says"],
                             Answer(body, status=status))

    def test_answers_that_are_none(self) -> None:
        """To the order any 2xx will do; what is fetched must have a Content."""
        for body in (b"", b"[]", b"{}", b"<html>", b'{"Content":7}', b'{"Content":"%%"}'):
            with self.subTest(body=body):
                self.refused(11, ["localhost"], Answer(body))


class MistakeTest(EnrolTest):
    """Told before a PIN is asked for and before anything is sent."""

    def test_mistakes(self) -> None:
        """Each with exit code 2 or 3, and with the name of what is wrong."""
        base: list[Option] = ["csr", "enroll", *self.token.options(KEY)]
        binding: list[Option] = ["--destination-binding", self.binding]
        damaged = self.write("changed.json", '{"credentials": {"uri": 1}}')
        mark = self.box.mark()
        for code, words, more in (
                (2, "--destination-binding", []),
                (2, "--name", binding),
                (2, "--cn", [*binding, "--name", "c.pem"]),
                (2, "cannot be used", [*binding, "--name", "a/b.pem", "--cn", "c"]),
                (2, "--validity", [*binding, "--name", "c.pem", "--cn", "c", "--validity", "0"]),
                (2, "--wait", [*binding, "--name", "c.pem", "--cn", "c", "--wait", "soon"]),
                (3, "uri", ["--destination-binding", damaged, "--name", "c.pem", "--cn", "c"]),
                (3, "absent", ["--destination-binding", "absent", "--name", "c", "--cn", "c"]),
                (3, "CSR", [*binding, "--name", "c.pem", "--cn", "c", "--csr", self.binding])):
            with self.subTest(words=words):
                self.refuses(code, words, *base, *more, env=self.token.env)
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_a_csr_that_was_changed_is_refused(self) -> None:
        """Its signature does not verify."""
        der = bytearray(openssl("req", "-in", request_of(KEY), "-outform", "DER"))
        der[-5] ^= 1
        path = self.folder / "changed.der"
        path.write_bytes(bytes(der))
        self.refuses(13, "does not verify", *self.arguments(), "--csr", path)

    def test_a_protected_profile_wants_its_name(self) -> None:
        """As for every write."""
        config = self.write("config", "[live]\nprotected = yes\n")
        profile: list[Option] = ["--config", config, "--profile", "live"]
        self.refuses(2, "--confirm-profile live", *self.with_csr(*profile))
        self.succeeds(*self.with_csr(*profile, "--confirm-profile", "live"))

    def test_the_binding_may_stand_in_the_profile(self) -> None:
        """Relative to the folder of the configuration, as all paths there."""
        config = self.write("config", f"[live]\ndestination-binding = {self.binding}\n"
                                      f"ca = {self.box.ca}\n")
        self.succeeds("csr", "enroll", "--config", config, "--profile", "live", "--name",
                      "profile.pem", "--cn", "c", "--csr", request_of(KEY))


if __name__ == "__main__":
    unittest.main()
