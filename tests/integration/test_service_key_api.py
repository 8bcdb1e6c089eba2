#!/usr/bin/env python3
"""cihsm service-key create, list, download, delete: service keys by the Cloud Foundry API."""

from __future__ import annotations

import json
import re
import time
import unittest
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, openssl
from platforms import USER, Platform
from tenants import Sandbox
from tokens import chain_of, copy_token

# pylint: disable=wrong-import-order
import service_keys

KEY = "ec-p256"
ROLES = ["MonitoringDataRead"]
COMMANDS: list[list[Option]] = [
    ["list"], ["create", "--cert", chain_of(KEY), "--out", "new.json"],
    ["download", "some", "--out", "new.json"], ["delete", "some", "--yes"]]


class ApiTest(CihsmTest):
    """Against one sandbox, whose keys go after each test."""

    box: Sandbox
    platform: Platform
    instance: str  # of this test

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.stop)
        cls.platform = Platform(cls.box)

    def setUp(self) -> None:
        super().setUp()
        self.instance = self.platform.instance(f"cpi-{self._testMethodName[5:]}", ROLES)
        self.token = self.platform.token()
        self.addCleanup(self.remove_keys)

    def remove_keys(self) -> None:
        """Frees the certificates for the next test."""
        for key in service_keys.load(self.box.folder)["keys"]:
            service_keys.remove(self.box.folder, key["guid"])

    @property
    def canary(self) -> str:
        """The secret part of the token."""
        return self.token.read_text(encoding="utf-8").split()[1]

    def options(self, token: Path | None = None, instance: str | None = "") -> list[Option]:
        """How Cloud Foundry is reached; the instance is that of the test unless it is given."""
        where: list[Option] = ["--cf-api", self.platform.cf_api, "--ca", self.box.ca,
                               "--cf-token-source", f"file:{token or self.token}"]
        return where + ([] if instance is None else ["--instance", instance or self.instance])

    def created(self, *more: Option, key: str = KEY, out: str = "new.json") -> dict[str, Any]:
        """The row of a key that is made."""
        done = self.succeeds("service-key", "create", *self.options(), "--cert", chain_of(key),
                             "--out", out, "-o", "json", *more)
        self.assertNotIn(self.canary, done.out + done.err)
        row: dict[str, Any] = done.json
        return row

    def rows(self, *more: Option) -> list[dict[str, Any]]:
        """What is listed."""
        rows: list[dict[str, Any]] = self.succeeds(
            "service-key", "list", *self.options(), "-o", "json", *more).json
        return rows

    def names(self) -> list[str]:
        """The keys that the tenant knows of the instance."""
        return [key["name"] for key in self.platform.keys(self.instance)]

    def fails(self, code: int, words: str | Sequence[str], *arguments: Option) -> str:
        """A command that ends so, and leaves no file."""
        text = self.refuses(code, words, "service-key", *arguments)
        self.assertNotIn(self.canary, text)
        self.assertEqual([*self.folder.glob("*.json*")], [])
        return text


