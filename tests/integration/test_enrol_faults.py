#!/usr/bin/env python3
"""What goes wrong on the way to a certificate of SAP Cloud Root CA, and what goes on afterwards
(contract §11.2)."""

from __future__ import annotations

import json
import unittest

from harness import Option, openssl
from test_enrol import KEY, EnrolTest
from tokens import request_of


class FaultTest(EnrolTest):
    """One failure each; the next run succeeds."""

    def name(self) -> str:
        """Of the certificate of this test."""
        return f"{self._testMethodName[-40:]}.pem"

    def enrol(self, *more: Option, name: str = "") -> list[Option]:
        """The command line of a CSR from a file."""
        return [*self.arguments(name or self.name()), "--csr", request_of(KEY), *more]

    def goes_on(self, is_new: bool) -> None:
        """The next run has the certificate; is_new: it was not issued before."""
        self.assertEqual(self.succeeds(*self.enrol("-o", "json")).json["isNew"], is_new)

    # --- tokens ------------------------------------------------------------------------------

    def test_the_token_server_fails(self) -> None:
        """Its status, its words; nothing was ordered."""
        for switches, code, words in (
                (["oauth_status=503", "oauth_error=Down for now"], 10, ["503", "Down for now"]),
                (["oauth_error=Client is locked"], 7, ["401", "Client is locked"]),
                (["oauth_html=1"], 11, "token server")):
            with self.subTest(switches=switches), self.box.scenario(*switches):
                self.refuses(code, words, *self.enrol())
        self.goes_on(True)

    def test_a_token_that_ends_on_the_way(self) -> None:
        """Another one is fetched, once."""
        with self.box.scenario("token_uses=1", "enrol_delay=1"):
            self.succeeds(*self.enrol())

    def test_tokens_that_are_never_good(self) -> None:
        """Exit code 7 and no endless exchange."""
        with self.box.scenario("tokens_invalid=1000"):
            mark = self.box.mark()
            self.refuses(7, ["401", "token of the binding"], *self.enrol())
            self.assertLessEqual(len(self.box.seen(mark, 0)), 6)
        self.goes_on(True)

    # --- the service -------------------------------------------------------------------------

    def test_the_order_is_not_taken(self) -> None:
        """5xx and 429 with their codes; nothing was ordered."""
        for status, code in ((500, 10), (503, 10), (429, 12)):
            with self.subTest(status=status), self.box.scenario(
                    f"error_status={status}", "error_method=POST", "error_path=/v1/"):
                self.refuses(code, f"{status} from the Destination service", *self.enrol())
        self.goes_on(True)

    def test_a_service_that_is_busy_for_a_moment(self) -> None:
        """Reading is repeated, after the time that the service wants; an order never is."""
        busy = ["error_status=503", "error_times=1", "retry_after=1", "error_path=/v1/"]
        with self.box.scenario(*busy, "error_method=GET"):
            self.succeeds(*self.enrol("--retry-time", "30"))
        with self.box.scenario(*busy, "error_method=POST"):
            self.refuses(10, "503", *self.enrol("--retry-time", "30", name="busy-post.pem"))

    def test_the_answer_to_the_order_is_lost(self) -> None:
        """It was issued all the same: the next run takes it."""
        with self.box.scenario("no_answer=1", "error_method=POST", "error_path=/v1/"):
            self.refuses(10, "502", *self.enrol())
        self.goes_on(False)

    def test_the_chain_is_cut_or_damaged(self) -> None:
        """Nothing is written; the next run has it whole."""
        chain = self.folder / "chain.pem"
        for switches, codes in ((["bad_json=1"], {11}), (["truncate_body=100"], {6, 10, 11})):
            with self.subTest(switches=switches), self.box.scenario(*switches, "error_path=/v1/"):
                done = self.cihsm(*self.enrol("--out", chain))
                self.assertIn(done.code, codes, done.err)
                self.assertFalse(chain.exists())
            if switches == ["bad_json=1"]:  # the first of these runs has ordered it
                self.assertIn("was ordered: run it again, which fetches it", done.err)
        self.goes_on(False)

    def test_a_chain_that_ends_before_its_root(self) -> None:
        """Whether SAP sends the root is not documented: both will do."""
        with self.box.scenario("chain_without_root=1"):
            done = self.succeeds(*self.enrol("-o", "json"))
        self.assertEqual(len(done.json["chain"]), 2)
        self.assertEqual(done.json["errors"], 0)

    # --- what people write -------------------------------------------------------------------

    def test_names_and_subjects_as_people_write_them(self) -> None:
        """The CN comes into the subject as it is written."""
        for name, cn in (("utf8.pem", "Größe"), ("plus.PEM", "a+b=c"), ("slash.cer", "/CN=x/O=y"),
                         ("a_b-c.1.crt", "back\\slash, \"quoted\""),
                         ("less.pem", "O'Brien <a@b.c>; #1")):
            with self.subTest(name=name):
                arguments = self.arguments(name)
                arguments[arguments.index("--cn") + 1] = cn
                chain = self.folder / "odd.pem"
                self.succeeds(*arguments, "--csr", request_of(KEY), "--out", chain)
                subject = openssl("x509", "-in", chain, "-noout", "-subject", "-nameopt",
                                  "multiline,-esc_msb,utf8").decode()
                escaped = cn.replace("\\", "\\\\")
                self.assertIn(f"commonName                = {escaped}\n", subject)

    def test_an_rsa_key(self) -> None:
        """As well as one on a curve."""
        arguments = [*self.arguments(self.name()), "--csr", request_of("rsa-2048"), "-o", "json"]
        self.assertTrue(self.succeeds(*arguments).json["isNew"])

    def test_no_token_is_shown_at_the_highest_level(self) -> None:
        """Neither the secret nor what it is exchanged for."""
        done = self.succeeds(*self.enrol("-vvv", name="levels.pem"))
        self.assertNotIn("CanarySandbox", done.out + done.err)
        secret = json.loads(self.binding.read_text(encoding="utf-8"))["clientsecret"]
        self.assertNotIn(secret, done.err)


if __name__ == "__main__":
    unittest.main()
