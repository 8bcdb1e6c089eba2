#!/usr/bin/env python3
"""The guard that keeps a job from locking a token with the same wrong PIN, run after run."""

from __future__ import annotations

import json
import os
import unittest

from harness import CANARY_PIN, SHIM, Option, Result, environment
from terminal import Terminal
from token_case import NEW, WRONG, TokenTest
from tokens import MODULE


class GuardTest(TokenTest):
    """A job that runs again and again with a wrong PIN."""

    def setUp(self) -> None:
        super().setUp()
        self.made = self.init()

    def stopped(self, source: Option, *more: Option) -> str:
        """A run that stops before it logs in."""
        done = self.login(source, *more)
        self.assertEqual((done.code, done.count("C_Login")), (4, 0), done.err)
        return self.message(done, ["token cpi refused the PIN of", "forget-refusal"])

    def offered(self, source: Option, code: int, *more: Option) -> None:
        """A run that shows the PIN to the token, once."""
        done = self.login(source, *more)
        self.assertEqual((done.code, done.count("C_Login")), (code, 1), done.err)

    def test_the_second_run_does_not_log_in(self) -> None:
        """Until the file changes."""
        self.offered(self.wrong, 4)
        for _ in range(3):
            self.assertIn("correct the file", self.stopped(self.wrong))
        self.wrong.write_text(CANARY_PIN)
        self.offered(self.wrong, 0)
        self.assertEqual(self.entries(), [])

    def test_another_wrong_pin_in_the_file(self) -> None:
        """It is a new try, and then remembered again."""
        self.offered(self.wrong, 4)
        self.wrong.write_text("another-wrong-one")
        self.offered(self.wrong, 4)
        self.stopped(self.wrong)
        replaced = self.write("replaced", WRONG)
        replaced.rename(self.wrong)
        self.offered(self.wrong, 4)

    def test_forget_refusal(self) -> None:
        """Lets it be tried again; needs no module."""
        self.offered(self.wrong, 4)
        done = self.succeeds("token", "forget-refusal", "--token", "pkcs11:token=nobody")
        self.assertIn("no refused PIN was remembered", done.err)
        self.stopped(self.wrong)
        done = self.succeeds("token", "forget-refusal", "--token", "pkcs11:token=cpi")
        self.assertIn("1 refused PIN forgotten", done.err)
        self.offered(self.wrong, 4)
        self.succeeds("token", "forget-refusal")
        self.offered(self.wrong, 4)
        self.refuses(2, "malformed", "token", "forget-refusal", "--token", "cpi")

    def test_only_this_source_of_this_token(self) -> None:
        """The right PIN from another file works, and clears it."""
        self.offered(self.wrong, 4)
        other = self.init("other")
        self.offered(self.wrong, 4, "--token", other["Uri"])
        self.stopped(self.wrong, "--token", self.made["Uri"])
        self.assertEqual(len(self.entries()), 2)
        self.offered(self.user, 0, "--token", self.made["Uri"])
        self.assertEqual([entry["token"] for entry in self.entries()], ["other"])
        self.offered(self.wrong, 4, "--token", self.made["Uri"])

    def test_a_new_token_of_the_same_name_is_another(self) -> None:
        """The serial number counts."""
        self.offered(self.wrong, 4)
        entries = self.entries()
        self.assertEqual(entries[0]["serial"], self.made["Serial"])
        entries[0]["serial"] = "0000"
        self.state.write_text(json.dumps({"refusals": entries}))
        self.offered(self.wrong, 4)

    def test_what_is_remembered(self) -> None:
        """Token, time, source; nothing of the PIN; for nobody else to read."""
        self.offered(self.wrong, 4)
        text = self.state.read_text()
        self.assertEqual(self.state.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.state.parent.stat().st_mode & 0o777, 0o700)
        self.assertNotIn(WRONG, text)
        [entry] = self.entries()
        self.assertEqual(set(entry), {"token", "serial", "pin", "source", "time", "answer"})
        self.assertEqual(entry["answer"], "refused")
        self.assertIn(f"inode {self.wrong.stat().st_ino} ", entry["source"])
        self.succeeds("token", "forget-refusal")
        self.wrong.write_text(WRONG[:-1] + "1")
        os.utime(self.wrong, ns=(0, self.changed(text)))
        self.offered(self.wrong, 4)  # another PIN, same source: the same but for the time
        self.assertEqual({**entry, "time": ""}, {**self.entries()[0], "time": ""})

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_a_general_error_may_be_a_refusal(self) -> None:
        """So the next run does not log in either; a token that is away stops nothing."""
        for code, stops in (("CKR_GENERAL_ERROR", True), ("CKR_DEVICE_REMOVED", False),
                            ("CKR_FUNCTION_FAILED", False), ("0x80000001", False)):
            with self.subTest(code=code):
                rules = self.write("rules", f"C_Login -> {code}\n")
                env = {**self.env, "CIHSM_SHIM_MODULE": MODULE, "CIHSM_SHIM_RULES": rules}
                text = self.refuses(5, ["cannot log in to token cpi", code], "key", "list",
                                    "--module", str(SHIM), "--pin-source", f"file:{self.user}",
                                    env=env)
                self.assertEqual("which may have refused the PIN" in text, stops)
                self.assertEqual([entry["answer"] for entry in self.entries()],
                                 ["general error"] if stops else [])
                if stops:
                    done = self.login(self.user)
                    self.assertEqual((done.code, done.count("C_Login")), (4, 0), done.err)
                    self.message(done, ["token cpi failed without a reason and may have refused "
                                        "the PIN of file:", "forget-refusal"])
                    self.succeeds("token", "forget-refusal")
                self.offered(self.user, 0)

    @staticmethod
    def changed(text: str) -> int:
        """The time of change that an entry names, in nanoseconds."""
        source = json.loads(text)["refusals"][0]["source"]
        seconds, _, nanoseconds = source.split()[-1].partition(".")
        return int(seconds) * 10**9 + int(nanoseconds)

    def test_variables_and_descriptors_by_name(self) -> None:
        """They cannot be seen to change, so a person has to say so."""
        arguments = ["key", "list", "--module", MODULE, "--pin-source", "env:MY_PIN", "-vvv"]
        for logins in (1, 0):
            done = self.cihsm(*arguments, env={**self.env, "MY_PIN": WRONG})
            self.assertEqual((done.code, done.count("C_Login")), (4, logins))
        self.assertIn("correct it, then run", done.err)
        arguments[-2] = "env:OTHER_PIN"
        self.succeeds(*arguments, env={**self.env, "OTHER_PIN": CANARY_PIN})
        arguments[-2] = "env:MY_PIN"
        self.succeeds(*arguments, env={**self.env, "MY_PIN": CANARY_PIN})

    def test_other_commands_that_log_in(self) -> None:
        """The guard is one for all; change-pin and the officer's PIN have it, too."""
        self.offered(self.wrong, 4)
        new = ["--new-pin-source", f"file:{self.new}", "--yes", "-vvv"]
        done = self.cihsm(*self.command("change-pin", "--pin-source", f"file:{self.wrong}", *new),
                          env=self.env)
        self.message(done, "refused the PIN of")
        for logins in (1, 0):
            done = self.cihsm(*self.command("set-pin", "--so-pin-source", f"file:{self.wrong}",
                                            *new), env=self.env)
            self.assertEqual((done.code, done.count("C_Login")), (4, logins), done.err)
        self.message(done, "refused the security officer PIN of")
        self.assertEqual({entry["pin"] for entry in self.entries()}, {"user", "security officer"})

    def test_a_new_pin_clears_it(self) -> None:
        """The officer sets what the file says."""
        self.offered(self.wrong, 4)
        self.run_token("set-pin", "--yes", "--so-pin-source", f"file:{self.officer}",
                       "--new-pin-source", f"file:{self.wrong}")
        self.offered(self.wrong, 0)

    def test_no_place_for_it(self) -> None:
        """What could not be noted is not offered, right or wrong."""
        blocked = self.write("blocked", "a file where a folder should be")
        env = {**self.env, "XDG_STATE_HOME": str(blocked)}
        for source in (self.wrong, self.user):
            self.refuses(3, ["is not offered", "Not a directory", "set XDG_STATE_HOME"], "key",
                         "list", "--module", MODULE, "--pin-source", f"file:{source}", env=env)

    def test_what_cannot_be_read_stops_a_login(self) -> None:
        """It is not overwritten either: what it knows would be lost."""
        self.offered(self.wrong, 4)
        known = self.state.with_name("kept")
        self.state.rename(known)
        for make, take_away, reason in (
                (lambda: self.state.symlink_to(self.state.name), self.state.unlink, "Too many levels"),
                (self.state.mkdir, self.state.rmdir, "Is a directory")):
            make()
            for source in (self.wrong, self.user):
                self.refuses(3, ["is not offered", reason], "key", "list", "--module", MODULE,
                             "--pin-source", f"file:{source}", env=self.env)
            take_away()
        known.rename(self.state)
        self.stopped(self.wrong)
        self.offered(self.user, 0)

    def test_a_damaged_file_is_a_warning(self) -> None:
        """And is made anew."""
        self.offered(self.wrong, 4)
        for damage in ("{", "[]", '{"refusals": [1, {"token": 2}]}', ""):
            self.state.write_text(damage)
            self.offered(self.wrong, 4)
            self.stopped(self.wrong)

    def test_a_person_is_not_stopped(self) -> None:
        """What is typed is not remembered, and needs no place for it."""
        for place in (self.state.parent.parent, self.write("blocked", "no folder")):
            for pin, code in ((WRONG, 4), (CANARY_PIN, 0)):
                env = environment(self.folder, {**self.env, "XDG_STATE_HOME": place})
                with Terminal("key", "list", "--module", str(MODULE), cwd=self.folder,
                              env=env) as terminal:
                    terminal.read_until(b'PIN of token "cpi"')
                    terminal.wait_for_echo(False)
                    terminal.type(pin + "\n")
                    done = self.judged(terminal.finish())
                self.assertEqual(done.code, code)
                self.assertNotIn("warning", done.err)
        self.assertEqual(self.entries(), [])


if __name__ == "__main__":
    unittest.main()
