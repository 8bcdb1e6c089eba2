#!/usr/bin/env python3
"""PINs: every source, every mistake, one attempt only, and nothing of it left behind."""

from __future__ import annotations

import array
import ctypes
import errno
import fcntl
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import termios
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Mapping, Optional

from harness import BINARY, CANARY_PIN, SHIM, CihsmTest, Option, Result, environment
from terminal import Terminal
from tokens import MODULE, TOKEN_URI, copy_token, make_token

WRONG = "wrong-pin-000"
PROMPT = b'PIN of token "integration"'
NOBODY = 65534


class PinTest(CihsmTest):
    """`cihsm key list` on a token of its own: the least that logs in."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def shimmed(self, rules: str, *arguments: Option) -> tuple[list[Option], dict[str, str]]:
        """Arguments and environment of a run through the shim."""
        env = {**self.token.env, "CIHSM_SHIM_MODULE": str(MODULE),
               "CIHSM_SHIM_RULES": str(self.write("rules", rules + "\n")),
               "CIHSM_SHIM_REPORT": str(self.folder / "report")}
        return ["key", "list", "--module", str(SHIM), "--token", TOKEN_URI, "--pin-source",
                f"file:{self.token.pin}", *arguments], env

    def listing(self, source: Optional[str]) -> list[Option]:
        """The arguments of a run with this PIN source."""
        given = [] if source is None else ["--pin-source", source]
        return ["key", "list", "--module", MODULE, "--token", TOKEN_URI, *given]

    def accepts(self, source: str, env: Optional[Mapping[str, str]] = None,
                fds: tuple[int, ...] = ()) -> Result:
        """A run that logs in with this source."""
        done = self.succeeds(*self.listing(source), env={**self.token.env, **(env or {})},
                             pass_fds=fds)
        self.assertIn("ec-p256", done.out)
        return done

    def declines(self, code: int, words: str | list[str], source: Optional[str],
                 env: Optional[Mapping[str, str]] = None) -> None:
        """A run that fails before it logs in."""
        arguments = [*self.listing(source), "-vvv"]
        done = self.cihsm(*arguments, env={**self.token.env, **(env or {})})
        self.assertEqual((done.code, done.out), (code, ""), done.err)
        self.message(done, words)
        self.assertEqual(done.count("C_Login"), 0)


class SourceTest(PinTest):
    """Sources that need no terminal."""

    def test_a_file(self) -> None:
        """With or without a line end."""
        self.accepts(f"file:{self.token.pin}")
        self.accepts(f"file:{self.write('line', CANARY_PIN + chr(10))}")

    def test_a_descriptor(self) -> None:
        """As a shell's 3<pin gives it."""
        with self.token.pin.open("rb") as stream:
            self.accepts(f"fd:{stream.fileno()}", fds=(stream.fileno(),))

    def test_standard_input_as_descriptor_0(self) -> None:
        """For a pipe from a password manager."""
        done = self.succeeds(*self.listing("fd:0"), stdin=CANARY_PIN.encode(), env=self.token.env)
        self.assertIn("ec-p256", done.out)

    def test_an_environment_variable(self) -> None:
        """Named by the person."""
        self.accepts("env:MY_PIN", env={"MY_PIN": CANARY_PIN})

    def test_a_systemd_credential(self) -> None:
        """Systemd's own mode bits are not judged."""
        self.write("hsm-pin", CANARY_PIN, 0o440)
        self.accepts("cred:hsm-pin", env={"CREDENTIALS_DIRECTORY": str(self.folder)})

    def test_the_source_itself_may_come_from_the_environment(self) -> None:
        """CIHSM_PIN_SOURCE names it."""
        done = self.succeeds(*self.listing(None),
                             env={**self.token.env, "CIHSM_PIN_SOURCE": f"file:{self.token.pin}"})
        self.assertIn("ec-p256", done.out)

    def test_files_that_are_not_safe_are_not_read(self) -> None:
        """Others may read it, it is a link, it is no file."""
        for mode in (0o640, 0o604, 0o660):
            path = self.write("open", CANARY_PIN, mode)
            self.declines(4, ["others may read", "chmod 600"], f"file:{path}")
        (self.folder / "link").symlink_to(self.token.pin)
        self.declines(4, "is a symbolic link; name the file itself", f"file:{self.folder / 'link'}")
        os.mkfifo(self.folder / "fifo", 0o600)
        self.declines(4, "is not a regular file", f"file:{self.folder / 'fifo'}")
        self.declines(4, "is not a regular file", f"file:{self.folder}")

    def test_files_that_hold_no_pin_are_named(self) -> None:
        """Missing, empty, with NUL, too long, with a carriage return."""
        cases = {b"": "is empty", b"\n": "is empty", b"a\0b": "NUL character",
                 b"x" * 300: "longer than 256 bytes", b"1234\r\n": "carriage return"}
        for content, words in cases.items():
            with self.subTest(content=content[:8]):
                self.declines(4, words, f"file:{self.write('pin', content)}")
        self.declines(4, ["cannot open file:", "No such file"], f"file:{self.folder / 'none'}")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to make a file of somebody else")
    def test_a_file_of_somebody_else_is_not_read(self) -> None:
        """Only our own and root's."""
        path = self.write("theirs", CANARY_PIN)
        os.chown(path, NOBODY, NOBODY)
        self.declines(4, "belongs to somebody else", f"file:{path}")

    def test_other_sources_that_give_nothing(self) -> None:
        """Each says what is missing."""
        self.declines(4, "cannot read the PIN from fd:77", "fd:77")
        self.declines(2, "a descriptor is a number", "fd:x")
        self.declines(4, "the variable of env:NOT_SET is not set", "env:NOT_SET")
        self.declines(4, ["systemd passed no credentials", "LoadCredential="], "cred:x")
        self.declines(2, "a credential is a plain name", "cred:../pin",
                      {"CREDENTIALS_DIRECTORY": str(self.folder)})

    def test_a_pin_instead_of_a_source_is_refused_and_not_repeated(self) -> None:
        """The harness searches the canary in all output."""
        self.declines(2, ["file:PATH", "env:NAME"], CANARY_PIN)
        uri = f"{TOKEN_URI}?pin-value={CANARY_PIN}"
        self.refuses(2, ["pin-value", "--pin-source"], "key", "list", "--module", MODULE,
                     "--token", uri, env=self.token.env)

    def test_without_a_terminal_the_message_names_the_sources(self) -> None:
        """No prompt can be shown."""
        for source in (None, "prompt"):
            self.declines(4, ["no terminal", "--pin-source file:PATH", "env:NAME"], source)


