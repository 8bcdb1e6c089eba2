#!/usr/bin/env python3
"""From an empty token to the first call by what each step says comes next."""

from __future__ import annotations

import json
import re
import shlex
import unittest

from harness import CA_SCRIPT, CANARY_PIN, CihsmTest, Result, tool
from tenants import write_service_key
from tokens import MODULE

ORDER = ["token init", "key generate", "csr create", "cert check", "cert import", "cert export",
         "service-key params", "service-key check", "profile create", "profile use", "get"]
LABEL = "it's a token"  # what a shell and a URI would change


class NextStepTest(CihsmTest):
    """On a new token."""

    def setUp(self) -> None:
        super().setUp()
        (self.folder / "tokens").mkdir()
        config = self.write("softhsm2.conf", f"directories.tokendir = {self.folder / 'tokens'}\n")
        self.env = {"SOFTHSM2_CONF": str(config)}
        self.write("pin", CANARY_PIN)
        self.write("so-pin", CANARY_PIN[::-1])

    def done(self, words: list[str]) -> Result:
        """A step."""
        return self.succeeds(*words, env=self.env)

    def suggested(self, done: Result) -> list[str]:
        """The words of the command that a step names."""
        found = re.findall(r"(?m)^cihsm: next: (?:.*, then: )?cihsm (.+)$", done.err)
        self.assertEqual(len(found), 1, done.err)
        return shlex.split(found[0])

    def elsewhere(self, words: list[str]) -> None:
        """What a person does elsewhere before this command: the CA, the cockpit."""
        if words[:2] == ["cert", "check"]:
            tool(CA_SCRIPT, "init", self.folder / "ca")
            tool(CA_SCRIPT, "issue", self.folder / "ca", self.folder / "client.csr",
                 self.folder / words[2])
        elif words[:2] == ["service-key", "check"]:
            path = write_service_key(self.folder / words[2], "https://tenant.example",
                                     self.folder / "client-chain.pem")
            self.written.add(path)

    def test_each_step_names_the_next_one(self) -> None:
        """As it is to be typed, up to the first call."""
        words = ["token", "init", "--label", LABEL, "--so-pin-source", "file:so-pin",
                 "--new-pin-source", "file:pin", "--module", str(MODULE)]
        found = [" ".join(words[:2])]
        while words[0] != "get":
            self.elsewhere(words)
            done = self.done(words)
            if words[:2] == ["profile", "create"]:
                named = re.findall(r'always after "cihsm ([^"]+)"', done.err)
                words = shlex.split(named[0])
            else:
                words = self.suggested(done)
            found.append(words[0] if words[0] == "get" else " ".join(words[:2]))
        self.assertEqual(found, ORDER)

    def test_a_program_is_not_told(self) -> None:
        """With -o json nothing but the data."""
        words = ["token", "init", "--label", LABEL, "--so-pin-source", "file:so-pin",
                 "--new-pin-source", "file:pin", "--module", str(MODULE), "-o", "json"]
        done = self.done(words)
        self.assertEqual((json.loads(done.out)["Label"], done.err), (LABEL, ""))

    def test_a_profile_of_a_file_that_is_not_there(self) -> None:
        """Is made, with a warning."""
        chain = self.write("chain.pem", "")
        done = self.done(["profile", "create", "a", "--service-key", "nope.json", "--chain",
                          str(chain)])
        self.assertIn(f"warning: --service-key: {self.folder / 'nope.json'} is not there\n",
                      done.err)
        self.assertNotIn("--chain", done.err)


if __name__ == "__main__":
    unittest.main()
