#!/usr/bin/env python3
"""Completion in real shells: bash, zsh and fish."""

from __future__ import annotations

import os
import re
import shutil
import unittest
from pathlib import Path

from harness import BINARY, ROOT, CihsmTest, environment, tool
from terminal import Terminal

PROFILES = "[prod]\ntoken = pkcs11:token=prod\n\n[prove]\ntoken = pkcs11:token=prove\n"
# what is typed, and what is offered for the last word
LINES: list[tuple[str, list[str]]] = [
    ("cihsm artifact guideline re", ["report", "revert"]),
    ("cihsm snapsh", ["snapshot"]),
    ("cihsm get MessageProcessingLogR", ["MessageProcessingLogRunStepProperties",
                                        "MessageProcessingLogRunSteps",
                                        "MessageProcessingLogRuns"]),
    ("cihsm get MessageProcessingLogs --select LogE", ["LogEnd"]),
    ("cihsm get --top 5 MessageProcessingLogs --select LogE", ["LogEnd"]),
    ("cihsm get MessageProcessingLogs --expand Att", ["Attachments"]),
    ("cihsm call DeployValueM", ["DeployValueMappingDesigntimeArtifact"]),
    ("cihsm profile use pro", ["prod", "prove"]),
    ("cihsm --profile prod", ["prod"]),
    ("cihsm get Variables --profile prov", ["prove"]),
    ("cihsm get Variables -o js", ["json", "jsonl"]),
    ("cihsm get Variables --output cs", ["csv"]),
    ("cihsm artifact deploy Orders --wa", ["--wait"]),
    ("cihsm access-policy reference create Payroll --attribute N", ["Name"]),
    ("cihsm completion f", ["fish"]),
    ("cihsm log-file archive get la", ["latest"]),
    ("cihsm value MessageProcessingLogAtt", ["MessageProcessingLogAttachments"]),
    ("cihsm delete NumberR", ["NumberRanges"]),
    ("cihsm doctor --for NumberR", ["NumberRanges"]),
    ("cihsm role for DataStoreE", ["DataStoreEntries"]),
    ("cihsm help artifact un", ["undeploy"]),
    ("cihsm csr create --digest sha3", ["sha384"]),
    ("cihsm cert expiry -o na", ["nagios"]),
    ("cihsm message list --status FAI", ["FAILED"]),
]


class ShellTest(CihsmTest):
    """With a configuration and a file, and cihsm in the path."""

    def setUp(self) -> None:
        super().setUp()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "cihsm").symlink_to(BINARY)
        (self.folder / ".config" / "cihsm").mkdir(parents=True)
        self.write(".config/cihsm/config", PROFILES)
        self.write("client-chain.pem", "")
        self.env = environment(self.folder, {"TERM": "dumb"})
        self.env["PATH"] = f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def shell(self, *command: str) -> list[str]:
        """The lines that a shell prints."""
        return tool("env", "-C", self.folder, *command, env=self.env).decode().split("\n")[:-1]


class BashTest(ShellTest):
    """bash calls the function with the words of the line."""

    def offered(self, line: str) -> list[str]:
        """What is offered for the last word."""
        words = " ".join(f"'{word}'" for word in line.split(" "))
        return sorted(filter(None, self.shell(
            "bash", "-c", f"set -u; source <(cihsm completion bash); COMP_WORDS=({words}); "
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _cihsm cihsm; "
            "printf '%s\\n' \"${COMPREPLY[@]-}\"")))

    def test_each_line(self) -> None:
        """Words, sets, properties, profiles, values."""
        for line, wanted in LINES:
            with self.subTest(line=line):
                self.assertEqual(self.offered(line), wanted)

    def test_nothing_is_offered_where_only_a_file_can_follow(self) -> None:
        """Then bash completes names of files; options only after a dash."""
        self.assertEqual(self.offered("cihsm cert check clie"), [])
        self.assertEqual(self.offered("cihsm cert check "), [])
        self.assertIn("--days", self.offered("cihsm cert check --"))
        set_up = self.shell("bash", "-c", "source <(cihsm completion bash); complete -p cihsm")
        self.assertEqual(set_up, ["complete -o default -F _cihsm cihsm"])

    def test_shellcheck(self) -> None:
        """The script is sound."""
        tool("shellcheck", "--shell=bash", ROOT / "src" / "cli" / "completions" / "cihsm.bash")


class FishTest(ShellTest):
    """fish tells what it would offer."""

    def offered(self, line: str) -> list[str]:
        """What is offered for the last word."""
        return sorted(word.partition("\t")[0] for word in self.told(line))

    def told(self, line: str) -> list[str]:
        """The same with what is told of each, behind a tab."""
        return self.shell("fish", "--no-config", "-c", "cihsm completion fish | source; "
                          f"complete -C '{line}'")

    def test_each_line(self) -> None:
        """As in bash."""
        for line, wanted in LINES:
            with self.subTest(line=line):
                self.assertEqual(self.offered(line), wanted)

    def test_commands_and_options_are_explained(self) -> None:
        """As the help does."""
        for command, typed in (("snapshot", "snapsh"), ("artifact deploy", "artifact dep"),
                               ("artifact deploy", "artifact deploy Orders --wait")):
            with self.subTest(typed=typed):
                word, _, told = self.told(f"cihsm {typed}")[0].partition("\t")
                shown = re.sub(r"\s+", " ", self.succeeds(*command.split(), "--help").out)
                self.assertIn(word.lstrip("-"), shown)
                self.assertGreater(len(told), 10)
                self.assertIn(told, shown)

    def test_files(self) -> None:
        """Where the program knows nothing."""
        self.assertEqual(self.offered("cihsm cert check clie"), ["client-chain.pem"])


