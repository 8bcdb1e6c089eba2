#!/usr/bin/env python3
"""cihsm profile: settings under a name, and which setting wins."""

from __future__ import annotations

import os
import shutil
import stat
import unittest
from pathlib import Path

from harness import CihsmTest, Option
from tenants import Sandbox
from tokens import MODULE, TOKEN_URI, Token, chain_of, copy_token

KEY = "ec-p256"


class FileTest(CihsmTest):
    """The commands and the file they change."""

    def setUp(self) -> None:
        super().setUp()
        self.config = self.folder / "etc" / "config"

    def profile(self, verb: str, *arguments: Option) -> str:
        """Standard output of a profile command."""
        return self.succeeds("profile", verb, *arguments, "--config", self.config).out

    def test_create_makes_folder_and_file_for_the_owner_only(self) -> None:
        """Whatever the umask is."""
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        done = self.succeeds("profile", "create", "dev", "--timeout", "5", "--config", self.config)
        self.assertEqual(done.out, "")
        self.message(done, [f'profile "dev" is in {self.config}', "cihsm profile use dev"])
        self.assertEqual(stat.S_IMODE(self.config.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.config.parent.stat().st_mode), 0o700)

    def test_without_config_the_file_is_in_the_home_folder(self) -> None:
        """XDG_CONFIG_HOME moves it."""
        self.succeeds("profile", "create", "dev", "--timeout", "5")
        self.assertTrue((self.folder / ".config" / "cihsm" / "config").exists())
        self.succeeds("profile", "create", "dev", "--timeout", "5",
                      env={"XDG_CONFIG_HOME": self.folder / "xdg"})
        self.assertTrue((self.folder / "xdg" / "cihsm" / "config").exists())

    def test_list_show_and_use(self) -> None:
        """The profile in use is marked."""
        self.profile("create", "dev", "--timeout", "5", "--token", TOKEN_URI)
        self.profile("create", "prod", "--timeout", "9")
        self.assertNotIn("*", self.profile("list"))
        self.profile("use", "prod")
        lines = self.profile("list").splitlines()
        self.assertEqual([line.split()[:2] for line in lines[1:]],
                         [["dev", TOKEN_URI], ["prod", "*"]])
        self.assertRegex(self.profile("show"), r"profile +prod\ntimeout +9\n")
        self.assertIn(TOKEN_URI, self.profile("show", "dev"))
        self.profile("use", "dev")
        self.assertIn("timeout  5", self.profile("show"))

    def test_text_of_a_person_is_kept(self) -> None:
        """Comments, order, other profiles, byte for byte; and the mode of the file."""
        own = "# my tenants\n; really\n\n[mine]\n  timeout = 7   \n# end\n"
        self.config.parent.mkdir()
        self.config.write_text(own)
        self.config.chmod(0o640)
        self.profile("create", "dev", "--timeout", "5")
        self.assertEqual(self.config.read_text(), f"{own}\n[dev]\ntimeout = 5\n")
        self.profile("use", "mine")
        self.profile("use", "dev")
        self.assertEqual(self.config.read_text(),
                         f"profile = dev\n{own}\n[dev]\ntimeout = 5\n")
        self.assertEqual(stat.S_IMODE(self.config.stat().st_mode), 0o640)
        self.assertEqual([path.name for path in self.config.parent.iterdir()], ["config"])

    def test_paths_are_kept_absolute(self) -> None:
        """So the profile works from every folder."""
        self.write("key.json", "{}")
        self.profile("create", "dev", "--service-key", "key.json", "--chain", "later.pem",
                     "--module", "libsofthsm2.so", "--pin-source", "file:pin")
        shown = dict(line.split(maxsplit=1) for line in self.profile("show", "dev").splitlines())
        self.assertEqual(shown["service-key"], str(self.folder / "key.json"))
        self.assertEqual(shown["chain"], str(self.folder / "later.pem"))
        self.assertEqual(shown["pin-source"], f"file:{self.folder / 'pin'}")
        self.assertEqual(shown["module"], "libsofthsm2.so")

    def test_a_long_value_is_read_back_whole(self) -> None:
        """libinih itself reads 200 bytes a line."""
        uri = "pkcs11:token=" + "%20".join(["word"] * 60) + ";id=%01%02"
        self.profile("create", "dev", "--token", uri)
        self.assertIn(uri, self.profile("show", "dev"))

    def test_mistakes_of_the_commands(self) -> None:
        """Each with its exit code, and the file as it was."""
        self.profile("create", "dev", "--timeout", "5")
        before = self.config.read_bytes()
        config: list[Option] = ["--config", self.config]
        cases: list[tuple[int, str, list[str]]] = [
            (9, "exists already", ["create", "dev", "--timeout", "5"]),
            (2, "a profile needs settings", ["create", "other"]),
            (3, "is no profile name", ["create", "a b", "--timeout", "5"]),
            (2, "--module-env takes NAME=VALUE",
             ["create", "other", "--timeout", "5", "--module-env", "X"]),
            (3, "cannot be kept in an INI file", ["create", "other", "--token", " pkcs11:x"]),
            (3, "there is no profile \"none\"", ["use", "none"]),
            (3, "there is no profile \"none\"", ["show", "none"]),
            (3, "no profile is in use", ["show"]),
        ]
        for code, words, arguments in cases:
            with self.subTest(arguments=arguments):
                self.refuses(code, words, "profile", *arguments, *config)
        self.assertEqual(self.config.read_bytes(), before)

    def test_files_that_cannot_be_read(self) -> None:
        """With the line."""
        cases = {
            "[dev]\nno equals sign\n": "line 2: neither [section] nor key = value",
            "[dev]\ncolour = red\n": "line 2: unknown key \"colour\" in [dev]",
            "timeout = 5\n": "above the first [section]",
            "[dev]\nchain = a\nchain = b\n": "line 3",
        }
        for text, words in cases.items():
            with self.subTest(text=text):
                path = self.write("config", text)
                self.refuses(3, [words, str(path)], "profile", "list", "--config", path)
        self.refuses(3, ["cannot open configuration", "No such file"], "profile", "list",
                     "--config", self.folder / "none")
        path = self.write("config", "[dev]\ntimeout = 5\n")
        self.refuses(3, ["there is no profile \"none\"", "cihsm profile list"], "key", "list",
                     "--config", path, "--profile", "none")

    def test_no_configuration_at_all_is_fine(self) -> None:
        """The list is empty then, and who wants one is told how to make it."""
        done = self.succeeds("profile", "list")
        for wish in (["show"], ["show", "x"], ["use", "x"]):
            self.refuses(3, ["there are no profiles yet", "cihsm profile create"], "profile", *wish)
        self.assertEqual((done.out, done.err), ("", "cihsm: no entries\n"))

    def test_a_pin_is_never_kept(self) -> None:
        """A PIN instead of a source is not written down."""
        self.refuses(2, ["file:PATH", "env:NAME"], "profile", "create", "dev", "--pin-source",
                     "1234-not-a-source", "--config", self.config)
        self.assertFalse(self.config.exists())


