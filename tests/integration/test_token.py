#!/usr/bin/env python3
"""Tokens: list, info, initialise, set and change PINs."""

from __future__ import annotations

import os
import unittest

from harness import CANARY_PIN, SHIM, CihsmTest, Option, Result, environment
from terminal import Terminal
from token_case import NEW, OFFICER, TokenTest
from tokens import LABEL, MODULE, TOKEN_URI, copy_token


class LifeTest(TokenTest):
    """From the free slot to a token in use."""

    def test_a_token_from_nothing(self) -> None:
        """init, list, info, change-pin, set-pin; each PIN works when it should."""
        [free] = self.run_token("list", "-o", "json").json
        self.assertEqual((free["Flags"], free["Pin"], free["OfficerPin"]),
                         ("not initialised", "not set", "not set"))
        self.assertEqual(free["Uri"], f"pkcs11:slot-id={free['Slot']}")

        made = self.init()
        self.assertEqual((made["Label"], made["Pin"], made["OfficerPin"]), ("cpi", "ok", "ok"))
        listed = {row["Label"]: row for row in self.run_token("list", "-o", "json").json}
        self.assertEqual(listed["cpi"]["Uri"], made["Uri"])
        self.assertEqual(listed[""]["Flags"], "not initialised")
        self.assertEqual(self.login(self.user, "--token", made["Uri"]).code, 0)

        self.run_token("change-pin", "--yes", "--pin-source", f"file:{self.user}",
                       "--new-pin-source", f"file:{self.new}")
        self.assertEqual(self.login(self.new).code, 0)
        self.run_token("set-pin", "--yes", "--so-pin-source", f"file:{self.officer}",
                       "--new-pin-source", f"file:{self.user}")
        self.assertEqual(self.login(self.new).code, 4)
        self.assertEqual(self.login(self.user).code, 0)

    def test_list_shows_a_table(self) -> None:
        """Labels and states of PINs, for people; data only on standard output."""
        self.init()
        done = self.run_token("list")
        self.assertRegex(done.out.splitlines()[0], r"^Slot +Label +Serial +Pin +OfficerPin")
        self.assertRegex(done.out, r"(?m)^\d+ +cpi +\w+ +ok +ok")
        self.assertIn("not initialised", self.run_token("list", "-o", "jsonl").out)

    def test_list_and_info_need_no_pin(self) -> None:
        """No session is opened."""
        self.init()
        for verb in ("list", "info"):
            done = self.run_token(verb, "-vvv")
            self.assertEqual(done.count("C_OpenSession"), 0)
            self.assertEqual(done.count("C_Login"), 0)

    def test_info_says_which_keys_will_work(self) -> None:
        """All of ours on SoftHSM; and that the list is a hint."""
        self.init()
        done = self.run_token("info")
        self.assertRegex(done.out, r"(?m)^rsa:3072 +yes +yes +yes$")
        self.assertRegex(done.out, r"(?m)^CKM_RSA_PKCS_PSS +yes +\d+ +\d+ ")
        self.assertIn("is a hint", done.err)
        told = self.run_token("info", "-o", "json").json
        self.assertEqual({row["Key"]: row["Tls13"] for row in told["Keys"]},
                         {key: "yes" for key in ("rsa:2048", "rsa:3072", "rsa:4096", "ec:P-256",
                                                 "ec:P-384")})
        self.token.configure("slots.mechanisms = -,CKM_RSA_PKCS_PSS")
        told = self.run_token("info", "-o", "json").json
        rows = {row["Key"]: row for row in told["Keys"]}
        self.assertEqual((rows["rsa:2048"]["Tls12"], rows["rsa:2048"]["Tls13"]),
                         ("yes", "not listed"))
        self.assertEqual(rows["ec:P-256"]["Tls13"], "yes")

    def test_a_list_of_no_tokens(self) -> None:
        """A URI that fits none."""
        done = self.run_token("list", "--token", "pkcs11:token=nobody", "-o", "json")
        self.assertEqual(done.json, [])

    def test_pins_in_files_with_line_ends(self) -> None:
        """One line feed is dropped; a NUL or a carriage return is refused before anything."""
        self.init()
        for content, words in ((NEW + "\0", "NUL"), (NEW + "\r\n", "carriage return"),
                               ("", "empty")):
            path = self.write("bad", content)
            self.fails(4, words, "change-pin", "--yes", "--pin-source", f"file:{self.user}",
                       "--new-pin-source", f"file:{path}")
            self.fails(4, words, "set-pin", "--yes", "--so-pin-source", f"file:{path}",
                       "--new-pin-source", f"file:{self.new}")
        self.assertEqual(self.login(self.user).code, 0)

    def test_pins_from_descriptors_and_variables(self) -> None:
        """Each PIN has its own source."""
        reader, writer = os.pipe()
        os.write(writer, OFFICER.encode())
        os.close(writer)
        self.succeeds(*self.command("init", "--label", "x", "--so-pin-source", f"fd:{reader}",
                                    "--new-pin-source", "env:THE_NEW"),
                      env={**self.env, "THE_NEW": CANARY_PIN}, pass_fds=(reader,))
        os.close(reader)
        self.assertEqual(self.login(self.user).code, 0)


