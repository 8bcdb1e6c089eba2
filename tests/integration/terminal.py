"""Runs cihsm, or another program, at a pseudo-terminal, as a person would."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from typing import Mapping, Optional

from harness import BINARY, Option, Result

QUIET_SECONDS = 30.0


class Terminal:
    """One run at a terminal of a given width. Close it, or use it in a with statement."""

    def __init__(self, *arguments: Option, env: Mapping[str, str], cwd: Option,
                 columns: int = 80, stdout: Optional[int] = None, stderr: Optional[int] = None,
                 user: Optional[int] = None, program: Option = BINARY) -> None:
        self.shown = b""  # everything the terminal got
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        slave = self._slave
        if user is not None and user != os.geteuid():
            os.fchown(slave, user, -1)  # it is opened again as /dev/tty
        self.arguments = [str(argument) for argument in arguments]
        self.child = subprocess.Popen(  # pylint: disable=consider-using-with
            [str(program), *self.arguments], stdin=slave,
            stdout=slave if stdout is None else stdout,
            stderr=slave if stderr is None else stderr, env=dict(env), cwd=cwd,
            start_new_session=True, user=user,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            self.child.wait(QUIET_SECONDS)
        if self.child.stderr is not None:
            self.child.stderr.close()
        os.close(self._master)
        os.close(self._slave)

    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._slave)[3] & termios.ECHO)

    def read_until(self, text: bytes) -> None:
        """Waits until the terminal has shown this."""
        end = time.monotonic() + QUIET_SECONDS
        while text not in self.shown:
            if time.monotonic() > end:
                raise TimeoutError(f"{text!r} was not shown, but {self.shown!r}")
            self._read(0.05)

    def wait_for_echo(self, wanted: bool) -> None:
        """Waits until echo is on or off."""
        end = time.monotonic() + QUIET_SECONDS
        while self.echoes() != wanted:
            if time.monotonic() > end:
                raise TimeoutError(f"echo is {not wanted}")
            time.sleep(0.01)

    def type(self, text: str) -> None:
        """Types it."""
        os.write(self._master, text.encode())

    def finish(self) -> Result:
        """Reads to the end of the run. Standard output is what the terminal showed."""
        end = time.monotonic() + QUIET_SECONDS
        while self.child.poll() is None:
            if time.monotonic() > end:
                raise TimeoutError(f"it does not end, it has shown {self.shown!r}")
            self._read(0.02)
        while self._read(0.0):
            pass
        err = self.child.stderr.read() if self.child.stderr is not None else b""
        return Result(self.arguments, self.child.returncode, self.shown, err)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        self.shown += os.read(self._master, 65536)
        return True
