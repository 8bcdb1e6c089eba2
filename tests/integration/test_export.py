#!/usr/bin/env python3
"""cihsm export: complete, exact, and going on after it was stopped in any way."""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import random
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path
from typing import Any, Optional

from harness import BINARY, CihsmTest, Option, Result, environment, tool
from tenants import SANDBOX, Sandbox

LOGS = "MessageProcessingLogs"
ENTRIES = 9000  # in 30 days: more than a page in the larger slices
SINCE, UNTIL = "2026-10-01", "2026-11-02"
WINDOW = (f"LogEnd ge datetime'{SINCE}T00:00:00' and LogEnd lt datetime'{UNTIL}T00:00:00'")
KILLS = 12
SECONDS = 60
FILE_SIZE_LIMIT = 200_000
MEMORY_MAX = 64 * 1024  # KiB


def wait_for(condition: Any, what: str) -> None:
    """Polls until something is true."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen: {what}")
        time.sleep(0.01)


class ExportTest(CihsmTest):
    """Against one sandbox. A client secret logs in: a token would not survive being killed."""

    box: Sandbox
    key: Path
    entries = ENTRIES

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", str(cls.entries))
        cls.addClassCleanup(cls.box.stop)
        cls.key = cls.box.register_type("export", "secret")

    def setUp(self) -> None:
        super().setUp()
        self.out = self.folder / "out"

    # --- runs --------------------------------------------------------------------------------

    def options(self) -> list[Option]:
        """What every call needs."""
        return ["--service-key", self.key, "--ca", self.box.ca]

    def command(self, *more: Option) -> list[str]:
        """The usual export."""
        return [str(part) for part in (
            "export", LOGS, "--since", SINCE, "--until", UNTIL, "--out", self.out,
            *self.options(), *more)]

    def export(self, *more: Option) -> Result:
        """One that succeeds."""
        return self.succeeds(*self.command(*more))

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A run that a test ends."""
        child = subprocess.Popen(  # pylint: disable=consider-using-with
            [str(BINARY), *arguments], env=environment(self.folder), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, child)
        return child

    def wait_for_slices(self, child: subprocess.Popen[bytes], count: int) -> None:
        """Until so many are done, or the run ended."""
        wait_for(lambda: len(self.done()) >= count or child.poll() is not None, "slices")

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Whatever became of the test."""
        if child.poll() is None:
            child.kill()
        self.judged_run([], child.returncode or 0, child.communicate())

    def truth(self, *more: Option) -> list[Any]:
        """What the tenant has in the window, by another way."""
        return self.succeeds("get", LOGS, "--filter", WINDOW, "--all", "-o", "jsonl",
                             *self.options(), *more).jsonl

    # --- results -----------------------------------------------------------------------------

    def checkpoint(self) -> list[Any]:
        """Its whole lines."""
        path = self.out / "checkpoint.jsonl"
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]

    def done(self) -> list[Any]:
        """The slices of the checkpoint."""
        return [line for line in self.checkpoint()[1:] if "columns" not in line]

    def files(self, suffix: str = "jsonl") -> list[Path]:
        """What lies in the folder besides checkpoint and manifest, hidden files too."""
        known = {"checkpoint.jsonl", "manifest.json"}
        found = sorted(path for path in self.out.iterdir() if path.name not in known)
        for path in found:
            self.assertEqual(path.suffix, f".{suffix}", path)
        return found

    def assert_slices(self, suffix: str = "jsonl") -> None:
        """Manifest, checkpoint and files say the same; the slices are the window, without gaps."""
        manifest = json.loads((self.out / "manifest.json").read_text())
        slices = manifest["slices"]
        self.assertEqual(slices, self.done())
        self.assertEqual(manifest["entries"], sum(one["entries"] for one in slices))
        named = sorted(one["file"] for one in slices if one["file"])
        self.assertEqual(named, [path.name for path in self.files(suffix)])
        for one in slices:
            if one["file"]:
                content = (self.out / one["file"]).read_bytes()
                self.assertEqual(one["bytes"], len(content))
                self.assertEqual(one["sha256"], hashlib.sha256(content).hexdigest())
        spans = sorted((one["from"], one["to"]) for one in slices)
        self.assertEqual(spans[0][0], manifest["since"])
        self.assertEqual(spans[-1][1], manifest["until"])
        self.assertEqual([end for _, end in spans[:-1]], [start for start, _ in spans[1:]])

    def exported(self) -> list[Any]:
        """All entries of the files; each within the times of its file's name."""
        found: list[Any] = []
        for path in self.files():
            name = re.fullmatch(rf"{LOGS}-(\d{{8}}T\d{{6}})Z-(\d{{8}}T\d{{6}})Z\.jsonl", path.name)
            assert name is not None, path.name
            for line in path.read_text().splitlines():
                entry = json.loads(line)
                at = re.sub(r"[-:]", "", entry["LogEnd"])[:15]
                self.assertTrue(name[1] <= at < name[2], f"{at} in {path.name}")
                found.append(entry)
        return found

    def assert_exact(self, expected: Optional[list[Any]] = None) -> None:
        """None lost, none twice, each as the tenant has it."""
        self.assert_slices()
        order = (lambda entry: entry["MessageGuid"])
        found = sorted(self.exported(), key=order)
        wanted = sorted(self.truth() if expected is None else expected, key=order)
        self.assertEqual(len(found), len(wanted))
        self.assertEqual(found, wanted)


