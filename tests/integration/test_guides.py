#!/usr/bin/env python3
"""The guides and the README do what they show: their shell blocks are run in order.

A guide is Markdown with these parts, all of one bash session:

    ```sh      commands that the reader types
    ```text    what the block before it printed, compared with what it prints now; what differs
               from run to run (ids, dates, hashes) is not compared
    <!-- test  commands for what a person does elsewhere: the CA, the cockpit

`test_guides.py --write` puts what is printed now into the guides instead of comparing it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, Optional

from harness import BINARY, CA_SCRIPT, CANARY_PIN, ROOT, CihsmTest, environment, tool
from tenants import SANDBOX
from tokens import MODULE, ca_folder, make_token

GUIDES = ROOT / "docs" / "guides"
RUN_ELSEWHERE = {"install.md": "needs root: tests/package/debian.sh; what needs none: test_install.py, "
                               "test_quickstart.py"}
EXAMPLES = "/usr/share/doc/cihsm/examples"  # of an installed cihsm; their folders are the sources'
YOUR_MODULE = "/usr/lib/libyourhsm.so"
WRITE = "--write" in sys.argv
SECONDS = 120
PART = re.compile(r"^```(sh|text)\n(.*?)^```$|^<!-- test\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
# What is new in each run, and the blanks that only line it up. The order of the lines is not
# compared: tokens list what they hold in any order.
UNSTABLE = ((r"(%[0-9A-F]{2}){4,}", "ID"), (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
            (r"\b\d{8}T\d{6}\b", "MOMENT"), (r"\b[0-9a-f]{16,}\b", "HEX"),
            (r"slot-id=\d+", "slot-id=N"),
            (r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?", "DATE"),
            (r"\b(less than a minute|\d+ minutes?) ago\b", "AGE"),
            (r"\blocalhost:\d+", "HOST"),
            (r"\b\d+ days?\b", "DAYS"), (r"\d+(?=\s+DATE)", "DAYS"), (r"\bAG[\w-]{20,}", "GUID"),
            (r"(?<=BEGIN CERTIFICATE-----)[^-]+", "BASE64"), (r"(?m)^Slot +\d+$", "Slot N"),
            (r"[ \t]+", " "), (r"(?m) $", ""))


@dataclass
class Block:
    """Commands, and what they are said to print."""

    line: int
    commands: str
    shown: Optional[str] = None


def blocks_of(text: str) -> list[Block]:
    """All blocks of a guide in their order."""
    found: list[Block] = []
    for match in PART.finditer(text):
        if match[1] == "text":
            found[-1].shown = match[2]
        else:
            commands = match[2] if match[1] else match[3]
            found.append(Block(text[:match.start()].count("\n") + 1, commands))
    return found


def stable(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, word in UNSTABLE:
        text = re.sub(pattern, word, text)
    return "\n".join(sorted(text.strip().splitlines()))


def write_shown(path: Path, outputs: Iterator[str]) -> None:
    """Puts outputs into the text blocks of a guide, long base64 shortened."""
    def block(_: re.Match[str]) -> str:
        text = re.sub(r"(BEGIN CERTIFICATE-----\\n.{12})[^-]+", r"\1…\\n", next(outputs))
        lines = [line.rstrip() for line in text.strip("\n").splitlines()]
        return "\n".join(["```text", *lines, "```"])
    path.write_text(re.sub(r"^```text\n.*?^```$", block, path.read_text(),
                           flags=re.MULTILINE | re.DOTALL))


class GuideTest(CihsmTest):
    """Runs guides in a folder of their own, with a sandbox that they start themselves."""

    def setUp(self) -> None:
        super().setUp()
        (self.folder / "cihsm").symlink_to(ROOT)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "cihsm").symlink_to(BINARY)
        self.box = self.folder / "box"
        self.addCleanup(self.stop_sandbox)

    def tearDown(self) -> None:
        """The sandbox keeps the service keys that it handed out: those are its own."""
        self.written |= set((self.box / "documents").glob("*.json"))
        super().tearDown()

    def stop_sandbox(self) -> None:
        """Ends the sandbox, if the guide started it."""
        if self.box.exists():
            tool(SANDBOX, "stop", "--dir", self.box)

    def env(self) -> dict[str, str]:
        """What the session sees."""
        more = {"MODULE": str(MODULE), "BOX": str(self.box), "CA": str(CA_SCRIPT),
                "EXAMPLES": str(ROOT), "SANDBOX": str(SANDBOX),
                "CIHSM_CA": str(self.box / "server-ca" / "root.pem")}
        names = environment(self.folder, more)
        return names | {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def run_blocks(self, blocks: list[Block], probe: str = "") -> list[str]:
        """Runs all in one session; the outputs. The probe must succeed after each block."""
        mark = "@@ end of block"
        check = f"{{ {probe or ':'}; }} >probe.out 2>&1 || {{ cat probe.out; exit 1; }}"
        script = "set -euo pipefail\n" + "".join(
            f"{block.commands}\n{check}\nprintf '\\n{mark}\\n'\n" for block in blocks)
        for shown, here in ((EXAMPLES, ROOT), (YOUR_MODULE, MODULE)):
            script = script.replace(shown, str(here))
        path = self.write("guide.sh", script)
        with (self.folder / "printed").open("wb") as printed:
            code = subprocess.run(["bash", str(path)], stdin=subprocess.DEVNULL, stdout=printed,
                                  stderr=subprocess.STDOUT, cwd=self.folder, env=self.env(),
                                  timeout=SECONDS, check=False).returncode
        text = (self.folder / "printed").read_text()
        outputs = text.split(f"\n{mark}\n")
        reached = len(outputs) - 1
        where = f"the block at line {blocks[reached].line}" if reached < len(blocks) else "the end"
        self.assertEqual(code, 0, f"{where}: {outputs[-1]}")
        self.assertNotIn(CANARY_PIN, text)
        return [output.replace(str(self.folder), "/home/you") for output in outputs[:-1]]

    def run_guide(self, name: str, probe: str = "") -> None:
        """Runs a guide and compares what it shows."""
        path = GUIDES / name
        blocks = blocks_of(path.read_text())
        self.assertGreater(sum(block.shown is not None for block in blocks), 3)
        outputs = self.run_blocks(blocks, probe)
        shown = [(block, out) for block, out in zip(blocks, outputs) if block.shown is not None]
        if WRITE:
            write_shown(path, iter([out for _, out in shown]))
            return
        for block, out in shown:
            self.assertEqual(stable(out), stable(block.shown or ""),
                             f"{name}, the block at line {block.line}: if it should print that, "
                             "run test_guides.py --write")


class GuidesTest(GuideTest):
    """docs/guides"""

    def test_the_first_key(self) -> None:
        """From an empty token to the first call."""
        self.run_guide("first-key.md")

    def test_the_external_certificate(self) -> None:
        """From the role to the first call, and out of a 401 and a 403."""
        self.run_guide("external-certificate.md")

    def test_the_service_keys(self) -> None:
        """A key made, listed and kept by the Cloud Foundry API."""
        self.run_guide("service-keys.md")

    def test_the_rotation_never_leaves_the_user_without_an_identity(self) -> None:
        """After each block, from the first profile on, the profile in use can call."""
        self.run_guide("rotation.md", "[ ! -e .config/cihsm/config ] || "
                                      "cihsm get MessageProcessingLogs --top 1")

    def test_the_enrolment(self) -> None:
        """Five commands from an empty token to the first call, and the renewal."""
        self.run_guide("enrol.md")

    def test_the_output(self) -> None:
        """Formats, fields, files."""
        self.run_guide("output.md")

    def test_the_queries(self) -> None:
        """Keys, filters, time windows, what sets refuse."""
        self.run_guide("queries.md")

    def test_the_writes(self) -> None:
        """Entities, bodies, secrets, function imports, what holds a write back."""
        self.run_guide("writing.md")

    def test_the_export(self) -> None:
        """A window, going on, following."""
        self.run_guide("export.md")

    def test_the_metadata(self) -> None:
        """Sets, properties, what is kept, completion."""
        self.run_guide("metadata.md")

    def test_the_monitoring(self) -> None:
        """Failures, lists, counts, one message and its content, tail."""
        self.run_guide("monitoring.md")

    def test_the_pipeline(self) -> None:
        """Download, change, upload, configure, deploy, the reason of a failure, undeploy."""
        self.run_guide("pipeline.md")

    def test_the_snapshot(self) -> None:
        """The first one, a change, what is gone, what is chosen."""
        self.run_guide("snapshot.md")

    def test_the_packages(self) -> None:
        """Entities, zips, copies, tags, files of a flow."""
        self.run_guide("packages.md")

    def test_the_design(self) -> None:
        """Value mappings, design guidelines, custom tags."""
        self.run_guide("design.md")

    def test_the_resources(self) -> None:
        """Number ranges, credentials, policies, stores, partners, the keystore."""
        self.run_guide("resources.md")

    def test_the_operations(self) -> None:
        """Queues, locks, log files, external logging, archiving."""
        self.run_guide("operations.md")

    def test_the_partners(self) -> None:
        """Export, plan, apply, credentials."""
        self.run_guide("partner.md")

    def test_the_keystore(self) -> None:
        """Certificates, key pairs, chains, backups, keys of SAP."""
        self.run_guide("keystore.md")

    def test_the_evidence(self) -> None:
        """Made, verified, and verified again by openssl."""
        self.run_guide("../key-evidence.md")

    def test_every_guide_is_run(self) -> None:
        """By a test above, or elsewhere."""
        run = set(re.findall(r'self\.run_guide\("([\w.-]+)"', Path(__file__).read_text()))
        self.assertEqual(run | set(RUN_ELSEWHERE), {path.name for path in GUIDES.glob("*.md")})
        self.assertFalse(run & set(RUN_ELSEWHERE))

    def test_every_command_of_the_token_pages_exists(self) -> None:
        """They cannot be run without the tokens, so names and options are compared."""
        pages = sorted((ROOT / "hsm-setup").glob("*.md"))
        self.assertGreaterEqual(len(pages), 11)
        for page in pages:
            for block in blocks_of(page.read_text()):
                for line in block.commands.replace("\\\n", " ").splitlines():
                    if line.startswith("cihsm "):
                        self.assert_command(page.name, line)

    def assert_command(self, page: str, line: str) -> None:
        """A command line whose options are all in the help."""
        words = line.split("  #")[0].split()
        name = words[1:3]
        text = self.succeeds(*name, "--help").out + self.succeeds("help", "options").out
        for option in re.findall(r"(?<=\s)--[a-z-]+", line):
            self.assertRegex(text, rf"(?m)\s{option}\b", f"{page}: {line}")


class ReadmeTest(GuideTest):
    """README.md, "With your own token and tenant" """

    def test_the_steps_run(self) -> None:
        """With SoftHSM and the sandbox in the places of token and tenant."""
        section = (ROOT / "README.md").read_text().partition("## With your own token and tenant")[2]
        block = blocks_of(section.partition("\n## ")[0])[0]
        commands = block.commands.replace("--pin-source prompt", "--pin-source file:token/pin")
        token = make_token(self.folder / "token", "prod")
        roots = ca_folder()
        between = {
            "# 3.": f'"$CA" issue {roots} client.csr client-chain.pem',
            "# 4.": f'"$SANDBOX" start --dir "$BOX" --client-root {roots}/root.pem\n'
                    "openssl x509 -in client-chain.pem -out leaf.pem\n"
                    '"$SANDBOX" register --dir "$BOX" --name first --cert leaf.pem '
                    "--role MonitoringDataRead --out service-key.json",
        }
        steps = [f"export SOFTHSM2_CONF={token.conf} CIHSM_PIN_SOURCE=file:token/pin"]
        for step in re.split(r"(?m)^(?=# \d\.)", commands):
            steps += [between[step[:4]]] if step[:4] in between else []
            steps.append(step)
        self.assertEqual(len([step for step in steps if step.startswith("# ")]), 5)
        self.run_blocks([Block(0, step) for step in steps])
        self.assertIn('"MessageGuid"', (self.folder / "logs.jsonl").read_text().splitlines()[0])


if __name__ == "__main__":
    unittest.main(argv=[word for word in sys.argv if word != "--write"])
