#!/usr/bin/env python3
"""The nouns of Cloud Integration resources: each verb of each of them, and what is hard to name."""

from __future__ import annotations

import json
import re
import unittest
from dataclasses import dataclass, field
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Sandbox
from tokens import Token, chain_of, copy_token

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

KEY = "ec-p256"
SECRET = "Canary-password-91c4"


@dataclass(frozen=True)
class Life:
    """One entity from the cradle to the grave, and how the others are named."""

    noun: str
    key: Sequence[str]
    make: Sequence[str]  # options that create it
    made: dict[str, Any]  # what it has then
    change: Sequence[str] = ()  # options that change it
    changed: dict[str, Any] = field(default_factory=dict)  # all that is different then
    listed: Sequence[str] = ()  # options of list that find it
    only: Sequence[str] = ()  # options of all verbs but list
    makes: str = "create"
    changes: str = "update"
    subject: str = ""  # what messages call it


PASSWORD = ["--password-source", "env:PASSWORD"]
LIVES = (
    Life("number-range", ["Neue_Nummern 2"], ["--min", "1", "--max", "9007199254740993"],
         {"MinValue": "1", "MaxValue": "9007199254740993", "Rotate": "false", "FieldLength": "0",
          "Description": "", "CurrentValue": "1"},
         ["--current", "17", "--rotate", "true"], {"CurrentValue": "17", "Rotate": "true"},
         subject="number range"),
    Life("credential", ["O'Brien & Söhne"], ["--user", "o'brien", *PASSWORD],
         {"Kind": "default", "User": "o'brien", "Description": "", "CompanyId": "",
          "Password": None},
         ["--description", "Größe", *PASSWORD], {"Description": "Größe"}, subject="credential"),
    Life("credential", ["Neu's"], ["--client-id", "c", "--token-url", "https://a.example/t",
                                   "--client-secret-source", "env:PASSWORD", "--audience", "aud"],
         {"ClientId": "c", "TokenServiceUrl": "https://a.example/t", "Audience": "aud",
          "ClientAuthentication": "body", "ClientSecret": None},
         ["--scope", "s t", "--client-secret-source", "env:PASSWORD"], {"Scope": "s t"},
         listed=["--type", "oauth2"], only=["--type", "oauth2"], subject="credential"),
    Life("credential", ["Schlüssel"], ["--value-source", "env:PASSWORD"],
         {"Description": "", "SecureParam": None},
         ["--description", "x", "--value-source", "env:PASSWORD"], {"Description": "x"},
         listed=["--type", "secure"], only=["--type", "secure"], subject="credential"),
    Life("access-policy", ["O'Brien's Röle/1"], ["--description", "a"], {"Description": "a"},
         ["--description", "b"], {"Description": "b"}, subject="access policy"),
    Life("partner string", ["ACME~1", "url"], ["Größe 'x' \"y\" / 100%"],
         {"Value": "Größe 'x' \"y\" / 100%"}, ["z"], {"Value": "z"},
         ["--partner", "ACME~1", "--id", "url"], makes="set", changes="set",
         subject="string parameter"),
    Life("partner alternative", ["Köln/1", "S 'x'", "a\\b/ü"], ["--partner", "ACME"],
         {"Pid": "ACME"}, ["--partner", "ACME2"], {"Pid": "ACME2"}, ["--agency", "Köln/1"],
         makes="set", changes="set", subject="alternative partner"),
    Life("partner user", ["o'neil@acme.example"], ["--partner", "ACME"], {"Pid": "ACME"},
         ["--partner", "ACME2"], {"Pid": "ACME2"}, ["--partner", "ACME2"], makes="set",
         changes="set", subject="authorized user"),
    Life("partner credential", ["ACME", "Login"], ["--user", "u", *PASSWORD],
         {"User": "u", "Password": None}, ["--user", "v", *PASSWORD], {"User": "v"}, ["ACME"],
         makes="set", changes="set", subject="credential of a partner"),
)
BY_SERVER = {"CreatedBy", "CreatedTime", "LastModifiedBy", "LastModifiedTime", "DeployedBy",
             "DeployedOn", "SecurityArtifactDescriptor"}


class ResourceTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    box: Sandbox
    token: Token

    def run_cihsm(self, *arguments: Option, **more: Any) -> Result:
        """A call with its options; the password is in the environment."""
        env = {**self.token.env, "PASSWORD": SECRET}
        return self.cihsm(*arguments, *self.box.options(self.token, KEY), env=env, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds and tells no secret."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        self.assertNotIn(SECRET.encode(), result.stdout + result.stderr)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)

    def read(self, *arguments: Option) -> Any:
        """What a command prints as JSON."""
        return self.done(*arguments, "-o", "json").json

    def methods(self, mark: int, count: int) -> list[str]:
        """The methods of the requests since a mark."""
        return [line["request"].split()[0] for line in self.box.seen(mark, count)]


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))
    ResourceTest.box, ResourceTest.token = box, copy_token(box.folder / "token")


class LifeTest(ResourceTest):
    """What can be made, changed and deleted."""

    def test_each_life(self) -> None:
        """Created, seen, listed, changed with all the rest as it was, deleted."""
        for life in LIVES:
            with self.subTest(noun=life.noun, key=life.key):
                self.live(life)

    def live(self, life: Life) -> None:
        """The life of one entity."""
        noun, key = life.noun.split(), [*life.key, *life.only]
        quoted = " ".join([life.subject, *(f'"{part}"' for part in life.key)])
        missing = ["nothing in", life.key[0]] if life.noun == "access-policy" else ["404", quoted]
        self.refused(8, missing, *noun, "show", *key)
        self.done(*noun, life.makes, *key, *life.make, "--yes")
        born = self.read(*noun, "show", *key)
        self.assertEqual({name: born[name] for name in life.made}, life.made)
        done = self.done(*noun, life.changes, *key, *life.change, "--yes")
        self.assertRegex(done.err, rf"cihsm: (updated|set) {re.escape(quoted)}\n|^$")
        grown = self.read(*noun, "show", *key)
        known = {name for name in born if name not in BY_SERVER}
        self.assertEqual({name: grown[name] for name in known},
                         {name: {**born, **life.changed}[name] for name in known})
        listed = self.read(*noun, "list", *life.listed)
        self.assertEqual(sum(all(row[name] == grown[name] for name in known - {
            "ArtifactReferences", "CustomParameters"}) for row in listed), 1)
        self.refused(2, [quoted, "--yes"], *noun, "delete", *key)
        done = self.done(*noun, "delete", *key, "--yes")
        self.assertEqual((done.out, done.err), ("", f"cihsm: deleted {quoted}\n"))
        self.refused(8, missing, *noun, "delete", *key, "--yes")

    def test_what_a_write_would_send(self) -> None:
        """--dry-run shows it and sends nothing; a secret is neither read nor shown."""
        mark = self.box.mark()
        done = self.done("credential", "create", "a", "--user", "u", "--password-source",
                         "env:NOWHERE", "--dry-run")
        head, _, body = done.out.partition("\n\n")
        self.assertIn("POST ", head)
        self.assertEqual(json.loads(body), {
            "Name": "a", "Description": "", "Kind": "default", "User": "u",
            "Password": "(secret)", "CompanyId": ""})
        done = self.done("number-range", "update", "Order numbers", "--min", "5", "--dry-run")
        head, _, body = done.out.partition("\n\n")
        self.assertEqual(json.loads(body), {
            "Name": "Order numbers", "Description": "", "MinValue": "5", "FieldLength": "0",
            "MaxValue": "9999999999999999", "Rotate": "false", "CurrentValue": "17"})
        self.assertEqual(self.methods(mark, 1), ["GET"])
        self.assertEqual(self.read("number-range", "show", "Order numbers")["MinValue"], "1")

    def test_mistakes_are_told_before_a_login(self) -> None:
        """Nothing is sent."""
        mark = self.box.mark()
        for words, arguments in (
                ("--min is missing", ["number-range", "create", "x", "--max", "1"]),
                ("nothing to change", ["number-range", "update", "x"]),
                ("ASCII letters", ["number-range", "create", "Größe", "--min", "1", "--max", "2"]),
                ("digits only", ["number-range", "update", "x", "--current", "x1"]),
                ("true|false", ["number-range", "update", "x", "--rotate", "yes"]),
                ("argument NAME is empty", ["number-range", "show", ""]),
                ("--type is one of", ["credential", "list", "--type", "other"]),
                ("is for --type oauth2", ["credential", "create", "x", "--client-id", "i"]),
                ("--password-source is missing: the password from",
                 ["credential", "update", "x", "--user", "u"]),
                ("--user is missing: the name of the user",
                 ["credential", "create", "x", "--password-source", "env:X"]),
                ("default|successfactors", ["credential", "create", "x", "--user", "u", *PASSWORD,
                                            "--kind", "Default"]),
                ("ASCII letters", ["partner", "string", "set", "A B", "x", "y"]),
                ("lower case", ["partner", "user", "show", "Max"]),
                ("slash", ["datastore", "show", "a/b"]),
                ("slash", ["datastore", "entry", "list", "a/b"]),
                ("too long", ["variable", "get", "x" * 5000]),
                ("missing argument", ["partner", "credential", "list"])):
            with self.subTest(arguments=arguments):
                self.refused(2, words, *arguments)
        self.assertEqual(self.box.mark(), mark)

    def test_a_source_that_cannot_be_read(self) -> None:
        """Before the rest."""
        self.refused(3, "NOWHERE", "credential", "create", "x", "--user", "u",
                     "--password-source", "env:NOWHERE")

    def test_what_is_there_already(self) -> None:
        """The tenant says so."""
        self.refused(9, "409", "number-range", "create", "Order numbers", "--min", "1", "--max",
                     "2")

    def test_show_reads_again(self) -> None:
        """Where the tenant answers with nothing."""
        made = self.done("number-range", "create", "Shown", "--min", "1", "--max", "2", "--show",
                         "-o", "json")
        self.assertEqual((made.json["MaxValue"], made.err),
                         ("2", 'cihsm: created number range "Shown"\n'))
        self.done("number-range", "delete", "Shown", "--yes")


