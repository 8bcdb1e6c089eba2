#!/usr/bin/env python3
"""The command line itself: options, commands, help."""

from __future__ import annotations

import json
import os
import re
import shlex
import unittest

from harness import ROOT, CihsmTest, tool
from tokens import MODULE

# some of each group, so that the list read from the help is known to be complete
KNOWN = {"profile create", "profile use", "key generate", "csr create", "service-key show", "get"}
SCREEN_LINES = 24


def example_of(text: str) -> str:
    """The command line that a help begins with, as a shell joins its lines."""
    return text.partition("\n\n")[0].partition("\n")[2].replace("\\\n", "").strip()


class MistakeTest(CihsmTest):
    """Exit code 2, one line, and what to type instead."""

    def test_mistakes(self) -> None:
        """Each kind of slip."""
        cases: list[tuple[str, list[str]]] = [
            ("unknown command \"gte\": did you mean get? \"cihsm --help\"", ["gte", "X"]),
            ("unknown command \"mesage\": did you mean message?", ["mesage", "list"]),
            ("unknown command \"xyzzy\": \"cihsm --help\" lists", ["xyzzy"]),
            ("unknown command \"\"", [""]),
            ("\"cihsm key\" needs a verb: generate, list", ["key"]),
            ("\"cihsm key\" has no verb \"make\": generate, list", ["key", "make"]),
            ("has no verb \"lst\": did you mean list? \"cihsm message --help\" lists them",
             ["message", "lst"]),
            ("\"cihsm message attachment\" has no verb \"gte\": did you mean get?",
             ["message", "attachment", "gte", "x"]),
            ("unknown option --colour: did you mean --color? \"cihsm get --help\" lists the options",
             ["get", "X", "--colour"]),
            ("unknown option --colour=red", ["get", "X", "--colour=red"]),
            ("unknown option -x", ["get", "X", "-x"]),
            ("unknown option -Z: \"cihsm COMMAND --help\" lists those of a command", ["-Z"]),
            ("unknown option --prof: did you mean --profile? ", ["get", "X", "--prof", "dev"]),
            ("unknown option --fitler=x: did you mean --filter? ", ["get", "X", "--fitler=x"]),
            ("unknown option --fitler: did you mean --filter? ", ["--fitler", "get", "X"]),
            ("unknown option --nope: \"cihsm key list --help\"", ["key", "list", "--nope"]),
            ("unknown option --nope: \"cihsm key list --help\"", ["key", "--nope", "list", "--no"]),
            ("is no function import of the catalogue: did you mean "
             "DeployIntegrationDesigntimeArtifact, ", ["call", "DeployIntegrationDesigntimeArtifac"]),
            ("is no function import of the catalogue: --method", ["call", "Xyzzy"]),
            ("no entity set MessageProcessingLog is documented: did you mean MessageProcessingLogs,",
             ["export", "MessageProcessingLog", "--last", "2h", "--out", "x"]),
            ("unknown option --prof=dev", ["get", "X", "--prof=dev"]),
            ("option --filter needs a value", ["get", "X", "--filter"]),
            ("option -o needs a value", ["get", "X", "-o"]),
            ("missing argument: cihsm get PATH", ["get"]),
            ("missing argument: cihsm profile use NAME", ["profile", "use"]),
            ("surplus argument \"Y\": cihsm get PATH", ["get", "X", "Y"]),
            ("surplus argument \"x\": cihsm key list", ["key", "list", "x"]),
            ("--filter is no option of \"cihsm key list\"", ["key", "list", "--filter", "x"]),
            ("--top takes a whole number from 0, not \"-1\"", ["get", "X", "--top", "-1"]),
            ("--top takes a whole number from 0, not \"many\"", ["get", "X", "--top=many"]),
            ("--skip takes a whole number", ["get", "X", "--skip", ""]),
            ("output is table, json, jsonl or csv, not \"xml\"", ["get", "X", "-o", "xml"]),
            ("timeout takes a whole number from 1 to 86400, not \"0\"",
             ["get", "X", "--timeout", "0"]),
            ("--all takes no value", ["get", "X", "--all=yes"]),
        ]
        for words, arguments in cases:
            with self.subTest(arguments=arguments):
                self.refuses(2, words, *arguments)

    def test_no_command_is_answered_with_what_there_is(self) -> None:
        """The short help, on standard error."""
        for arguments in ([], ["-v"]):
            done = self.cihsm(*arguments)
            self.assertEqual((done.code, done.out, done.err),
                             (2, "", self.succeeds("--help").out))

    def test_a_mistake_is_told_in_the_wanted_form(self) -> None:
        """Wherever -o json stands."""
        for arguments in (["-o", "json"], ["key", "list", "--nope", "-o", "json"], ["key", "-ojson", "lst"],
                          ["--output=json", "get", "X", "--nope"], ["get", "--al", "-o", "json"]):
            done = self.cihsm(*arguments)
            self.assertEqual(json.loads(done.err)["error"]["exit_code"], 2, arguments)

    def test_a_misspelt_property_is_told_before_the_tenant_is_asked(self) -> None:
        """A note: the tenant may have more than is documented."""
        for command in (["get", "MessageProcessingLogs"],
                        ["export", "MessageProcessingLogs", "--last", "2h", "--out", "x"]):
            done = self.cihsm(*command, "--select", "MessageGuidd,MessageGuid,LogEnd")
            self.assertIn('no documented property "MessageGuidd": did you mean MessageGuid?',
                          done.err)
            self.assertEqual(done.err.count("property"), 1)
        self.assertNotIn("property", self.cihsm("get", "LogFiles", "--select", "*").err)

    def test_a_value_may_look_like_an_option(self) -> None:
        """It belongs to the option before it."""
        self.refuses(3, "no service key", "get", "X", "--filter", "--help")

    def test_two_dashes_end_the_options(self) -> None:
        """What follows is an argument."""
        self.refuses(3, "no service key", "get", "--", "--filter")
        self.refuses(2, "surplus argument \"-v\"", "get", "--", "X", "-v")

    def test_options_stand_anywhere(self) -> None:
        """Before the command, between its words, after them."""
        for arguments in (["--module", "/a.so", "key", "list"],
                          ["key", "--module", "/a.so", "list"],
                          ["key", "list", "--module", "/a.so"], ["key", "list", "--module=/a.so"]):
            with self.subTest(arguments=arguments):
                self.refuses(3, "/a.so", *arguments)

    def test_the_last_of_an_option_counts(self) -> None:
        """As in most programs; a script can append."""
        self.refuses(3, "/b.so", "key", "list", "--module", "/a.so", "--module", "/b.so")

    def test_control_characters_of_an_argument_are_not_shown(self) -> None:
        """What was typed may have been pasted."""
        text = self.refuses(2, "unknown command", "a\x1b[31mb")
        self.assertNotIn("\x1b", text)

    def test_bytes_that_are_no_utf8(self) -> None:
        """They are shown as question marks."""
        path = b"/no\xffbytes.so".decode("utf-8", "surrogateescape")
        self.refuses(3, "no PKCS#11 module at /no?bytes.so", "key", "list", "--module", path)


