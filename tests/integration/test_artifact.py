#!/usr/bin/env python3
"""cihsm artifact, cihsm runtime: content, versions, deployment, parameters."""

from __future__ import annotations

import io
import json
import unittest
import zipfile
from pathlib import Path
from typing import Any, Sequence

from harness import CihsmTest, Option, Result
from tenants import Answer, CannedTenant, Sandbox
from tokens import Token, chain_of, copy_token
from zips import MANIFEST, link_entry, manifest_of, zipped

# pylint: disable=wrong-import-order
from model import KNOWN_ROLES

KEY = "ec-p256"
WAIT = ["--wait", "50s"]
READER = "ec-p384"
FLOW, PACKAGE = "Order_Express", "OrderToCash"
TYPES = {"flow": "Orders", "message-mapping": "Mapping", "script-collection": "Scripts",
         "value-mapping": "Values"}


class ArtifactTest(CihsmTest):
    """Against one sandbox, with a caller who may do everything."""

    box: Sandbox
    token: Token

    def run_cihsm(self, *arguments: Option, key: str = KEY, **more: Any) -> Result:
        """A call with its options."""
        env = {**self.token.env, **more.pop("env", {})}
        return self.cihsm(*arguments, *self.box.options(self.token, key), env=env, **more)

    def done(self, *arguments: Option, **more: Any) -> Result:
        """A call that succeeds."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual(result.code, 0, result.err)
        return result

    def refused(self, code: int, words: str | Sequence[str], *arguments: Option,
                **more: Any) -> None:
        """A call that fails and prints nothing."""
        result = self.run_cihsm(*arguments, **more)
        self.assertEqual((result.code, result.out), (code, ""), result.err)
        self.message(result, words)

    def content(self, name: str, host: str = "erp.example") -> Path:
        """The folder of a flow."""
        folder = self.folder / name
        for path, text in ((MANIFEST, manifest_of(name).decode()),
                           (".project", "<projectDescription/>\n"),
                           ("src/main/resources/parameters.prop", f"Receiver\\ Host={host}\n"),
                           ("src/main/resources/Größe.iflw", "<flow/>\n")):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        return folder

    def create(self, name: str, kind: str = "flow") -> Path:
        """An artifact of the tenant, taken away at the end; its folder."""
        folder = self.content(name)
        self.done("artifact", "create", folder, "--package", PACKAGE, "--id", name, "--name",
                  f"{name} 1", "--type", kind)
        self.addCleanup(self.done, "artifact", "delete", name, "--type", kind, "--yes")
        return folder

    def files(self, folder: Path) -> dict[str, bytes]:
        """Everything in a folder."""
        return {str(path.relative_to(folder)): path.read_bytes()
                for path in folder.rglob("*") if path.is_file()}


def setUpModule() -> None:  # pylint: disable=invalid-name
    """The sandbox of all tests here: each takes away what it made."""
    box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(box.stop)
    box.register(KEY, chain_of(KEY), sorted(KNOWN_ROLES))
    ArtifactTest.box, ArtifactTest.token = box, copy_token(box.folder / "token")


class ReadTest(ArtifactTest):
    """What there is."""

    def test_list(self) -> None:
        """All types of a package, or one."""
        found = self.done("artifact", "list", "--package", PACKAGE, "-o", "json").json
        self.assertEqual({(row["Type"], row["Id"]) for row in found}, {
            ("flow", FLOW), ("flow", "Orders_EMEA_APJ"), ("message-mapping", "Order_Mapping"),
            ("value-mapping", "Currencies"), ("script-collection", "Common_Scripts")})
        table = self.done("artifact", "list", "--package", PACKAGE, "--type", "value-mapping").out
        self.assertEqual([line.split() for line in table.splitlines()],
                         [["Type", "Id", "Version", "Name"],
                          ["value-mapping", "Currencies", "1.0.0", "Währungen"]])

    def test_list_needs_a_package(self) -> None:
        """The tenant has no list of all."""
        self.refuses(2, "--package is missing", "artifact", "list")
        self.refuses(2, "not \"flows\"", "artifact", "list", "--package", "x", "--type", "flows")
        self.refused(8, ['there is no package "Nichts"', "cihsm package list"],
                     "artifact", "list", "--package", "Nichts")
        self.refused(2, "no way to list", "artifact", "list", "--package", PACKAGE, "--type",
                     "adapter")

    def test_show(self) -> None:
        """The present version, or a named one."""
        self.assertEqual(self.done("artifact", "show", FLOW, "-o", "json").json["PackageId"],
                         PACKAGE)
        found = self.done("artifact", "show", "Currencies", "--type", "value-mapping",
                          "--artifact-version", "1.0.0", "-o", "json").json
        self.assertEqual(found["Name"], "Währungen")

    def test_what_is_not_there_is_named(self) -> None:
        """The artifact, or its version."""
        self.refused(8, ["no integration flow \"O'Brien\"", "--type"], "artifact", "show",
                     "O'Brien")
        self.refused(8, ["has no version 9.9.9", "present one is 1.0.0"], "artifact", "show", FLOW,
                     "--artifact-version", "9.9.9")
        self.refused(8, "no message mapping", "artifact", "download", FLOW, "--type",
                     "message-mapping", "--unpack", "x")
        self.refused(8, "no integration flow", "artifact", "deploy", "Nichts")
        self.refused(8, "no integration flow", "artifact", "configure", "Nichts")

    def test_a_missing_role_is_named(self) -> None:
        """For reading and writing."""
        self.box.register(READER, chain_of(READER), ["MonitoringDataRead"])
        self.refused(7, ["403", "WorkspacePackagesRead"], "artifact", "show", FLOW, key=READER)
        self.refused(7, ["403", "WorkspaceArtifactsDeploy"], "artifact", "deploy", FLOW,
                     key=READER)
        self.refused(7, ["403", "WorkspacePackagesEdit"], "artifact", "delete", FLOW, "--yes",
                     key=READER)

    def test_endpoints(self) -> None:
        """A row an URL; JSON has all."""
        table = self.done("artifact", "endpoints", "-o", "csv").out
        self.assertIn(f",https://sandbox.it-rt.example/http/{FLOW},1.0.0,PROD\r\n", table)
        found = self.done("artifact", "endpoints", "-o", "json").json
        self.assertEqual(found[0]["EntryPoints"][0]["Type"], "PROD")
        self.assertEqual(found[0]["ApiDefinitions"][0]["Name"], "OpenAPI")

    def test_runtime(self) -> None:
        """What is deployed, and why it does not run."""
        found = self.done("runtime", "list", "--status", "error", "-o", "json").json
        self.assertEqual([row["Id"] for row in found], ["Invoice_Peppol"])
        shown = self.done("runtime", "show", "Invoice_Peppol", "-o", "json").json
        self.assertIn("Größe fehlt", shown["Error"])
        self.assertNotIn("Error", self.done("runtime", "show", FLOW, "-o", "json").json)
        with self.box.scenario("error_details_late=1"):
            text = self.done("runtime", "error", "Invoice_Peppol").out
        self.assertEqual(text, "CommandFailed: Invoice_Peppol: Größe fehlt\n")
        done = self.done("runtime", "error", FLOW)
        self.assertEqual((done.out, done.err),
                         ("", f"cihsm: the tenant tells no error of {FLOW}\n"))
        self.refuses(2, "--status is", "runtime", "list", "--status", "x' or 1")
        self.refused(8, "nothing is deployed", "runtime", "show", "Nichts")

    def test_status(self) -> None:
        """In the package and on the runtime."""
        found = self.done("artifact", "status", "Invoice_Peppol", "-o", "json").json
        self.assertEqual((found["Status"], found["DesigntimeVersion"], found["RuntimeVersion"]),
                         ("ERROR", "1.0.0", "1.0.0"))
        self.assertIn("fehlt", found["Error"])
        found = self.done("artifact", "status", "Currencies", "--type", "value-mapping", "-o",
                          "json").json
        self.assertEqual(found["Status"], "NOT_DEPLOYED")
        found = self.done("artifact", "status", FLOW, "--type", "value-mapping", "-o", "json").json
        self.assertEqual((found["PackageId"], found["Status"]), (None, "STARTED"))
        self.refused(8, "no integration flow", "artifact", "status", "Nichts")


class ContentTest(ArtifactTest):
    """Zip and folder."""

    def test_there_and_back(self) -> None:
        """A folder is created, downloaded and the same; changed, and the change is there."""
        for kind, name in TYPES.items():
            with self.subTest(kind=kind):
                folder = self.create(name, kind)
                copy = self.folder / f"{name}.copy"
                self.done("artifact", "download", name, "--type", kind, "--unpack", copy)
                self.assertEqual(self.files(copy), self.files(folder))
        folder = self.folder / "Orders"
        (folder / "src" / "new.txt").write_text("new")
        done = self.done("artifact", "update", "Orders", folder, "--yes")
        self.assertIn("updated IntegrationDesigntimeArtifacts(Id='Orders',Version='active')",
                      done.err)
        shown = self.done("artifact", "show", "Orders", "-o", "json").json
        self.assertEqual((shown["Name"], shown["Version"]), ("Orders 1", "Active"))
        self.done("artifact", "save-as-version", "Orders", "1.0.4")
        self.done("artifact", "download", "Orders", "--artifact-version", "1.0.4", "--out",
                  self.folder / "o.zip")
        with zipfile.ZipFile(self.folder / "o.zip") as archive:
            self.assertEqual(archive.read("src/new.txt"), b"new")
            self.assertIsNone(archive.testzip())

    def test_packing_is_reproducible(self) -> None:
        """Whatever times, modes, order, time zone; manifest first, leftovers left out."""
        self.create("Orders")
        zips = []
        for zone, mode in (("UTC", 0o600), ("Asia/Tokyo", 0o755)):
            folder = self.content("Orders")
            for number, path in enumerate(sorted(folder.rglob("*"), reverse=zone == "UTC")):
                if path.is_file():
                    path.chmod(mode)
                    path.touch()
            for name in (".git/HEAD", "x~", ".DS_Store", "src/.a.swp", ".gitignore"):
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(zone)
            self.done("artifact", "update", "Orders", folder, "--yes", env={"TZ": zone})
            self.done("artifact", "download", "Orders", "--out", self.folder / "o.zip")
            zips.append((self.folder / "o.zip").read_bytes())
        self.assertEqual(zips[0], zips[1])
        with zipfile.ZipFile(io.BytesIO(zips[0])) as archive:
            names = archive.namelist()
            self.assertEqual({i.date_time for i in archive.infolist()}, {(1980, 1, 1, 0, 0, 0)})
        self.assertEqual(names, [MANIFEST, ".project", "src/main/resources/Größe.iflw",
                                 "src/main/resources/parameters.prop"])

    def test_other_content_is_refused_before_a_pin(self) -> None:
        """No manifest, that of another artifact, no zip, links, nothing."""
        folder = self.content("Orders")
        write = ["artifact", "update", "Other", folder, "--yes"]
        self.refuses(3, ['is "Orders"', '"Other"', "must be equal"], *write)
        (folder / MANIFEST).unlink()
        self.refuses(3, f"there is no {MANIFEST}", *write)
        self.refuses(3, "no zip", "artifact", "update", "x", self.write("x.zip", "no zip at all"))
        self.refuses(3, "no zip", "artifact", "update", "x", self.write("y.zip", ""))
        self.refuses(3, "cannot read", "artifact", "update", "x", self.folder / "missing")
        (folder / "link").symlink_to("/etc/passwd")
        self.refuses(3, "neither file nor folder", *write)
        data = zipped([(MANIFEST, b"Manifest-Version: 1.0\n\nBundle-SymbolicName: x\n")])
        self.refuses(3, 'is ""', "artifact", "update", "x", self.write("z.zip", data))

    def test_usage(self) -> None:
        """What does not fit together."""
        folder = self.content("Orders")
        self.refuses(2, "replace the content", "artifact", "update", "Orders", folder, "--type",
                     "value-mapping")
        self.refuses(2, "cannot go together", "artifact", "download", "x", "--out", "x",
                     "--unpack", "y")
        self.refuses(2, "no way to download", "artifact", "download", "x", "--type", "adapter")
        self.refuses(2, "--package is missing", "artifact", "create", folder, "--id", "Orders")
        self.refuses(2, "--id is missing", "artifact", "create", folder, "--package", "x")
        self.refuses(2, "no way to save a version", "artifact", "save-as-version", "x", "1",
                     "--type", "adapter")
        self.refuses(2, "--wait: ", "artifact", "deploy", "x", "--wait", "5")
        self.refused(2, "repeat with --yes", "artifact", "update", "Orders", folder)
        self.refused(2, "repeat with --yes", "artifact", "delete", "Orders")
        self.refused(2, "repeat with --yes", "artifact", "undeploy", "Orders")

    def test_dry_run(self) -> None:
        """The request without the zip; neither token nor network."""
        folder = self.content("Orders")
        done = self.succeeds("artifact", "update", "Orders", folder, "--dry-run", "--service-key",
                             self.box.service_key(KEY))
        head, _, body = done.out.partition("\n\n")
        self.assertIn("/IntegrationDesigntimeArtifacts(Id='Orders',Version='active')\n", head)
        self.assertEqual(json.loads(body)["Name"], "(its present name)")
        self.assertRegex(json.loads(body)["ArtifactContent"], r"^\(base64 of a zip of \d+ bytes\)$")

    def test_downloads_go_to_fresh_folders(self) -> None:
        """What is there stays."""
        target = self.folder / "here"
        target.mkdir()
        self.done("artifact", "download", FLOW, "--unpack", f"{target}/")
        before = self.files(target)
        self.refused(3, "is not empty", "artifact", "download", FLOW, "--unpack", target)
        self.assertEqual(self.files(target), before)
        self.refused(3, "cannot unpack", "artifact", "download", FLOW, "--unpack",
                     self.write("file", ""))
        self.refused(1, "cannot make a folder", "artifact", "download", FLOW, "--unpack",
                     self.folder / "no" / "x")

    def test_download_to_a_folder_by_the_tenants_name(self) -> None:
        """As the value command does."""
        done = self.done("artifact", "download", FLOW, "--out", f"{self.folder}/")
        self.assertEqual(done.out, f"{self.folder}/{FLOW}.zip\n")

    def test_why_a_write_failed(self) -> None:
        """The tenant's 500 and 400 are explained by what it holds."""
        folder = self.create("Orders")
        create = ["artifact", "create", folder, "--id", "Orders", "--package"]
        self.refused(9, ["500 from tenant", "exists already", PACKAGE, "artifact update"], *create,
                     PACKAGE)
        other = self.content("Other")
        self.refused(8, 'there is no package "Nichts"', "artifact", "create", other, "--id",
                     "Other", "--package", "Nichts")
        self.refused(1, "can only be configured", "artifact", "create", other, "--id", "Other",
                     "--package", "Standard")
        standard = self.content("Standard_Flow")
        self.refused(1, "can only be configured", "artifact", "update", "Standard_Flow", standard,
                     "--yes")
        self.refused(1, "can only be configured", "artifact", "download", "Standard_Flow",
                     "--unpack", self.folder / "x")
        with self.box.scenario("locked=Orders"):
            self.refused(1, ["is locked by another user", "IntegrationDesigntimeLocks"],
                         "artifact", "delete", "Orders", "--yes")

    def test_an_adapter(self) -> None:
        """Created without an id, deleted, deployed: no more is documented."""
        path = self.write("adapter.esa", zipped([("OSGI-INF/SUBSYSTEM.MF", b"x\n")]))
        made = self.done("artifact", "create", path, "--package", PACKAGE, "--type", "adapter",
                         "-o", "json").json
        self.done("artifact", "deploy", made["Id"], "--type", "adapter", *WAIT)
        self.done("artifact", "delete", made["Id"], "--type", "adapter", "--yes")