class RefusalTest(PinTest):
    """A PIN that the token does not take."""

    def test_a_wrong_pin_is_offered_once(self) -> None:
        """One C_Login, then the end."""
        path = self.write("wrong", WRONG)
        done = self.cihsm(*self.listing(f"file:{path}"), "-vvv", env=self.token.env)
        self.assertEqual((done.code, done.out), (4, ""), done.err)
        self.assertEqual(done.count("C_Login"), 1)
        self.message(done, ["token integration refused the PIN", "check the PIN"])
        self.assertNotIn(WRONG, done.err)
        self.assertEqual(done.calls[-1], "C_Finalize")

    def test_a_token_without_a_pin_pad_says_so(self) -> None:
        """SoftHSM has none."""
        self.refuses(4, ["no PIN pad", "--pin-source"], *self.listing("pinpad"),
                     env=self.token.env)

    def test_the_right_pin_works_after_a_wrong_one(self) -> None:
        """With a warning, which the token's flag asks for."""
        path = self.write("wrong", WRONG)
        self.refuses(4, "refused the PIN", *self.listing(f"file:{path}"), env=self.token.env)
        warned = self.accepts(f"file:{self.token.pin}").err
        self.assertIn("warning: token integration says that a PIN was refused before", warned)
        self.assertNotIn("warning", self.accepts(f"file:{self.token.pin}").err)

    def test_a_token_without_its_user_pin_is_no_riddle(self) -> None:
        """Two tokens: the PIN of one is wrong for the other."""
        other = make_token(self.folder / "other", "other")
        other.pin.write_text(WRONG)
        self.refuses(4, "token other refused the PIN", "key", "list", "--module", MODULE,
                     "--token", "pkcs11:token=other", "--pin-source", f"file:{other.pin}",
                     env=other.env)


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class ShimTest(PinTest):
    """States that SoftHSM never reaches."""

    def report(self) -> dict[str, int]:
        """What the shim counted."""
        lines = (self.folder / "report").read_text().splitlines()
        return {name: int(value) for name, value in (line.split() for line in lines)}

    def check_clean(self) -> None:
        """Sessions and searches closed, the module finalised, no PIN offered twice."""
        counted = self.report()
        self.assertEqual(counted["sessions-opened"], counted["sessions-closed"])
        self.assertEqual(counted["searches-opened"], counted["searches-closed"])
        self.assertEqual(counted["refused-pins-repeated"], 0)
        self.assertEqual(counted["calls-after-finalize"], 0)
        self.assertGreater(counted["C_Finalize"], 0)

    def test_a_locked_pin_is_never_tried(self) -> None:
        """Only the security officer can help."""
        arguments, env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_LOCKED")
        self.refuses(4, ["the PIN of token integration is locked", "security officer"],
                     *arguments, env=env)
        self.assertEqual(self.report().get("C_Login", 0), 0)
        self.check_clean()

    def test_the_final_try_is_not_wasted(self) -> None:
        """Unless the person insists."""
        arguments, env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_FINAL_TRY")
        self.refuses(4, ["the next refused PIN locks token integration", "--allow-final-try"],
                     *arguments, env=env)
        self.assertEqual(self.report().get("C_Login", 0), 0)
        self.succeeds(*arguments, "--allow-final-try", env=env)
        self.assertEqual(self.report()["C_Login"], 1)
        self.check_clean()

    def test_a_count_that_is_low_warns_and_goes_on(self) -> None:
        """Once is no reason to stop."""
        arguments, env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_COUNT_LOW")
        self.assertIn("warning: token integration says", self.succeeds(*arguments, env=env).err)

    def test_a_pin_that_must_be_changed_first(self) -> None:
        """Nothing else is possible with it."""
        arguments, env = self.shimmed("C_GetTokenInfo -> flags +USER_PIN_TO_BE_CHANGED")
        self.refuses(4, "must be changed before it can be used", *arguments, env=env)

    def test_a_pin_that_locks_at_this_try(self) -> None:
        """Said at once, not at the next call."""
        arguments, env = self.shimmed("C_Login -> CKR_PIN_LOCKED")
        self.refuses(4, ["CKR_PIN_LOCKED", "token integration"], *arguments, env=env)
        self.check_clean()

    def test_an_expired_pin(self) -> None:
        """Its name stands beside a sentence."""
        arguments, env = self.shimmed("C_Login -> CKR_PIN_EXPIRED")
        self.refuses(4, ["CKR_PIN_EXPIRED", "; "], *arguments, env=env)

    def test_a_token_that_vanishes_at_login(self) -> None:
        """Exit code 5: it is the token, not the PIN."""
        arguments, env = self.shimmed("C_Login -> CKR_DEVICE_REMOVED")
        self.refuses(5, "CKR_DEVICE_REMOVED", *arguments, env=env)

    def test_a_variable_is_overwritten_before_the_token_is_asked(self) -> None:
        """Whoever may read /proc/PID/environ finds no PIN."""
        arguments, env = self.shimmed("C_Login -> delay 1500")
        arguments[arguments.index("--pin-source") + 1] = "env:MY_PIN"
        env["MY_PIN"] = CANARY_PIN
        command = [str(BINARY), *map(str, arguments)]
        with subprocess.Popen(command, env=environment(self.folder, env),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            place = Path(f"/proc/{child.pid}/environ")
            end = time.monotonic() + 20
            gone = False
            while not gone and child.poll() is None and time.monotonic() < end:
                try:
                    shown = place.read_bytes()
                except PermissionError:
                    gone = True  # not even we may read it any more
                    continue
                gone = b"MY_PIN=" in shown and CANARY_PIN.encode() not in shown
                time.sleep(0.01)
            was_running = child.poll() is None
            out, _ = child.communicate(timeout=60)
        self.assertTrue(gone and was_running)
        self.assertIn(b"ec-p256", out)


class PromptTest(PinTest):
    """A person at a terminal."""

    def at_terminal(self, *more: Option) -> Terminal:
        """A run that asks for the PIN."""
        terminal = Terminal(*self.listing(None), *more, cwd=self.folder,
                            env=environment(self.folder, self.token.env))
        terminal.read_until(PROMPT)
        terminal.wait_for_echo(False)
        return terminal

    def test_the_pin_is_asked_for_without_echo(self) -> None:
        """And echo is on again afterwards."""
        with self.at_terminal() as terminal:
            terminal.type(f"{CANARY_PIN}\n")
            done = self.judged(terminal.finish())
            self.assertTrue(terminal.echoes())
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("ec-p256", done.out)

    def test_a_wrong_pin_is_not_asked_for_again(self) -> None:
        """Each try counts at the token, so the person decides."""
        with self.at_terminal() as terminal:
            terminal.type(f"{WRONG}\n")
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 4)
        self.assertEqual(done.stdout.count(PROMPT), 1)
        self.assertIn("refused the PIN", done.out)
        self.assertNotIn(WRONG, done.out)

    def test_an_empty_line_is_no_try(self) -> None:
        """The token is not asked."""
        with self.at_terminal("-vvv") as terminal:
            terminal.type("\n")
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 1)
        self.assertIn("no PIN was typed", done.out)
        self.assertNotIn("C_Login", done.out)

    def test_an_end_of_file_is_no_try(self) -> None:
        """Control-D."""
        with self.at_terminal() as terminal:
            terminal.type("\x04")
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 1)

    def test_a_signal_ends_it_with_echo_restored(self) -> None:
        """Control-C in the middle of the PIN."""
        with self.at_terminal() as terminal:
            terminal.type(CANARY_PIN[:4] + "\x03")
            done = terminal.finish()
            self.assertTrue(terminal.echoes())
        self.assertEqual(done.code, 128 + signal.SIGINT)
        self.assertNotIn(CANARY_PIN[:4].encode(), done.stdout)

    def test_no_core_file_is_written(self) -> None:
        """No core file, whatever the limits of the shell are."""
        with self.at_terminal() as terminal:
            limits = Path(f"/proc/{terminal.child.pid}/limits").read_text()
            terminal.type("\n")
            terminal.finish()
        self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_a_crash_leaves_no_core_file(self) -> None:
        """Neither in a shell that wants one: the same signal makes sleep(1) leave its own."""
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        before = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, before)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        if not self.sleep_dumps():
            self.skipTest("no program leaves a core file here")
        env = environment(self.folder, self.token.env)
        for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"):  # they would catch it
            env[name] = f"{env.get(name, '')}:handle_segv=0".lstrip(":")
        with Terminal(*self.listing(None), cwd=self.folder, env=env) as terminal:
            terminal.read_until(PROMPT)
            terminal.wait_for_echo(False)
            terminal.type(CANARY_PIN)
            self.assertFalse(dumps_when_crashed(terminal.child))
        self.assertEqual(terminal.child.returncode, -signal.SIGSEGV)
        self.assertEqual(list(self.folder.glob("core*")), [])

    def sleep_dumps(self) -> bool:
        """Whether a crash leaves a core file here at all."""
        folder = self.folder / "sleep"
        folder.mkdir()
        with subprocess.Popen(["sleep", "600"], cwd=folder, env={"PATH": os.environ["PATH"]}) as it:
            dumped = dumps_when_crashed(it)
        shutil.rmtree(folder)
        return dumped

    def home_of_a_user(self) -> tuple[int, Path, dict[str, str]]:
        """A user who is not root, with a token in a folder, and what a run needs there."""
        user = NOBODY if os.geteuid() == 0 else os.geteuid()
        home = Path(tempfile.mkdtemp(prefix="cihsm-test."))
        self.addCleanup(shutil.rmtree, home)
        shutil.copytree(self.token.folder, home / "token")
        token = type(self.token)(home / "token")
        token.configure()
        if user == NOBODY:
            for path in (home, *home.rglob("*")):
                os.chown(path, user, user)
            if not can_run(user):
                self.skipTest("the program cannot be run by another user here")
        return user, home, environment(home, token.env)

    @contextmanager
    def of_a_user(self) -> Iterator[tuple[Terminal, int]]:
        """A run that asks for the PIN, of a user who is not root, and that user."""
        user, home, env = self.home_of_a_user()
        with Terminal(*self.listing(None), cwd=home, env=env, user=user) as terminal:
            terminal.read_until(PROMPT)
            terminal.wait_for_echo(False)
            yield terminal, user
            terminal.type("\n")
            self.assertEqual(terminal.finish().code, 1)

    def test_no_debugger_of_the_same_user_reads_the_pin(self) -> None:
        """What ptrace(2) says to one: EPERM, while it takes another program of that user."""
        with self.of_a_user() as (terminal, user):
            with subprocess.Popen(["sleep", "600"], user=user, cwd="/") as other:
                try:
                    usual = attach(other.pid, user)
                finally:
                    other.kill()
            if usual != 0:
                self.skipTest("no debugger is allowed anything here")
            self.assertEqual(attach(terminal.child.pid, user), errno.EPERM)

    def test_the_memory_is_no_longer_the_users(self) -> None:
        """Seen by the owner of its files in /proc, which is root instead of the user."""
        with self.of_a_user() as (terminal, _):
            owner = Path(f"/proc/{terminal.child.pid}/mem").stat().st_uid
        self.assertEqual(owner, 0)

    @unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
    def test_nor_while_a_login_that_was_left_has_the_pin(self) -> None:
        """Though the run is over, and tells where its time went and why it failed."""
        user, home, env = self.home_of_a_user()
        (home / "rules").write_text("C_Login -> delay 600000\n")
        env |= {"CIHSM_SHIM_MODULE": str(MODULE), "CIHSM_SHIM_RULES": str(home / "rules")}
        full, err = os.pipe()
        self.addCleanup(os.close, full)
        room = fcntl.fcntl(err, fcntl.F_SETPIPE_SZ, 4096) - 100  # so that it waits with line 2
        os.write(err, b"x" * room)
        with subprocess.Popen([str(BINARY), "key", "list", "--module", str(SHIM), "--pin-source",
                               f"file:{home}/token/pin", "--token-timeout", "1", "--timing"],
                              cwd=home, env=env, user=user, stdin=subprocess.DEVNULL,
                              stderr=err) as child:
            os.close(err)
            written = array.array("i", [room])
            end = time.monotonic() + 60
            while written[0] == room and time.monotonic() < end:
                time.sleep(0.01)
                fcntl.ioctl(full, termios.FIONREAD, written)
            owner = Path(f"/proc/{child.pid}/mem").stat().st_uid
            child.kill()  # in the shim: SoftHSM has not been asked
        self.assertGreater(written[0], room)
        self.assertEqual(owner, 0)


def dumps_when_crashed(child: subprocess.Popen[bytes]) -> bool:
    """Sends a SIGSEGV; whether the kernel says that it left a core file."""
    child.send_signal(signal.SIGSEGV)
    ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    child.wait()
    return ended is not None and ended.si_code == os.CLD_DUMPED


PTRACE_SEIZE = 0x4206  # what `gdb -p` does, without stopping it


def attach(pid: int, user: int) -> int:
    """What a debugger of that user gets: 0, or the errno."""
    debugger = os.fork()
    if debugger == 0:
        try:
            os.setreuid(user, user)
            libc = ctypes.CDLL(None, use_errno=True)
            libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
            code = 0 if libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0 else ctypes.get_errno()
            os._exit(code)
        finally:
            os._exit(255)  # an exception: not an errno
    return os.waitstatus_to_exitcode(os.waitpid(debugger, 0)[1])


def can_run(user: int) -> bool:
    """Whether another user gets at the program: not if it lies below root's home, for example."""
    try:
        return subprocess.run([str(BINARY), "--version"], user=user, check=False,
                              capture_output=True, cwd="/").returncode == 0
    except PermissionError:
        return False


if __name__ == "__main__":
    unittest.main()
