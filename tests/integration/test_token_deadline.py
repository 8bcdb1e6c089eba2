#!/usr/bin/env python3
"""Tokens that do not answer while they are administered: each command ends, in time, with 12."""

from __future__ import annotations

import time
import unittest

from harness import SHIM, Option
from token_case import TokenTest
from tokens import MODULE, chain_of, copy_token

TIMEOUT_SECONDS = "2"
IN_TIME_SECONDS = 60.0
FOR_EVER = "delay 600000"
UNKNOWN = "it is not known whether the attempt to"
NO_ANSWER = ["token not answering; ", "--token-timeout"]


@unittest.skipIf(SHIM is None, "needs the PKCS#11 shim (CIHSM_SHIM)")
class DeadlineTest(TokenTest):
    """Over a shim in which one function does not return."""

    def rules(self, *lines: str) -> dict[str, Option]:
        """The environment of a run with these rules."""
        return {**self.env, "CIHSM_SHIM_MODULE": MODULE,
                "CIHSM_SHIM_RULES": self.write("rules", "\n".join([*lines, ""]))}

    def ends_in_time(self, stuck: str, words: list[str], *arguments: Option) -> None:
        """A run in which a function is stuck."""
        start = time.monotonic()
        self.refuses(12, [*words, *NO_ANSWER], *arguments, "--module", str(SHIM),
                     "--token-timeout", TIMEOUT_SECONDS, env=self.rules(f"{stuck} -> {FOR_EVER}"))
        self.assertLess(time.monotonic() - start, IN_TIME_SECONDS)

    def pins(self, old: str, source: Option, new: Option) -> list[Option]:
        """Options that name a PIN to prove and one to set."""
        return [f"--{old}", f"file:{source}", "--new-pin-source", f"file:{new}", "--yes"]

    def test_init(self) -> None:
        """Before it, in it, and after it, when the token has no user PIN yet."""
        arguments = ["token", "init", "--label", "cpi",
                     *self.pins("so-pin-source", self.officer, self.user)]
        for stuck in ("C_Initialize", "C_GetSlotList", "C_GetTokenInfo"):
            with self.subTest(stuck=stuck):
                self.ends_in_time(stuck, [], *arguments)
        with self.subTest(stuck="libp11"):
            self.ends_in_time("C_GetSlotList #3", ["cannot look at the slots"], *arguments)
        with self.subTest(stuck="C_InitToken"):
            self.ends_in_time("C_InitToken", [UNKNOWN, "initialise token"], *arguments)
            [free] = self.run_token("list", "-o", "json").json
            self.assertEqual(free["Flags"], "not initialised")
        with self.subTest(stuck="C_InitPIN"):
            self.ends_in_time("C_InitPIN", ["token cpi is initialised, but has no user PIN yet",
                                            "cihsm token set-pin"], *arguments)

    def test_set_pin(self) -> None:
        """The login, and the call itself."""
        self.init()
        arguments = ["token", "set-pin", "--token", "pkcs11:token=cpi",
                     *self.pins("so-pin-source", self.officer, self.new)]
        self.ends_in_time("C_OpenSession", ["cannot open a session"], *arguments)
        self.ends_in_time("C_Login", ["cannot log in to token cpi"], *arguments)
        self.ends_in_time("C_InitPIN", [UNKNOWN, "set the PIN of token cpi succeeded"], *arguments)
        self.assertEqual(self.login(self.user).code, 0)

    def test_change_pin(self) -> None:
        """Here the call itself shows the old PIN."""
        self.init()
        arguments = ["token", "change-pin", "--token", "pkcs11:token=cpi",
                     *self.pins("pin-source", self.user, self.new)]
        self.ends_in_time("C_SetPIN", [UNKNOWN, "change the PIN of token cpi succeeded"],
                          *arguments)
        self.assertEqual(self.login(self.user).code, 0)
        self.run_token("change-pin", *arguments[4:], "--token", "pkcs11:token=cpi")
        self.assertEqual(self.login(self.new).code, 0)

    def test_a_set_pin_whose_end_is_stuck(self) -> None:
        """The PIN is set: that the token does not answer any more is no failure of it."""
        self.init()
        env = self.rules(f"C_CloseSession #2 -> {FOR_EVER}")
        self.succeeds("token", "set-pin", "--token", "pkcs11:token=cpi", "--module", str(SHIM),
                      *self.pins("so-pin-source", self.officer, self.new), "--token-timeout",
                      TIMEOUT_SECONDS, env=env)
        self.assertEqual(self.login(self.new).code, 0)

    def test_looking(self) -> None:
        """What only reads."""
        self.init()
        for verb, stuck in (("list", "C_GetSlotList"), ("list", "C_GetTokenInfo"),
                            ("info", "C_GetMechanismList"), ("info", "C_GetMechanismInfo")):
            with self.subTest(stuck=stuck, verb=verb):
                self.ends_in_time(stuck, [], "token", verb, "--token", "pkcs11:token=cpi")

    def test_certificates(self) -> None:
        """Reading, storing and removing them."""
        self.token = copy_token(self.folder / "master")
        chain = chain_of("ec-p256")
        options = self.token.options("ec-p256")[2:]
        self.ends_in_time("C_FindObjects", [], "cert", "list", *self.token.options()[2:])
        self.ends_in_time("C_CreateObject", ["cannot store certificate",
                                             "it cannot be told whether it is on the token"],
                          "cert", "import", chain, *options)
        self.succeeds("cert", "import", chain, *self.token.options("ec-p256"), env=self.env)


if __name__ == "__main__":
    unittest.main()