class CreateTest(ApiTest):
    """service-key create"""

    def test_the_key_is_made_and_works(self) -> None:
        """Row, file, and a call with them."""
        row = self.created("--name", "first")
        end = openssl("x509", "-in", chain_of(KEY), "-noout", "-enddate", "-dateopt",
                      "iso_8601").decode().strip().removeprefix("notAfter=").replace(" ", "T")
        self.assertEqual((row["name"], row["instance"], row["type"], row["validUntil"]),
                         ("first", self.instance, "External Certificate", end))
        path = self.folder / "new.json"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        document = json.loads(path.read_text())["oauth"]
        self.assertEqual(document["certificate"].strip(),
                         openssl("x509", "-in", chain_of(KEY)).decode().strip())
        self.assertNotIn("key", document)
        self.succeeds("service-key", "check", path, "--chain", chain_of(KEY))
        self.assertEqual(self.names(), ["first"])

    def test_its_name_is_made_of_the_certificate(self) -> None:
        """Common name and end, in 32 characters."""
        row = self.created()
        self.assertRegex(row["name"], rf"^{KEY}-\d{{4}}-\d\d-\d\d$")

    def test_what_is_sent(self) -> None:
        """The leaf alone, of a chain in any order; --dry-run asks nobody and needs no file."""
        done = self.succeeds("service-key", "create", *self.options(), "--cert", chain_of(KEY),
                             "--name", "x", "--dry-run")
        line, purpose, body = done.out.split("\n", 2)
        self.assertEqual((line, purpose), (
            f"POST {self.platform.cf_api}/v3/service_credential_bindings",
            "# makes the service key"))
        sent = json.loads(body)
        self.assertEqual((sent["type"], sent["name"]), ("key", "x"))
        self.assertEqual(sent["relationships"]["service_instance"]["data"]["guid"],
                         f"<GUID of {self.instance}>")
        self.assertEqual(sent["parameters"]["key-type"], "certificate_external")
        self.assertEqual(sent["parameters"]["X.509"].count("BEGIN CERTIFICATE"), 1)
        self.assertIn("-----BEGIN CERTIFICATE-----\nMII", sent["parameters"]["X.509"])
        self.assertEqual(self.names(), [])

    def test_by_the_guid_of_the_instance(self) -> None:
        """As the list tells it."""
        guid = self.created()["instanceGuid"]
        self.succeeds("service-key", "list", *self.options(instance=guid))

    def test_it_can_be_run_again(self) -> None:
        """The key that is there already with this certificate is fetched."""
        first = self.created("--name", "same")
        again = self.succeeds("service-key", "create", *self.options(), "--cert", chain_of(KEY),
                              "--name", "same", "--out", "again.json", "-o", "json")
        self.assertEqual(again.json["guid"], first["guid"])
        self.assertIn("was there already", again.err)
        self.assertEqual(self.names(), ["same"])

    def test_a_name_that_another_key_has(self) -> None:
        """Exit code 9, nothing sent."""
        self.created("--name", "taken")
        self.refuses(9, ["\"taken\" already, with another certificate", "--name"], "service-key",
                     "create", *self.options(), "--cert", chain_of("rsa-2048"), "--name", "taken",
                     "--out", "other.json")
        self.assertFalse((self.folder / "other.json").exists())

    def test_a_certificate_of_another_instance(self) -> None:
        """The key that has it is named."""
        self.created("--name", "holder")
        self.platform.instance("second", ROLES)
        self.refuses(9, ["was not created", "in service key \"holder\" of service instance "
                         f"\"{self.instance}\"", "one instance only"], "service-key", "create",
                     *self.options(instance="second"), "--cert", chain_of(KEY), "--out",
                     "other.json")
        self.assertEqual(self.platform.keys("second"), [])

    def test_an_instance_that_takes_no_keys(self) -> None:
        """The broker's words are shown."""
        self.platform.instance("old", ROLES, "client_x509")
        self.fails(1, ["was not created", "client_x509"], "create", *self.options(instance="old"),
                   "--cert", chain_of(KEY), "--out", "new.json")

    def test_a_job_that_fails_can_be_tried_again(self) -> None:
        """The leftover is no obstacle."""
        arguments: list[Option] = ["create", *self.options(), "--cert", chain_of(KEY), "--out",
                                   "new.json", "--name", "again"]
        with self.box.scenario("cf_job=fails"):
            self.fails(1, "service key \"again\" was not created: ", *arguments)
            self.assertEqual([row["state"] for row in self.rows()], ["failed"])
        self.succeeds("service-key", *arguments)
        self.assertEqual(self.names(), ["again"])

    def test_a_job_that_does_not_end(self) -> None:
        """Exit code 12 after --wait; the next run says that it is still under way."""
        arguments: list[Option] = ["create", *self.options(), "--cert", chain_of(KEY), "--out",
                                   "new.json"]
        with self.box.scenario("cf_job=never"):
            self.fails(12, ["after 1 s", "still being created", "service-key list"], *arguments,
                       "--wait", "1s")
            self.fails(12, "still being worked on", *arguments)
        self.wait_for_jobs()
        self.succeeds("service-key", *arguments)

    def wait_for_jobs(self) -> None:
        """Until nothing is in progress any more."""
        end = time.monotonic() + 60
        while "in progress" in [row["state"] for row in self.rows()]:
            self.assertLess(time.monotonic(), end, "a job does not end")

    def test_the_leaf_on_the_token(self) -> None:
        """Without --cert and --chain it is exported from there."""
        token = copy_token(self.folder / "token")
        self.succeeds("cert", "import", chain_of(KEY), *token.options(KEY), env=token.env)
        self.succeeds("service-key", "create", *self.options(), *token.options(KEY), "--out",
                      "new.json", env=token.env)
        self.succeeds("service-key", "check", "new.json", "--chain", chain_of(KEY))

    def test_a_file_that_is_there(self) -> None:
        """It is replaced with --yes only."""
        self.write("new.json", "mine")
        arguments: list[Option] = ["service-key", "create", *self.options(), "--cert",
                                   chain_of(KEY), "--out", "new.json"]
        self.refuses(2, ["--yes", "new.json is there already"], *arguments)
        self.assertEqual((self.folder / "new.json").read_text(), "mine")
        self.assertEqual(self.names(), [])
        self.succeeds(*arguments, "--yes")
        self.assertIn("oauth", json.loads((self.folder / "new.json").read_text()))

    def test_a_folder_that_is_not_there(self) -> None:
        """Nothing is made that could not be kept."""
        self.fails(1, "nowhere/new.json", "create", *self.options(), "--cert", chain_of(KEY),
                   "--out", "nowhere/new.json")
        self.assertEqual(self.names(), [])

    def test_save_profile(self) -> None:
        """With the settings in effect; a name that is taken is told before."""
        config = self.folder / "config"
        saved: list[Option] = ["--save-profile", "prod", "--config", config, "--chain",
                               chain_of(KEY)]
        done = self.succeeds("service-key", "create", *self.options(), "--out", "new.json", *saved)
        self.assertIn("--profile prod", done.err)
        shown = self.succeeds("profile", "show", "prod", "--config", config, "-o", "json").json
        self.assertEqual((shown["service-key"], shown["cf-api"], shown["instance"],
                          shown["cf-token-source"]),
                         (str(self.folder / "new.json"), self.platform.cf_api, self.instance,
                          f"file:{self.token}"))
        rows = self.succeeds("service-key", "list", "--config", config, "--profile", "prod", "-o",
                             "json").json
        self.assertEqual([row["inUse"] for row in rows], [True])
        self.refuses(9, "a profile \"prod\" already", "service-key", "create", *self.options(),
                     "--out", "other.json", "--name", "other", *saved)
        self.assertEqual(len(self.names()), 1)

    def test_mistakes(self) -> None:
        """Told before anything is asked."""
        cert: list[Option] = ["--cert", chain_of(KEY)]
        out = ["--out", "new.json"]
        mistakes: list[tuple[int, str, list[Option]]] = [
            (2, "--cf-api is missing", [*cert, *out]),
            (2, "--out is missing", [*self.options(), *cert]),
            (2, "--instance is missing", [*self.options(instance=None), *cert, *out]),
            (2, "--cert is missing", [*self.options(), *out]),
            (2, "has 33", [*self.options(), *cert, *out, "--name", "x" * 33]),
            (2, "has 0", [*self.options(), *cert, *out, "--name", ""]),
            (2, "--wait", [*self.options(), *cert, *out, "--wait", "soon"]),
            (2, "cf-token-source is none of", [*self.options(), *cert, *out, "--cf-token-source",
                                               "eyJhbGciOi"]),
            (3, "nothing.pem", [*self.options(), *out, "--cert", "nothing.pem"]),
            (2, "https", [*self.options(), *cert, *out, "--cf-api", "http://api.localhost"])]
        for code, words, arguments in mistakes:
            with self.subTest(words=words):
                text = self.fails(code, words, "create", *arguments)
                self.assertNotIn("eyJ", text)

    def test_no_instance_of_that_name(self) -> None:
        """The nearest is offered."""
        self.fails(8, ["no service instance", f"did you mean {self.instance}"], "create",
                   *self.options(instance=f"{self.instance}s"), "--cert", chain_of(KEY), "--out", "new.json")
        self.platform.instance("flows", plan="integration-flow")
        self.fails(8, "plan api", "create", *self.options(instance="flows"), "--cert",
                   chain_of(KEY), "--out", "new.json")


