#!/usr/bin/env python3
"""Looks at a real tenant, read-only, and prints what it shows of the unknowns of contract §10.

    CIHSM_LIVE_PROFILE=prod tests/live/observe.py > observed.md

Runs `cihsm get` only. The report holds statuses, counts, names of fields and yes or no; no host,
no name, no identifier, no content. Exit codes: 0 the report is complete, 1 the first call failed
(nothing else was tried), 77 no profile was given.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Iterator, Optional

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CIHSM_BINARY", ROOT / "build" / "dev" / "bin" / "cihsm"))
SKIPPED = 77
SECONDS = 300
LOGS = "MessageProcessingLogs"
PAGE = 1000  # contract §5.4
# Fields of a service key that the contract knows (§2.3)
KNOWN_FIELDS = {"clientid", "clientsecret", "tokenurl", "url", "certificate", "key",
                "certificatedetails"}
NOT_OBSERVED = (
    ("2", "the list of roots of the load balancer", "only a certificate of each CA shows it"),
    ("3", "body and headers of a 401", "needs a wrong certificate"),
    ("4", "CSRF tokens", "needs a request header that `cihsm get` does not send"),
    ("7", "cache time of new or deleted service keys", "needs a change in the cockpit"),
    ("8", "headers of a 429", "needs too many requests"),
)


class Stopped(RuntimeError):
    """The first call failed: a second try could cost the PIN."""


@dataclass
class Call:
    """A finished `cihsm get`."""

    code: int
    out: bytes
    err: str

    @property
    def status(self) -> Optional[int]:
        """The HTTP status of the last answer, if there was one."""
        found = re.findall(r"info http: GET .*: status (\d{3}),", self.err)
        return int(found[-1]) if found else None

    @property
    def data(self) -> Any:
        """The `d` of the answer."""
        return json.loads(self.out)["d"]

    @property
    def entries(self) -> list[Any]:
        """The entities of a collection, which some services give without `results`."""
        return list(self.data["results"] if isinstance(self.data, dict) else self.data)

    @property
    def shown(self) -> str:
        """How it ended, in words fit for the report."""
        return f"status {self.status}" if self.status else f"no answer, exit code {self.code}"


def cihsm(profile: str, *arguments: str) -> Call:
    """One run with the caller's environment, with the terminal for a PIN."""
    command = [str(BINARY), *arguments, "--profile", profile, "-vvv"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=SECONDS)
    return Call(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def yes(value: object) -> str:
    """Yes or no."""
    return "yes" if value else "no"


Row = tuple[str, str, str]  # number in contract §10, question, what was seen


@dataclass
class Observer:
    """Asks the questions; each method yields rows of the report."""

    profile: str
    guid: str = ""  # of a log entry; never shown
    rows: list[Row] = field(default_factory=list)

    def get(self, path: str, *options: str) -> Call:
        """`cihsm get --raw`."""
        return cihsm(self.profile, "get", path, "--raw", *options)

    def observe(self) -> list[Row]:
        """All rows; the first call decides whether there are more."""
        self.rows += self.service_document()
        for question in (self.service_key, self.one_entry, self.pages, self.runs, self.log_files):
            self.rows += question()
        return self.rows

    def service_document(self) -> Iterator[Row]:
        """§10.14, §4.1"""
        found = self.get("/")
        if found.code != 0:
            raise Stopped(found.err.strip().splitlines()[-1])
        sets = found.data["EntitySets"]
        yield "–", "`get /`: entity sets in the service document", str(len(sets))
        for name in ("LogFiles", "AuditLogs"):
            yield "14", f"{name} in the service document", yes(name in sets)

    def service_key(self) -> Iterator[Row]:
        """§10.5: names of fields only."""
        shown = subprocess.run([str(BINARY), "profile", "show", self.profile, "-o", "json"],
                               stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout
        document = json.loads(Path(json.loads(shown)["service-key"]).read_text(encoding="utf-8"))
        way: list[str] = []
        inside = document
        for name in ("credentials", "oauth"):
            if isinstance(inside.get(name), dict):
                way, inside = [*way, name], inside[name]
        yield "5", "service key: its fields lie in", ".".join(way) or "the document itself"
        yield "5", "service key: fields beyond the documented", ", ".join(
            sorted(inside.keys() - KNOWN_FIELDS)) or "none"
        yield "5", "service key: certificatedetails present", yes("certificatedetails" in inside)
        yield "5", "service key: certificates in `certificate`", str(
            str(inside.get("certificate", "")).count("BEGIN CERTIFICATE"))
        yield "5", "service key: tokenurl names the host for certificates", yes(
            ".authentication.cert." in str(inside.get("tokenurl", "")))

    def one_entry(self) -> Iterator[Row]:
        """§10.1, §10.11"""
        found = self.get(LOGS, "--top", "1")
        yield "–", f"`get {LOGS} --top 1`", found.shown
        yield "1", "the server asked for a certificate in the first handshake", yes(
            "the server asked for a client certificate" in found.err)
        yield "1", "its list of CAs", (
            "empty" if "asked for a client certificate of any issuer" in found.err else
            "names the issuer of the chain" if "and lists its issuer" in found.err else
            "names other issuers" if "asked for a client certificate of another" in found.err else
            "not seen")
        scheme = re.search(r"info token: signature .* scheme=([\w-]+) ", found.err)
        yield "1", "scheme of the handshake's signature", scheme[1] if scheme else "not seen"
        version = re.search(r"info http: GET .*, (HTTP/[\d.]+), ", found.err)
        yield "–", "HTTP version", version[1] if version else "not seen"
        if found.code != 0 or not found.entries:
            return
        entry = found.entries[0]
        self.guid = entry["MessageGuid"]
        yield "11", "an etag in `__metadata`", yes("etag" in entry["__metadata"])
        uri = str(entry["__metadata"]["uri"])
        yield "–", "a port in absolute URIs", yes(re.match(r"https://[^/]+:\d+/", uri))

    def pages(self) -> Iterator[Row]:
        """§10.9"""
        found = self.get(LOGS, "--top", str(PAGE + 1), "--select", "MessageGuid,LogEnd")
        if found.code != 0:
            yield "9", f"`$top={PAGE + 1}`", found.shown
            return
        ends = [int(re.sub(r"\D", "", entry["LogEnd"])) for entry in found.entries
                if entry.get("LogEnd")]
        yield "9", f"entries in the first page of `$top={PAGE + 1}`", str(len(found.entries))
        yield "9", "that page names a next one", yes("__next" in found.data)
        yield "9", "order without `$orderby`", (
            "too few entries" if len(ends) < 3 else
            "LogEnd rising" if ends == sorted(ends) else
            "LogEnd falling" if ends == sorted(ends, reverse=True) else "not by LogEnd")

    def runs(self) -> Iterator[Row]:
        """§10.13"""
        if not self.guid:
            yield "13", "Runs of a log entry", "no log entry to try"
            return
        found = self.get(f"{LOGS}('{self.guid}')/Runs")
        count = f", {len(found.entries)} entries" if found.code == 0 else ""
        yield "13", "Runs of a log entry", found.shown + count

    def log_files(self) -> Iterator[Row]:
        """§10.14"""
        for name in ("LogFiles", "AuditLogs"):
            yield "14", f"`get {name} --top 1`", self.get(name, "--top", "1").shown


def report(rows: list[Row]) -> str:
    """Markdown."""
    version = subprocess.run([str(BINARY), "--version"], stdout=subprocess.PIPE, check=True,
                             timeout=SECONDS).stdout.decode().splitlines()[0]
    table = ["| §10 | question | seen |", "|--:|---|---|"]
    table += [f"| {number} | {question} | {seen} |" for number, question, seen in rows]
    table += ["", "Not observed:", ""]
    table += [f"* {number}: {subject}: {why}" for number, subject, why in NOT_OBSERVED]
    return "\n".join([f"# Observed on {date.today()} with {version}, read-only", "", *table])


def main() -> int:
    """Prints the report."""
    profile = os.environ.get("CIHSM_LIVE_PROFILE")
    if not profile:
        print("observe.py: CIHSM_LIVE_PROFILE names no profile: nothing was done", file=sys.stderr)
        return SKIPPED
    if not BINARY.is_file():
        print(f"observe.py: no program {BINARY}: build it, or set CIHSM_BINARY", file=sys.stderr)
        return 1
    try:
        print(report(Observer(profile).observe()))
    except Stopped as stopped:
        print(f"observe.py: the first call failed, nothing else was tried: {stopped}",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