class InitTest(TokenTest):
    """What could destroy something."""

    def test_an_initialised_token_is_not_erased_without_a_word(self) -> None:
        """Neither without --yes, nor because it is the profile's."""
        self.init()
        words = ["there is no terminal", "--yes", '"cpi"', "destroyed"]
        self.fails(2, words, "init", "--label", "x", "--token", "pkcs11:token=cpi")
        self.assertEqual(self.login(self.user).code, 0)
        self.init("other")
        self.fails(5, "no such token", "init", "--label", "x", "--yes", "--token",
                   "pkcs11:token=nobody")

    def test_the_token_of_the_environment_is_not_the_one_to_erase(self) -> None:
        """Only --token on the command line names it; without it the free slot is taken."""
        self.init()
        env = {**self.env, "CIHSM_TOKEN": "pkcs11:token=cpi"}
        done = self.succeeds(*self.command("init", "--label", "second", "--yes", "--so-pin-source",
                                           f"file:{self.officer}", "--new-pin-source",
                                           f"file:{self.new}", "-o", "json"), env=env)
        self.assertEqual(done.json["Label"], "second")
        self.assertEqual(self.login(self.user, "--token", "pkcs11:token=cpi").code, 0)

    def test_erasing_needs_the_officer(self) -> None:
        """A wrong PIN erases nothing; the right one does."""
        self.init()
        arguments = ["--label", "anew", "--token", "pkcs11:token=cpi", "--yes",
                     "--new-pin-source", f"file:{self.new}", "--so-pin-source"]
        self.fails(4, "token cpi refused the security officer PIN", "init", *arguments,
                   f"file:{self.wrong}")
        self.assertEqual(self.login(self.user).code, 0)
        self.run_token("init", *arguments, f"file:{self.officer}")
        self.assertEqual(self.login(self.new, "--token", "pkcs11:token=anew").code, 0)

    def test_labels(self) -> None:
        """32 bytes, not characters."""
        sources = ["--so-pin-source", f"file:{self.officer}", "--new-pin-source",
                   f"file:{self.user}"]
        self.fails(2, "--label is missing", "init", *sources)
        self.fails(2, "1 to 32 bytes, not 33", "init", "--label", "x" * 33, *sources)
        self.fails(2, "1 to 32 bytes, not 34", "init", "--label", "ö" * 17, *sources)
        self.fails(2, "1 to 32 bytes", "init", "--label", "", *sources)
        self.assertEqual(self.init("ö" * 16)["Label"], "ö" * 16)

    def test_a_new_pin_that_is_too_short(self) -> None:
        """Says that the token is half-way, and what to do; that does it."""
        short = self.write("short", "1")
        self.fails(4, ["token cpi is initialised, but has no user PIN yet", "too short",
                       "cihsm token set-pin"], "init", "--label", "cpi", "--so-pin-source",
                   f"file:{self.officer}", "--new-pin-source", f"file:{short}")
        [row] = [row for row in self.run_token("list", "-o", "json").json if row["Label"] == "cpi"]
        self.assertEqual(row["Pin"], "not set")
        self.fails(4, "has no PIN yet", "change-pin", "--yes", "--pin-source",
                   f"file:{self.user}", "--new-pin-source", f"file:{self.new}")
        self.run_token("set-pin", "--yes", "--so-pin-source", f"file:{self.officer}",
                       "--new-pin-source", f"file:{self.user}")
        self.assertEqual(self.login(self.user).code, 0)

    def test_no_sources_and_no_terminal(self) -> None:
        """Says which option helps."""
        self.fails(4, "--so-pin-source", "init", "--label", "x")
        self.fails(4, "--new-pin-source", "init", "--label", "x", "--so-pin-source",
                   f"file:{self.officer}")

    def test_bad_sources(self) -> None:
        """A PIN typed as a source is not repeated."""
        self.fails(2, "none of prompt", "init", "--label", "x", "--so-pin-source", OFFICER)
        self.fails(2, "for all PINs of a command or for none", "init", "--label", "x",
                   "--so-pin-source", "pinpad", "--new-pin-source", f"file:{self.new}")