class HelpTest(CihsmTest):
    """--help and --version"""

    pages: dict[str, str] = {}  # what --help printed, by the command

    def help_of(self, command: str) -> str:
        """The help of a command, or of a group; a run for each."""
        if command not in self.pages:
            done = self.succeeds(*command.split(), "--help")
            self.assertEqual(done.err, "")
            self.pages[command] = done.out
        return self.pages[command]

    def setUp(self) -> None:
        super().setUp()
        listed = self.help_of("-v").partition("\nOptions for")[0].partition("\nUsage:")[2]
        self.commands = re.findall(r"(?m)^  ([a-z][\w-]*(?: [a-z][\w-]*){0,2})(?:\n {26})?  +\S", listed)
        self.assertLessEqual(KNOWN, set(self.commands))

    def test_every_command_has_help_with_an_example_first(self) -> None:
        """It exits 0, prints on standard output, and the example names the command."""
        for command in self.commands:
            with self.subTest(command=command):
                out = self.help_of(command)
                lines = out.splitlines()
                self.assertEqual(lines[0], "Example:")
                self.assertTrue(lines[1].startswith(f"  cihsm {command}"), lines[1])
                self.assertTrue(example_of(out).startswith(f"cihsm {command}"))
                self.assertIn(f"\nUsage:\n  cihsm {command}", out)

    def test_h_is_short_for_help(self) -> None:
        """For a command of each group, and for those of one word."""
        one_each = {command.partition(" ")[0]: command for command in self.commands}
        for command in one_each.values():
            self.assertEqual(self.succeeds(*command.split(), "-h").out, self.help_of(command))

    def test_the_help_lists_each_command_once(self) -> None:
        """With -v; and an example first."""
        out = self.help_of("-v")
        self.assertTrue(out.startswith("Example:\n  cihsm "))
        self.assertEqual(len(set(self.commands)), len(self.commands))
        self.assertEqual(out, self.succeeds("-vh").out)

    def test_without_v_it_lists_each_noun_once_on_one_screen(self) -> None:
        """What is under a noun is told by its own help."""
        out = self.help_of("")
        self.assertLessEqual(len(out.splitlines()), SCREEN_LINES)
        self.assertTrue(out.startswith("Example:\n  cihsm "))
        self.assertCountEqual([noun for nouns in self.sections().values() for noun in nouns],
                              {command.partition(" ")[0] for command in self.commands})
        self.assertEqual(out, self.succeeds("-h").out)

    def sections(self) -> dict[str, list[str]]:
        """The nouns of the short help, by the headings they stand under."""
        found = re.findall(r"(?ms)^([A-Z][\w, ]+):\n(.*?)\n$", self.help_of(""))
        return {name: re.findall(r"[\w-]+", text) for name, text in found[2:]}

    def test_the_options_of_every_command_are_a_topic(self) -> None:
        """The same list stands at the end of the whole help."""
        out = self.succeeds("help", "options").out
        self.assertTrue(out.startswith("Options for every command:\n"))
        self.assertTrue(self.help_of("-v").endswith("\n\n" + out))
        self.refuses(2, "unknown command \"options\"", "options")
        self.refuses(2, "unknown command \"options\"", "help", "options", "get")

    def test_commands_stand_under_what_they_are_about(self) -> None:
        """Three headings; only the last has commands of one word, besides doctor."""
        found = {name: set(nouns) for name, nouns in self.sections().items()}
        self.assertLessEqual({"profile", "token", "cert", "role", "doctor", "completion", "version"},
                             found["Token, certificate, login and this program"])
        self.assertIn("message", found["Cloud Integration"])
        self.assertLessEqual({"get", "count", "value", "create", "delete", "call", "export"},
                             found["OData"])
        self.assertNotIn("doctor", found["OData"])

    def test_help_is_a_command_too(self) -> None:
        """Of all, of a group, of one command."""
        for words in ([], ["key"], ["key", "list"], ["get"]):
            self.assertEqual(self.succeeds("help", *words).out,
                             self.help_of(" ".join(words)))
        self.refuses(2, "unknown command \"nothing\"", "help", "nothing")

    def test_the_help_of_a_group_lists_its_commands(self) -> None:
        """And no others; an example first."""
        out = self.help_of("service-key")
        self.assertTrue(out.startswith("Example:\n  cihsm service-key "))
        self.assertEqual(re.findall(r"(?m)^  (\S+) \S+  ", out), ["service-key"] * sum(
            command.startswith("service-key ") for command in self.commands))
        self.assertIn("\"cihsm service-key VERB --help\"", out)
        self.refuses(2, "has no verb \"make\"", "key", "make", "--help")

    def test_help_is_at_most_80_columns_wide(self) -> None:
        """So it fits a terminal; examples go on in the next line."""
        groups = {" ".join(command.split()[:-1]) for command in self.commands}
        for command in (*groups, *self.commands):
            wide = [line for line in self.help_of(command).splitlines() if len(line) > 80]
            self.assertEqual(wide, [], command)

    def test_help_needs_no_arguments_and_no_configuration(self) -> None:
        """It is what a person types who knows nothing yet."""
        self.succeeds("get", "--help", "--config", "/nowhere")
        self.succeeds("--help", env={"CIHSM_PROFILE": "none"})

    def test_examples_are_accepted(self) -> None:
        """Each one parses: with --help behind it nothing else is done."""
        for command in self.commands:
            words = shlex.split(example_of(self.help_of(command)))
            self.succeeds(*words[1:], "--help")

    def test_version(self) -> None:
        """The one of the project."""
        wanted = re.search(r"project\(cihsm VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
        assert wanted is not None
        self.assertEqual(self.succeeds("--version").out, f"cihsm {wanted.group(1)}\n")

    def test_what_a_report_of_a_defect_needs(self) -> None:
        """Libraries as they run, build, paths; no secret, no token, no network."""
        env = {"CIHSM_MODULE": str(MODULE), "XDG_CACHE_HOME": "/var/cache/me"}
        self.assertEqual(self.succeeds("version").out, self.succeeds("--version").out)
        told = self.succeeds("version", "-o", "json", env=env).json
        for name in ("libcihsm", "OpenSSL", "libcurl", "cJSON", "expat", "libp11", "p11-kit",
                     "libarchive", "inih"):
            self.assertRegex(told[name], r"^\d+(\.\d+)*(, compiled against \d.*)?$", name)
        self.assertIn(told["OpenSSL"].partition(",")[0], tool("openssl", "version").decode())
        self.assertIs(told["HTTP/2"], True)
        self.assertEqual(told["Configuration"], str(self.folder / ".config/cihsm/config"))
        self.assertEqual(told["System configuration"], "/etc/cihsm/config")
        self.assertEqual(told["Cache"], "/var/cache/me/cihsm")
        self.assertEqual(told["State"], str(self.folder / ".local/state/cihsm"))
        self.assertEqual(told["Module"], str(MODULE))
        self.assertRegex(told["Compiler"], r"^(gcc|clang) \d")
        self.assertEqual(told["System"], f"{os.uname().sysname} {os.uname().release} "
                         f"{os.uname().machine}")
        table = self.succeeds("version", "-v").out
        self.assertRegex(table, r"(?m)^libcurl +\d")
        self.assertNotIn("Module", table)
        config = self.write("config", "")
        homeless = self.succeeds("version", "-v", "--config", config, env={"HOME": ""}).out
        self.assertNotIn("Cache", homeless)
        self.assertRegex(homeless, rf"(?m)^Configuration +{config}$")

    def test_commands_that_need_no_token_ask_for_none(self) -> None:
        """No module, no PIN, no network."""
        self.succeeds("profile", "list", env={"CIHSM_MODULE": str(MODULE)})
        self.refuses(2, "no service key is given", "service-key", "show")


if __name__ == "__main__":
    unittest.main()
