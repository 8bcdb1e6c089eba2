#!/usr/bin/env python3
"""cert expiry: when certificates end, for people and for monitoring."""

from __future__ import annotations

import re
import unittest

from harness import CA_SCRIPT, Option, openssl, tool
from tenants import write_service_key
from test_cert import KEY, CertTest
from tokens import MODULE, TOKEN_URI, ca_folder, chain_of


class ExpiryTest(CertTest):
    """Files, service keys and the token; for people and for monitoring."""

    def test_files_and_service_keys_are_looked_at(self) -> None:
        """PEM, DER, PKCS#7 and JSON."""
        key = write_service_key(self.folder / "key.json", "https://x.test", chain_of(KEY))
        der = self.write("leaf.der", openssl("x509", "-in", chain_of(KEY), "-outform", "DER"))
        done = self.succeeds("cert", "expiry", chain_of(KEY), key, der, self.bundle("PKCS#7 DER"),
                             "-o", "jsonl")
        self.assertEqual(len(done.jsonl), 2 + 1 + 1 + 3)
        self.assertEqual({row["state"] for row in done.jsonl}, {"ok"})
        days = {row["daysLeft"] for row in done.jsonl if row["subject"].startswith(f"CN={KEY}")}
        self.assertLessEqual(days, {89, 90})  # made a second ago, or some

    def test_findings_end_with_13(self) -> None:
        """Soon and gone."""
        done = self.cihsm("cert", "expiry", chain_of(KEY), "--days", "100", env={"COLUMNS": "300"})
        self.assertEqual(done.code, 13)
        self.assertIn("expires-soon", done.out)
        line = self.message(done, ["1 of 2 certificates needs attention", "get a new"])
        self.assertRegex(line, "in (89|90) days")
        done = self.cihsm("cert", "expiry", self.issue(KEY, "--expired"), "-o", "json")
        self.assertEqual(done.code, 13)
        self.assertEqual(done.json[0]["state"], "expired")
        self.assertLess(done.json[0]["daysLeft"], -300)

    def test_the_token_counts_without_a_file_or_when_asked_for(self) -> None:
        """Not for a file alone."""
        self.do_import(chain_of(KEY))
        config = self.write("config", f"profile = p\n[p]\nmodule = {MODULE}\ntoken = {TOKEN_URI}\n"
                                      f"pin-source = file:{self.token.pin}\n")
        rows = ((["--config", config], {"pkcs11:"}),
                (["--config", config, chain_of(KEY)], {"file"}),
                ([chain_of(KEY), *self.options()], {"pkcs11:", "file"}))
        for options, sources in rows:
            done = self.succeeds("cert", "expiry", "-o", "jsonl", *options, env=self.token.env)
            self.assertEqual({"pkcs11:" if row["source"].startswith("pkcs11:") else "file"
                              for row in done.jsonl}, sources)
        self.refuses(2, "nothing to look at", "cert", "expiry")

    def nagios(self, *arguments: Option) -> tuple[int, str]:
        """Code and line of a plugin run."""
        done = self.cihsm("cert", "expiry", "-o", "nagios", *arguments, env=self.token.env)
        self.assertEqual(len(done.out.splitlines()), 1)
        self.assertEqual(done.err, "")
        return done.code, done.out

    def test_nagios_gets_one_line_and_its_codes(self) -> None:
        """0 to 3, with numbers behind the bar."""
        rows = ((0, "OK - 2 certificates, the first to end is CN=ec-p256", [chain_of(KEY)]),
                (1, "WARNING - 1 of 2: the certificate CN=ec-p256",
                 [chain_of(KEY), "--days", "100"]),
                (2, "CRITICAL - 1 of 2: ",
                 [chain_of(KEY), "--days", "100", "--critical-days", "95"]),
                (2, "CRITICAL - 1 of 2: the certificate", [self.issue(KEY, "--expired")]),
                (3, "UNKNOWN - cannot open certificate file", ["missing.pem"]),
                (3, "UNKNOWN - nothing to look at", []),
                (3, "UNKNOWN - --days takes", [chain_of(KEY), "--days", "x"]),
                (3, "UNKNOWN - the token holds no certificate", self.options()))
        for code, words, arguments in rows:
            with self.subTest(words=words):
                got, line = self.nagios(*arguments)
                self.assertEqual(got, code, line)
                self.assertTrue(line.startswith(f"CERT {words}"), line)
                if code < 3:
                    self.assertRegex(line, r" \| days_left=-?\d+;\d+:;\d+:\n$")

    def test_a_token_without_certificates(self) -> None:
        """Nothing was watched, and no monitoring takes that for good."""
        for output in ("table", "prometheus"):
            with self.subTest(output=output):
                self.refuses(5, ["the token holds no certificate", "cihsm cert import"], "cert",
                             "expiry", *self.options(), "-o", output, env=self.token.env)

    def test_prometheus_gets_escaped_labels_once(self) -> None:
        """The certificate's names are not ours."""
        self.write("evil.csr", openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / "k", "-config",
            "/dev/null", "-subj", '/CN=quo"te back\\\\slash|bar'))
        chain = self.folder / "evil.pem"
        tool(CA_SCRIPT, "issue", ca_folder(), self.folder / "evil.csr", chain, "--leaf-only")
        done = self.succeeds("cert", "expiry", chain, chain, "-o", "prometheus")
        lines = done.out.splitlines()
        self.assertTrue(lines[0].startswith("# HELP cihsm_certificate_not_after_seconds "))
        self.assertEqual(lines[1], "# TYPE cihsm_certificate_not_after_seconds gauge")
        self.assertEqual(len(lines), 3)
        found = re.fullmatch(r'cihsm_certificate_not_after_seconds\{subject="((?:[^"\\]|\\.)*)",'
                             r'serial="([0-9a-f]+)",source="([^"]*)"\} (\d+)', lines[2])
        assert found is not None, lines[2]
        self.assertEqual(found[1], r'CN=quo\\\"te back\\\\slash|bar')
        self.assertEqual(found[3], str(chain))
        end = openssl("x509", "-in", chain, "-noout", "-enddate", "-dateopt", "iso_8601").decode()
        self.assertIn(end.strip().partition("=")[2].replace(" ", "T"),
                      self.succeeds("cert", "expiry", chain, "-o", "json").out)
        self.assertEqual(self.nagios(chain)[1].count("|"), 1)

    def test_the_formats_of_monitoring_are_for_this_command_only(self) -> None:
        """Others name theirs."""
        for name in ("nagios", "prometheus"):
            self.refuses(2, "table, json, jsonl or csv", "cert", "check", chain_of(KEY), "-o", name)


if __name__ == "__main__":
    unittest.main()