class LoginTest(ApiTest):
    """How the user logs in, for every command"""

    def test_a_token_with_and_without_bearer(self) -> None:
        """From a file, a variable, a descriptor."""
        plain = self.write("plain.token", self.canary)
        self.succeeds("service-key", "list", *self.options(plain))
        self.succeeds("service-key", "list", *self.options(), "--cf-token-source", "env:TOKEN",
                      env={"TOKEN": f"bearer {self.canary}"})

    def test_what_is_no_token(self) -> None:
        """It is not shown."""
        for text in ("Getting a token... no", "bearer ", "two words\nand more"):
            with self.subTest(text=text):
                path = self.write("no.token", text)
                said = self.fails(3, "\"cf oauth-token\"", "list", *self.options(path))
                self.assertNotIn("words", said)

    def test_a_token_that_has_ended(self) -> None:
        """One sentence that names cf oauth-token; exit code 7."""
        path = self.write("old.token", "bearer not-a-token-of-this-server")
        for command in COMMANDS:
            with self.subTest(command=command[0]):
                self.fails(7, ["401 from Cloud Foundry", "\"cf oauth-token\""], *command,
                           *self.options(path))

    def test_a_user_without_the_role(self) -> None:
        """An auditor sees instances, and no more than that."""
        auditor = self.platform.token("audit@example.com", "auditor")
        self.fails(7, ["403 from Cloud Foundry", "Space Developer"], "create",
                   *self.options(auditor), "--cert", chain_of(KEY), "--out", "new.json")
        stranger = self.platform.token("nobody@example.com", "stranger")
        self.fails(8, "role", "create", *self.options(stranger), "--cert", chain_of(KEY), "--out",
                   "new.json")

    def test_user_and_password(self) -> None:
        """The token server is the one that the API tells, or --cf-uaa."""
        password = self.platform.password()
        login: list[Option] = ["--cf-api", self.platform.cf_api, "--ca", self.box.ca, "--cf-user",
                               USER, "--cf-password-source", f"file:{password}"]
        self.succeeds("service-key", "list", *login)
        self.succeeds("service-key", "list", *login, "--cf-uaa", self.platform.uaa)
        wrong = self.write("wrong", "Wr0ng-pässword")
        self.fails(7, ["401 from token server", "user or password are wrong"], "list", *login,
                   "--cf-password-source", f"file:{wrong}")
        self.fails(2, "--cf-user", "list", "--cf-api", self.platform.cf_api)

    def test_a_server_that_is_not_trusted(self) -> None:
        """Without --ca the token does not leave."""
        arguments = [one for one in self.options() if one not in ("--ca", self.box.ca)]
        self.fails(6, "certificate", "list", *arguments)

    def test_faults_of_the_server(self) -> None:
        """By their exit codes."""
        for status, code in ((500, 10), (503, 10), (429, 12)):
            with self.subTest(status=status), self.box.scenario(f"error_status={status}"):
                self.fails(code, f"{status} from Cloud Foundry", "list", *self.options())


