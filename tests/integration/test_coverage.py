#!/usr/bin/env python3
"""docs/coverage.md: each documented verb of each resource, by a command line that was run.

The lines are in coverage_lines.py. What a line is to prove is judged from the load balancer's log:
a request of that method led to that entity set or function import, and the answer had a status that
the catalogue documents as success. `test_coverage.py --write` puts the lines into the page.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import ssl
import sys
import unittest
import zipfile
from collections import defaultdict
from typing import Any, Iterator, Optional
from urllib.parse import parse_qsl, unquote

from coverage_lines import LINES, NOT_HERE, Line
from harness import ROOT, CihsmTest, Option, Result, openssl
from tenants import Sandbox

# pylint: disable=wrong-import-order
from keystore_pki import Pki
from keystores import pack
from model import KNOWN_ROLES

PAGE = ROOT / "docs" / "coverage.md"
WRITE = "--write" in sys.argv
SECRET = "Canary-coverage-3f81"
CHECK_FAILED = 13  # of a command that found something, which proves as much
SERVICE = "/api/v1/"

Pairs = dict[str, set[int]]  # "SET VERB": statuses of success


class Catalogue:
    """src/integration/catalogue.json, and what a path leads to by it."""

    def __init__(self) -> None:
        text = (ROOT / "src" / "integration" / "catalogue.json").read_text()
        self.records: list[dict[str, Any]] = json.loads(text)
        self._by_name: dict[str, dict[str, Any]] = {}
        for record in self.records:
            self._by_name[self.name(record)] = record
            self._by_name.setdefault(str(record.get("entity_type")).rpartition(".")[2], record)

    @staticmethod
    def name(record: dict[str, Any]) -> str:
        """Of the entity set or function import."""
        return str(record["entity_set"] or record["function_import"])

    def targets(self, method: str, target: str) -> Iterator[str]:
        """The set or function import at the end of a path, and what else is read: where the path
        starts, and what $expand names."""
        path, _, query = target.partition("?")
        root: Optional[dict[str, Any]] = None
        record: Optional[dict[str, Any]] = None
        for segment in re.split(r"/(?=[^']*(?:'[^']*'[^']*)*$)", path.strip("/")):
            name = segment.partition("(")[0]
            record = self._by_name.get(name) if record is None else self._follow(record, name)
            root = root or record
            if record is None or root is None:
                return
        assert record is not None and root is not None
        yield self.name(record)
        if method != "GET":
            return
        yield self.name(root)
        for navigation in dict(parse_qsl(query)).get("$expand", "").split(","):
            found = self._follow(record, navigation) if navigation else None
            if found is not None and found is not record:
                yield self.name(found)

    def _follow(self, record: dict[str, Any], name: str) -> Optional[dict[str, Any]]:
        """Where a navigation leads; a property, $value, $count and $links lead nowhere else."""
        for navigation in record.get("navigations") or []:
            if navigation["name"] == name:
                return self._by_name.get(navigation["target"])
        return record

    def documented(self) -> Pairs:
        """What SAP documents: by the operations of all records."""
        found: Pairs = defaultdict(set)
        for record in self.records:
            for operation in record["operations"] or []:
                method = operation["method"]
                for name in self.targets(method, operation["path"]):
                    found[f"{name} {method}"].update(operation["success_status"])
        return found


CATALOGUE = Catalogue()


def zipped(name: str, manifest: bool = True) -> bytes:
    """The content of an artifact."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        entry = "META-INF/MANIFEST.MF" if manifest else "OSGI-INF/SUBSYSTEM.MF"
        made.writestr(entry, f"Manifest-Version: 1.0\nBundle-SymbolicName: {name}\n")
    return stream.getvalue()