class UseTest(CihsmTest):
    """Calls by profile, against a sandbox."""

    box: Sandbox
    token: Token

    @classmethod
    def setUpClass(cls) -> None:
        cls.box = Sandbox("--entries", "30")
        cls.addClassCleanup(cls.box.stop)
        cls.token = copy_token(cls.box.folder / "token")

    def create(self, name: str = "dev", *more: Option) -> Path:
        """A profile with everything that a call needs."""
        config = self.folder / "config"
        self.succeeds("profile", "create", name, "--config", config,
                      *self.box.options(self.token, KEY), "--module-env",
                      f"SOFTHSM2_CONF={self.token.conf}", *more)
        return config

    def test_the_profile_is_all_a_call_needs(self) -> None:
        """Its module-env variables are set before the module is loaded."""
        config = self.create()
        self.succeeds("profile", "use", "dev", "--config", config)
        done = self.succeeds("get", "MessageProcessingLogs/$count", "--config", config,
                             cwd=Path("/"))
        self.assertEqual((done.out, done.err), ("30", ""))

    def test_module_env_wins_over_the_shell(self) -> None:
        """A profile means the same in any shell."""
        config = self.create()
        self.succeeds("key", "list", "--config", config, "--profile", "dev",
                      env={"SOFTHSM2_CONF": "/nowhere"})

    def test_profile_and_config_by_environment(self) -> None:
        """CIHSM_CONFIG and CIHSM_PROFILE."""
        config = self.create()
        env = {"CIHSM_CONFIG": str(config), "CIHSM_PROFILE": "dev"}
        self.succeeds("key", "list", env=env)
        self.refuses(3, "there is no profile \"other\"", "key", "list", "--profile", "other",
                     env=env)

    def test_option_before_environment_before_profile(self) -> None:
        """Shown with the format of the output."""
        config = self.create("dev", "--output", "jsonl")
        call: list[Option] = ["get", "MessageProcessingLogs", "--top", "2", "--config", config,
                              "--profile", "dev"]
        self.assertEqual(len(self.succeeds(*call).jsonl), 2)
        env = {"CIHSM_OUTPUT": "json"}
        self.assertEqual(len(self.succeeds(*call, env=env).json), 2)
        table = self.succeeds(*call, "-o", "table", env=env).out
        self.assertTrue(table.startswith("MessageGuid"))

    def test_an_option_replaces_one_setting_of_the_profile(self) -> None:
        """The others stay."""
        config = self.create()
        call: list[Option] = ["get", "X", "--config", config, "--profile", "dev"]
        self.refuses(3, "rsa-2048.pem", *call, "--chain", chain_of("rsa-2048"))
        self.refuses(3, "/env.pem", *call, env={"CIHSM_CHAIN": "/env.pem"})
        self.refuses(3, "/option.pem", *call, "--chain", "/option.pem",
                     env={"CIHSM_CHAIN": "/env.pem"})

    def test_relative_paths_are_relative_to_the_file(self) -> None:
        """So a folder with everything can be moved."""
        place = self.folder / "tenant"
        place.mkdir()
        shutil.copy(self.box.service_key(KEY), place / "key.json")
        shutil.copy(chain_of(KEY), place / "chain.pem")
        shutil.copy(self.box.ca, place / "root.pem")
        shutil.copy(self.token.pin, place / "pin")
        (place / "config").write_text(
            "profile = dev\n[dev]\nservice-key = key.json\nchain = chain.pem\nca = root.pem\n"
            f"pin-source = file:pin\nmodule = {MODULE}\ntoken = {TOKEN_URI};object={KEY}\n"
            f"module-env.SOFTHSM2_CONF = {self.token.conf}\n")
        for cwd in (Path("/"), place):
            with self.subTest(cwd=cwd):
                done = self.succeeds("get", "MessageProcessingLogs/$count", "--config",
                                     place / "config", cwd=cwd)
                self.assertEqual(done.out, "30")

    def test_bad_values_in_a_profile(self) -> None:
        """As bad as on the command line."""
        cases = {"timeout = soon": (2, "timeout takes a whole number"),
                 "output = xml": (2, "output is table, json, jsonl or csv"),
                 "pin-source = 1234": (2, "pin-source is none of"),
                 "token = pkcs11:tokn=x": (2, "unknown attribute 'tokn'")}
        for line, (code, words) in cases.items():
            with self.subTest(line=line):
                path = self.write("bad", f"profile = a\n[a]\n{line}\nmodule = {MODULE}\n"
                                         f"service-key = {self.box.service_key(KEY)}\n")
                self.refuses(code, words, "get", "X", "--config", path)


if __name__ == "__main__":
    unittest.main()