class ResultTest(ExportTest):
    """What is written."""

    def test_all_entries_of_the_window_are_there_once(self) -> None:
        """With the slices that are chosen by default; the files are for the owner only."""
        done = self.export()
        self.assertEqual(done.out, "")
        self.assertRegex(done.err, r"^cihsm: \d+ entries in \d+ files are in .*manifest\.json")
        self.assert_exact()
        for path in self.out.iterdir():
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_a_slice_with_many_pages_is_read_by_time_not_by_links(self) -> None:
        """Each question starts at the last second of the page before."""
        mark = self.box.mark()
        self.export("--slice", "60d", "--concurrency", "1")
        asked = [line["request"] for line in self.box.seen(mark, ENTRIES // 1000)
                 if LOGS in line["request"]]
        self.assertGreaterEqual(len(asked), ENTRIES // 1000)
        self.assertEqual([request for request in asked if "skiptoken" in request], [])
        self.assertGreaterEqual(sum(one["pages"] for one in self.done()), ENTRIES // 1000)
        self.assert_exact()

    def test_filter_and_select_are_part_of_each_question(self) -> None:
        """And the select must keep what the export goes by."""
        select = "MessageGuid,LogEnd,Status"
        self.export("--filter", "Status eq 'FAILED' or Status eq 'RETRY'", "--select", select)
        wanted = [{name: entry[name] for name in select.split(",")} for entry in self.truth()
                  if entry["Status"] in ("FAILED", "RETRY")]
        self.assert_exact(wanted)
        self.refuses(2, ["--select", "LogEnd"], *self.command("--select", "MessageGuid"))
        self.refuses(2, ["--select", "MessageGuid"], *self.command("--select", "LogEnd"))

    def test_csv_has_the_same_columns_in_all_files(self) -> None:
        """And the same values as JSON."""
        self.export("-o", "csv")
        self.assert_slices("csv")
        columns = next(line["columns"] for line in self.checkpoint() if "columns" in line)
        rows: list[dict[str, str]] = []
        for path in self.files("csv"):
            with path.open(newline="", encoding="utf-8") as stream:
                reader = csv.DictReader(stream)
                rows += list(reader)
                self.assertEqual(list(reader.fieldnames or []), columns)
        wanted = {entry["MessageGuid"]: entry for entry in self.truth()}
        self.assertEqual(len(rows), len(wanted))
        for row in rows:
            entry = wanted[row["MessageGuid"]]
            self.assertEqual(row["LogEnd"], entry["LogEnd"])
            self.assertEqual(row["IntegrationArtifact.Id"], entry["IntegrationArtifact"]["Id"])

    def test_a_set_without_time_is_read_in_sequence(self) -> None:
        """Into one file; the manifest says that nobody vouches for it."""
        tool(SANDBOX, "roles", "--dir", self.box.folder, "--instance", "export", "--role",
             "MonitoringDataRead", "--role", "DataStoresAndQueuesRead")
        command = ["export", "DataStores", "--out", self.out, *self.options()]
        self.refuses(2, ["no usual time property", "--since"], *command, "--since", "2d")
        self.succeeds(*command)
        manifest = json.loads((self.out / "manifest.json").read_text())
        self.assertFalse(manifest["verified"])
        self.assertIn("not verified", manifest["guarantee"])
        wanted = self.succeeds("get", "DataStores", "--all", "-o", "jsonl", *self.options()).out
        self.assertNotEqual(wanted, "")
        self.assertEqual((self.out / "DataStores.jsonl").read_text(), wanted)
        self.assertIn("complete already", self.succeeds(*command).err)

    def test_a_select_that_the_set_refuses_is_done_here(self) -> None:
        """Data stores take no query option at all."""
        tool(SANDBOX, "roles", "--dir", self.box.folder, "--instance", "export", "--role",
             "MonitoringDataRead", "--role", "DataStoresAndQueuesRead")
        names = "DataStoreName,IntegrationFlow,Type"
        self.succeeds("export", "DataStores", "--out", self.out, "--select", names,
                      *self.options())
        lines = (self.out / "DataStores.jsonl").read_text().splitlines()
        self.assertEqual({",".join(json.loads(line)) for line in lines}, {names})


class FolderTest(ExportTest):
    """One export a folder."""

    def test_a_complete_export_does_nothing_again(self) -> None:
        """It asks for nothing and changes nothing."""
        self.export()
        before = (self.out / "manifest.json").stat().st_mtime_ns
        mark = self.box.mark()
        self.assertIn("is complete already: nothing was done", self.export().err)
        self.assertEqual((self.out / "manifest.json").stat().st_mtime_ns, before)
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_another_export_is_refused_and_the_difference_named(self) -> None:
        """Before anybody logs in."""
        self.export("--filter", "Status eq 'FAILED'")
        same = ["--filter", "Status eq 'FAILED'"]
        cases: list[tuple[list[Option], str]] = [
            ([], "whose filter is Status eq 'FAILED', not none"),
            (["--filter", "Status eq 'RETRY'"], "not Status eq 'RETRY'"),
            ([*same, "--until", "2026-11-01"], "whose until is 2026-11-02T00:00:00"),
            ([*same, "--since", "2026-10-02T10:00"], "not 2026-10-02T10:00:00"),
            ([*same, "--time-property", "LogStart"], "whose time_property is LogEnd"),
            ([*same, "-o", "csv"], "whose format is jsonl, not csv"),
            ([*same, "--expand", "Runs"], "whose expand is none, not Runs"),
        ]
        mark = self.box.mark()
        for more, words in cases:
            with self.subTest(words):
                self.refuses(2, ["holds another export", words], *self.command(*more))
        self.assertEqual(self.box.seen(mark, 0), [])

    def test_a_moment_told_as_ago_is_kept(self) -> None:
        """So the same command goes on."""
        command = ["export", LOGS, "--since", "60d", "--out", self.out, *self.options()]
        self.succeeds(*command)
        (self.out / "manifest.json").unlink()
        self.succeeds(*command)
        self.assert_slices()
        self.refuses(2, "whose since is", *command, "--since", "2026-10-01")

    def test_who_holds_the_folder_works_alone(self) -> None:
        """Two at a time would write the same files."""
        self.export()
        with (self.out / "checkpoint.jsonl").open(encoding="ascii") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            self.refuses(12, "another export is at work", *self.command())

    def test_a_changed_file_is_noticed_and_a_moved_one_is_not_made_again(self) -> None:
        """Who loads the files may take them away."""
        self.export()
        first, second = self.files()[:2]
        first.unlink()
        (self.out / "manifest.json").unlink()
        self.export()
        self.assertFalse(first.exists())
        with second.open("ab") as stream:
            stream.write(b"x")
        self.refuses(3, ["checkpoint", second.name, "bytes"], *self.command())

    def test_a_folder_with_files_of_nobody_is_refused(self) -> None:
        """They would be taken for ours and removed."""
        self.out.mkdir()
        stranger = self.out / f"{LOGS}-20261001T000000Z-20261002T000000Z.jsonl"
        stranger.write_text("precious\n")
        self.refuses(2, ["no checkpoint", "another folder"], *self.command())
        self.assertEqual(stranger.read_text(), "precious\n")

    def test_wrong_options_are_refused_before_a_login(self) -> None:
        """With what to do instead."""
        base = ["export", LOGS, "--out", self.out, *self.options()]
        cases: list[tuple[list[Option], str]] = [
            (["export", LOGS, "--since", "1d", *self.options()], "--out"),
            (base, "--since is missing"),
            ([*base, "--since", "2026-02-30"], "--since"),
            ([*base, "--since", "1d", "--until", "2d"], "--since is not before --until"),
            ([*base, "--since", "1d", "--until", "2999-01-01"], "later than five minutes ago"),
            ([*base, "--since", "1d", "--follow", "--until", "now"], "--follow has no end"),
            ([*base, "--since", "1d", "--lag", "1s"], "--follow only"),
            ([*base, "--since", "1d", "--concurrency", "9"], "at most 8"),
            ([*base, "--since", "1d", "-o", "table"], "-o jsonl or -o csv"),
            ([*base, "--since", "1d", "--slice", "x"], "--slice"),
            (["export", f"{LOGS}('x')/Runs", "--since", "1d", "--out", self.out,
              *self.options()], "no entity set"),
        ]
        for command, words in cases:
            with self.subTest(words):
                self.refuses(2, words, *command)
        self.assertFalse(self.out.exists())


class InterruptedTest(ExportTest):
    """Ended by signals, by the tenant, by the disk."""

    def test_killed_at_any_moment_it_goes_on_and_is_exact(self) -> None:
        """SIGKILL at random moments, of which each leaves only whole files that count."""
        chance = random.Random(20261122)
        command = self.command("--slice", "12h", "--concurrency", "3")
        kills = 0
        with self.box.scenario("delay_ms=15"):
            for _ in range(KILLS * 4):
                before = len(self.done())
                child = self.start(*command)
                self.wait_for_slices(child, before + chance.randrange(1, 5))
                time.sleep(chance.random() * 0.02)
                child.kill()
                child.communicate()
                if (self.out / "manifest.json").exists():
                    self.assert_exact()
                    shutil.rmtree(self.out)  # it was done before the signal came: once more
                    continue
                self.assertEqual(child.returncode, -signal.SIGKILL)
                kills += 1
                if kills >= KILLS:
                    break
        self.assertGreaterEqual(kills, KILLS)
        self.assertFalse((self.out / "manifest.json").exists())
        self.assertIn("were still to come", self.export("--slice", "12h").err)
        self.assert_exact()

    def test_a_cut_last_line_of_the_checkpoint_does_not_count(self) -> None:
        """Its slice is read again, and a file without a line is removed."""
        self.export()
        (self.out / "manifest.json").unlink()
        path = self.out / "checkpoint.jsonl"
        text = path.read_text()
        path.write_text(text[:-20])
        part = self.out / f".{LOGS}-20261001T000000Z.part"
        part.write_text("half")
        self.export()
        self.assertFalse(part.exists())
        self.assert_exact()
        self.assertEqual(len(path.read_text().splitlines()), len(text.splitlines()))

    def test_a_changed_checkpoint_is_refused(self) -> None:
        """With the line."""
        self.export()
        path = self.out / "checkpoint.jsonl"
        lines = path.read_text().splitlines()
        cases = [("{", "broken"), ("[]", "list"), (lines[2], "twice"),
                 (lines[2].replace(f'"{LOGS}-', '"../'), "file")]
        for line, name in cases:
            with self.subTest(name):
                changed = [*lines[:2], line, *lines[2:]] if name == "twice" else \
                    [*lines[:2], line, *lines[3:]]
                path.write_text("\n".join(changed) + "\n")
                self.refuses(3, "of the checkpoint cannot be used", *self.command())

    def test_signals_stop_it_quietly(self) -> None:
        """With the code of the signal and one line."""
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), self.box.scenario("delay_ms=30"):
                child = self.start(*self.command("--slice", "6h", "--concurrency", "1"))
                before = len(self.done())
                self.wait_for_slices(child, before + 1)
                child.send_signal(number)
                out, err = child.communicate(timeout=SECONDS)
                self.assertEqual(child.returncode, 128 + number, err)
                self.assertEqual((out, err.decode()),
                                 (b"", "cihsm: stopped: run the same command again to go on\n"))
                self.assertEqual([path for path in self.files() if path.name[0] == "."], [])
        self.export()
        self.assert_exact()

    def test_a_refusal_in_the_middle_keeps_what_is_complete(self) -> None:
        """Exit code of the cause, and how to go on."""
        switches = ("error_status=403", "error_path=LogEnd", "error_after=10")
        with self.box.scenario(*switches):
            self.refuses(7, ["403", "run the same command again to go on"], *self.command())
        self.assertGreater(len(self.done()), 1)
        self.export()
        self.assert_exact()

    def test_what_passes_is_tried_again(self) -> None:
        """503 with Retry-After, and answers that are cut in the middle."""
        for switches in (("error_status=503", "retry_after=1", "error_every=9", "error_times=3"),
                         ("truncate_body=4000", "error_every=7", "error_times=4")):
            with self.subTest(switches):
                shutil.rmtree(self.out, ignore_errors=True)
                with self.box.scenario(*switches, "error_path=LogEnd"):
                    done = self.export("--retry-time", "60")
                self.assertIn("again in", done.err)
                self.assert_exact()

    def test_a_disk_that_is_full_leaves_no_half_file(self) -> None:
        """A limit of the size of files stands for it."""
        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE_LIMIT, FILE_SIZE_LIMIT))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        command = [str(BINARY), *self.command("--slice", "20d")]
        done = subprocess.run(command, env=environment(self.folder), capture_output=True,
                              timeout=SECONDS, check=False, preexec_fn=limit)
        self.judged_run(command, done.returncode, [done.stdout, done.stderr])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr.decode(), r"cannot write .*File too large; run the same")
        self.assertEqual([path for path in self.files() if path.name[0] == "."], [])
        self.export("--slice", "20d")
        self.assert_exact()