class CredentialTest(ResourceTest):
    """What is special about credentials."""

    def test_custom_parameters_are_not_lost_without_a_word(self) -> None:
        """An update would take them away, so it is refused; without them it is not."""
        name = ["Köln's OAuth", "--type", "oauth2"]
        self.refused(2, ["1 of CustomParameters", "Köln's OAuth"], "credential", "update", *name,
                     "--scope", "x", "--client-secret-source", "env:PASSWORD")
        shown = self.read("credential", "show", *name)
        self.assertEqual(shown["CustomParameters"],
                         [{"Key": "tenant", "Value": "Größe", "SendAsPartOf": "body"}])
        self.assertEqual(shown["Scope"], "orders")

    def test_custom_parameters_of_a_new_one(self) -> None:
        """In body and URL; any text, but a key once."""
        name = ["Neue's Schlüssel", "--type", "oauth2"]
        new = ["credential", "create", *name, "--client-id", "c", "--token-url",
               "https://a.example/t", "--client-secret-source", "env:PASSWORD"]
        mark = self.box.mark()
        for words, more in (
                ("--body-parameter takes NAME=VALUE", ["--body-parameter", "tenant"]),
                ("each key once: \"x\"", ["--body-parameter", "x=1", "--url-parameter", "x=2"]),
                ("KEY=VALUE", ["--url-parameter", "x:=1"])):
            self.refused(2, words, *new, *more)
        self.refused(2, "--url-parameter is for --type oauth2", "credential", "create", "x",
                     "--user", "u", *PASSWORD, "--url-parameter", "x=1")
        self.refused(2, "is no option of", "credential", "update", *name, "--url-parameter", "x=1")
        self.assertEqual(self.box.mark(), mark)
        self.done(*new, "--body-parameter", "tenant=Größe: 'a'=1", "--url-parameter",
                  "resource server=https://x/y", "--body-parameter", "empty=")
        shown = self.read("credential", "show", *name)["CustomParameters"]
        self.assertEqual([tuple(row.values()) for row in shown],
                         [("tenant", "Größe: 'a'=1", "body"), ("empty", "", "body"),
                          ("resource server", "https://x/y", "url")])
        self.done("credential", "delete", *name, "--yes")


class PolicyTest(ResourceTest):
    """Access policies, whose keys are numbers."""

    def test_references(self) -> None:
        """Below the policy that has the role, with an Id that a double cannot hold."""
        before = self.read("access-policy", "reference", "list", "Treasury")
        self.assertEqual([row["Name"] for row in before], ["Bank_Statement_MT940"])
        self.done("access-policy", "reference", "create", "Treasury", "--name", "Größe's",
                  "--value", "Pay.*", "--condition", "regularExpression", "--attribute", "Name")
        rows = self.read("access-policy", "reference", "list", "Treasury")
        made = next(row for row in rows if row["Name"] == "Größe's")
        self.assertEqual((made["ConditionType"], made["ConditionAttribute"], made["Type"]),
                         ("regularExpression", "Name", "INTEGRATION_FLOW"))
        shown = self.read("access-policy", "show", "Treasury")
        self.assertEqual(len(shown["ArtifactReferences"]), 2)
        self.done("access-policy", "reference", "delete", made["Id"], "--yes")
        self.assertEqual(self.read("access-policy", "reference", "list", "Treasury"), before)

    def test_a_role_without_a_policy(self) -> None:
        """It is named."""
        for verb in (["show"], ["reference", "list"]):
            self.refused(8, "RoleName \"O'Brien\"", "access-policy", *verb, "O'Brien")


