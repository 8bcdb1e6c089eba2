#!/usr/bin/env python3
"""Tests of the sandbox's token server with Python's own TLS and HTTP client (contract §3)."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import time
import unittest
from typing import Any, Optional
from urllib.parse import urlencode, urlsplit

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from nginx_config import CERT_HOST, LOGIN_HOST  # noqa: E402
from selftest import (BOX, CLIENTS, JSON, SET, TRUSTED, WORK, Answer, Client, ask,  # noqa: E402
                      connect, context, info, make_client, once, register, run, sandbox, scenario,
                      setUpModule)
from selftest import HERE  # noqa: E402

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
COUNT = SET + "/$count"
TOKEN = "/oauth/token"


def at_host(host: str, client: Optional[Client], target: str, *, box: Any = BOX,
            **more: Any) -> Answer:
    """One request to a host that only its name tells from the others."""
    tls = context(client, box=box)
    connection = connect(tls, box)
    plain = socket.create_connection(("127.0.0.1", info(box)["port"]), timeout=10)
    connection.sock = tls.wrap_socket(plain, server_hostname=host)
    headers = {"Host": f"{host}:{info(box)['port']}", **more.pop("headers", {})}
    with contextlib.closing(connection):
        return ask(connection, target, headers=headers, **more)


def ask_token(host: str, client: Optional[Client], box: Any = BOX, **fields: str) -> Answer:
    """A token request with these fields, besides the grant type."""
    form = {"grant_type": "client_credentials", **fields}
    return at_host(host, client, TOKEN, method="POST", headers=FORM,
                   body=urlencode(form).encode(), box=box)


class OAuth(unittest.TestCase):
    """The token server and its tokens."""

    secret_key: dict[str, str]
    external_key: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.secret_key = register("oauth", "--type", "secret")["oauth"]
        cls.external_key = register("good", "--cert", CLIENTS["good"].leaf)["oauth"]

    def by_secret(self, **changed: str) -> Answer:
        """A token request by secret, with some fields changed."""
        key = self.secret_key
        return ask_token(LOGIN_HOST, None, **{
            "client_id": key["clientid"], "client_secret": key["clientsecret"], **changed})

    def by_certificate(self, client: Optional[Client] = None, **more: Any) -> Answer:
        """A token request by certificate."""
        return ask_token(CERT_HOST, client or CLIENTS["good"],
                         client_id=self.external_key["clientid"], **more)

    def count(self, answer: Answer, **more: Any) -> int:
        """The status of a request with the token of an answer."""
        self.assertEqual(answer.status, 200, answer.body)
        headers = {"Authorization": f"Bearer {answer.json['access_token']}"}
        return once(None, COUNT, headers=headers, **more).status

    def refused(self, answer: Answer, status: int, reason: str) -> None:
        """A refusal in the form of RFC 6749."""
        self.assertEqual((answer.status, answer.json["error_description"]), (status, reason))

    def test_token_urls_name_the_host_of_their_kind(self) -> None:
        port = info()["port"]
        self.assertEqual(self.secret_key["tokenurl"], f"https://{LOGIN_HOST}:{port}{TOKEN}")
        self.assertEqual(self.external_key["tokenurl"], f"https://{CERT_HOST}:{port}{TOKEN}")

    def test_token_by_secret(self) -> None:
        answer = self.by_secret()
        self.assertEqual(set(answer.json), {"access_token", "token_type", "expires_in"})
        self.assertEqual((answer.json["token_type"], answer.json["expires_in"]), ("bearer", 43200))
        self.assertNotEqual(answer.json, self.by_secret().json)
        self.assertEqual(self.count(answer), 200)
        last = json.loads((BOX / "tenant.log").read_text().splitlines()[-1])
        self.assertEqual((last["key"], last["status"]), ("oauth", 200))

    def test_token_by_certificate(self) -> None:
        self.assertEqual(self.count(self.by_certificate()), 200)

    def test_a_secret_with_a_plus_must_be_encoded(self) -> None:
        key = self.secret_key
        raw = ("grant_type=client_credentials&client_id=" + key["clientid"].replace("|", "%7C") +
               "&client_secret=" + key["clientsecret"])
        answer = at_host(LOGIN_HOST, None, TOKEN, method="POST", headers=FORM, body=raw.encode())
        self.refused(answer, 401, "Bad credentials")
        answer = at_host(LOGIN_HOST, None, TOKEN, method="POST", headers=FORM,
                         body=raw.replace("+", "%2B").encode())
        self.assertEqual(answer.status, 200)

    def test_refusals(self) -> None:
        self.refused(self.by_secret(client_secret="wrong"), 401, "Bad credentials")
        self.refused(self.by_secret(client_id="sb-none"), 401,
                     "Client with requested ID does not exist")
        self.refused(self.by_secret(grant_type="password"), 400, "Unsupported grant type")
        for name in ("second", "foreign", "expired"):
            self.refused(self.by_certificate(CLIENTS[name]), 401, "Client authentication failed")
        self.refused(ask_token(CERT_HOST, None, client_id=self.external_key["clientid"]), 401,
                     "Client authentication failed")
        # each host takes its own kind of proof only
        self.refused(ask_token(LOGIN_HOST, CLIENTS["good"],
                               client_id=self.external_key["clientid"]), 401, "Bad credentials")
        self.refused(ask_token(CERT_HOST, None, client_id=self.secret_key["clientid"],
                               client_secret=self.secret_key["clientsecret"]), 401,
                     "Client authentication failed")
        self.assertEqual(at_host(LOGIN_HOST, None, TOKEN, headers=FORM).status, 405)
        self.refused(at_host(LOGIN_HOST, None, TOKEN, method="POST", body=b"{}"), 400,
                     "the body must be application/x-www-form-urlencoded")

    def test_the_api_is_not_at_the_token_hosts_nor_they_at_the_api(self) -> None:
        for host in (LOGIN_HOST, CERT_HOST):
            self.assertEqual(at_host(host, CLIENTS["good"], COUNT).status, 404)
        self.assertEqual(once(CLIENTS["good"], TOKEN, method="POST", headers=FORM).status, 404)

    def test_another_host_name_than_that_of_the_handshake_proves_nothing(self) -> None:
        port = info()["port"]
        answer = once(CLIENTS["good"], TOKEN, method="POST",
                      headers={**FORM, "Host": f"{CERT_HOST}:{port}"},
                      body=urlencode({"grant_type": "client_credentials",
                                      "client_id": self.external_key["clientid"]}).encode())
        self.assertEqual(answer.status, 421)

    def test_only_one_token_host_asks_for_a_certificate(self) -> None:
        for host, names in ((LOGIN_HOST, "No client certificate CA names sent"),
                            (CERT_HOST, "cihsm test Root CA")):
            shown = run("openssl", "s_client", "-connect", f"localhost:{info()['port']}",
                        "-servername", host, "-CAfile", BOX / "server-ca" / "root.pem").stdout
            self.assertIn(names, shown)
            self.assertIn("Verify return code: 0", shown)

    def test_roots_of_its_own(self) -> None:
        box = WORK / "roots"
        own = WORK / "token-ca"
        run(HERE / "ca.sh", "init", own, "--name", "Token")
        sandbox("start", "--entries", "10", "--client-root", TRUSTED / "root.pem",
                "--token-root", own / "root.pem", directory=box)
        self.addCleanup(sandbox, "stop", directory=box)
        clients = {"api": CLIENTS["good"], "token": make_client("token-client", own)}
        for name, statuses in (("api", (200, 401)), ("token", (401, 200))):
            out = WORK / f"roots-{name}.json"
            sandbox("register", "--name", name, "--cert", clients[name].leaf, "--out", out,
                    directory=box)
            key = json.loads(out.read_text())["oauth"]
            at_api = once(None, COUNT, tls=context(clients[name], box=box), box=box)
            at_token = ask_token(CERT_HOST, clients[name], box, client_id=key["clientid"])
            self.assertEqual((at_api.status, at_token.status), statuses)

    def test_configuration_names_the_host_for_certificates(self) -> None:
        target = "/.well-known/openid-configuration"
        aliases = at_host(LOGIN_HOST, None, target).json["mtls_endpoint_aliases"]
        self.assertEqual(aliases["token_endpoint"], self.external_key["tokenurl"])
        with scenario("no_mtls_alias=1"):
            self.assertNotIn("mtls_endpoint_aliases", at_host(LOGIN_HOST, None, target).json)

    def test_unknown_tokens(self) -> None:
        for value in ("Bearer none", "Bearer", "Basic YTpi", ""):
            for client in (None, CLIENTS["good"]):
                answer = once(client, COUNT, headers={"Authorization": value})
                self.assertEqual(answer.status, 401)

    def test_a_token_keeps_the_roles_it_was_issued_with(self) -> None:
        before = self.by_secret()
        sandbox("roles", "--instance", "oauth", "--role", "QueuesRetry")
        self.addCleanup(sandbox, "roles", "--instance", "oauth", "--role", "MonitoringDataRead")
        self.assertEqual(self.count(before), 200)
        self.assertEqual(self.count(self.by_secret()), 403)

    def test_a_removed_key_takes_its_tokens_along(self) -> None:
        key = register("gone", "--type", "secret")["oauth"]
        answer = ask_token(LOGIN_HOST, None, client_id=key["clientid"],
                           client_secret=key["clientsecret"])
        self.assertEqual(self.count(answer), 200)
        sandbox("unregister", "--name", "gone")
        self.assertEqual(self.count(answer), 401)

    def test_tokens_that_end_early(self) -> None:
        with scenario("token_expires_in=1"):
            answer = self.by_secret()
            self.assertEqual(answer.json["expires_in"], 1)
            self.assertEqual(self.count(answer), 200)
            time.sleep(1.05)
            self.assertEqual(self.count(answer), 401)
        with scenario("token_uses=2"):
            answer = self.by_secret()
            self.assertEqual([self.count(answer) for _ in range(3)], [200, 200, 401])
        answer = self.by_secret()
        with scenario("tokens_invalid=1"):
            self.assertEqual([self.count(answer), self.count(answer)], [401, 401])
            self.assertEqual(self.count(self.by_secret()), 200)

    def test_answers_of_the_token_server(self) -> None:
        with scenario("oauth_error=Whatever"):
            self.refused(self.by_secret(), 401, "Whatever")
        with scenario("oauth_status=503", "oauth_body=html"):
            answer = self.by_certificate()
            self.assertEqual((answer.status, answer.body[:5]), (503, b"<html"))
        with scenario("oauth_html=1"):
            answer = self.by_secret()
            self.assertEqual((answer.status, answer.body[:5]), (200, b"<html"))

    def test_nothing_secret_is_kept_in_a_file(self) -> None:
        token = self.by_secret().json["access_token"]
        shown = sandbox("status").stdout
        for path in (*BOX.glob("*.log"), BOX / "service-keys.json"):
            text = path.read_text()
            self.assertNotIn(token, text, path)
            self.assertNotIn(self.secret_key["clientsecret"], text, path)
        self.assertNotIn("secret_sha256", shown)


if __name__ == "__main__":
    unittest.main(verbosity=1)