class HostileTest(ArtifactTest):
    """Zips that a tenant must not be able to send."""

    canned: CannedTenant

    @classmethod
    def setUpClass(cls) -> None:
        cls.canned = CannedTenant()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.canned.stop()

    def assert_refused(self, body: bytes, words: str) -> None:
        """Nothing is left, neither in the folder nor beside it."""
        place = self.folder / "place"
        place.mkdir(exist_ok=True)
        self.canned.says(Answer(body, content_type="application/zip"))
        text = self.refuses(11, words, "artifact", "download", "x", "--unpack", place / "x",
                            *self.canned.options(self.token), env=self.token.env)
        self.assertEqual(list(place.iterdir()), [], text)
        self.assertFalse((self.folder / "evil").exists())

    def test_names_that_lead_out(self) -> None:
        """Each is refused as a whole."""
        for name in ("../evil", "/tmp/evil", "a/../../evil", "a/./b", "a//b", "..", "a\\..\\evil",
                     "a\nb", "x/.."):
            with self.subTest(name=name):
                self.assert_refused(zipped([("good", b"x"), (name, b"evil")]), "entry")

    def test_links_and_devices(self) -> None:
        """A link to a folder, then a file through it."""
        for mode in (0o120777, 0o020666):
            with self.subTest(mode=mode):
                self.assert_refused(zipped([(link_entry("link", mode), b"/tmp"),
                                            ("link/evil", b"x")]), "link or device")

    def test_a_name_that_comes_twice(self) -> None:
        """As a file, or as a file and a folder."""
        self.assert_refused(zipped([("a", b"1"), ("b", b"2"), ("a", b"3")]), '"a" twice')
        self.assert_refused(zipped([("a", b"1"), ("a/b", b"2")]), "twice")

    def test_bombs(self) -> None:
        """It grows without measure, or has too many entries."""
        self.assert_refused(zipped([("zeros", bytes(40 << 20))]), "grows to more than")
        self.assert_refused(zipped([(f"f{n}", b"") for n in range(20001)]), "more than 20000")

    def test_damage(self) -> None:
        """Cut off, or with a wrong checksum."""
        good = zipped([("a", b"text " * 2000), ("b", b"x")])
        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w") as made:
            made.writestr("a", b"CONTENT")
        self.assert_refused(good[:len(good) // 2], "damaged")
        self.assert_refused(stored.getvalue().replace(b"CONTENT", b"CONTEND"), "damaged")
        self.assert_refused(b"<html>", "no zip")


class DeployTest(ArtifactTest):
    """From the task to the runtime."""

    def deploy(self, *arguments: Option) -> Result:
        """Deploys and waits."""
        return self.run_cihsm("artifact", "deploy", "Orders", *(arguments or WAIT))

    def setUp(self) -> None:
        super().setUp()
        self.create("Orders")

    def test_the_task(self) -> None:
        """Without --wait its id is printed."""
        task = self.done("artifact", "deploy", "Orders").out.strip()
        status = self.done("get", f"BuildAndDeployStatus(TaskId='{task}')", "-o", "json").json
        self.assertEqual(status["Status"], "DEPLOYING")

    def test_until_it_runs(self) -> None:
        """Through all its states; then it is taken off."""
        with self.box.scenario("deploy_polls=1", "start_polls=2"):
            done = self.deploy(*WAIT, "-o", "json")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual((done.json["Status"], done.json["Id"]), ("STARTED", "Orders"))
        self.assertEqual(done.err, "cihsm: Orders: building\ncihsm: Orders: starting\n")
        self.assertIn("undeployed Orders", self.done("artifact", "undeploy", "Orders",
                                                     "--yes").err)
        self.refused(8, "nothing is deployed", "artifact", "undeploy", "Orders", "--yes")

    def assert_failed(self, code: int, words: Sequence[str], *switches: str,
                      more: Sequence[str] = ()) -> None:
        """A deployment that ends badly."""
        with self.box.scenario("deploy_polls=0", *switches):
            done = self.deploy(*more)
        self.assertEqual((done.code, done.out), (code, ""), done.err)
        for word in words:
            self.assertIn(word, done.err)

    def test_it_fails(self) -> None:
        """With the reason, for which the tenant takes its time."""
        self.assert_failed(10, ["was not deployed: CommandFailed: Orders: Größe fehlt"],
                           "deploy_fails=build", "error_details_late=1")
        self.assert_failed(10, ["does not start: CommandFailed"], "deploy_fails=start")
        self.assert_failed(10, ["license"], "deploy_fails=license")

    def test_it_never_ends(self) -> None:
        """The deadline does."""
        self.assert_failed(12, ["after 1 s", "still being deployed"], "deploy_polls=1000000",
                           more=["--wait", "1s"])
        self.assert_failed(12, ["after 1 s", "still starting"], "start_polls=1000000",
                           more=["--wait", "1s"])

    def test_a_type_each(self) -> None:
        """Every function import is called."""
        for kind, name in TYPES.items():
            if kind != "flow":
                self.create(name, kind)
                done = self.done("artifact", "deploy", name, "--type", kind, *WAIT, "-o", "json")
                self.assertEqual(done.json["Type"], kind.upper().replace("-", "_"))


class ConfigureTest(ArtifactTest):
    """Parameters of a flow."""

    def values(self) -> dict[str, str]:
        """As they are now."""
        rows = self.done("artifact", "configure", FLOW, "-o", "json").json
        return {row["ParameterKey"]: row["ParameterValue"] for row in rows}

    def configure(self, *arguments: Option, **more: Any) -> Result:
        """A change that succeeds."""
        return self.done("artifact", "configure", FLOW, *arguments, "-o", "json", **more)

    def test_set(self) -> None:
        """The difference first, then only what differs is written; and back from a file."""
        before = self.values()
        sets = ["--set", "Receiver Host=a=b", "--set", "O'Brien=ä", "--set", "Timeout=60"]
        self.assertEqual(self.configure(*sets, "--dry-run").json,
                         [{"ParameterKey": "Receiver Host", "From": "erp.example", "To": "a=b"},
                          {"ParameterKey": "O'Brien", "From": "Größe", "To": "ä"}])
        self.assertEqual(self.values(), before)
        done = self.configure(*sets, "--yes")
        self.assertIn(f"changed 2 parameters of {FLOW}", done.err)
        self.assertEqual(self.values(), {**before, "Receiver Host": "a=b", "O'Brien": "ä"})
        path = self.write("values.json", json.dumps({**before, "Timeout": "5"}))
        self.configure("--file", path, "--set", "Timeout=60", "--yes")
        self.assertEqual(self.values(), before)
        self.assertEqual(self.configure("--file", path, "--set", "Timeout=60").json, [])

    def test_refused(self) -> None:
        """All is looked at before anything is written."""
        before = self.values()
        change = ["artifact", "configure", FLOW, "--yes", "--set", "Receiver Host=x"]
        self.refused(2, ['no parameter "Host"', '"Receiver Host", "Timeout"'], *change, "--set",
                     "Host=x")
        self.refused(2, "takes a whole number", *change, "--set", "Timeout=x")
        self.refused(2, "KEY=VALUE", *change, "--set", "Timeout")
        self.refused(3, "no JSON object", *change, "--file", self.write("a", '{"Timeout": 5}'))
        self.refused(3, "a: ", *change, "--file", self.write("a", "{"))
        result = self.run_cihsm(*(a for a in change if a != "--yes"))
        self.assertEqual(result.code, 2)
        self.assertIn("repeat with --yes", result.err)
        self.assertEqual(self.values(), before)


if __name__ == "__main__":
    unittest.main()
