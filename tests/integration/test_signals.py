#!/usr/bin/env python3
"""How the program ends when it is told to: nothing half-done is left, and no token is harmed."""

from __future__ import annotations

import array
import fcntl
import json
import random
import re
import signal
import subprocess
import termios
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

from harness import BINARY, SHIM, CihsmTest, Option, Result, environment, slow_names
from tenants import Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import KEYS, MODULE, Token, copy_token

SECONDS = 60
KILLS = 30
PIPE_BYTES = 65536
LOGS = "MessageProcessingLogs"
# The last call that is told before one that does not return
CALL_BEFORE = {"C_Initialize": "C_GetFunctionList", "C_OpenSession": "C_GetTokenInfo",
               "C_Login": "C_OpenSession", "C_Sign": "C_SignInit"}
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class SignalTest(CihsmTest):
    """Runs that are ended by a test."""

    def start(self, *arguments: Option, env: Optional[dict[str, str]] = None,
              before: Callable[[], Any] = lambda: None,
              stdin: Any = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        """A run that goes on."""
        child = subprocess.Popen(  # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
            [str(BINARY), *map(str, arguments)], env=environment(self.folder, env),
            cwd=self.folder, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=before, start_new_session=True)
        self.addCleanup(self.end, child)
        return child

    def end(self, child: "subprocess.Popen[bytes]") -> None:
        """Of a test that failed in the middle."""
        if child.poll() is None:
            child.terminate()
            child.communicate(timeout=SECONDS)
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()

    def ended(self, child: "subprocess.Popen[bytes]") -> Result:
        """Its end."""
        out, err = child.communicate(timeout=SECONDS)
        return self.judged(Result([], child.returncode, out, err))

    def stopped(self, child: "subprocess.Popen[bytes]", number: int, words: str) -> Result:
        """Its end by a signal that was sent: one line, the code of the signal, no file."""
        done = self.ended(child)
        self.assertEqual(done.code, 128 + number, done.err)
        self.message(done, [f"stopped by {signal.Signals(number).name}; ", words])
        return done

    def wait_for(self, condition: Callable[[], Any], what: str) -> None:
        """Polls until something is true."""
        end = time.monotonic() + SECONDS
        while not condition():
            self.assertLess(time.monotonic(), end, f"did not happen: {what}")
            time.sleep(0.01)

    def wait_for_text(self, child: "subprocess.Popen[bytes]", text: str) -> str:
        """Reads standard error until it holds this."""
        assert child.stderr is not None
        said = ""
        while text not in said:
            line = child.stderr.readline().decode()
            self.assertNotEqual(line, "", f"{text} is not said, but {said}")
            said += line
        return said


class CannedTest(SignalTest):
    """A server that says what a test wants, and waits in the middle; login without a token."""

    server: CannedTenant

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")

    def options(self) -> list[Option]:
        """What every call needs."""
        return self.server.options(self.token)

    def says(self, body: bytes = b'{"d":{"results":[{"Id":"1"}]}}', pause: float = 60.0,
             **more: Any) -> None:
        """The next answer, which takes its time."""
        self.server.says(Answer(body, pause_seconds=pause, **more))

    def asked(self, *arguments: Option, **more: Any) -> "subprocess.Popen[bytes]":
        """A run whose request has come."""
        child = self.start(*arguments, *self.options(), env=self.token.env, **more)
        self.server.wait_until_asked()
        return child

    def handles(self, child: "subprocess.Popen[bytes]") -> bool:
        """Whether a run has got as far as its handlers."""
        status = Path(f"/proc/{child.pid}/status").read_text()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        return bool(caught & 1 << signal.SIGTERM - 1)

    def test_each_signal_ends_a_request(self) -> None:
        """At once, with one line; the module is finalised by then."""
        self.says()
        for number in SIGNALS:
            with self.subTest(number.name):
                self.says()
                child = self.asked("get", "Things", "--all", "--out", "things")
                child.send_signal(number)
                self.stopped(child, number, "canceled: ")
                self.assertEqual([*self.folder.glob("things*")], [])

    def test_the_module_is_finalised(self) -> None:
        """Sessions are closed, which logs out."""
        self.says()
        child = self.asked("get", "Things", "-vvv")
        child.send_signal(signal.SIGTERM)
        done = self.ended(child)
        self.assertEqual(done.code, 143)
        self.assertEqual(done.calls[-1], "C_Finalize")
        self.assertEqual(done.count("C_OpenSession"), done.count("C_CloseSession"))

    def test_a_write_that_is_out_is_told(self) -> None:
        """Nobody knows what became of it."""
        cases: list[list[Option]] = [
            ["create", "Things", "--set", "Id=1", "--unchecked"],
            ["delete", "Things('1')", "--yes", "--unchecked"]]
        token = Answer(b"{}", headers={"X-CSRF-Token": "t"})
        for command in cases:
            with self.subTest(command[0]):
                slow = Answer(b"{}", pause_seconds=60.0)
                self.server.says(token, POST=slow, DELETE=slow)
                child = self.start(*command, *self.options(), "-v", env=self.token.env)
                self.wait_for(lambda: self.server.methods()[-1:] in (["POST"], ["DELETE"]),
                              "the write came")
                child.send_signal(signal.SIGTERM)
                self.stopped(child, signal.SIGTERM, "whether it was done is unknown")

    def test_a_wait_for_another_attempt_ends(self) -> None:
        """The server asks to come again in some minutes."""
        self.says(status=503, pause=0, headers={"Retry-After": "250"})
        child = self.start("get", "Things", "--retry-time", "300", *self.options(),
                           env=self.token.env)
        self.wait_for_text(child, "again in")
        child.send_signal(signal.SIGINT)
        self.stopped(child, signal.SIGINT, "it was to be tried again")

    def test_a_name_server_that_does_not_answer(self) -> None:
        """Is not waited for."""
        options = self.options()
        key = Path(options[options.index("--service-key") + 1])
        key.write_text(key.read_text().replace("//localhost", "//tenant.invalid"))
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                looking = self.folder / "looking"
                looking.unlink(missing_ok=True)
                begun = time.monotonic()
                child = self.start("get", "Things", "--connect-timeout", "300", *options,
                                   env={**self.token.env, **slow_names(self.folder, 300)})
                self.wait_for(looking.exists, "a name is looked up")
                child.send_signal(number)
                self.stopped(child, number, "nothing was sent")
                self.assertLess(time.monotonic() - begun, SECONDS)

    def test_a_reader_that_stopped_to_read(self) -> None:
        """Does not keep it alive."""
        self.says(json.dumps({"d": {"results": [{"Id": str(i)} for i in range(100_000)]}}).encode(),
                  pause=0)
        child = self.asked("get", "Things", "--all")
        assert child.stdout is not None
        pipe = child.stdout.fileno()
        waiting = array.array("i", [0])
        self.wait_for(lambda: fcntl.ioctl(pipe, termios.FIONREAD, waiting) == 0
                      and waiting[0] >= PIPE_BYTES, "the pipe is full")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(SECONDS), 143)

    def test_input_that_does_not_come(self) -> None:
        """A batch from a pipe that nobody writes to."""
        child = self.start("batch", "-", "--yes", *self.options(), env=self.token.env,
                           stdin=subprocess.PIPE)
        self.wait_for(lambda: self.handles(child), "its handlers are there")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(self.ended(child).code, 143)

    def test_a_pipe_that_nobody_writes_to(self) -> None:
        """Wherever a descriptor is read: the first signal ends it."""
        pin = [*self.options()]
        pin[pin.index("--pin-source") + 1] = "fd:0"
        key = [*self.options()]
        key[key.index("--service-key") + 1] = "/dev/fd/0"
        cases: list[list[Option]] = [
            ["get", "Things", *pin], ["get", "Things", *key], ["cert", "check", "/dev/fd/0"],
            ["cert", "check", "/dev/stdin"], ["csr", "check", "-"], ["csr", "check", "/dev/fd/0"],
            ["service-key", "show", "/dev/fd/0"]]
        for number in (signal.SIGTERM, signal.SIGINT):
            for command in cases:
                with self.subTest(command=command[:3], signal=number.name):
                    child = self.start(*command, env=self.token.env, stdin=subprocess.PIPE)
                    self.wait_for(lambda child=child: self.handles(child), "its handlers are there")
                    child.send_signal(number)
                    self.assertEqual(child.wait(SECONDS), 128 + number)  # its input stays open
                    self.assertEqual(self.ended(child).out, "")

    def test_an_ignored_signal_stays_ignored(self) -> None:
        """As nohup and shells want it."""
        self.says(pause=1.0)
        child = self.asked("get", "Things", before=lambda: signal.signal(signal.SIGHUP,
                                                                         signal.SIG_IGN))
        child.send_signal(signal.SIGHUP)
        self.assertEqual(self.ended(child).code, 0)

    def test_a_question_that_is_not_answered(self) -> None:
        """Control-C is no."""
        with Terminal("delete", "Things('1')", "--unchecked", *self.options(), cwd=self.folder,
                      env=environment(self.folder, self.token.env)) as terminal:
            terminal.read_until(b"Type yes")
            terminal.type("\x03")
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 130)
        self.assertIn("stopped by SIGINT; it was not confirmed, so nothing was done", done.out)


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class LoginTest(SignalTest):
    """Within a call of the token, which cannot be interrupted and must not be cut off."""

    def setUp(self) -> None:
        super().setUp()
        self.token = copy_token(self.folder / "token")
        self.report = self.folder / "report"

    def in_login(self, milliseconds: int) -> "subprocess.Popen[bytes]":
        """A run whose C_Login takes so long."""
        return self.in_call("C_Login", milliseconds)

    def in_call(self, call: str, milliseconds: int, *more: Option) -> "subprocess.Popen[bytes]":
        """A run in which this call takes so long; it has begun, or will at once."""
        env = {**self.token.env, "CIHSM_SHIM_MODULE": str(MODULE),
               "CIHSM_SHIM_RULES": str(self.write("rules", f"{call} -> delay {milliseconds}\n")),
               "CIHSM_SHIM_REPORT": str(self.report)}
        options = [option if option != MODULE else str(SHIM) for option in self.token.options()]
        child = self.start("csr", "create", "--key", "pkcs11:object=ec-p256", "--subject", "CN=x",
                           "--out", "request", "-vvv", *options, *more, env=env)
        self.wait_for_text(child, CALL_BEFORE[call])
        return child

    def test_a_signal_waits_for_the_login(self) -> None:
        """And for the module's end; nothing more is done. One that is sent twice counts once."""
        child = self.in_login(2000)
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGINT)
        done = self.ended(child)
        self.assertIn(done.code, (128 + signal.SIGTERM, 128 + signal.SIGINT))
        self.assertIn("nothing was done", done.err)
        counted = dict(line.split() for line in self.report.read_text().splitlines())
        self.assertEqual(counted["C_Login"], "1")
        self.assertEqual(counted["sessions-opened"], counted["sessions-closed"])
        self.assertFalse((self.folder / "request").exists())

    def test_a_call_that_does_not_return_is_waited_for_as_long_as_told(self) -> None:
        """By --token-timeout; then the signal's code is that of the run."""
        self.succeeds("key", "list", *self.token.options(), env=self.token.env)
        for call, number in (("C_Initialize", signal.SIGTERM), ("C_OpenSession", signal.SIGINT),
                             ("C_Login", signal.SIGTERM), ("C_Sign", signal.SIGTERM),
                             ("C_Sign", signal.SIGINT)):
            with self.subTest(call=call, signal=number.name):
                child = self.in_call(call, 3_600_000, "--token-timeout", "2")
                child.send_signal(number)
                done = self.ended(child)
                self.assertEqual(done.code, 128 + number, done.err)
                self.assertIn(f"stopped by {number.name}; ", done.err)
                self.assertFalse((self.folder / "request").exists())

    def test_a_second_signal_ends_it_at_once(self) -> None:
        """The token does not answer at all. Nothing was asked of SoftHSM yet."""
        child = self.in_login(3_600_000)
        child.send_signal(signal.SIGINT)
        time.sleep(1)  # a person takes as long
        self.assertIsNone(child.poll())
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(SECONDS), 130)
        self.assertFalse(self.report.exists())