class MovingTest(CihsmTest):
    """A tenant whose entries change meanwhile."""

    def test_entries_that_leave_the_window_take_no_other_with_them(self) -> None:
        """Retried messages get a new LogEnd; offsets shift, what stays is there once."""
        box = Sandbox("--entries", "6000")
        self.addCleanup(box.stop)
        key = box.register_type("export", "secret")
        options: list[Option] = ["--service-key", key, "--ca", box.ca]
        query: list[Option] = ["get", LOGS, "--filter", WINDOW, "--all", "-o", "jsonl", *options]
        before = {entry["MessageGuid"]: entry for entry in self.succeeds(*query).jsonl}
        out = self.folder / "out"
        with box.scenario("touch_while_reading=5"):
            self.succeeds("export", LOGS, "--since", SINCE, "--until", UNTIL, "--out", out,
                          "--slice", "15d", *options)
        after = {entry["MessageGuid"] for entry in self.succeeds(*query).jsonl}
        self.assertLess(len(after), len(before), "nothing moved")
        found = [json.loads(line) for path in sorted(out.glob(f"{LOGS}-*.jsonl"))
                 for line in path.read_text().splitlines()]
        guids = [entry["MessageGuid"] for entry in found]
        self.assertEqual(len(guids), len(set(guids)))
        self.assertEqual(after - set(guids), set())
        self.assertEqual([entry for entry in found if entry != before[entry["MessageGuid"]]], [])


