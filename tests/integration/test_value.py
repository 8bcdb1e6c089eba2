#!/usr/bin/env python3
"""cihsm value: media, payloads and properties, to stdout, a terminal, a file and a folder."""

from __future__ import annotations

import io
import os
import re
import resource
import signal
import subprocess
import time
import unittest
import zipfile
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

from harness import BINARY, CihsmTest, Option, Result, environment, tool
from tenants import Answer, CannedTenant, Sandbox
from terminal import Terminal
from tokens import Token, chain_of, copy_token

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

LOGS = "MessageProcessingLogs"
KEY = "ec-p256"
READER = "ec-p384"
FLOW = "IntegrationDesigntimeArtifacts(Id='Orders',Version='active')"
SECONDS = 60
BIG_BYTES = 100_000_000
MEMORY_MAX = 32 * 1024  # kB
BINARY_BYTES = b"PK\x03\x04\x00\xff" * 1000


class ValueTest(CihsmTest):
    """What all tests here do."""

    token: Token

    def options(self) -> list[Option]:
        """Those of the tenant of a test."""
        raise NotImplementedError

    def command(self, *arguments: Option) -> list[str]:
        """A call as it is started."""
        return [str(part) for part in (BINARY, "value", *arguments, *self.options())]

    def value(self, *arguments: Option, **more: Any) -> Result:
        """A call."""
        env = {**self.token.env, **more.pop("env", {})}
        return self.cihsm("value", *arguments, *self.options(), env=env, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.value(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails, prints nothing and leaves no file."""
        before = self.files()
        result = self.value(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)
        self.assertEqual(self.files(), before)

    def shown(self, *arguments: Option) -> Result:
        """A call at a terminal, with standard error apart."""
        with Terminal("value", *arguments, *self.options(), stderr=subprocess.PIPE,
                      env=environment(self.folder, self.token.env), cwd=self.folder) as terminal:
            return self.judged(terminal.finish())

    def files(self) -> list[Path]:
        """All files of the test, hidden ones too, but for what the guard of PINs keeps."""
        state = self.folder / ".local"
        return sorted(path for path in self.folder.rglob("*")
                      if path.is_file() and state not in path.parents)

    def start(self, *arguments: Option, **more: Any) -> subprocess.Popen[bytes]:
        """A run that goes on beside the test."""
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            self.command(*arguments), cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(self.folder, self.token.env), **more)
        self.addCleanup(self.end, child)
        return child

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Whatever became of the test."""
        if child.poll() is None:
            child.terminate()
        child.communicate()

    def wait_for(self, wanted: Callable[[], bool]) -> None:
        """Until it is so."""
        end = time.monotonic() + SECONDS
        while not wanted():
            self.assertLess(time.monotonic(), end, "it does not come to pass")
            time.sleep(0.005)


class TenantTest(ValueTest):
    """Against one sandbox."""

    box: Sandbox

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "200")
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")
        cls.box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))

    def options(self) -> list[Option]:
        return self.box.options(self.token, KEY)

    def run_other(self, *arguments: Option) -> Result:
        """Another command of the same caller."""
        done = self.cihsm(*arguments, *self.options(), env=self.token.env)
        self.assertEqual(done.code, 0, done.err)
        return done

    def failed_log(self) -> Any:
        """A log entry with an error text."""
        return self.run_other("get", LOGS, "--filter", "Status eq 'FAILED'", "--top", "1", "-o",
                              "json").json[0]

    def make_flow(self) -> None:
        """A flow whose content can be downloaded."""
        self.run_other("create", "IntegrationPackages", "--set", "Id=P", "--set", "Name=P",
                       "--set", "ShortText=p")
        self.addCleanup(self.run_other, "delete", "IntegrationPackages('P')", "--yes")
        self.run_other("create", "IntegrationDesigntimeArtifacts", "--set", "Id=Orders", "--set",
                       "Name=Orders", "--set", "PackageId=P")

    def test_a_property(self) -> None:
        """As it is, without a line end; $value may be given or not."""
        log = self.failed_log()
        path = f"{LOGS}('{log['MessageGuid']}')/Status"
        for given in (path, f"{path}/", f"{path}/$value"):
            self.assertEqual(self.done(given).stdout, b"FAILED")
        self.assertEqual(self.done(path, "--auth", "oauth-certificate").stdout, b"FAILED")

    def test_media(self) -> None:
        """Text, the URL in an entity, and a payload."""
        log = self.failed_log()
        path = f"{LOGS}('{log['MessageGuid']}')/ErrorInformation"
        text = self.done(path).out
        self.assertGreater(len(text), 20)
        raw = self.run_other("get", f"{LOGS}('{log['MessageGuid']}')/ErrorInformation", "--raw")
        self.assertEqual(self.done(raw.json["d"]["__metadata"]["media_src"]).out, text)
        variable = "Variables(VariableName='O''Brien',IntegrationFlow='Order_Express')"
        self.assertIn(b"O'Brien=", self.done(variable).stdout)

    def test_an_artifact_into_a_folder(self) -> None:
        """By the tenant's name, which is printed; it replaces nothing."""
        self.make_flow()
        (self.folder / "down").mkdir()
        done = self.done(FLOW, "--out", "down/")
        self.assertEqual((done.out, done.err), ("down/Orders.zip\n", ""))
        path = self.folder / "down" / "Orders.zip"
        content = path.read_bytes()
        self.assertTrue(zipfile.ZipFile(io.BytesIO(content)).namelist())
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        path.write_bytes(b"mine")
        self.refused(1, ["down/Orders.zip exists already", "--out"], FLOW, "--out", "down")
        self.assertEqual(path.read_bytes(), b"mine")
        path.unlink()
        path.symlink_to(self.folder / "elsewhere")
        self.refused(1, "exists already", FLOW, "--out", "down")

    def test_a_file_of_our_name(self) -> None:
        """Is replaced, as --out of all commands does."""
        path = self.write("status", "old")
        done = self.done(f"{LOGS}('{self.failed_log()['MessageGuid']}')/Status", "--out", path)
        self.assertEqual((done.out, path.read_bytes()), ("", b"FAILED"))

    def test_names_that_want_to_leave_the_folder(self) -> None:
        """Whatever the tenant says, there is one file in the folder."""
        guid = self.failed_log()["MessageGuid"]
        made = f"{guid}-ErrorInformation.txt"
        rows = (('attachment; filename="../../evil"', "evil"),
                ('attachment; filename="/etc/passwd"', "passwd"),
                ('attachment; filename="..\\..\\evil.exe"', "evil.exe"),
                ('attachment; filename=".bashrc"', "_.bashrc"),
                ('attachment; filename=".."', made), ('attachment; filename=""', made),
                ("attachment; filename*=UTF-8''..%2F..%2Fdeep%2Fevil", "evil"),
                ("attachment; filename*=UTF-8''a%0Ab", made),
                ("attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.zip", "Größe.zip"),
                ("attachment; filename=Größe.zip", "Größe.zip"),
                (f'attachment; filename="{"x" * 500}.zip"', "x" * 196 + ".zip"), ("", made))
        for number, (said, name) in enumerate(rows):
            folder = self.folder / str(number) / "in"
            folder.mkdir(parents=True)
            switches = [f"disposition={said}"] if said else []
            with self.subTest(said), self.box.scenario(*switches):
                done = self.done(f"{LOGS}('{guid}')/ErrorInformation", "--out", f"{folder}/")
                self.assertEqual(done.out, f"{folder}/{name}\n")
                self.assertEqual([*(self.folder / str(number)).rglob("*")],
                                 [folder, folder / name])

    def test_errors_of_the_tenant(self) -> None:
        """In its own words; and nothing is left."""
        guid = self.failed_log()["MessageGuid"]
        self.refused(8, "404", f"{LOGS}('none')/Status", "--out", "x")
        self.refused(8, "404", f"{LOGS}('{guid}')/Nope", "--out", "x")
        with self.box.scenario("role_missing=1"):
            self.refused(7, "403", f"{LOGS}('{guid}')/Status", "--out", "x")

    def test_no_content_yet(self) -> None:
        """204 is no value."""
        found = self.run_other("get", "IntegrationRuntimeArtifacts", "--filter",
                               "Status eq 'ERROR'", "-o", "json").json
        path = f"IntegrationRuntimeArtifacts('{found[0]['Id']}')/ErrorInformation"
        with self.box.scenario("error_details_late=1"):
            self.refused(11, ["204", "no content", "or not yet"], path, "--out", "x")
        self.assertIn("message", self.done(path).json)

    def test_what_broke_off_is_begun_anew(self) -> None:
        """To a file, where the half of it can be taken back; into a pipe it cannot."""
        path = f"{LOGS}('{self.failed_log()['MessageGuid']}')/ErrorInformation"
        text = self.done(path).stdout
        cut = ("truncate_body=10", "error_path=ErrorInformation", "error_times=1")
        with self.box.scenario(*cut):
            done = self.done(path, "--out", "x", "--retry-time", "60")
        self.assertIn("again in", done.err)
        self.assertEqual((self.folder / "x").read_bytes(), text)
        with self.box.scenario(*cut):
            self.refused(6, "localhost", path, "--out", "y", "--retry-time", "0")

    def test_mistakes_are_told_before_a_login(self) -> None:
        """No token is needed for these."""
        self.refuses(2, ["no such folder", "make it first"], "value", "X('1')", "--out", "none/")
        self.refuses(2, "no such folder", "value", "X('1')", "--out", "")
        self.refuses(2, "has no value", "value", "/")
        self.refuses(2, "position", "value", "X('1")


