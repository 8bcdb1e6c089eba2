#!/usr/bin/env python3
"""A wrong PIN is shown once by all runs together, also if a run never hears what the token says."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence

from harness import BINARY, CANARY_PIN, SHIM, Option, Result, environment
from token_case import NEW, TokenTest
from tokens import MODULE

SECONDS = 60
RUNS = 5
SLOW = "C_Login -> delay 300"
HANGS = "C_Login -> delay 600000"  # before the token has the PIN
UNANSWERED = ["token cpi left a login unanswered and may have refused the PIN of", "forget-refusal"]
REFUSED = ["token cpi refused the PIN of", "forget-refusal"]

Child = subprocess.Popen[bytes]


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class OfferTest(TokenTest):
    """Runs with the same PIN, at a token that takes its time."""

    def setUp(self) -> None:
        super().setUp()
        self.init()
        shutil.rmtree(self.state.parent, ignore_errors=True)  # no PIN is known to be right
        self.children = 0

    def start(self, source: Option, rule: str, *more: Option,
              env: Optional[Mapping[str, Option]] = None) -> tuple[Child, Path]:
        """A run at a token as the rule says, and what it says."""
        self.children += 1
        rules = self.write(f"rules-{self.children}", rule + "\n")
        said = self.folder / f"said-{self.children}"
        with said.open("wb") as out:
            child = subprocess.Popen(  # pylint: disable=consider-using-with
                [str(BINARY), "key", "list", "--module", str(SHIM), "--pin-source",
                 f"file:{source}", "-vvv", *map(str, more)],
                env=environment(self.folder, {**self.env, "CIHSM_SHIM_MODULE": MODULE,
                                              "CIHSM_SHIM_RULES": rules, **(env or {})}),
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=out)
        self.addCleanup(self.end, child)
        return child, said

    def end(self, child: Child) -> None:
        """Of a test that failed in the middle."""
        if child.poll() is None:
            child.kill()
            child.wait(SECONDS)

    def ended(self, run: tuple[Child, Path]) -> Result:
        """Its end."""
        code = run[0].wait(SECONDS)
        return self.judged(Result([], code, b"", run[1].read_bytes()))

    def runs(self, source: Option, rule: str = SLOW) -> Sequence[Result]:
        """Several at a time."""
        return [self.ended(run) for run in [self.start(source, rule) for _ in range(RUNS)]]

    def wait_for(self, condition: Callable[[], Any], what: str) -> None:
        """Polls until something is true."""
        end = time.monotonic() + SECONDS
        while not condition():
            self.assertLess(time.monotonic(), end, f"did not happen: {what}")
            time.sleep(0.01)

    def wait_for_text(self, run: tuple[Child, Path], text: str) -> None:
        """Until a run has said it."""
        self.wait_for(lambda: text in run[1].read_text(), text)

    def answers(self) -> list[str]:
        """Of the tokens, that are remembered as refusals."""
        return [entry["answer"] for entry in self.entries()]

    def wait_until_offered(self) -> None:
        """A run has noted that it shows its PIN."""
        self.wait_for(lambda: self.answers() == ["none yet"], "the offer is noted")

    def hangs(self, source: Option, *more: Option) -> tuple[Child, Path]:
        """A run whose token does not answer to a PIN that was never taken."""
        run = self.start(source, HANGS, *more)
        self.wait_until_offered()
        return run

    def stopped(self, source: Option, words: list[str], code: int = 4, *more: Option) -> None:
        """A run that ends before its login."""
        done = self.login(source, *more)
        self.assertEqual((done.code, done.count("C_Login")), (code, 0), done.err)
        self.message(done, words)

    def takes(self, source: Option) -> None:
        """A run that logs in."""
        done = self.login(source)
        self.assertEqual((done.code, done.count("C_Login")), (0, 1), done.err)

    def is_shown_once(self, source: Option) -> None:
        """By several runs, whose PIN is wrong."""
        ends = self.runs(source)
        self.assertEqual([done.code for done in ends], [4] * RUNS)
        self.assertEqual(sum(done.count("C_Login") for done in ends), 1)
        self.assertEqual(self.answers(), ["refused"])
        for done in ends:
            if done.count("C_Login") == 0:
                self.message(done, REFUSED)

    # --- at the same time --------------------------------------------------------------------

    def test_one_of_several_runs_shows_a_wrong_pin(self) -> None:
        """The others wait for the verdict."""
        self.is_shown_once(self.wrong)

    def test_a_pin_that_was_taken_and_is_wrong_now(self) -> None:
        """Somebody changed it at the token: the first refusal stops the others."""
        self.takes(self.user)
        self.succeeds(*self.command("change-pin", "--pin-source", f"file:{self.user}",
                                    "--new-pin-source", f"file:{self.new}", "--yes"),
                      env={**self.env, "XDG_STATE_HOME": self.folder / "elsewhere"})
        self.is_shown_once(self.user)

    def test_runs_with_the_right_pin(self) -> None:
        """All log in, the first time and later."""
        for _ in range(2):
            ends = self.runs(self.user)
            self.assertEqual([(done.code, done.count("C_Login")) for done in ends], [(0, 1)] * RUNS)
            self.assertEqual(self.entries(), [])

    def test_a_run_that_hangs_holds_up_no_pin_that_was_taken(self) -> None:
        """The others go on after some seconds."""
        self.takes(self.user)
        first = self.start(self.user, HANGS, "--token-timeout", "700")
        self.wait_for_text(first, "C_OpenSession CKR_OK")
        self.takes(self.user)
        self.assertIsNone(first[0].poll())

    def test_only_the_login_holds_others_up(self) -> None:
        """Not the rest of a run, which may last."""
        first = self.start(self.user, "C_FindObjectsInit -> delay 600000",
                           "--token-timeout", "700")
        self.wait_for_text(first, "C_Login CKR_OK")
        for _ in range(2):
            self.takes(self.user)
        self.assertIsNone(first[0].poll())

    def test_a_token_that_does_not_answer_another_run(self) -> None:
        """Waited for as long as for an answer, and 5 s: then nothing was shown."""
        first = self.hangs(self.wrong, "--token-timeout", "700")
        self.stopped(self.wrong, ["another run offers the PIN of", "no answer for 6 s"], 12,
                     "--token-timeout", "1")
        self.assertIsNone(first[0].poll())

    def test_a_signal_ends_the_wait(self) -> None:
        """It showed nothing."""
        self.hangs(self.user, "--token-timeout", "700")
        second = self.start(self.user, "")
        self.wait_for_text(second, "C_OpenSession CKR_OK")
        second[0].terminate()
        done = self.ended(second)
        self.assertEqual((done.code, done.count("C_Login")), (143, 0), done.err)
        self.assertEqual(self.answers(), ["none yet"])

    # --- without a verdict -------------------------------------------------------------------

    def test_killed_in_the_login(self) -> None:
        """The next run does not show the PIN; a person says that it may."""
        run = self.hangs(self.wrong)
        run[0].kill()
        run[0].wait(SECONDS)
        for _ in range(2):
            self.stopped(self.wrong, UNANSWERED)
        self.wrong.write_text(CANARY_PIN)
        self.takes(self.wrong)

    def test_killed_with_the_right_pin(self) -> None:
        """The way out is one command; a PIN that was taken before is not stopped at all."""
        run = self.hangs(self.user)
        run[0].kill()
        run[0].wait(SECONDS)
        self.stopped(self.user, UNANSWERED)
        self.assertIn("1 refused PIN forgotten", self.succeeds("token", "forget-refusal").err)
        self.takes(self.user)
        for function in ("C_Login", "C_FindObjectsInit"):
            run = self.start(self.user, f"{function} -> delay 600000")
            self.wait_for_text(run, "C_OpenSession CKR_OK" if function == "C_Login"
                               else "C_Login CKR_OK")
            run[0].kill()
            run[0].wait(SECONDS)
            self.takes(self.user)

    def test_killed_after_the_first_login(self) -> None:
        """The token has taken the PIN, so that nothing stops the next run."""
        run = self.start(self.user, "C_FindObjectsInit -> delay 600000")
        self.wait_for_text(run, "C_Login CKR_OK")
        self.wait_for(lambda: self.state.exists() and self.entries() == [], "the verdict is noted")
        run[0].kill()
        run[0].wait(SECONDS)
        self.takes(self.user)

    def test_left_by_timeout(self) -> None:
        """It may have been a try; after a PIN that was taken it is the token that fails."""
        done = self.ended(self.hangs(self.wrong, "--token-timeout", "1"))
        self.assertEqual(done.code, 12, done.err)
        self.stopped(self.wrong, UNANSWERED)
        self.takes(self.user)
        done = self.ended(self.start(self.user, HANGS, "--token-timeout", "1"))
        self.assertEqual(done.code, 12, done.err)
        self.takes(self.user)

    def test_a_token_that_speaks_of_something_else(self) -> None:
        """It was no try: the note goes away."""
        done = self.ended(self.start(self.user, "C_Login -> CKR_DEVICE_REMOVED"))
        self.assertEqual((done.code, done.count("C_Login")), (5, 1), done.err)
        self.assertEqual(self.entries(), [])
        self.takes(self.user)

    def test_a_signal_while_another_run_changes_the_file(self) -> None:
        """The refusal is noted all the same."""
        run = self.start(self.wrong, "C_Login -> delay 3000")
        self.wait_until_offered()
        folder = os.open(self.state.parent, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.wait_for(lambda: re.search(rf"-> FLOCK +ADVISORY +WRITE +{run[0].pid} ",
                                        Path("/proc/locks").read_text()), "the wait for the folder")
        run[0].send_signal(signal.SIGTERM)
        with self.assertRaises(subprocess.TimeoutExpired):
            run[0].wait(1)  # a nudge comes each 0.1 s
        fcntl.flock(folder, fcntl.LOCK_UN)
        self.assertIn(self.ended(run).code, (4, 143))
        self.assertEqual(self.answers(), ["refused"])

    # --- without a place ---------------------------------------------------------------------

    def without_home(self, source: Option, **more: Option) -> Result:
        """A run as systemd starts it for root."""
        env = environment(self.folder, {**self.env, **more})
        del env["HOME"]
        done = subprocess.run([str(BINARY), "key", "list", "--module", str(MODULE), "--pin-source",
                               f"file:{source}", "-vvv"], env=env, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS,
                              check=False)
        return self.judged(Result([], done.returncode, done.stdout, done.stderr))

    def test_no_home(self) -> None:
        """What cannot be noted is not shown, right or wrong."""
        for source in (self.wrong, self.user):
            done = self.without_home(source)
            self.assertEqual((done.code, done.count("C_Login")), (3, 0), done.err)
            self.message(done, ["is not offered", "set XDG_STATE_HOME", "StateDirectory="])

    def test_the_state_directory_of_a_service(self) -> None:
        """systemd names it; the first, if there are several."""
        folder = self.folder / "var-lib"
        folder.mkdir()
        names = f"{folder}:{self.folder / 'more'}"
        done = self.without_home(self.wrong, STATE_DIRECTORY=names)
        self.assertEqual((done.code, done.count("C_Login")), (4, 1), done.err)
        done = self.without_home(self.wrong, STATE_DIRECTORY=str(folder))
        self.assertEqual((done.code, done.count("C_Login")), (4, 0), done.err)
        self.assertEqual({path.name for path in folder.iterdir()}, {"refusals", "login-lock"})
        self.succeeds("token", "forget-refusal", env={"STATE_DIRECTORY": names})
        done = self.without_home(self.user, STATE_DIRECTORY=names)
        self.assertEqual(done.code, 0, done.err)

    # --- what is kept ------------------------------------------------------------------------

    def test_a_pin_that_was_taken_costs_no_file(self) -> None:
        """The second run writes nothing; what is there says nothing of the PIN."""
        self.takes(self.user)
        before = self.state.stat()
        self.takes(self.user)
        self.assertEqual(self.state.stat().st_ino, before.st_ino)
        self.assertEqual(self.state.stat().st_mtime_ns, before.st_mtime_ns)
        self.assertNotIn(CANARY_PIN, self.state.read_text())
        for path in self.state.parent.iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_a_new_pin(self) -> None:
        """The source of the new one is known to be right, that of the old one no longer."""
        self.takes(self.user)
        self.run_token("change-pin", "--pin-source", f"file:{self.user}", "--new-pin-source",
                       f"file:{self.new}", "--yes")
        run = self.start(self.new, HANGS, "--token-timeout", "1")
        self.assertEqual(self.ended(run).code, 12)
        self.takes(self.new)
        run = self.start(self.user, HANGS, "--token-timeout", "1")
        self.assertEqual(self.ended(run).code, 12)
        self.stopped(self.user, UNANSWERED)
        for secret in (NEW, CANARY_PIN):
            self.assertNotIn(secret, self.state.read_text())


if __name__ == "__main__":
    unittest.main()