class PromptTest(TokenTest):
    """A person at a terminal."""

    def terminal(self, *arguments: Option) -> Terminal:
        """A run there."""
        return Terminal(*self.command(*arguments), cwd=self.folder,  # type: ignore[arg-type]
                        env=environment(self.folder, self.env))

    def answers(self, *arguments: Option, typed: list[tuple[str, str]]) -> Result:
        """A run that shows a text, gets an answer, and so on."""
        with self.terminal(*arguments) as terminal:
            for text, answer in typed:
                terminal.read_until(text.encode())
                if "PIN" in text or "again" in text:
                    terminal.wait_for_echo(False)
                terminal.shown = b""
                terminal.type(answer + "\n")
            return self.judged(terminal.finish())

    def test_init_asks_for_each_new_pin_twice(self) -> None:
        """And then it works."""
        done = self.answers("init", "--label", "cpi", typed=[
            ("New security officer PIN of the token: ", OFFICER), ("The same again: ", OFFICER),
            ("New PIN of the token: ", CANARY_PIN), ("The same again: ", CANARY_PIN)])
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(self.login(self.user).code, 0)

    def test_a_typing_error_in_a_new_pin_changes_nothing(self) -> None:
        """The two differ."""
        self.init()
        done = self.answers("change-pin", typed=[
            ("Type yes to go on: ", "yes"), ('PIN of token "cpi"', CANARY_PIN),
            ('New PIN of token "cpi"', NEW), ("The same again: ", NEW + "x")])
        self.assertEqual(done.code, 4)
        self.assertIn("the two PINs differ", done.out)
        self.assertEqual(self.login(self.user).code, 0)

    def test_no_is_no(self) -> None:
        """Anything but yes."""
        self.init()
        for answer in ("no", "", "yesterday"):
            done = self.answers("set-pin", typed=[("Type yes to go on: ", answer)])
            self.assertEqual(done.code, 1)
            self.assertIn("it was not confirmed", done.out)
        done = self.answers("init", "--label", "x", "--token", "pkcs11:token=cpi",
                            typed=[("Type yes to go on: ", "n")])
        self.assertEqual(done.code, 1)
        self.assertEqual(self.login(self.user).code, 0)

    def test_the_officer_is_asked_by_name(self) -> None:
        """Two different PINs of one token."""
        self.init()
        done = self.answers("set-pin", typed=[
            ("Type yes to go on: ", "y"), ('Security officer PIN of token "cpi"', OFFICER),
            ('New PIN of token "cpi"', NEW), ("The same again: ", NEW)])
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(self.login(self.new).code, 0)


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class ShimTest(CihsmTest):
    """States that SoftHSM never reaches."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")
        self.new = self.write("new", NEW)

    def shimmed(self, rules: str) -> dict[str, Option]:
        """The environment of a run through the shim."""
        return {**self.token.env, "CIHSM_SHIM_MODULE": str(MODULE),
                "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n")),
                "CIHSM_SHIM_REPORT": str(self.folder / "report")}

    def state(self, rules: str) -> tuple[str, str]:
        """The states of the PINs as listed."""
        done = self.succeeds("token", "list", "--module", SHIM, "--token", TOKEN_URI, "-o", "json",
                             env=self.shimmed(rules))
        [row] = done.json
        return row["Pin"], row["OfficerPin"]

    def test_states_of_pins_in_words(self) -> None:
        """Each flag of the standard."""
        for flag, words in (("USER_PIN_COUNT_LOW", ("a wrong PIN was given", "ok")),
                            ("USER_PIN_FINAL_TRY", ("last try", "ok")),
                            ("USER_PIN_LOCKED", ("locked", "ok")),
                            ("USER_PIN_TO_BE_CHANGED", ("must be changed", "ok")),
                            ("SO_PIN_LOCKED", ("ok", "locked"))):
            with self.subTest(flag):
                self.assertEqual(self.state(f"C_GetTokenInfo -> flags +{flag}"), words)

    def changes(self, rules: str, *more: Option) -> Result:
        """A change of the PIN through the shim."""
        return self.cihsm("token", "change-pin", "--yes", "--module", SHIM, "--token", TOKEN_URI,
                          "--pin-source", f"file:{self.token.pin}", "--new-pin-source",
                          f"file:{self.new}", *more, env=self.shimmed(rules))

    def test_locked_final_try_and_to_be_changed(self) -> None:
        """Exit code 4 and what to do; one that must be changed can be."""
        rule = "C_GetTokenInfo -> flags +"
        for flag, words in (("USER_PIN_LOCKED", "cihsm token set-pin"),
                            ("USER_PIN_FINAL_TRY", "--allow-final-try")):
            done = self.changes(rule + flag)
            self.assertEqual(done.code, 4)
            self.message(done, words)
        self.assertEqual(self.changes(rule + "USER_PIN_TO_BE_CHANGED").code, 0)

    def test_a_token_that_is_pulled_or_cannot_be_written(self) -> None:
        """Exit code 5 at once: libp11 would wait for ever."""
        for rules, words in (("C_OpenSession -> CKR_TOKEN_WRITE_PROTECTED", "cannot be written"),
                             ("C_OpenSession -> CKR_DEVICE_REMOVED", "plugged in"),
                             ("C_SetPIN -> CKR_DEVICE_REMOVED", "plugged in"),
                             ("C_SetPIN -> CKR_TOKEN_WRITE_PROTECTED", "cannot be written")):
            with self.subTest(rules):
                done = self.changes(rules)
                self.assertEqual(done.code, 5, done.err)
                self.message(done, words)
        self.assertEqual(self.changes("").code, 0)

    def test_every_session_is_closed(self) -> None:
        """libp11's and ours."""
        self.assertEqual(self.changes("").code, 0)
        counted = dict(line.split() for line in (self.folder / "report").read_text().splitlines())
        self.assertEqual(counted["sessions-opened"], counted["sessions-closed"])
        self.assertEqual(counted["calls-after-finalize"], "0")
        self.assertEqual(counted["C_SetPIN"], "1")


class NameTest(CihsmTest):
    """The master token of the other tests."""

    def test_its_label(self) -> None:
        """As all see it."""
        token = copy_token(self.folder / "token")
        done = self.succeeds("token", "info", "--module", MODULE, "-o", "json", env=token.env)
        self.assertEqual(done.json["Label"], LABEL)


if __name__ == "__main__":
    unittest.main()