class StoreTest(ResourceTest):
    """Data stores and variables: sets that take no query option."""

    flow = ["--flow", "Order_Express"]

    def test_data_stores(self) -> None:
        """Global ones need no flow."""
        self.assertEqual({row["DataStoreName"] for row in self.read("datastore", "list")},
                         {"Orders", "Größen", "Idempotent"})
        self.assertEqual(self.read("datastore", "show", "Größen")["IntegrationFlow"], "")
        found = self.read("datastore", "show", "Orders", *self.flow)
        self.assertEqual(found["NumberOfMessages"], "1200")
        self.assertEqual(self.read("datastore", "show", "Idempotent", "--flow",
                                   "Bank_Statement_MT940", "--type", "SFTP")["Type"], "SFTP")
        self.refused(8, "data store \"Orders\"", "datastore", "show", "Orders")
        self.refused(2, "with all its messages", "datastore", "delete", "Größen")
        self.done("datastore", "delete", "Größen", "--yes")
        self.refused(8, "404", "datastore", "show", "Größen")

    def test_entries(self) -> None:
        """All pages of them, the late ones, those of a message."""
        noun = ["datastore", "entry"]
        self.assertEqual(len(self.read(*noun, "list", "Orders", *self.flow)), 1200)
        late = self.read(*noun, "list", "Orders", *self.flow, "--overdue")
        self.assertEqual({row["Status"] for row in late}, {"Overdue"})
        found = self.read(*noun, "list", "Orders", *self.flow, "--message", "ID-00002")
        self.assertEqual([row["Id"] for row in found], ["Entry-00004", "Entry-00005"])
        shown = self.read(*noun, "show", "Orders", "Entry-00004", *self.flow)
        self.assertEqual(shown["MessageId"], "ID-00002")
        content = self.done(*noun, "get", "Orders", "Entry-00004", *self.flow)
        self.assertEqual(content.out, "<order number='4'>Größe</order>\n")
        self.refused(2, "slash", *noun, "get", "Orders", "Entry/00007", *self.flow)
        self.done(*noun, "delete", "Orders", "Entry-00004", *self.flow, "--yes")
        self.refused(8, ["404", "Entry-00004"], *noun, "get", "Orders", "Entry-00004", *self.flow)

    def test_variables(self) -> None:
        """Their values are bytes."""
        self.assertEqual({row["VariableName"] for row in self.read("variable", "list")},
                         {"LastRun", "Zähler", "O'Brien"})
        self.assertEqual(self.read("variable", "show", "Zähler")["Visibility"], "Global")
        target = self.folder / "value"
        self.done("variable", "get", "O'Brien", *self.flow, "--out", target)
        self.assertTrue(target.read_text().startswith("O'Brien="))
        self.done("variable", "delete", "O'Brien", *self.flow, "--yes")
        self.refused(8, "variable \"O'Brien\"", "variable", "show", "O'Brien", *self.flow)