class CoverageTest(CihsmTest):
    """One sandbox for all lines."""

    box: Sandbox
    options: list[Option]
    values: dict[str, str]

    def setUp(self) -> None:
        super().setUp()
        self.box = Sandbox("--entries", "300")
        self.addCleanup(self.box.stop)
        key = self.box.register_type("all", "certificate", sorted(KNOWN_ROLES))
        self.options = ["--service-key", key, "--ca", self.box.ca]
        self.values = {**self.files(), **self.names()}

    def run_cihsm(self, *arguments: Option) -> Result:
        """A call with its options."""
        return self.cihsm(*arguments, *self.options, env={"SECRET": SECRET})

    def read(self, *arguments: Option) -> Any:
        """What a command prints as JSON."""
        done = self.run_cihsm(*arguments, "-o", "json")
        self.assertEqual(done.code, 0, done.err)
        return done.json

    def files(self) -> dict[str, str]:
        """What lines upload."""
        self.write("tags.json", '[{"tagName":"Author","isMandatory":false}]')
        self.write("script.groovy", "println 1\n")
        made = {"tags": "tags.json", "script": "script.groovy", "secret": "env:SECRET"}
        for name in ("Flow", "Mapping", "Scripts", "Values"):
            self.write(f"{name}.zip", zipped(name))
            made[name.lower()] = f"{name}.zip"
        self.write("adapter.esa", zipped("Adapter", False))
        pem = self.box.ca.read_text()
        digest = hashlib.md5(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        return {**made, **self.keys(), "adapter": "adapter.esa", "digest": digest,
                "certificate": base64.b64encode(pem.encode()).decode()}

    def keys(self) -> dict[str, str]:
        """What the keystore gets."""
        (self.folder / "pki").mkdir()
        pki = Pki(self.folder / "pki")
        self.write("pair.p12", pki.pkcs12(SECRET))
        self.write("chain.pem", pki.leaf + pki.middle + pki.root)
        key = self.write("key.pem", openssl("genrsa", "2048"))
        self.write("pkcs1.pem", openssl("rsa", "-traditional", "-in", key))
        self.write("ssh.pem", openssl("ec", "-in", self.folder / "pki" / "leaf.key"))
        self.write("all.jks", pack({"packed": pki.root}, SECRET))
        digests = {f"{name}_digest": hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
                   for name, pem in (("root", pki.root), ("leaf", pki.leaf))}
        return {**digests, "root": "pki/root.pem", "pair": "pair.p12", "chain": "chain.pem",
                "pkcs1": "pkcs1.pem", "ssh": "ssh.pem", "jks": "all.jks"}

    def names(self) -> dict[str, str]:
        """Ids that the tenant gave."""
        logs = self.read("get", "MessageProcessingLogs", "--expand", "MessageStoreEntries",
                         "--all")
        failed = next(log for log in logs if log["Status"] == "FAILED")
        stored = next(log for log in logs
                      if any(row["HasAttachments"] for row in log["MessageStoreEntries"]))
        entry = next(row for row in stored["MessageStoreEntries"] if row["HasAttachments"])
        attachment = self.read("message-store", "attachment", "list", entry["Id"])[0]
        return {"message": logs[0]["MessageGuid"], "failed": failed["MessageGuid"],
                "stored": stored["MessageGuid"], "entry": entry["Id"],
                "attachment": attachment["Id"]}

    # --- what a line proves ------------------------------------------------------------------

    def proven(self, mark: int, documented: Pairs) -> set[str]:
        """The pairs that were answered with success since a mark."""
        found = set()
        for entry in self.box.seen(mark):
            method, _, rest = entry["request"].partition(" ")
            path = unquote(rest.rpartition(" ")[0]).removeprefix(SERVICE)
            for name in CATALOGUE.targets(method, path):
                pair = f"{name} {method}"
                if int(entry["status"]) in documented.get(pair, {200}):
                    found.add(pair)
        return found

    def failure(self, line: Line, documented: Pairs) -> str:
        """Why a line does not prove what it is to prove; "" if it does."""
        mark = self.box.mark()
        words = [word.format(**self.values) for word in line.command.split()]
        done = self.run_cihsm(*words)
        if done.code not in (0, CHECK_FAILED):
            return f"cihsm {line.command}: exit code {done.code}: {done.err.splitlines()[-1]}"
        lacking = set(line.proves) - self.proven(mark, documented)
        return f"cihsm {line.command}: no proof of {sorted(lacking)}" if lacking else ""

    def test_each_documented_verb(self) -> None:
        """All lines pass, and leave nothing out; the page shows them."""
        documented = CATALOGUE.documented()
        failures = [text for line in LINES if (text := self.failure(line, documented))]
        self.assertEqual(failures, [])
        done = {pair for line in LINES for pair in line.proves}
        missing = sorted(set(documented) - done - set(NOT_HERE))
        self.assertEqual(missing, sorted(MISSING), "documented verbs without a line")
        self.compare(page(documented))

    def compare(self, text: str) -> None:
        """With the page that is there."""
        if WRITE:
            PAGE.write_text(text)
        self.assertEqual(PAGE.read_text(), text, "test_coverage.py --write makes it anew")


# --- the page ------------------------------------------------------------------------------------

HEAD = """# Coverage of the API

Each resource that SAP documents or a tenant's `$metadata` has (docs/sap-contract.md section 7), and
the command line that was run for each of its documented verbs against the simulated tenant.
`tests/integration/test_coverage.py` makes this page, and fails if it is not true: the load balancer
must have seen that method on that resource, answered with a documented status of success.

Names in capitals stand for an id or a file. "Undocumented": SAP describes no request for it, so
nothing is simulated; the generic command reaches it where a tenant has it.
"""


def shown(command: str) -> str:
    """A line with what is looked up in capitals."""
    return "`cihsm " + re.sub(r"\{(\w+)\}", lambda m: m[1].upper(), command) + "`"


def cells(name: str, documented: Pairs) -> list[tuple[str, str]]:
    """The rows of a record: verb and command line."""
    verbs = {pair.split()[1] for pair in documented if pair.split()[0] == name}
    verbs |= {pair.split()[1] for line in LINES for pair in line.proves if pair.split()[0] == name}
    rows = []
    for verb in sorted(verbs):
        pair = f"{name} {verb}"
        said = NOT_HERE.get(pair) or MISSING.get(pair)
        rows += [(verb, said)] if said else [
            (verb, shown(line.command)) for line in LINES if pair in line.proves]
    return rows


def page(documented: Pairs) -> str:
    """docs/coverage.md."""
    text, section = HEAD, ""
    for record in sorted(CATALOGUE.records, key=lambda r: str(r["section"])):
        name = CATALOGUE.name(record)
        if record["section"] != section:
            section = record["section"]
            text += f"\n## {section}\n\n| resource | verb | command line |\n|---|---|---|\n"
        generic = f"`get {name}`" if record["entity_set"] else f"`call {name}`"
        rows = cells(name, documented) or [("", f"undocumented; {generic}")]
        for number, (verb, command) in enumerate(rows):
            text += f"| {name if number == 0 else ''} | {verb} | {command} |\n"
    return text


# Documented, and not simulated yet.
MISSING: dict[str, str] = {}


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