class ZshTest(ShellTest):
    """zsh completes at a terminal only."""

    def typed(self, begin: str, lines: list[tuple[str, list[str]]]) -> None:
        """Types each line with a tab behind it; all that is offered must be shown."""
        with Terminal("-f", "-i", env=self.env, cwd=self.folder, columns=200,
                      program=shutil.which("zsh") or "zsh") as zsh:
            zsh.type(f"PS1='%# '; {begin}; echo is re''ady\n")
            zsh.read_until(b"is ready")
            for line, wanted in lines:
                zsh.shown = b""
                zsh.type(line + "\t\t")
                rest = [word if len(wanted) > 1 else self.last_of(line, word) for word in wanted]
                for word in rest:
                    zsh.read_until(word.encode())
                zsh.shown = b""
                zsh.type("\x15echo is cl''ear\n")  # ^U: away with the line
                zsh.read_until(b"is clear")
            zsh.type("exit\n")
            zsh.finish()

    @staticmethod
    def last_of(line: str, word: str) -> str:
        """What zsh has to add to the line."""
        return word.removeprefix(line.rpartition(" ")[2]) or word

    def test_each_line(self) -> None:
        """As in bash; the script is read by source."""
        self.typed("autoload -U compinit; compinit -D -u; source <(cihsm completion zsh)", LINES)

    def test_commands_are_explained(self) -> None:
        """Behind each, as the help does."""
        with Terminal("-f", "-i", env=self.env, cwd=self.folder, columns=200,
                      program=shutil.which("zsh") or "zsh") as zsh:
            zsh.type("PS1='%# '; autoload -U compinit; compinit -D -u; "
                     "source <(cihsm completion zsh); echo is re''ady\n")
            zsh.read_until(b"is ready")
            zsh.type("cihsm token \t\t")
            zsh.read_until(b"-- list the tokens of the module")
            zsh.type("\x15exit\n")
            zsh.finish()

    def test_from_a_folder_of_completions(self) -> None:
        """As it is installed; and names of files where the program knows nothing."""
        folder = self.folder / "site-functions"
        folder.mkdir()
        script = ROOT / "src" / "cli" / "completions" / "cihsm.zsh"
        self.written.add(folder / "_cihsm")
        shutil.copy(script, folder / "_cihsm")
        self.typed(f"fpath=({folder} $fpath); autoload -U compinit; compinit -D -u",
                   [*LINES[:3], ("cihsm cert check clie", ["client-chain.pem"])])


class ScriptTest(CihsmTest):
    """cihsm completion"""

    def test_the_scripts_are_those_of_the_sources(self) -> None:
        """Which are installed."""
        for shell in ("bash", "zsh", "fish"):
            script = ROOT / "src" / "cli" / "completions" / f"cihsm.{shell}"
            self.assertEqual(self.succeeds("completion", shell).stdout, script.read_bytes())
        self.refuses(2, "completion is for bash, zsh or fish, not \"tcsh\"", "completion", "tcsh")

    def test_the_values_are_those_of_the_help(self) -> None:
        """Of options whose help tells them in words."""
        code = Path(ROOT / "src" / "cli" / "completion_words.c").read_text()
        lists = dict(re.findall(r'#define ([A-Z_]+) "(.+)"', code))
        rows = re.findall(r'\{"([a-z -]+)", (?:"([^"]+\|[^"]+)"|([A-Z_]+))\}', code)
        self.assertEqual(len(rows), 10)
        for of, values, listed in rows:
            command, _, name = of.rpartition(" --") if "--" in of else ("options", "", of)
            pages = [command.split(), *([["options"]] if name == "output" else [])]
            text = re.sub(r"\s+", " ", " ".join(self.succeeds("help", *page).out
                                                for page in pages))
            told = (text.partition(" Options: ")[2] or text).partition(f"--{name} ")[2]
            told = told.partition(" --")[0]
            for value in (values or lists[listed]).split("|"):
                with self.subTest(of=of, value=value):
                    self.assertRegex(text if name == "output" else told,
                                     rf"(?<!\w){re.escape(value)}(?!\w)")

    def test_nothing_is_offered_for_what_is_no_command(self) -> None:
        """And nothing is said."""
        done = self.succeeds("metadata", "--complete", "words", "--", "no such command")
        self.assertEqual((done.out, done.err), ("", ""))
        done = self.succeeds("metadata", "--complete", "profiles")
        self.assertEqual((done.out, done.err), ("", ""))


if __name__ == "__main__":
    unittest.main()