class AnyMomentTest(SignalTest):
    """SIGTERM at random moments of runs that log in, sign, generate and write."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)

    def commands(self, token: Token, label: str) -> Sequence[list[Option]]:
        """What is ended; each with files of its own."""
        return (["get", LOGS, "--all", "--out", "logs", *self.box.options(token)],
                ["csr", "create", "--subject", "CN=x", "--out", "request",
                 *token.options("ec-p256")],
                ["key", "generate", "--type", "ec:P-256", "--label", label, *token.options()],
                ["export", LOGS, "--out", label, "--last", "7d", *self.box.options(token)])

    def assert_whole(self, token: Token) -> None:
        """The token and the files are as a run leaves them that nobody disturbed."""
        for path in (token.folder / "tokens").glob("*/*.object"):
            self.assertGreater(path.stat().st_size, 0, path)
        done = self.succeeds("key", "list", "-o", "json", *token.options(), env=token.env)
        labels = [key["Label"] for key in done.json]
        self.assertEqual(sorted(label for label in labels if label in KEYS), sorted(KEYS))
        partial = [path.name for path in self.folder.rglob("*")
                   if re.search(r"^(logs|request)\.|\.part$", path.name)]
        self.assertEqual(partial, [])

    def seconds(self, token: Token) -> list[float]:
        """How long each of them takes."""
        times = []
        for command in self.commands(token, "whole"):
            begun = time.monotonic()
            self.assertEqual(self.ended(self.start(*command, env=token.env)).code, 0)
            times.append(time.monotonic() - begun)
            (self.folder / "request").unlink(missing_ok=True)
        return times

    def test_it_harms_no_token_and_leaves_no_part_of_a_file(self) -> None:
        """The token is the same one all the time."""
        chance = random.Random(20261122)
        token = copy_token(self.folder / "token")
        times = self.seconds(token)
        ended = 0
        for at in range(KILLS):
            which = at % len(times)
            command = self.commands(token, f"new-{at}")[which]
            child = self.start(*command, env=token.env)
            time.sleep(chance.random() * times[which])  # any moment is as good as another
            child.send_signal(signal.SIGTERM)
            out, err = child.communicate(timeout=SECONDS)
            with self.subTest(at=at, command=command[0]):
                # before main begins it ends as any program does
                self.assertIn(child.returncode, (0, 143, -signal.SIGTERM), err)
                if child.returncode:
                    self.assertEqual(out, b"")
                    self.assertLessEqual(err.count(b"\n"), 1, err)
                    ended += 1
                self.assert_whole(token)
            (self.folder / "request").unlink(missing_ok=True)
        self.assertGreaterEqual(ended, KILLS // 3, "too many runs were over by then")


if __name__ == "__main__":
    unittest.main()
