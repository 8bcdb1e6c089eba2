#!/usr/bin/env python3
"""cihsm partner export and apply: partners as folders of files, there and back again."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import random
import re
import shutil
import stat
import subprocess
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Mapping, Optional, Sequence

from harness import BINARY, CihsmTest, Option, Result, environment
from tenants import Sandbox
from terminal import Terminal

ROLE = "AuthGroup_TenantPartnerDirectoryConfigurator"
SECRET = "Canary-password-7f20"
OTHER = "Canary-password-7f21"
INDEX = "partner.json"
SIGNS = "ABCXYZabcxyz019-._~<>@"
Row = dict[str, Any]
Tree = dict[str, bytes]


class PartnerTest(CihsmTest):
    """Against one sandbox; each test has partners of its own, and takes them away."""

    canaries = (*CihsmTest.canaries, SECRET, OTHER)
    box: Sandbox
    key: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "10")
        cls.addClassCleanup(cls.box.stop)
        cls.key = cls.box.register_type("partner", "certificate", [ROLE])

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "partners"

    # --- runs --------------------------------------------------------------------------------

    def options(self, key: Optional[Path] = None) -> list[Option]:
        """What every call needs."""
        return ["--service-key", key or self.key, "--ca", self.box.ca]

    def run_cihsm(self, *arguments: Option, **more: Any) -> Result:
        """A call; the passwords are in the environment."""
        env = {"PASSWORD": SECRET, "OTHER": OTHER, **more.pop("env", {})}
        return self.cihsm(*arguments, *self.options(), env=env, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that ends so, and says all the words."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, code, result.err)
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, result.err)

    def export(self, *partners: str) -> list[Row]:
        """The rows of an export into self.out."""
        rows: list[Row] = self.done("partner", "export", *(partners or ["--all"]), "--out",
                                    self.out, "-o", "json").json
        return rows

    def plan(self, *more: Option) -> list[Row]:
        """What an apply would do."""
        rows: list[Row] = self.done("partner", "apply", self.out, "--dry-run", "-o", "json",
                                    *more).json
        return rows

    def apply(self, *more: Option) -> Result:
        """An apply that succeeds and ends in sync."""
        result = self.done("partner", "apply", self.out, "--yes", *more)
        self.assertIn("in sync: read again", result.err)
        return result

    def send(self, *operations: Row) -> None:
        """Operations on the tenant, by a way of their own."""
        lines = "".join(json.dumps(one) + "\n" for one in operations)
        self.done("batch", "-", "--yes", "-o", "jsonl", stdin=lines.encode())

    def entities(self, name: str, partner: str) -> list[Row]:
        """What the tenant has of a partner, without dates and people."""
        rows: list[Row] = self.done("get", name, "--filter", f"Pid eq '{partner}'", "--all", "-o",
                                    "json").json
        names = {"CreatedBy", "CreatedTime", "LastModifiedBy", "LastModifiedTime"}
        return [{k: v for k, v in row.items() if k not in names} for row in rows]

    def has_nothing(self, *partners: str) -> None:
        """Takes partners away when the test is over."""
        for partner in partners:
            self.addCleanup(self.run_cihsm, "partner", "delete", partner, "--yes")

    # --- files -------------------------------------------------------------------------------

    def tree(self, folder: Optional[Path] = None) -> Tree:
        """All files by their names."""
        root = folder or self.out
        return {str(path.relative_to(root)): path.read_bytes()
                for path in sorted(root.rglob("*")) if path.is_file()}

    def put(self, name: str, content: str | bytes) -> Path:
        """A file below self.out, with its folders."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def index(self, partner: str, /, **members: Any) -> Path:
        """The index of a partner, in a folder of that name."""
        return self.put(f"{partner}/{INDEX}", json.dumps(
            {"format": 1, "partner": partner, **members}))


def string(partner: str, name: str, value: str) -> Row:
    """The creation of a string parameter."""
    return {"method": "POST", "path": "StringParameters",
            "body": {"Pid": partner, "Id": name, "Value": value}}


def binary(partner: str, name: str, content_type: str, value: bytes) -> Row:
    """The creation of a binary parameter."""
    return {"method": "POST", "path": "BinaryParameters",
            "body": {"Pid": partner, "Id": name, "ContentType": content_type,
                     "Value": base64.b64encode(value).decode()}}


def in_one(*operations: Row) -> list[Row]:
    """Operations as one change set, for the Partner Directory takes one a batch."""
    return [{**one, "changeset": 1} for one in operations]