class PartnerTest(ResourceTest):
    """Partner Directory."""

    def test_a_value_alone(self) -> None:
        """For scripts."""
        self.assertEqual(self.done("partner", "string", "get", "Shopify", "Greeting").out,
                         "Grüße aus Köln, \"O'Brien\"")
        self.assertEqual(self.done("partner", "string", "get", "Ariba", "Empty").out, "")

    def test_bytes(self) -> None:
        """Any of them come back, of any length."""
        noun, key = ["partner", "binary"], ["ACME", "b"]
        for length in (1, 3072, 100001):
            content = (bytes(range(256)) * (length // 256 + 1))[:length]
            path = self.write("sent", content)
            self.done(*noun, "set", *key, "--file", path, "--content-type", "zip", "--yes")
            self.assertEqual(self.done(*noun, "get", *key).stdout, content)
        self.refused(2, "--file is missing", *noun, "set", *key, "--content-type", "xsl")
        self.done(*noun, "set", *key, "--file", "-", "--yes", stdin=b"<x/>")
        self.assertEqual(self.done(*noun, "get", *key).out, "<x/>")
        self.assertEqual(self.read(*noun, "show", *key)["ContentType"], "zip")
        self.done(*noun, "delete", *key, "--yes")
        self.refused(2, "--content-type is missing", *noun, "set", *key, "--file", path)

    def test_lists_over_pages(self) -> None:
        """Pages of 30."""
        rows = self.read("partner", "binary", "list", "--partner", "Ariba")
        self.assertEqual(len(rows), 65)

    def test_partners(self) -> None:
        """One goes with all that it has."""
        self.done("partner", "string", "set", "Kurz", "a", "b")
        self.assertIn({"Pid": "Kurz"}, self.read("partner", "list"))
        self.refused(2, ["partner \"Kurz\"", "with all that it has"], "partner", "delete", "Kurz")
        self.done("partner", "delete", "Kurz", "--yes")
        self.assertNotIn({"Pid": "Kurz"}, self.read("partner", "list"))

    def test_users_are_in_lower_case(self) -> None:
        """As the tenant keeps them."""
        self.refused(2, "lower case", "partner", "user", "show", "Max")


class KeystoreTest(ResourceTest):
    """The keystore, whose keys are hex."""

    def test_entries(self) -> None:
        """Named as people write them, with a slash too."""
        names = {row["Alias"] for row in self.read("keystore", "list")}
        self.assertIn("partner/müller", names)
        for name in names:
            self.assertEqual(self.read("keystore", "show", name)["Alias"], name)
        self.refused(8, "entry of the keystore \"missing\"", "keystore", "show", "missing")

    def test_a_certificate(self) -> None:
        """In its own form."""
        target = self.folder / "c.pem"
        self.done("keystore", "certificate", "get", "partner/müller", "--out", target)
        self.assertTrue(target.read_text().startswith("-----BEGIN CERTIFICATE-----\n"))


class ShapeTest(ResourceTest):
    """Help, formats and protection are those of all commands."""

    def test_groups_of_two_words(self) -> None:
        """Their verbs are listed, and in that of one word they are one of its words."""
        self.refuses(2, "\"cihsm partner\" needs a verb: export, apply, list, delete, ", "partner")
        self.refuses(2, "\"cihsm partner string\" needs a verb: list, ", "partner", "string")
        self.refuses(2, "\"cihsm datastore entry\" has no verb \"x\": list, ", "datastore", "entry",
                     "x")
        out = self.succeeds("partner", "string", "--help").out
        self.assertEqual(re.findall(r"(?m)^  partner string (\S+)", out),
                         ["list", "show", "get", "set", "delete"])
        self.assertEqual(self.succeeds("help", "partner", "string").out, out)

    def test_lists(self) -> None:
        """Table, CSV, JSON Lines, chosen members."""
        table = self.done("number-range", "list").out.splitlines()
        self.assertTrue(table[0].startswith("Name"), table)
        chosen = self.done("number-range", "list", "--fields", "CurrentValue,Name", "-o", "csv")
        self.assertEqual(chosen.out.splitlines()[0], "CurrentValue,Name")
        self.assertIn("9007199254740993,Invoice_Numbers", chosen.out)
        lines = self.done("variable", "list", "-o", "jsonl").jsonl
        self.assertGreaterEqual(len(lines), 2)

    def test_a_protected_profile(self) -> None:
        """It is to be named, before a login."""
        config = self.write("config", "[live]\nprotected = yes\n")
        mark = self.box.mark()
        for arguments in (["number-range", "update", "Order numbers", "--min", "2"],
                          ["partner", "string", "set", "A", "b", "c"],
                          ["variable", "delete", "LastRun"]):
            self.refused(2, "is protected", *arguments, "--yes", "--config", config, "--profile",
                         "live")
        self.assertEqual(self.box.mark(), mark)
        self.done("partner", "string", "set", "A", "b", "c", "--config", config, "--profile",
                  "live", "--confirm-profile", "live")
        self.done("partner", "delete", "A", "--yes")

    def test_a_missing_role_is_named(self) -> None:
        """Of the write."""
        self.box.register("ec-p384", chain_of("ec-p384"), ["MonitoringDataRead"])
        done = self.cihsm("credential", "delete", "SFTP_Bank", "--yes",
                          *self.box.options(self.token, "ec-p384"), env=self.token.env)
        self.assertEqual(done.code, 7)
        self.assertIn("CredentialsEdit", done.err)


if __name__ == "__main__":
    unittest.main()