class ListTest(ApiTest):
    """service-key list, download, delete"""

    def test_what_is_listed(self) -> None:
        """Over all pages, with the one in use."""
        self.assertEqual(self.rows(), [])
        self.created("--name", "one", out="one.json")
        self.created("--name", "two", key="rsa-2048", out="two.json")
        with self.box.scenario("cf_per_page=1"):
            rows = self.rows("--service-key", "two.json")
        self.assertEqual([(row["name"], row["inUse"], row["type"], row["state"]) for row in rows],
                         [("one", False, "External Certificate", "succeeded"),
                          ("two", True, "External Certificate", "succeeded")])
        table = self.succeeds("service-key", "list", *self.options(), "--service-key", "two.json")
        self.assertLessEqual(max(map(len, table.out.splitlines())), 80)
        self.assertRegex(table.out.splitlines()[0], r"^name +inUse +daysLeft +validUntil")

    def test_of_all_instances(self) -> None:
        """Without --instance; other types are shown as what they are, without their secrets."""
        self.created("--name", "one")
        secret = json.loads(self.box.register_type("old", "secret").read_text())
        rows = self.succeeds("service-key", "list", *self.options(instance=None), "-o", "json")
        self.assertEqual({row["name"]: row["type"] for row in rows.json},
                         {"one": "External Certificate", "old": "ClientId/Secret"})
        self.assertNotIn(secret["oauth"]["clientsecret"], rows.out)

    def test_download(self) -> None:
        """The same document; by name and by GUID."""
        guid = self.created("--name", "one", out="one.json")["guid"]
        for wanted in ("one", guid):
            self.succeeds("service-key", "download", wanted, *self.options(), "--out",
                          "again.json", "--yes")
            again = self.folder / "again.json"
            self.assertEqual(json.loads(again.read_text()),
                             json.loads((self.folder / "one.json").read_text()))
            self.assertEqual(again.stat().st_mode & 0o777, 0o600)
        self.refuses(2, "--yes", "service-key", "download", "one", *self.options(), "--out",
                     "again.json")
        self.refuses(8, "did you mean one", "service-key", "download", "onne", *self.options(),
                     "--out", "other.json")

    def test_delete(self) -> None:
        """Asks, refuses the one in use, and then it is gone."""
        self.created("--name", "one", out="one.json")
        delete: list[Option] = ["service-key", "delete", "one", *self.options()]
        self.refuses(2, ["--yes", "logs in no longer"], *delete)
        self.refuses(2, ["the one in use", "--in-use"], *delete, "--yes", "--service-key",
                     "one.json")
        shown = self.succeeds(*delete, "--dry-run").out
        self.assertRegex(shown, re.escape(f"DELETE {self.platform.cf_api}/v3/") + r".*/[0-9a-f-]+")
        self.assertEqual(self.names(), ["one"])
        done = self.succeeds(*delete, "--yes", "--service-key", "one.json", "--in-use")
        self.assertIn("deleted", done.err)
        self.assertEqual(self.names(), [])
        self.refuses(8, "no service key \"one\"", *delete, "--yes")

    def test_a_deletion_that_fails(self) -> None:
        """The key is still there."""
        self.created("--name", "one")
        with self.box.scenario("cf_job=fails"):
            self.refuses(1, "service key \"one\" was not deleted: ", "service-key", "delete", "one",
                         *self.options(), "--yes")
        self.assertEqual(self.names(), ["one"])
        self.refuses(9, ["\"one\" already, which cannot be read", "--name"], "service-key", "create",
                     *self.options(), "--cert", chain_of(KEY), "--out", "other.json", "--name",
                     "one")

    def test_one_name_in_two_instances(self) -> None:
        """The instance has to be named."""
        self.platform.instance("second", ROLES)
        self.created("--name", "same")
        self.succeeds("service-key", "create", *self.options(instance="second"), "--cert",
                      chain_of("rsa-2048"), "--out", "second.json", "--name", "same")
        self.refuses(9, "--instance", "service-key", "delete", "same",
                     *self.options(instance=None), "--yes")

    def test_a_protected_profile(self) -> None:
        """Its name has to be repeated."""
        config = self.write("config", "[prod]\nprotected = yes\n")
        profile: list[Option] = ["--config", config, "--profile", "prod"]
        self.created("--name", "one")
        delete: list[Option] = ["service-key", "delete", "one", *self.options(), *profile, "--yes"]
        self.refuses(2, "--confirm-profile prod", *delete)
        self.succeeds(*delete, "--confirm-profile", "prod")


if __name__ == "__main__":
    unittest.main()
