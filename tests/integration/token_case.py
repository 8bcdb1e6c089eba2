"""A SoftHSM without a token, and files with PINs, for the tests that make tokens."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

# pylint: disable=wrong-import-position
from harness import CANARY_PIN, CihsmTest, Option, Result  # noqa: E402
from tokens import MODULE, Token  # noqa: E402

OFFICER = "Officer-PIN-8d20c1"
NEW = "new-pin-4711"
WRONG = "wrong-pin-000"


class TokenTest(CihsmTest):
    """A SoftHSM without a token, and files with PINs."""

    def setUp(self) -> None:
        super().setUp()
        self.token = Token(self.folder / "token")
        (self.folder / "token" / "tokens").mkdir(parents=True)
        self.token.configure()
        self.user = self.write("user", CANARY_PIN)
        self.officer = self.write("officer", OFFICER)
        self.new = self.write("new", NEW + "\n")
        self.wrong = self.write("wrong", WRONG)
        self.state = self.folder / ".local" / "state" / "cihsm" / "refusals"

    def judged(self, done: Result) -> Result:
        """No PIN of the officer either, nor a new or wrong one."""
        for secret in (OFFICER, NEW, WRONG):
            self.assertNotIn(secret.encode(), done.stdout + done.stderr)
        return super().judged(done)

    @property
    def env(self) -> dict[str, Option]:
        """What a run needs to see the tokens."""
        return dict(self.token.env)

    def command(self, verb: str, *more: Option) -> list[Option]:
        """`cihsm token VERB` with the module."""
        return ["token", verb, "--module", MODULE, *more]

    def run_token(self, verb: str, *more: Option) -> Result:
        """A run that ends well."""
        return self.succeeds(*self.command(verb, *more), env=self.env)

    def fails(self, code: int, words: str | list[str], verb: str, *more: Option) -> str:
        """A run that ends with this code and one line that says the words."""
        return self.refuses(code, words, *self.command(verb, *more), env=self.env)

    def init(self, label: str = "cpi", *more: Option) -> dict[str, str]:
        """Initialises the free slot."""
        return self.run_token("init", "--label", label, "--so-pin-source", f"file:{self.officer}",
                              "--new-pin-source", f"file:{self.user}", "-o", "json", *more).json

    def login(self, source: Option, *more: Option) -> Result:
        """The least that logs in, with the PIN of this file."""
        return self.cihsm("key", "list", "--module", MODULE, "--pin-source", f"file:{source}",
                          "-vvv", *more, env=self.env)

    def entries(self) -> list[dict[str, str]]:
        """What is remembered of refusals."""
        return json.loads(self.state.read_text())["refusals"] if self.state.exists() else []