class CannedTest(ValueTest):
    """Against a tenant that says what the sandbox does not."""

    server: CannedTenant

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = CannedTenant()
        cls.addClassCleanup(cls.server.stop)
        cls.token = copy_token(cls.server.folder / "token")

    def options(self) -> list[Option]:
        return self.server.options(self.token)

    def says(self, body: bytes, content_type: str = "application/octet-stream",
             **more: Any) -> None:
        """The answer to all requests."""
        self.server.says(Answer(body, content_type=content_type, **more))

    def test_text_at_a_terminal(self) -> None:
        """With a line end, and without what could move the cursor, whatever its type."""
        for content_type in ("text/plain", "application/pkix-cert", ""):
            self.says("Größe\x1b[2J\u202e\tok".encode(), content_type)
            done = self.shown("X('1')")
            self.assertEqual((done.code, done.out), (0, "Größe?[2J?\tok\r\n"), done.err)
        self.says(b"one\n")
        self.assertEqual(self.shown("X('1')").out, "one\r\n")
        self.says(b"")
        self.assertEqual(self.shown("X('1')").out, "")

    def test_a_terminal_gets_nothing_binary(self) -> None:
        """Zeros, and what is no UTF-8; a pipe gets all."""
        for body in (BINARY_BYTES, b"caf\xe9", b"x" * 100_000 + b"\x80", b"a\0b"):
            self.says(body, "text/plain")
            done = self.shown("X('1')")
            self.assertEqual((done.code, done.out), (2, ""))
            self.message(done, ["binary", "--out FILE"])
            self.assertEqual(self.done("X('1')").stdout, body)

    def test_a_terminal_gets_nothing_of_half_a_text(self) -> None:
        """A message says why there is none."""
        self.says(b"half of it", "text/plain", promised_bytes=10)
        done = self.shown("X('1')")
        self.assertEqual((done.code, done.out), (6, ""), done.err)

    def test_a_file_of_half_a_value_is_none(self) -> None:
        """Less than Content-Length."""
        self.says(BINARY_BYTES, promised_bytes=1)
        self.refused(6, "localhost", "X('1')", "--out", "x")
        self.refused(6, "localhost", "X('1')", "--out", ".")
        done = self.value("X('1')")
        self.assertEqual(done.code, 6)
        self.assertEqual(done.stdout, BINARY_BYTES[:len(done.stdout)])

    def test_a_page_is_no_value(self) -> None:
        """Unless it is said to be one."""
        for content_type in ("text/html; charset=utf-8", ""):
            self.says(b"<!doctype html><title>Log on</title>", content_type)
            self.refused(11, ["HTML page", "login page", "--unchecked"], "X('1')", "--out", "x")
        self.assertIn(b"Log on", self.done("X('1')", "--unchecked").stdout)

    def test_an_empty_value_is_a_file(self) -> None:
        """Of no bytes."""
        self.says(b"", headers={"Content-Disposition": "attachment; filename=empty"})
        self.assertEqual(self.done("X('1')", "--out", ".").out, "./empty\n")
        self.assertEqual((self.folder / "empty").read_bytes(), b"")

    def test_a_disk_that_fills_up(self) -> None:
        """A limit of the size of files stands for it."""
        self.says(BINARY_BYTES * 50)
        child = self.start("X('1')", "--out", "x", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (200_000, 200_000)))
        out, err = child.communicate(timeout=SECONDS)
        done = self.judged(Result([], child.returncode, out, err))
        self.assertEqual((done.code, done.out), (1, ""))
        self.message(done, ["cannot write x", "File too large"])
        self.assertEqual([*self.folder.glob("x*")], [])
        with open("/dev/full", "wb") as full:
            said = subprocess.run(self.command("X('1')"), stdout=full, stderr=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, check=False, timeout=SECONDS,
                                  env=environment(self.folder, self.token.env))
        self.assertEqual(said.returncode, 1)
        self.assertIn(b"No space left", said.stderr)

    def test_a_closed_pipe_ends_it_silently(self) -> None:
        """In the middle of the transfer."""
        self.says(BINARY_BYTES * 1000)
        child = self.start("X('1')")
        assert child.stdout is not None and child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        self.assertEqual((child.wait(SECONDS), child.stderr.read()), (141, b""))
        child.stderr.close()
        child.stdout = child.stderr = None

    def test_a_signal_leaves_no_file(self) -> None:
        """In the middle of the transfer."""
        self.says(BINARY_BYTES * 1000, pause_seconds=5.0)
        child = self.start("X('1')", "--out", "x")
        self.wait_for(lambda: any(path.stat().st_size > 0 for path in self.folder.glob("x.*")))
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(SECONDS), 128 + signal.SIGTERM)
        self.assertEqual([*self.folder.glob("x*")], [])

    def test_progress_is_told_in_bytes(self) -> None:
        """Of what takes long, where standard error is a terminal."""
        self.says(BINARY_BYTES * 1000, pause_seconds=4.0)
        with Terminal("value", "X('1')", "--out", "x", *self.options(), cwd=self.folder,
                      env=environment(self.folder, self.token.env)) as terminal:
            terminal.read_until(b" kB/s")
            done = self.judged(terminal.finish())
        self.assertEqual(done.code, 0, done.out)
        self.assertRegex(done.out, r"\d+ kB, \d+ kB/s")

    def test_a_large_value_takes_little_memory(self) -> None:
        """It is written while it arrives; a sanitizer needs more than the program."""
        self.says(os.urandom(1 << 20) * (BIG_BYTES >> 20))
        child = self.start("X('1')", "--out", "x")
        peak = 0
        while child.poll() is None:
            peak = max(peak, memory_of(child.pid) or 0)
            time.sleep(0.005)
        self.assertEqual(child.returncode, 0)
        self.assertEqual((self.folder / "x").stat().st_size, BIG_BYTES >> 20 << 20)
        if b"libasan" not in tool("ldd", BINARY) and b"libtsan" not in tool("ldd", BINARY):
            self.assertLess(peak, MEMORY_MAX)
            self.assertGreater(peak, MEMORY_MAX // 16, "was not measured")


def memory_of(process: int) -> Optional[int]:
    """The most memory that a process had resident so far, in kB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) if found else None


if __name__ == "__main__":
    unittest.main()
