"""The command lines that are compared: cihsm, and curl with libp11's engine and jq."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Mapping, Optional

import service_keys
from harness import BINARY, SHIM, Option, environment, openssl
from measure import Taken, run
from pages import BEGIN, SET, SLICE_SECONDS, Pages
from server import Server
from tokens import MODULE, TOKEN_URI, Token, chain_of

KEY = "ec-p256"

# What people write today: a page a call, each with a handshake of its own.
LOOP = """
next={first}
while [ -n "$next" ]; do
    {curl} -o page.json "$next"
    jq -c '.d.results[]' page.json
    next=$(jq -r '.d.__next // empty' page.json)
done
"""


@dataclass(frozen=True)
class Clients:
    """Both clients with the same key of the same token, against the same server."""

    folder: Path
    server: Server
    token: Token
    service_key: Path

    @staticmethod
    def make(folder: Path, server: Server, token: Token) -> "Clients":
        """Registers the certificate of the key."""
        folder.mkdir(parents=True)
        leaf = folder / "leaf.pem"
        leaf.write_bytes(openssl("x509", "-in", chain_of(KEY)))
        wish = service_keys.Wish(name="bench", certificate=leaf)
        document = service_keys.register(folder, server.root.removesuffix("/api/v1"), wish)
        service_keys.write_document(folder / "key.json", document)
        return Clients(folder, server, token, folder / "key.json")

    def env(self, more: Optional[Mapping[str, Option]] = None) -> dict[str, str]:
        """What every run sees."""
        return environment(self.folder, {**self.token.env, **(more or {})})

    def cihsm(self, *arguments: Option, module: Path = MODULE) -> list[Option]:
        """A command line of cihsm."""
        return [BINARY, *arguments, "--service-key", self.service_key, "--ca", self.server.ca,
                "--chain", chain_of(KEY), "--module", module, "--token", TOKEN_URI,
                "--key", f"pkcs11:object={KEY}", "--pin-source", f"file:{self.token.pin}"]

    def curl(self, *arguments: Option) -> list[Option]:
        """A command line of curl with the key behind libp11's engine."""
        uri = f"{TOKEN_URI};object={KEY};type=private?pin-source=file:{self.token.pin}"
        return ["curl", "-sSf", "--engine", "pkcs11", "--key-type", "ENG", "--key", uri,
                "--cert", chain_of(KEY), "--cacert", self.server.ca,
                "-H", "Accept: application/json", *arguments]

    # --- the runs ---------------------------------------------------------------------------

    def get_all(self, out: Path) -> Taken:
        """Every entry as JSON Lines."""
        return run(self.cihsm("get", SET, "--all", "-o", "jsonl"), self.env(), out)

    def export(self, pages: Pages, target: Path) -> Taken:
        """The same by bulk export, into a fresh folder."""
        shutil.rmtree(target, ignore_errors=True)
        until = BEGIN + timedelta(seconds=pages.entries)
        command = self.cihsm("export", SET, "--since", BEGIN.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "--until", until.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "--slice", f"{SLICE_SECONDS}s", "--out", target)
        return run(command, self.env(), self.folder / "export.out")

    def loop(self, out: Path, first: str) -> Taken:
        """The same by a shell loop of curl and jq, from a page on."""
        script = LOOP.format(first=shlex.quote(first),
                             curl=shlex.join(str(part) for part in self.curl()))
        work = self.folder / "loop"
        work.mkdir(exist_ok=True)
        (work / "loop.sh").write_text(f"set -eu\ncd {shlex.quote(str(work))}\n{script}")
        return run(["bash", work / "loop.sh"], self.env({"PKCS11_MODULE_PATH": MODULE}), out)

    def download(self, pages: Pages) -> Taken:
        """The same bytes over one connection, thrown away: what the wire and TLS allow."""
        wanted = self.folder / "urls"
        wanted.write_text("".join(f'url="{url}"\noutput="/dev/null"\n' for url in pages.urls()))
        command = self.curl("--config", wanted)
        return run(command, self.env({"PKCS11_MODULE_PATH": MODULE}), self.folder / "download.out")

    # --- one entry, by a slow token ---------------------------------------------------------

    def _shim(self, delay_ms: int) -> tuple[Path, dict[str, str]]:
        if SHIM is None:
            raise RuntimeError("CIHSM_SHIM is not set")
        rules = self.folder / "rules"
        rules.write_text(f"* -> delay {delay_ms}\n" if delay_ms else "")
        report = self.folder / "calls"
        report.unlink(missing_ok=True)
        return SHIM, {"CIHSM_SHIM_MODULE": str(MODULE), "CIHSM_SHIM_RULES": str(rules),
                      "CIHSM_SHIM_REPORT": str(report)}

    def cold_cihsm(self, delay_ms: int) -> tuple[Taken, int]:
        """One entry; what it took and how many PKCS#11 calls it made."""
        module, more = self._shim(delay_ms)
        taken = run(self.cihsm("get", SET, "--top", "1", "-o", "json", module=module),
                    self.env(more), self.folder / "one.out")
        return taken, self._calls()

    def cold_curl(self, delay_ms: int) -> tuple[Taken, int]:
        """The same by curl."""
        module, more = self._shim(delay_ms)
        taken = run(self.curl(f"{self.server.root}/{SET}?$top=1"),
                    self.env({**more, "PKCS11_MODULE_PATH": str(module)}),
                    self.folder / "one.out")
        return taken, self._calls()

    def _calls(self) -> int:
        report = dict(line.split() for line in (self.folder / "calls").read_text().splitlines())
        return int(report["calls"])
