#!/usr/bin/env python3
"""cihsm snapshot: what git shows is what was changed, whatever ended the runs before."""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import random
import signal
import subprocess
import time
import unittest
import zipfile
from pathlib import Path
from typing import Any, Callable, Mapping, Optional
from urllib.parse import unquote

from harness import BINARY, CihsmTest, Option, Result, environment, tool
from tenants import Sandbox

ROLES = ["WorkspacePackagesRead", "WorkspacePackagesEdit", "WorkspacePackagesConfigure"]
FLOWS = "IntegrationDesigntimeArtifacts"
PACKAGE, FLOW = "OrderToCash", "Order_Express"
PLACE = f"{PACKAGE}/flow/{FLOW}"
OWN = ".cihsm-snapshot"
MANIFEST = "META-INF/MANIFEST.MF"
SECONDS = 60
KILLS = 8
SLOW = "delay_ms=40"  # so that a run can be ended in its middle


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Polls until something is true."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen: {what}")
        time.sleep(0.01)


def zipped(name: str, **files: bytes) -> bytes:
    """The zip of a flow."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(MANIFEST, f"Manifest-Version: 1.0\r\nBundle-SymbolicName: {name}\r\n\r\n")
        for path, content in files.items():
            made.writestr(path, content)
    return stream.getvalue()


def setUpModule() -> None:  # pylint: disable=invalid-name
    """One sandbox for all."""
    SnapshotTest.box = Sandbox("--entries", "10")
    unittest.addModuleCleanup(SnapshotTest.box.stop)
    SnapshotTest.key = SnapshotTest.box.register_type("snapshot", "certificate", ROLES)


class SnapshotTest(CihsmTest):
    """Against one sandbox. No token: its file would not survive a client that is killed."""

    box: Sandbox
    key: Path

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "tenant"

    # --- runs --------------------------------------------------------------------------------

    def options(self) -> list[Option]:
        """What every call needs; the sandbox has no limits of its own."""
        return ["--service-key", self.key, "--ca", self.box.ca, "--pace", "0"]

    def command(self, *more: Option) -> list[Option]:
        """The usual snapshot."""
        return ["snapshot", "--out", self.out, *self.options(), *more]

    def snapshot(self, *more: Option, code: int = 0, **also: Any) -> Result:
        """One that ends as it should; its rows are in json."""
        done = self.cihsm(*self.command("-o", "json", *more), **also)
        self.assertEqual(done.code, code, done.err)
        return done

    def changes(self, done: Result) -> set[tuple[str, str]]:
        """(Change, Path) of the rows, without the package that can only be configured."""
        return {(row["Change"], row["Path"]) for row in done.json if row["Path"] != "Standard"}

    def tenant(self, *arguments: Option) -> Result:
        """A call that changes the tenant."""
        return self.succeeds(*arguments, *self.options())

    def create(self, name: str, content: bytes, package: str = PACKAGE) -> None:
        """A flow with this content, taken away at the end; nothing looks at the content before."""
        body = self.write("body.json", json.dumps({
            "Id": name, "Name": name, "PackageId": package,
            "ArtifactContent": base64.b64encode(content).decode()}))
        self.tenant("create", FLOWS, "--data-file", body)
        self.addCleanup(self.delete, name)

    def delete(self, name: str) -> None:
        """Takes a flow away, if it is there."""
        self.cihsm("delete", f"{FLOWS}(Id='{name}',Version='active')", "--yes", *self.options())

    def asked(self, mark: int) -> list[str]:
        """The targets of the requests since."""
        return [unquote(entry["request"].split(" ")[1]) for entry in self.box.seen(mark)]

    # --- what is there -----------------------------------------------------------------------

    def files(self, folder: Optional[Path] = None) -> dict[str, bytes]:
        """All files of the snapshot, but its own ones."""
        root = folder or self.out
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*")
                if path.is_file() and OWN not in path.parts and ".git" not in path.parts}

    def truth(self) -> dict[str, bytes]:
        """What an undisturbed run writes."""
        folder = self.folder / "truth"
        self.succeeds("snapshot", "--out", folder, *self.options())
        return self.files(folder)

    def git(self, *arguments: str) -> str:
        """A git command in the snapshot."""
        return tool("git", "-C", self.out, "-c", "user.name=test", "-c", "user.email=t@t.test",
                    "-c", "core.autocrlf=false", *arguments,
                    env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}).decode()

    def commit(self) -> None:
        """Makes a commit of all."""
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "a snapshot")

    def status(self) -> set[str]:
        """What git sees of changes."""
        self.git("add", "-A")
        return set(self.git("diff", "--cached", "--name-status").replace("\t", " ").splitlines())


class Content(SnapshotTest):
    """What is in the folder."""

    def test_layout(self) -> None:
        """A package, an artifact of each type, and what can only be configured."""
        done = self.snapshot()
        self.assertIn("8 packages, 16 artifacts", done.err)
        found = self.files()
        for place in (PLACE, f"{PACKAGE}/message-mapping/Order_Mapping",
                      f"{PACKAGE}/value-mapping/Currencies",
                      f"{PACKAGE}/script-collection/Common_Scripts"):
            self.assertIn(f"{place}/artifact.json", found)
            self.assertIn(f"{place}/content/{MANIFEST}", found)
        self.assertEqual(json.loads(found["snapshot.json"]),
                         {"Format": "cihsm snapshot", "Version": 1,
                          "Tenant": f"{self.box.url}/api/v1/"})
        package = json.loads(found[f"{PACKAGE}/package.json"])
        self.assertEqual(package["ShortText"], "Order to Cash")
        self.assertEqual([*package], sorted(package))
        self.assertFalse([name for name in package if name.startswith(("Created", "Modified"))])
        self.assertEqual(json.loads(found[f"{PLACE}/artifact.json"]),
                         {"Description": "", "Id": FLOW, "Name": 'Order "Express" Sync',
                          "PackageId": PACKAGE, "Receiver": "S4HANA_Cloud", "Sender": "Shopify",
                          "Type": "flow", "Version": "1.0.0"})

    def test_configure_only(self) -> None:
        """A package that cannot be downloaded has its parameters here, and is no failure."""
        done = self.snapshot()
        self.assertIn("configure-only", done.err)
        place = self.out / "Standard" / "flow" / "Standard_Flow"
        self.assertEqual({path.name for path in place.iterdir()},
                         {"artifact.json", "configuration.json"})
        parameters = json.loads((place / "configuration.json").read_text())
        self.assertEqual([row["ParameterKey"] for row in parameters],
                         ["O'Brien", "Receiver Host", "Timeout"])

    def test_content_is_the_zip(self) -> None:
        """Each byte of the zip, and nothing else."""
        self.snapshot()
        zip_file = self.folder / "flow.zip"
        self.tenant("artifact", "download", FLOW, "--out", zip_file)
        with zipfile.ZipFile(zip_file) as opened:
            wanted = {name: opened.read(name) for name in opened.namelist()}
        self.assertEqual(self.files(self.out / PLACE / "content"), wanted)

    def test_folder_can_be_uploaded(self) -> None:
        """What was unpacked is what "artifact update" takes."""
        self.create("Round_Trip", zipped("Round_Trip", a=b"1"))
        self.snapshot("--package", PACKAGE)
        self.tenant("artifact", "update", "Round_Trip",
                    self.out / PACKAGE / "flow" / "Round_Trip" / "content", "--yes")

    def test_names(self) -> None:
        """Ids that a file system may take for one, and ids that are no names."""
        for name in ("orders_a", "Orders_A", "con", "-x."):
            self.create(name, zipped(name))
        self.snapshot("--package", PACKAGE)
        names = {path.name for path in (self.out / PACKAGE / "flow").iterdir()}
        self.assertEqual(len({name.lower() for name in names}), len(names))
        self.assertIn("%2Dx%2E", names)
        self.assertNotIn("con", names)
        self.assertEqual(len([name for name in names if name.lower().startswith("orders_a~")]), 2)

    def test_filters(self) -> None:
        """Only what is chosen is read, and what is not chosen stays."""
        mark = self.box.mark()
        self.snapshot("--package", PACKAGE, "--package", "Treasury", "--type", "flow",
                      "--exclude", f"{PACKAGE}/Orders_*", "--exclude", "Treas*")
        asked = self.asked(mark)
        self.assertEqual(len(asked), 3, asked)  # packages, flows, one content
        self.assertEqual({path.name for path in self.out.iterdir()},
                         {OWN, "snapshot.json", PACKAGE})
        self.assertEqual([path.name for path in (self.out / PACKAGE / "flow").iterdir()], [FLOW])
        before = self.files()
        self.snapshot("--package", "Treasury", "--prune")
        self.assertLess(before.items(), self.files().items())

    def test_drafts(self) -> None:
        """A draft is read, and is left as it was where that is wanted."""
        self.create("Half_Done", zipped("Half_Done", a=b"1"))
        self.tenant("artifact", "save-as-version", "Half_Done", "1.0.0")
        self.snapshot("--package", PACKAGE)
        before = self.files()
        folder = self.folder / "draft"
        self.tenant("artifact", "download", "Half_Done", "--unpack", folder)
        (folder / "a").write_bytes(b"2")
        self.tenant("artifact", "update", "Half_Done", folder, "--yes")
        done = self.snapshot("--package", PACKAGE, "--no-drafts")
        self.assertIn("1 artifact is a draft", done.err)
        self.assertEqual(self.files(), before)
        self.snapshot("--package", PACKAGE)
        self.assertEqual((self.out / PACKAGE / "flow/Half_Done/content/a").read_bytes(), b"2")

    def test_dry_table(self) -> None:
        """The table fits a terminal, and the sums stand behind it."""
        done = self.succeeds(*self.command())
        self.assertRegex(done.out, r"(?m)^new +OrderToCash +flow +Order_Express$")
        self.assertLessEqual(max(map(len, done.out.splitlines())), 80)
        self.assertIn("16 new, 0 changed, 0 unchanged, 0 removed", done.err)
        done = self.succeeds(*self.command("--package", PACKAGE))
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"\Acihsm: warning: .*\ncihsm: 1 package, .* unchanged.*\n\Z")


class Git(SnapshotTest):
    """The diff is the difference."""

    def test_no_change_no_diff(self) -> None:
        """Two runs are equal; git sees nothing of the snapshot's own files."""
        self.snapshot()
        self.commit()
        self.assertFalse([name for name in self.git("ls-files").splitlines() if OWN in name])
        for more in ((), ("--full",), ("--concurrency", "16")):
            done = self.snapshot(*more)
            self.assertEqual(self.changes(done), set())
            self.assertIn("16 unchanged", done.err)
            self.assertEqual(self.status(), set())

    def test_change_is_its_diff(self) -> None:
        """One line of one file, and the version that became a draft."""
        self.create("Changing", zipped("Changing", script=b"one\ntwo\nthree\n"))
        self.tenant("artifact", "save-as-version", "Changing", "1.0.0")
        self.snapshot()
        self.commit()
        folder = self.folder / "change"
        self.tenant("artifact", "download", "Changing", "--unpack", folder)
        (folder / "script").write_bytes(b"one\n2\nthree\n")
        self.tenant("artifact", "update", "Changing", folder, "--yes")
        done = self.snapshot()
        place = f"{PACKAGE}/flow/Changing"
        self.assertEqual(self.changes(done), {("changed", place)})
        self.assertEqual(self.status(), {f"M {place}/content/script", f"M {place}/artifact.json"})
        lines = self.git("diff", "--cached", "-U0", "--", f"{place}/content").splitlines()
        self.assertEqual([line for line in lines if line[0] in "+-"][2:], ["-two", "+2"])

    def test_gone(self) -> None:
        """What the tenant has no more is said, and removed only where that is wanted."""
        self.create("Short_Lived", zipped("Short_Lived"))
        self.snapshot()
        note = self.out / PACKAGE / "notes.txt"
        note.write_text("a person's own")
        self.commit()
        self.delete("Short_Lived")
        place = f"{PACKAGE}/flow/Short_Lived"
        done = self.snapshot()
        self.assertEqual(self.changes(done), {("gone", place)})
        self.assertIn("--prune removes", done.err)
        self.assertEqual(self.status(), set())
        done = self.snapshot("--prune")
        self.assertEqual(self.changes(done), {("removed", place)})
        self.assertEqual(self.status(), {f"D {place}/artifact.json",
                                         f"D {place}/content/{MANIFEST}"})
        self.assertTrue(note.exists())

    def test_gone_package(self) -> None:
        """A whole package, but not what a person put into its folder."""
        self.tenant("package", "create", "Brief", "--name", "Brief", "--short-text", "Brief")
        self.create("Inner", zipped("Inner"), "Brief")
        self.snapshot()
        (self.out / "Brief" / "notes.txt").write_text("a person's own")
        self.delete("Inner")
        self.tenant("package", "delete", "Brief", "--yes")
        self.assertEqual(self.changes(self.snapshot()),
                         {("gone", "Brief"), ("gone", "Brief/flow/Inner")})
        self.assertEqual(self.changes(self.snapshot("--prune")),
                         {("removed", "Brief"), ("removed", "Brief/flow/Inner")})
        self.assertEqual([path.name for path in (self.out / "Brief").iterdir()], ["notes.txt"])
        self.assertEqual(self.changes(self.snapshot("--prune")), set())

    def test_changed_by_others(self) -> None:
        """What was changed in the folder is the tenant's again: another branch, another hand."""
        self.snapshot()
        before = self.files()
        content = self.out / PLACE / "content"
        (content / MANIFEST).write_text("by hand")
        (content / "more.txt").write_text("by hand")
        (self.out / "Treasury" / "package.json").write_text("{}")
        self.assertEqual(self.changes(self.snapshot()),
                         {("changed", PLACE), ("changed", "Treasury")})
        self.assertEqual(self.files(), before)

    def test_fresh_clone(self) -> None:
        """A clone has no state of its own, and is a snapshot all the same."""
        self.snapshot()
        self.commit()
        clone = self.folder / "clone"
        tool("git", "clone", "-q", self.out, clone, env={"PATH": os.environ["PATH"]})
        self.out = clone
        self.assertEqual(self.changes(self.snapshot("--prune")), set())
        self.assertEqual(self.status(), set())