class ExportTest(PartnerTest):
    """From the tenant to files."""

    def test_layout(self) -> None:
        rows = self.export("Shopify", "Ariba")
        self.assertEqual([(row["partner"], row["string"], row["binary"], row["alternative"],
                           row["user"], row["credential"], row["written"], row["removed"])
                          for row in rows],
                         [("Shopify", 2, 0, 1, 1, 0, 3, 0), ("Ariba", 2, 65, 2, 1, 0, 68, 0)])
        tree = self.tree()
        self.assertEqual(tree["Shopify/StringParameters/Greeting.txt"],
                         "Grüße aus Köln, \"O'Brien\"\n".encode())
        self.assertEqual(tree["Ariba/StringParameters/Empty.txt"], b"\n")
        self.assertEqual(tree["Ariba/BinaryParameters/Mapping-007.xsl"],
                         "<xsl:stylesheet number='7'>Größe</xsl:stylesheet>\n".encode())
        index = json.loads(tree["Shopify/partner.json"])
        self.assertEqual(index, {
            "format": 1, "partner": "Shopify",
            "AlternativePartners": [{"Agency": "SAP SE", "Scheme": "SenderInterface",
                                     "Id": "Bestellung/Größe"}],
            "AuthorizedUsers": ["shop-user"], "UserCredentialParameters": [], "ContentTypes": {},
            "exported": ["StringParameters/Endpoint.txt", "StringParameters/Greeting.txt"]})
        self.assertEqual(json.loads(tree["Ariba/partner.json"])["ContentTypes"]["Mapping-000"],
                         "xsl;encoding=UTF-8")
        mode = (self.out / "Shopify" / INDEX).stat().st_mode
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_twice_is_the_same(self) -> None:
        self.export()
        tree = self.tree()
        times = {name: (self.out / name).stat().st_mtime_ns for name in tree}
        self.assertEqual({(row["written"], row["removed"]) for row in self.export()}, {(0, 0)})
        self.assertEqual(self.tree(), tree)
        self.assertEqual({name: (self.out / name).stat().st_mtime_ns for name in tree}, times)
        self.assertEqual(self.plan(), [])

    def test_names_for_every_id(self) -> None:
        """No name is special to a file system, and none is another's without case."""
        ids = ["Endpoint", "endpoint", "ENDPOINT", "CON", "con.x", "nul", ".", "..", ".git", "-rf",
               "~x", "a<b>c", "x.", "a@b_c", "X.txt"]
        self.has_nothing("Names")
        self.send(*in_one(*(string("Names", one, f"value of {one}") for one in ids),
                          *(binary("Names", one, "xml", one.encode()) for one in ids)))
        self.export("Names")
        files = [path.name for path in (self.out / "Names" / "StringParameters").iterdir()]
        self.assertEqual(len({name.lower() for name in files}), len(ids))
        for name in files:
            self.assertRegex(name, r"^[A-Za-z0-9_@%][A-Za-z0-9_@~%.-]*\.txt$")
            self.assertNotRegex(name.lower(), r"^(con|prn|aux|nul)\.")
        self.assertTrue({"endpoint.txt", "%45ndpoint.txt", "a%3Cb%3Ec.txt", "%2E.txt", "X.txt.txt",
                         "%2E%2E.txt"} <= set(files), files)
        self.assertEqual(self.plan(), [])
        tree = self.tree()
        self.done("partner", "delete", "Names", "--yes")
        self.apply("Names")
        self.assertEqual({row["Id"]: row["Value"] for row in self.entities("StringParameters",
                                                                           "Names")},
                         {one: f"value of {one}" for one in ids})
        shutil.rmtree(self.out)
        self.export("Names")
        self.assertEqual(self.tree(), tree)

    def test_names_of_partners(self) -> None:
        partners = ["..", "kiosk", "Kiosk", "AUX"]
        self.has_nothing(*partners)
        for one in partners:
            self.send(string(one, "a", one))
        self.export(*partners)
        self.assertEqual(sorted(os.listdir(self.out)), ["%2E%2E", "%41UX", "%4Biosk", "kiosk"])
        self.assertEqual(self.plan(), [])
        self.done("partner", "delete", "kiosk", "--yes")
        self.export("Kiosk")  # which nobody crowds any more
        self.assertEqual(sorted(os.listdir(self.out)), ["%2E%2E", "%41UX", "Kiosk", "kiosk"])

    def test_what_the_tenant_has_no_more(self) -> None:
        self.has_nothing("Gone")
        self.send(*in_one(string("Gone", "a", "1"), string("Gone", "b", "2"),
                          binary("Gone", "c", "json", b"{}")))
        self.export()
        stranger = self.put("Gone/StringParameters/mine.txt", "mine")
        note = self.put("Gone/README", "note")
        self.done("partner", "string", "delete", "Gone", "a", "--yes")
        self.done("partner", "binary", "delete", "Gone", "c", "--yes")
        row = self.export("Gone")[0]
        self.assertEqual((row["written"], row["removed"]), (1, 2))
        self.assertEqual(sorted(self.tree(self.out / "Gone")),
                         ["README", "StringParameters/b.txt", "StringParameters/mine.txt",
                          INDEX])
        self.done("partner", "delete", "Gone", "--yes")
        self.refused(8, 'no partner "Gone"', "partner", "export", "Gone", "--out", self.out)
        row = next(row for row in self.export() if row["partner"] == "Gone")
        self.assertEqual(row["removed"], 2)
        self.assertEqual([stranger.read_text(), note.read_text()], ["mine", "note"])
        self.assertEqual(sorted(self.tree(self.out / "Gone")),
                         ["README", "StringParameters/mine.txt"])

    def test_files_of_others_are_not_overwritten(self) -> None:
        mine = self.put("Shopify/StringParameters/Endpoint.txt", "mine\n")
        self.refused(9, ["Shopify/StringParameters/Endpoint.txt", "not written by an export"],
                     "partner", "export", "Shopify", "--out", self.out)
        self.assertEqual(list(self.tree().values()), [b"mine\n"])
        mine.write_text("https://shop.example/in?a=1&b=2")  # the same value
        self.assertEqual(self.export("Shopify")[0]["written"], 3)
        shutil.rmtree(self.out)
        self.put("Shopify/StringParameters/Endpoint.txt", "mine\n")
        self.done("partner", "export", "Shopify", "--out", self.out, "--overwrite")
        mine.write_text("https://shop.example/in?a=1&b=2\n")
        self.export("Shopify")
        mine.write_text("changed by hand\n")
        self.assertEqual(self.export("Shopify")[0]["written"], 1)
        self.index("Shopify", partner="Other")
        self.refused(9, 'of the partner "Other"', "partner", "export", "Shopify", "--out", self.out)

    def test_an_index_of_a_person(self) -> None:
        """One that is not applied yet is neither removed nor overwritten."""
        self.has_nothing("Draft")
        index = self.index("Draft", AuthorizedUsers=["draft-user"])
        written = index.read_bytes()
        self.export()
        self.assertEqual(index.read_bytes(), written)
        self.send(string("Draft", "a", "1"))
        self.refused(9, ["Draft/partner.json", "not written by an export"], "partner", "export",
                     "Draft", "--out", self.out)
        self.assertEqual(list(self.tree(self.out / "Draft")), [INDEX])
        self.put("Draft/StringParameters/a.txt", "1")
        self.apply("Draft")
        self.assertEqual(self.export("Draft")[0]["written"], 2)
        self.assertEqual(self.plan("Draft"), [])
        self.index("Draft")
        self.done("partner", "export", "Draft", "--out", self.out, "--overwrite")
        self.assertEqual(json.loads(index.read_text())["AuthorizedUsers"], ["draft-user"])

    def test_an_index_leads_nowhere_else(self) -> None:
        """A file outside is not removed, whatever the index names."""
        self.export("Shopify")
        for name in ("../../outside", "StringParameters/../../x.txt", "/etc/passwd", "README",
                     "StringParameters/a/b.txt", "BinaryParameters/a.txt/../b.xml"):
            self.index("Shopify", exported=[name])
            self.refused(3, ["exported", INDEX], "partner", "export", "Shopify", "--out", self.out)

    def test_a_link_leads_nowhere_else(self) -> None:
        """Neither a partner's folder nor one below may be a link to somewhere else."""
        outside = self.folder / "outside"
        commands: list[list[Option]] = [["export", "Shopify", "--out", self.out],
                                        ["apply", self.out]]
        (outside / "StringParameters").mkdir(parents=True)
        own = outside / "StringParameters" / "notes.txt"
        own.write_text("own")
        names = ["StringParameters/notes.txt"]
        self.index("Shopify", exported=names)
        (self.out / "Shopify/StringParameters").symlink_to(outside / "StringParameters")
        for command in commands:
            self.refused(3, "Shopify/StringParameters is no folder", "partner", *command)
        shutil.rmtree(self.out)
        self.out.mkdir()
        (self.out / "Shopify").symlink_to(outside)
        (outside / INDEX).write_text(json.dumps(
            {"format": 1, "partner": "Shopify", "exported": names}))
        for command in commands:
            self.refused(3, "Shopify is no folder", "partner", *command)
        self.assertEqual(own.read_text(), "own")

    def test_an_export_that_is_killed(self) -> None:
        """Whenever it ends, no file is half there, and the next one completes it."""
        self.export()
        whole = self.tree()
        shutil.rmtree(self.out)
        command = [str(BINARY), "partner", "export", "--all", "--out", str(self.out),
                   *map(str, self.options())]
        for number in range(20):
            with subprocess.Popen(command, env=environment(self.folder),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
                self.wait_for_files(4 * number, child)
                child.kill()
            for name, content in self.tree().items():
                if not re.search(rf"({INDEX}|/\.export[^/]*)$", name):
                    self.assertEqual(content, whole[name])
        self.export()
        self.assertEqual(self.tree(), whole)

    def test_two_in_one_folder(self) -> None:
        """One export or apply at a time; what only looks may do so together."""
        self.export()
        before = self.tree()
        sentence = ["is at work in this folder", "wait for its end"]
        with self.locked(fcntl.LOCK_EX):
            self.refused(12, sentence, "partner", "export", "--all", "--out", self.out)
            self.refused(12, sentence, "partner", "apply", self.out, "--yes")
            self.refused(12, sentence, "partner", "apply", self.out, "--dry-run")
        strings = next(self.out.glob("*/StringParameters/*.txt"))
        strings.write_text("changed here\n")
        with self.locked(fcntl.LOCK_SH):
            self.refused(12, sentence, "partner", "export", "--all", "--out", self.out)
            self.done("partner", "apply", self.out, "--dry-run")
            done = self.run_cihsm("partner", "apply", self.out, "--yes")
            self.assertEqual(done.code, 12, done.err)
            self.assertIn(sentence[0], done.err)
        self.assertNotEqual(self.tree(), before)
        self.done("partner", "export", "--all", "--out", self.out, "--overwrite")
        self.assertEqual(self.tree(), before)  # nothing had been sent

    @contextmanager
    def locked(self, how: int) -> Iterator[None]:
        """While another command is at work in the folder."""
        folder = os.open(self.out, os.O_RDONLY)
        try:
            fcntl.flock(folder, how)
            yield
        finally:
            os.close(folder)

    def wait_for_files(self, count: int, child: subprocess.Popen[bytes]) -> None:
        """Until an export has written so many files, or has ended."""
        end = time.monotonic() + 30
        while (sum(path.is_file() for path in self.out.rglob("*")) < count
               and child.poll() is None):
            self.assertLess(time.monotonic(), end, "it does not end")
            time.sleep(0.002)

    def test_usage_and_roles(self) -> None:
        for words, arguments in (
                ("--out is missing", ["--all"]), ("name the partners", ["--out", "x"]),
                ("name the partners", ["A", "--all", "--out", "x"]),
                ("may hold", ["a b", "--out", "x"]), ("61 characters", ["a" * 61, "--out", "x"])):
            self.refused(2, words, "partner", "export", *arguments)
        reader = self.box.register_type("reader", "certificate", ["MonitoringDataRead"])
        done = self.cihsm("partner", "export", "--all", "--out", "x", *self.options(reader))
        self.assertEqual(done.code, 7)
        self.assertIn(ROLE, done.err)
        self.assertFalse((self.folder / "x").exists())


class RoundTripTest(PartnerTest):
    """Whatever a partner has comes back."""

    def test_random_partners(self) -> None:
        dice = random.Random(20260301)
        partners = [self.random_partner(dice, number) for number in range(4)]
        self.has_nothing(*partners)
        self.export(*partners)
        tree = self.tree()
        before = {one: self.all_of(one) for one in partners}
        for one in partners:
            self.done("partner", "delete", one, "--yes")
        self.apply()
        self.assertEqual({one: self.all_of(one) for one in partners}, before)
        self.assertEqual(self.plan(), [])
        shutil.rmtree(self.out)
        self.export(*partners)
        self.assertEqual(self.tree(), tree)

    def all_of(self, partner: str) -> Mapping[str, list[str]]:
        """All that a partner has, in an order."""
        return {name: sorted(json.dumps(row) for row in self.entities(name, partner))
                for name in ("StringParameters", "BinaryParameters", "AlternativePartners",
                             "AuthorizedUsers")}

    def random_partner(self, dice: random.Random, number: int) -> str:
        """Makes one on the tenant."""
        def name() -> str:
            return "".join(dice.choices(SIGNS, k=dice.randint(1, 20)))

        def text() -> str:
            return "".join(dice.choices("aZ0 'äß€😀\t\n\r<>&\"\\/%\x01\x7f\u2028",
                                        k=dice.choice([0, 1, 5, 300])))

        partner = f"{name()}{number}"
        types = ("xml", "xsl;encoding=UTF-8", "json", "text", "zip", "crt", "gz", "zlib")
        made = [string(partner, one, text()) for one in {name() for _ in range(12)}]
        made += [binary(partner, one, dice.choice(types), dice.randbytes(dice.randint(1, 999)))
                 for one in {name() for _ in range(8)}]
        made += [{"method": "POST", "path": "AlternativePartners",
                  "body": {"Agency": f"A{i} {name()}", "Scheme": f"Größe/{i}",
                           "Id": f"{name()}'ß", "Pid": partner}} for i in range(3)]
        made += [{"method": "POST", "path": "AuthorizedUsers",
                  "body": {"User": f"u{number}.{i}@ö'x", "Pid": partner}} for i in range(2)]
        self.send(*in_one(*made))
        return partner


class PlanTest(PartnerTest):
    """What is found, shown and asked."""

    def setUp(self) -> None:
        super().setUp()
        self.has_nothing("Plan")
        self.send(*in_one(string("Plan", "stays", "same"), string("Plan", "changes", "old"),
                          string("Plan", "surplus", "x"), binary("Plan", "map", "xml", b"<a/>")))
        self.export("Plan")
        self.put("Plan/StringParameters/changes.txt", "newer\n")
        self.put("Plan/StringParameters/new.txt", "no line feed")
        (self.out / "Plan/StringParameters/surplus.txt").unlink()
        (self.out / "Plan/BinaryParameters/map.xml").rename(
            self.out / "Plan/BinaryParameters/map.xsl")

    def test_rows(self) -> None:
        keep = {"change": "keep", "partner": "Plan", "entity": "string", "id": "surplus",
                "key": {"Id": "surplus"}, "size_before": 1, "note": "is on the tenant only"}
        rows = [
            {"change": "update", "partner": "Plan", "entity": "string", "id": "changes",
             "key": {"Id": "changes"}, "size": 5, "size_before": 3, "transaction": 1},
            {"change": "create", "partner": "Plan", "entity": "string", "id": "new",
             "key": {"Id": "new"}, "size": 12, "transaction": 1},
            keep,
            {"change": "update", "partner": "Plan", "entity": "binary", "id": "map",
             "key": {"Id": "map"}, "size": 4, "size_before": 4, "note": "was xml",
             "transaction": 1}]
        mark = self.box.mark()
        self.assertEqual(self.plan(), rows)
        self.assertEqual({line["request"].split()[0] for line in self.box.seen(mark)}, {"GET"})
        del keep["note"]
        keep |= {"change": "delete", "transaction": 1}
        self.assertEqual(self.plan("--prune"), rows)

    def test_table_and_consent(self) -> None:
        result = self.run_cihsm("partner", "apply", self.out)
        self.assertEqual(result.code, 2)
        self.assertIn("--yes", result.err)
        self.assertIn("1 created, 2 changed, 0 deleted", result.err)
        self.assertIn("--prune", result.err)
        for mark in ("+ create", "~ update", "! keep"):
            self.assertIn(mark, result.out)
        self.assertTrue(all(len(line) <= 80 for line in result.out.splitlines()), result.out)
        self.assertEqual(len(self.plan()), 4)
        self.apply()
        self.assertEqual([row["change"] for row in self.plan()], ["keep"])
        self.apply("--prune")
        self.assertEqual(self.plan("--prune"), [])
        self.assertEqual(
            {row["Id"]: row["Value"] for row in self.entities("StringParameters", "Plan")},
            {"stays": "same", "changes": "newer", "new": "no line feed"})
        done = self.done("partner", "apply", self.out)
        self.assertIn("nothing to do", done.err)

    def test_exit_code(self) -> None:
        self.refused(13, "--prune", "partner", "apply", self.out, "--dry-run", "--exit-code")
        self.refused(2, "--dry-run too", "partner", "apply", self.out, "--exit-code")
        self.apply("--prune")
        self.done("partner", "apply", self.out, "--dry-run", "--exit-code")

    def test_chosen_partners(self) -> None:
        self.export("Shopify")
        self.assertEqual({row["partner"] for row in self.plan()}, {"Plan"})
        self.assertEqual(self.plan("Shopify"), [])
        self.refused(2, 'no partner "Nobody"', "partner", "apply", self.out, "Nobody")
        self.refused(2, "has no partner", "partner", "apply", self.folder)
        self.refused(3, "no folder", "partner", "apply", self.folder / "nowhere")

    def test_a_change_meanwhile(self) -> None:
        """What somebody changed while a person reads the plan is not overwritten."""
        with Terminal("partner", "apply", self.out, "--prune", *self.options(),
                      env=environment(self.folder), cwd=self.folder) as terminal:
            terminal.read_until(b"go on?")
            self.done("partner", "string", "set", "Plan", "stays", "by another", "--yes")
            terminal.type("yes\n")
            result = terminal.finish()
        self.assertEqual(result.code, 9, result.out)
        shown = " ".join(result.out.split())
        self.assertIn('string "stays" of Plan was changed on the tenant since the plan', shown)
        self.assertEqual({row["change"] for row in self.plan()}, {"create", "update", "keep"})
        with Terminal("partner", "apply", self.out, *self.options(),
                      env=environment(self.folder), cwd=self.folder) as terminal:
            terminal.read_until(b"go on?")
            terminal.type("no\n")
            self.assertNotEqual(terminal.finish().code, 0)
        self.assertEqual(len(self.plan()), 5)

    def test_a_file_that_changes_meanwhile(self) -> None:
        with Terminal("partner", "apply", self.out, *self.options(),
                      env=environment(self.folder), cwd=self.folder) as terminal:
            terminal.read_until(b"go on?")
            self.put("Plan/StringParameters/new.txt", "something else")
            terminal.type("yes\n")
            result = terminal.finish()
        self.assertEqual(result.code, 3, result.out)
        self.assertIn("was changed since the plan was made", " ".join(result.out.split()))
        self.assertEqual(len(self.plan()), 4)

    def test_protected_profile(self) -> None:
        config = self.write("config", "[prod]\nprotected = yes\n")
        chosen: list[Option] = ["--config", config, "--profile", "prod"]
        self.refused(2, "--confirm-profile prod", "partner", "apply", self.out, "--yes", *chosen)
        self.plan(*chosen)
        self.apply(*chosen, "--confirm-profile", "prod")


class ApplyTest(PartnerTest):
    """Transactions, moves, people, passwords."""

    def test_all_or_nothing(self) -> None:
        self.has_nothing("Whole")
        long = "x" * 61  # which the sandbox refuses, and no documented rule
        self.index("Whole", AuthorizedUsers=["whole-user"])
        self.put("Whole/StringParameters/a.txt", "1")
        self.put(f"Whole/StringParameters/{long}.txt", "2")
        self.refused(10, [f'string "{long}" of Whole', "500", "nothing of its transaction"],
                     "partner", "apply", self.out, "--yes")
        self.assertEqual(self.entities("StringParameters", "Whole"), [])
        self.assertEqual(len(self.plan()), 3)
        (self.out / f"Whole/StringParameters/{long}.txt").unlink()
        mark = self.box.mark()
        self.apply()
        self.assertEqual([line["request"].split()[:2] for line in self.box.seen(mark)
                          if not line["request"].startswith("GET")],
                         [["POST", "/api/v1/$batch"]])

    def test_what_was_done_before_stays(self) -> None:
        self.has_nothing("First", "Second")
        for one in ("First", "Second"):
            self.index(one)
            self.put(f"{one}/StringParameters/a.txt", one)
        self.put(f"Second/StringParameters/{'y' * 61}.txt", "z")
        self.refused(10, ["of Second", "First: 1 done", "changes done before: 1;"],
                     "partner", "apply", self.out, "--yes")
        self.assertEqual({row["partner"] for row in self.plan()}, {"Second"})

    def test_a_binary_that_a_tenant_finds_too_large(self) -> None:
        """The documentation differs: it is sent, and a refusal explained (contract §10.15)."""
        self.has_nothing("Large")
        self.index("Large")
        self.put("Large/BinaryParameters/big.zip", os.urandom(262145))
        with self.box.scenario("binary_max=262144"):
            self.refused(10, ['binary "big" of Large', "262144"], "partner", "apply", self.out,
                         "--yes")
        self.apply()

    def test_several_transactions(self) -> None:
        """More than a request holds goes in parts, which the plan tells."""
        self.has_nothing("Huge")
        self.index("Huge")
        for number in range(21):
            self.put(f"Huge/BinaryParameters/{number:02}.gz", os.urandom(1572864))
        self.assertEqual([row["transaction"] for row in self.plan()], [1] * 19 + [2] * 2)
        mark = self.box.mark()
        self.apply("--timeout", "120")
        sent = [line for line in self.box.seen(mark) if "$batch" in line["request"]]
        self.assertEqual(len(sent), 2)

    def test_alternative_partner_with_another_id(self) -> None:
        """A partner has one id for each agency and scheme: the new one takes its place."""
        self.has_nothing("Alt")
        self.send({"method": "POST", "path": "AlternativePartners",
                   "body": {"Agency": "Alt", "Scheme": "s", "Id": "old", "Pid": "Alt"}})
        self.index("Alt", AlternativePartners=[{"Agency": "Alt", "Scheme": "s", "Id": "new"}])
        self.assertEqual([(row["change"], row["key"]["Id"]) for row in self.plan()],
                         [("create", "new"), ("delete", "old")])
        self.apply()
        self.assertEqual([row["Id"] for row in self.entities("AlternativePartners", "Alt")],
                         ["new"])

    def test_moves_between_partners(self) -> None:
        self.has_nothing("From", "To")
        self.send(*in_one(
            string("From", "a", "1"), string("To", "a", "1"),
            {"method": "POST", "path": "AuthorizedUsers", "body": {"User": "mover", "Pid": "From"}},
            {"method": "POST", "path": "AlternativePartners",
             "body": {"Agency": "M", "Scheme": "s", "Id": "i", "Pid": "To"}}))
        self.index("From", AlternativePartners=[{"Agency": "M", "Scheme": "s", "Id": "i"}])
        self.index("To", AuthorizedUsers=["mover"])
        for one in ("From", "To"):
            self.put(f"{one}/StringParameters/a.txt", "1")
        rows = [("update", "From", "alternative", "was of To"),
                ("update", "To", "user", "was of From")]
        for plan in (self.plan(), self.plan("--prune")):
            self.assertEqual([(row["change"], row["partner"], row["entity"], row["note"])
                              for row in plan], rows)
        self.apply("--prune")
        self.assertEqual(self.plan("--prune"), [])
        self.assertEqual([self.entities("AuthorizedUsers", "To")[0]["User"],
                          self.entities("AlternativePartners", "From")[0]["Id"]], ["mover", "i"])

    def test_the_tenant_keeps_it_in_another_form(self) -> None:
        self.has_nothing("Form")
        self.index("Form", AuthorizedUsers=["Österreich"])
        self.refused(13, ['user "Österreich" of Form', "still differs"], "partner", "apply",
                     self.out, "--yes")

    def test_who_made_the_changes(self) -> None:
        self.has_nothing("Who")
        self.index("Who")
        self.put("Who/StringParameters/a.txt", "1")
        self.apply("--modified-by", "build 17/ö")
        shown = self.done("partner", "string", "show", "Who", "a", "-o", "json").json
        self.assertEqual(shown["LastModifiedBy"], "build 17/ö")

    def test_who_made_a_single_change(self) -> None:
        """partner string set and its kin know the same option; a partner goes in parts."""
        self.has_nothing("One")
        by = ["--modified-by", "änna b"]
        self.done("partner", "string", "set", "One", "a", "1", "--modified-by", "first")
        self.done("partner", "string", "set", "One", "a", "2", "--yes", *by)
        self.done("partner", "user", "set", "one-user", "--partner", "One", *by)
        self.done("partner", "alternative", "set", "One", "s", "i", "--partner", "One", *by)
        shown = self.done("partner", "string", "show", "One", "a", "-o", "json").json
        self.assertEqual((shown["CreatedBy"], shown["LastModifiedBy"], shown["Value"]),
                         ("first", "änna b", "2"))
        for noun, key in (("user", ["one-user"]), ("alternative", ["One", "s", "i"])):
            shown = self.done("partner", noun, "show", *key, "-o", "json").json
            self.assertEqual(shown["CreatedBy"], "änna b")
        mark = self.box.mark()
        self.done("partner", "delete", "One", "--exclude", "StringParameters", "--yes", *by)
        sent = [line["request"].split()[1] for line in self.box.seen(mark, 2)
                if line["request"].startswith("DELETE")]
        self.assertEqual(len(sent), 1)
        self.assertIn("user=%C3%A4nna%20b", sent[0])
        self.assertEqual([len(self.entities(name, "One")) for name in (
            "StringParameters", "AuthorizedUsers", "AlternativePartners")], [1, 0, 0])

    def test_credentials(self) -> None:
        self.has_nothing("Cred")
        self.index("Cred", UserCredentialParameters=[{"Id": "Login", "User": "u"}])
        self.put("Cred/StringParameters/a.txt", "1")
        source = ["--password-source", "Cred/Login=env:PASSWORD"]
        self.assertEqual([(row["change"], row.get("note")) for row in self.plan()],
                         [("create", None), ("skip", "its password is not given")])
        done = self.apply()
        self.assertIn("credentials not applied: 1;", done.err)
        self.assertEqual([row["change"] for row in self.plan(*source)], ["create"])
        self.apply(*source)
        self.assertEqual(self.plan(*source), [])
        self.assertEqual(self.plan(), [])  # as far as it can be told
        other = ["--password-source", "Cred/Login=env:OTHER"]
        self.assertEqual([(row["change"], row["note"]) for row in self.plan(*other)],
                         [("update", "another password")])
        self.apply(*other)
        self.assertEqual(self.plan(*other), [])
        self.index("Cred", UserCredentialParameters=[{"Id": "Login", "User": "v"}])
        self.assertEqual([(row["change"], row["note"]) for row in self.plan()],
                         [("skip", "user u; its password is not given")])
        self.apply(*other)
        self.assertEqual(self.entities("UserCredentialParameters", "Cred")[0]["User"], "v")
        self.export("Cred")
        self.assertEqual(json.loads(self.tree()["Cred/partner.json"])["UserCredentialParameters"],
                         [{"Id": "Login", "User": "v"}])
        self.index("Cred")
        self.apply("--prune")
        self.assertEqual(self.entities("UserCredentialParameters", "Cred"), [])

    def test_sources_of_passwords(self) -> None:
        self.index("Cred", UserCredentialParameters=[{"Id": "Login", "User": "u"}])
        for words, source in (('"Other" of "Cred"', "Cred/Other=env:PASSWORD"),
                              ('there is no "/"', "Login=env:PASSWORD"),
                              ("NAME=VALUE", "Cred/Login"), ("source", f"Cred/Login={SECRET}")):
            self.refused(2, words, "partner", "apply", self.out, "--password-source", source)


class BadFolderTest(PartnerTest):
    """What the tenant would not take is told with its file, before a request."""

    def wrong(self, words: Sequence[str], code: int = 3) -> None:
        """An apply that is refused without a request, and leaves the folder to the next case."""
        mark = self.box.mark()
        result = self.run_cihsm("partner", "apply", self.out, "--yes")
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(self.box.seen(mark, 0), [])
        shutil.rmtree(self.out)

    def test_parameters(self) -> None:
        cases: list[tuple[str, str | bytes, list[str]]] = [
            ("StringParameters/a.txt", "€" * 4001, ["a.txt", "4001 characters"]),
            ("StringParameters/a.txt", b"\xff", ["a.txt", "UTF-8"]),
            ("StringParameters/a.md", "x", ["a.md is no parameter", ".txt"]),
            ("StringParameters/a b.txt", "x", ["a b.txt is no parameter"]),
            ("StringParameters/CON.txt", "x", ["CON.txt is no parameter"]),
            ("StringParameters/%C3%A4.txt", "x", ["%C3%A4.txt", "may hold"]),
            ("BinaryParameters/a.xslt", "x", ["a.xslt is no parameter", ".xsl"]),
            ("BinaryParameters/a.bin", "x", ["a.bin", "ContentTypes"]),
            ("BinaryParameters/a.zip", bytes(1572865), ["a.zip", "1572865 bytes"])]
        for name, content, words in cases:
            with self.subTest(name=name):
                self.index("Bad")
                self.put(f"Bad/{name}", content)
                self.wrong(words)

    def test_the_same_twice(self) -> None:
        alternative = {"Agency": "a", "Scheme": "s", "Id": "i"}
        cases: list[tuple[Row, list[str]]] = [
            ({"AlternativePartners": [alternative, alternative]}, ["twice"]),
            ({"AlternativePartners": [alternative, {**alternative, "Id": "j"}]},
             ["twice", "one id for each agency and scheme"]),
            ({"AuthorizedUsers": ["u", "u"]}, ['user "u"', "twice"])]
        for members, words in cases:
            with self.subTest(members=members):
                self.index("Bad", **members)
                self.wrong(["Bad/partner.json", *words])
        shared: list[Row] = [{"AlternativePartners": [alternative]}, {"AuthorizedUsers": ["u"]}]
        for members in shared:
            self.index("Bad", **members)
            self.index("Worse", **members)
            self.wrong(["Bad/partner.json", "Worse/partner.json", "one partner only"])
        self.index("Bad")
        self.put("Bad/StringParameters/x.txt", "1")
        self.put("Bad/StringParameters/X.txt", "1")
        self.put("Bad/StringParameters/%58.txt", "1")
        self.wrong(['string "X"', "twice"])
        self.index("Bad")
        self.put("%42ad/partner.json", json.dumps({"format": 1, "partner": "Bad"}))
        self.wrong(["same partner"])

    def test_index(self) -> None:
        cases: list[tuple[Row, list[str]]] = [
            ({"format": 2}, ["format is not 1"]), ({"partner": 5}, ["partner is missing"]),
            ({"AuthorisedUsers": []}, ["AuthorisedUsers", "no member"]),
            ({"AuthorizedUsers": ["Shop"]}, ['"Shop"', "lower case"]),
            ({"AuthorizedUsers": [""]}, ["User in AuthorizedUsers is empty"]),
            ({"AuthorizedUsers": {}}, ["AuthorizedUsers is no array"]),
            ({"AuthorizedUsers": [5]}, ["not as an export writes it"]),
            ({"AlternativePartners": [{"Agency": "a", "Scheme": "s"}]},
             ["not as an export writes it"]),
            ({"AlternativePartners": [{"Agency": "a", "Scheme": "s", "Id": "i", "x": ""}]},
             ["a member too many"]),
            ({"UserCredentialParameters": [{"Id": "a b", "User": "u"}]}, ["may hold"]),
            ({"UserCredentialParameters": [{"Id": "a", "User": "u", "Password": "p"}]},
             ["a member too many"]),
            ({"ContentTypes": {"x": "xml"}}, ['names "x"', "BinaryParameters"]),
            ({"ContentTypes": []}, ["no object of texts"])]
        for members, words in cases:
            with self.subTest(members=members):
                self.index("Bad", **members)
                self.wrong(["Bad/partner.json", *words])
        self.put("Bad/partner.json", "{")
        self.wrong(["Bad/partner.json"])

    def test_content_types(self) -> None:
        for extension, content_type, words in (
                ("xml", "xsl", ['says "xsl"', ".xsl"]), ("bin", "pdf", ['"pdf"', "none of xml"]),
                ("zip", "zip;encoding=UTF-8", ["whose files end in"])):
            self.index("Bad", ContentTypes={"a": content_type})
            self.put(f"Bad/BinaryParameters/a.{extension}", "x")
            self.wrong([f"a.{extension}", *words])

    def test_folders(self) -> None:
        self.index("Bad", partner="Good")
        self.wrong(['of the partner "Good"', "so the folder must be named"])
        self.index("a" * 61)
        self.wrong(["61 characters"])
        self.put("Bad/StringParameters/a.txt", "1")
        self.wrong(["has StringParameters and no partner.json"])
        self.index("Bad")
        (self.out / "Bad/StringParameters").mkdir()
        (self.out / "Bad/StringParameters/a.txt").symlink_to("/etc/passwd")
        self.wrong(["a.txt is no regular file"])
        self.put("notes/README", "no partner")
        self.put(".git/partner.json", "{")
        self.wrong(["has no partner"], code=2)


if __name__ == "__main__":
    unittest.main()
