#!/usr/bin/env python3
"""SoftHSM tokens: one master with keys and certificates, made once; each test uses a copy.

A SoftHSM process rewrites its token file at every login, so no two tests share a token.
`tokens.py` (no argument) makes the master anew; the tests make it themselves if it is missing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from harness import (BINARY, CA_SCRIPT, CANARY_PIN, ROOT, SCRATCH, Option,  # noqa: E402
                     environment, openssl, tool)

LABEL = "integration"
TOKEN_URI = f"pkcs11:token={LABEL}"
# label of the key on the token: its type
KEYS = {"rsa-2048": "rsa:2048", "rsa-3072": "rsa:3072", "ec-p256": "ec:P-256",
        "ec-p384": "ec:P-384"}
MASTER = SCRATCH / "master"
MASTER_SECONDS = 86400  # its certificates live longer; a new day makes a new master
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
           "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so")
MODULE = next((Path(name) for name in MODULES if Path(name).exists()), Path(MODULES[0]))


@dataclass(frozen=True)
class Token:
    """A SoftHSM token in a folder of its own."""

    folder: Path

    @property
    def conf(self) -> Path:
        """The SOFTHSM2_CONF of this token."""
        return self.folder / "softhsm2.conf"

    @property
    def pin(self) -> Path:
        """The file with its PIN."""
        return self.folder / "pin"

    @property
    def env(self) -> dict[str, str]:
        """What a run needs to see this token."""
        return {"SOFTHSM2_CONF": str(self.conf)}

    def configure(self, *lines: str) -> None:
        """Writes its configuration, with more lines."""
        self.conf.write_text("\n".join([
            f"directories.tokendir = {self.folder / 'tokens'}", "objectstore.backend = file",
            "log.level = ERROR", "slots.removable = false", *lines, ""]))

    def options(self, key: str = "") -> list[Option]:
        """The options that select it, and a key on it."""
        selected: list[Option] = ["--module", MODULE, "--token", TOKEN_URI,
                                  "--pin-source", f"file:{self.pin}"]
        return [*selected, "--key", f"pkcs11:object={key}"] if key else selected


def make_token(folder: Path, label: str = LABEL) -> Token:
    """A new token with the canary as its PIN."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "pin").write_text(CANARY_PIN)
    (folder / "pin").chmod(0o600)
    tool(ROOT / "hsm-setup" / "softhsm.sh", folder, label)
    return Token(folder)


def copy_token(folder: Path) -> Token:
    """A copy of the master token, with all its keys."""
    shutil.copytree(master() / "token", folder)
    token = Token(folder)
    token.configure()
    return token


def chain_of(key: str) -> Path:
    """The issued chain, leaf first, of a key on the master token."""
    return master() / f"{key}.pem"


def request_of(key: str) -> Path:
    """The CSR of a key on the master token."""
    return master() / f"{key}.csr"


def ca_folder() -> Path:
    """The CA (root and intermediate) that issued the chains."""
    return master() / "ca"


def serial_of(chain: Path) -> str:
    """The serial number of the first certificate, in hex as nginx writes it."""
    return openssl("x509", "-in", chain, "-noout", "-serial").decode().strip().partition("=")[2]


# --- the master ----------------------------------------------------------------------------

def _cihsm(token: Token, *arguments: Option) -> None:
    command = [str(part) for part in (BINARY, *arguments, *token.options())]
    done = subprocess.run(command, env=environment(SCRATCH, token.env), capture_output=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: {done.stderr.decode(errors='replace')}")


def _make_master(folder: Path) -> None:
    token = make_token(folder / "token")
    tool(CA_SCRIPT, "init", folder / "ca")
    for key, kind in KEYS.items():
        request, chain = folder / f"{key}.csr", folder / f"{key}.pem"
        _cihsm(token, "key", "generate", "--type", kind, "--label", key)
        _cihsm(token, "csr", "create", "--key", f"pkcs11:object={key}", "--out", request,
               "--subject", f"CN={key},O=Example,C=DE")
        tool(CA_SCRIPT, "issue", folder / "ca", request, chain)
    (folder / "made").touch()


@contextmanager
def _lock() -> Iterator[None]:
    SCRATCH.mkdir(parents=True, exist_ok=True)
    with (SCRATCH / "master.lock").open("a", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _is_fresh() -> bool:
    made = MASTER / "made"
    return made.exists() and time.time() - made.stat().st_mtime < MASTER_SECONDS


def master(anew: bool = False) -> Path:
    """The folder of the master token; made by the first who asks."""
    if not anew and _is_fresh():
        return MASTER
    with _lock():
        if anew or not _is_fresh():
            shutil.rmtree(MASTER, ignore_errors=True)
            MASTER.mkdir(mode=0o700)
            _make_master(MASTER)
    return MASTER


if __name__ == "__main__":
    os.umask(0o077)
    for left in SCRATCH.glob("*.????????"):
        if time.time() - left.stat().st_mtime > MASTER_SECONDS:
            shutil.rmtree(left)  # of a run that was interrupted
    master(anew=True)