class Times(SnapshotTest):
    """What tells that nothing was changed, and what only seems to tell that something was."""

    def downloads(self, *more: Option) -> list[str]:
        """Runs; the artifacts whose zips were asked for."""
        mark = self.box.mark()
        self.snapshot(*more)
        return [target for target in self.asked(mark) if target.endswith("$value")]

    def test_known_is_not_downloaded(self) -> None:
        """With ModifiedAt a run asks only for what was changed, in the tenant or in the folder."""
        self.create("Dated", zipped("Dated", a=b"1"))
        with self.box.scenario("artifact_dates=1"):
            self.assertEqual(len(self.downloads()), 16)
            before = self.files()
            self.assertNotIn(b"ModifiedAt", before[f"{PLACE}/artifact.json"])
            self.assertEqual(self.downloads(), [])
            self.assertEqual(self.files(), before)
            self.assertEqual(len(self.downloads("--full")), 16)
            folder = self.folder / "dated"
            self.tenant("artifact", "download", "Dated", "--unpack", folder)
            for text in (b"2", b"3"):  # a draft of a draft: the version stays "Active"
                (folder / "a").write_bytes(text)
                self.tenant("artifact", "update", "Dated", folder, "--yes")
                asked = self.downloads()
                self.assertEqual(len(asked), 1, asked)
                self.assertIn("Id='Dated'", asked[0])
            (self.out / PLACE / "content" / MANIFEST).unlink()
            self.assertEqual(len(self.downloads()), 1)
        self.assertEqual(len(self.downloads()), 16)

    def test_without_it_all_is(self) -> None:
        """A version tells nothing: a content can be replaced under it."""
        self.create("Undated", zipped("Undated", a=b"1"))
        self.assertEqual(len(self.downloads()), 16)
        self.delete("Undated")
        self.create("Undated", zipped("Undated", a=b"2"))
        self.assertEqual(len(self.downloads()), 16)
        place = self.out / PACKAGE / "flow" / "Undated"
        self.assertEqual(json.loads((place / "artifact.json").read_text())["Version"], "1.0.0")
        self.assertEqual((place / "content" / "a").read_bytes(), b"2")

    def test_dates_of_property_files(self) -> None:
        """Files that are new in each download are the same here; other comments stay."""
        self.create("Commented", zipped("Commented", **{"metainfo.prop": b"# mine\na=1\n"}))
        with self.box.scenario("property_dates=1"):
            self.snapshot()
            self.commit()
            self.assertEqual(self.changes(self.snapshot("--full")), set())
            self.assertEqual(self.status(), set())
        place = self.out / PACKAGE / "flow"
        self.assertEqual((place / "Commented/content/metainfo.prop").read_bytes(),
                         b"#\n# mine\na=1\n")
        self.assertTrue((place / FLOW / "content/src/main/resources/parameters.prop").read_bytes()
                        .startswith(b"#\nReceiver"))