class FollowTest(CihsmTest):
    """--follow"""

    def setUp(self) -> None:
        super().setUp()
        self.box = Sandbox("--entries", "50")
        self.addCleanup(self.box.stop)
        self.key = self.box.register_type("export", "secret")

    def entries(self) -> list[str]:
        """Keys in the files that are there now."""
        return [json.loads(line)["MessageGuid"] for path in self.folder.glob(f"out/{LOGS}-*.jsonl")
                for line in path.read_text().splitlines()]

    def wait_for_entries(self, child: subprocess.Popen[bytes], count: int) -> None:
        """Until they are in the files, or the run ended."""
        wait_for(lambda: len(self.entries()) >= count or child.poll() is not None, "new entries")

    def test_new_entries_come_once_over_restarts(self) -> None:
        """Until it is stopped."""
        command = [str(BINARY), "export", LOGS, "--since", "2026-10-01", "--follow", "--lag", "1s",
                   "--interval", "1s", "--slice", "4w", "--out", str(self.folder / "out"),
                   "--service-key", str(self.key), "--ca", str(self.box.ca)]
        total = 0
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGINT):
            tool(SANDBOX, "add-logs", "--dir", self.box.folder, "20")
            total += 20
            with subprocess.Popen(command, env=environment(self.folder), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
                self.wait_for_entries(child, total)
                child.send_signal(number)
                out, err = child.communicate(timeout=SECONDS)
            self.judged_run(command, child.returncode, [out, err])
            self.assertEqual(child.returncode, -number if number == signal.SIGKILL
                             else 128 + number, err)
        keys = self.entries()
        self.assertEqual(len(keys), len(set(keys)))
        self.assertGreaterEqual(len(keys), total)
        self.assertFalse((self.folder / "out" / "manifest.json").exists())


class MemoryTest(ExportTest):
    """Bounded by the pages in flight."""

    entries = 50_000

    def test_fifty_thousand_entries_take_no_more_than_few(self) -> None:
        """Resident at most 64 MiB; a sanitizer needs more than the program."""
        if b"libasan" in tool("ldd", BINARY) or b"libtsan" in tool("ldd", BINARY):
            self.skipTest("built with a sanitizer")
        child = self.start(*self.command())
        peak = 0
        while child.poll() is None:
            status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak = max(peak, int(found[1]) if found else 0)
            time.sleep(0.005)
        self.assertEqual(child.returncode, 0)
        self.assertLessEqual(peak, MEMORY_MAX)
        self.assertGreater(peak, MEMORY_MAX // 10, "was not measured")
        self.assert_slices()
        count = self.succeeds("count", LOGS, "--filter", WINDOW, *self.options()).out
        guids = [entry["MessageGuid"] for entry in self.exported()]
        self.assertEqual(len(set(guids)), len(guids))
        self.assertEqual(len(guids), int(count))


if __name__ == "__main__":
    unittest.main()