class Folder(SnapshotTest):
    """Nothing is written where no snapshot belongs."""

    def test_not_empty(self) -> None:
        """Files of somebody; what begins with a dot does not count."""
        self.out.mkdir()
        (self.out / ".gitignore").write_text("*.swp\n")
        (self.out / "thesis.txt").write_text("mine")
        self.refuses(2, ["holds files and no snapshot", "empty folder"], *self.command())
        self.assertEqual({path.name for path in self.out.iterdir()}, {".gitignore", "thesis.txt"})
        (self.out / "thesis.txt").unlink()
        self.snapshot("--package", PACKAGE)

    def test_strangers_inside(self) -> None:
        """What no snapshot wrote is in the way of a package, then of an artifact."""
        self.snapshot("--package", "Treasury")
        for place, missing in ((PACKAGE, "package.json"), (PLACE, "artifact.json")):
            (self.out / place).mkdir(parents=True)
            (self.out / place / "mine").write_text("mine")
            self.refuses(3, [f"{place} has no {missing}", "move it away"],
                         *self.command("--package", PACKAGE))
            self.assertEqual((self.out / place / "mine").read_text(), "mine")
            (self.out / place / "mine").unlink()
            if place == PACKAGE:
                self.snapshot("--package", PACKAGE, "--exclude", f"{PACKAGE}/*")

    def test_other_tenant(self) -> None:
        """A folder is of one tenant."""
        self.snapshot("--package", PACKAGE)
        mark = self.out / "snapshot.json"
        text = mark.read_text()
        mark.write_text(text.replace("localhost", "elsewhere.test"))
        self.refuses(2, ["holds a snapshot of https://elsewhere.test", "for each tenant"],
                     *self.command())
        mark.write_text(text.replace('"Version": 1', '"Version": 2'))
        self.refuses(2, ["made by a newer cihsm"], *self.command())
        mark.write_text("{}")
        self.refuses(2, ["is none of a snapshot"], *self.command())

    def test_lock(self) -> None:
        """Two at once."""
        self.snapshot("--package", PACKAGE)
        with (self.out / OWN / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refuses(12, "another snapshot is at work", *self.command())
        self.snapshot("--package", PACKAGE)

    def test_bad_options(self) -> None:
        """Found before anything is sent or written."""
        for words, *more in (("--concurrency is at most 16", "--concurrency", "17"),
                             ("type of an artifact is", "--type", "iflow"),
                             ("no way to download", "--type", "adapter")):
            self.refuses(2, words, *self.command(*more))
        self.refuses(2, "--out is missing", "snapshot", *self.options())
        self.refuses(8, 'there is no package "Nothing"', *self.command("--package", "Nothing"))
        file = self.write("file", "x")
        self.refuses(1, "cannot read the folder", "snapshot", "--out", file, *self.options())

    def test_unwritable(self) -> None:
        """A folder that cannot be made."""
        self.refuses(1, "cannot make the folder", "snapshot", "--out", "/proc/none",
                     *self.options())


class Failures(SnapshotTest):
    """One artifact keeps no other from the snapshot; what concerns all ends it."""

    def test_one_artifact(self) -> None:
        """500, 404, 403 or 400 to one content: all others are there, the old one stays."""
        self.snapshot()
        before = self.files()
        for status in (500, 404, 403, 400):
            with self.box.scenario(f"error_status={status}", f"error_path={FLOW}'"):
                done = self.snapshot("--full", "--prune", code=13)
            self.assertEqual(self.changes(done), {("not-read", PLACE)})
            self.assertIn(f"{status} from tenant", done.err)
            self.assertIn("15 unchanged", done.err)
            self.assertEqual(self.files(), before)

    def test_one_list(self) -> None:
        """A list that cannot be read makes nothing look gone."""
        self.snapshot()
        before = self.files()
        with self.box.scenario("error_status=500", f"error_path=('{PACKAGE}')/{FLOWS}"):
            done = self.snapshot("--prune", code=13)
        self.assertEqual(self.changes(done), {("not-read", PACKAGE)})
        self.assertEqual(self.files(), before)

    def test_missing_navigation(self) -> None:
        """A tenant without script collections is no failure."""
        with self.box.scenario("error_status=404", "error_path=ScriptCollection"):
            done = self.snapshot()
        self.assertIn("15 new", done.err)

    def test_role(self) -> None:
        """403 ends it and names the role."""
        key = self.box.register_type("reader", "certificate", ["MonitoringDataRead"])
        self.refuses(7, ["403", "WorkspacePackagesRead"], "snapshot", "--out", self.out,
                     "--service-key", key, "--ca", self.box.ca)

    def test_outage(self) -> None:
        """503 ends it; what is complete stays and is not read again."""
        with self.box.scenario("error_status=503", "error_path=$value", "error_after=5"):
            self.refuses(10, ["503", "run the same command again to go on"],
                         *self.command("--concurrency", "1"))
        mark = self.box.mark()
        self.snapshot()
        asked = [target for target in self.asked(mark) if target.endswith("$value")]
        self.assertEqual(len(asked), 10)
        self.assertEqual(self.files(), self.truth())

    def test_cut_off(self) -> None:
        """An answer that breaks off is asked for again."""
        with self.box.scenario("truncate_body=100", "error_path=$value", "error_times=2"):
            done = self.snapshot(env={"CIHSM_RETRY_TIME": "60"})
        self.assertIn("16 new", done.err)

    def test_login_page(self) -> None:
        """A page instead of a zip or a list is no content."""
        with self.box.scenario("error_status=502", "error_body=html", "error_path=$value"):
            self.refuses(10, "502", *self.command())

    def test_bad_zips(self) -> None:
        """Names that lead out, a repository within, no zip at all: not unpacked, and said."""
        self.create("Leads_Out", zipped("Leads_Out", **{"../../../../evil": b"x"}))
        self.create("Has_Git", zipped("Has_Git", **{".Git/hooks/post-checkout": b"x"}))
        self.create("Good", zipped("Good"))
        done = self.snapshot("--package", PACKAGE, code=13)
        reasons = {row["Id"]: row["Reason"] for row in done.json if row["Change"] == "not-read"}
        self.assertEqual({*reasons}, {"Leads_Out", "Has_Git"})
        self.assertIn("could lead out of its folder", reasons["Leads_Out"])
        self.assertIn("git would take for a repository", reasons["Has_Git"])
        self.assertEqual(list(self.folder.rglob("evil")), [])
        self.assertEqual([path for path in self.out.rglob("*") if path.name.lower() == ".git"], [])
        self.assertTrue((self.out / PACKAGE / "flow" / "Good").is_dir())

    def test_rate_limit(self) -> None:
        """The tenant's limits of design-time requests are kept by default."""
        with self.box.scenario("rate_limits=100"):
            mark = self.box.mark()
            self.succeeds("snapshot", "--out", self.out, "--service-key", self.key, "--ca",
                          self.box.ca, "--concurrency", "16")
            seen = self.box.seen(mark)
        self.assertGreater(len(seen), 40)
        self.assertEqual({entry["status"] for entry in seen}, {200})


class Interrupted(SnapshotTest):
    """Ended at any moment: no half artifact, and the next run ends with the truth."""

    def start(self, *more: Option) -> subprocess.Popen[bytes]:
        """A run that a test ends."""
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            [str(BINARY), *(str(part) for part in self.command(*more))],
            env=environment(self.folder), cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, child)
        return child

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """SIGKILL, and its pipes are read to their ends."""
        child.kill()
        if child.stdout is not None and not child.stdout.closed:
            said = child.communicate()
            self.judged_run([], child.returncode, said)

    def ledger(self) -> list[Mapping[str, Any]]:
        """What the run noted so far."""
        path = self.out / OWN / "ledger.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [json.loads(line) for line in lines]

    def done_places(self) -> list[str]:
        """The artifacts that the run is done with."""
        return [entry["path"] for entry in self.ledger()
                if "path" in entry and "before" not in entry]

    def test_interrupt(self) -> None:
        """SIGINT: says how to go on; what is done is not read again."""
        with self.box.scenario(SLOW):
            child = self.start("--concurrency", "1")
            wait_for(lambda: len(self.done_places()) >= 3, "three artifacts")
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=SECONDS)
        self.assertEqual((child.returncode, out), (130, b""), err)
        self.assertIn(b"stopped: run the same command again to go on", err)
        done = self.done_places()
        mark = self.box.mark()
        self.snapshot()
        asked = self.asked(mark)
        for place in done:
            name = Path(place).name
            self.assertFalse([target for target in asked if f"'{name}'" in target], place)
        self.assertEqual(self.files(), self.truth())

    def test_kill(self) -> None:
        """SIGKILL at any moment, also while folders take the place of others."""
        truth = self.truth()
        picked = random.Random(20261122)
        with self.box.scenario("delay_ms=5"):
            for number in range(KILLS):
                child = self.start("--full")
                time.sleep(picked.uniform(0.02, 0.6))  # when it is killed may differ: any is good
                self.end(child)
                for name, content in self.files().items():
                    self.assertEqual(content, truth.get(name), f"kill {number}: {name}")
                if number % 2:
                    for place in self.out.glob("*/flow/*/content"):
                        (place / "old.txt").write_text("of an older snapshot")
                    self.snapshot("--full")
                    self.assertEqual(self.files(), truth)
        self.snapshot()
        self.assertEqual(self.files(), truth)

    def test_not_after_hours(self) -> None:
        """A run that was cut off long ago is not gone on with."""
        with self.box.scenario(SLOW):
            child = self.start("--concurrency", "1")
            wait_for(lambda: len(self.done_places()) >= 3, "three artifacts")
            self.end(child)
        ledger = self.out / OWN / "ledger.jsonl"
        head, rest = ledger.read_text().split("\n", 1)
        begun = json.loads(head)["begun_ms"] - 3 * 3600 * 1000
        ledger.write_text(json.dumps({"version": 1, "begun_ms": begun}) + "\n" + rest)
        mark = self.box.mark()
        self.snapshot()
        asked = [target for target in self.asked(mark) if target.endswith("$value")]
        self.assertEqual(len(asked), 15)

    def test_broken_ledger(self) -> None:
        """It only saves requests: whatever is in it, the snapshot is right."""
        self.snapshot()
        before = self.files()
        for content in (b"", b"{", b"\xff\xfe\n\n[]\n", b'{"path":1,"digest":2}\n{"path":"x"}\n'):
            (self.out / OWN / "ledger.jsonl").write_bytes(content)
            self.assertEqual(self.changes(self.snapshot()), set())
            self.assertEqual(self.files(), before)


if __name__ == "__main__":
    unittest.main()
