#!/usr/bin/env python3
"""Tests of the scenes that the sandbox plays: each row of contract §1.2, CSRF, limits, clocks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unittest
from email.utils import parsedate_to_datetime
from typing import Any, Optional
from urllib.parse import urlencode

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from nginx_config import LOGIN_HOST  # noqa: E402
from rate_limit import Limiter, limit_of  # noqa: E402
from selftest import (BOX, CLIENTS, JSON, SET, Answer, ask, connect, context, info,  # noqa: E402
                      once, register, sandbox, scenario, setUpModule)
from selftest_oauth import FORM, TOKEN, at_host  # noqa: E402

COUNT = SET + "/$count"
FETCH = {"X-CSRF-Token": "Fetch"}


def last_logged() -> dict[str, Any]:
    """The tenant's log line of the last request."""
    found: dict[str, Any] = json.loads((BOX / "tenant.log").read_text().splitlines()[-1])
    return found


class Unauthorized(unittest.TestCase):
    """Contract §1.2, the rows that end in 401 or 403."""

    def test_a_good_certificate_opens_nothing(self) -> None:
        for fate, arrived in (("dropped", False), ("unknown", True), ("ambiguous", True)):
            with self.subTest(fate), scenario(f"certificate={fate}"):
                answer = once(CLIENTS["good"], SET)
                self.assertEqual((answer.status, answer.json["error"]["code"]),
                                 (401, "Unauthorized"))
                seen = last_logged()
                self.assertEqual((seen["certificate"], seen["fate"], seen["key"]),
                                 (arrived, fate, None))
        self.assertEqual(once(CLIENTS["good"], COUNT).status, 200)
        self.assertIs(last_logged()["certificate"], True)

    def test_what_the_load_balancer_drops_by_itself_is_logged_so(self) -> None:
        self.assertEqual(once(None, SET, tls=context(CLIENTS["good"], leaf_only=True)).status, 401)
        self.assertIs(last_logged()["certificate"], False)
        self.assertEqual(once(CLIENTS["unknown"], SET).status, 401)
        self.assertIs(last_logged()["certificate"], True)

    def test_bodies_of_401_and_403(self) -> None:
        for form, start, kind in (("json", b'{"error"', "application/json"),
                                  ("html", b"<html", "text/html;charset=utf-8"),
                                  ("xml", b"<?xml", "application/xml;charset=utf-8"),
                                  ("empty", b"", None)):
            with self.subTest(form), scenario(f"body_401={form}", f"body_403={form}"):
                for name, status in (("unknown", 401), ("norole", 403)):
                    answer = once(CLIENTS[name], SET)
                    self.assertEqual((answer.status, answer.body[:len(start)]), (status, start))
                    self.assertEqual(answer.headers["Content-Type"], kind)
                    self.assertEqual(bool(answer.body), form != "empty")

    def test_role_missing(self) -> None:
        with scenario("role_missing=1"):
            self.assertEqual(once(CLIENTS["good"], COUNT).status, 403)


class RoleDelay(unittest.TestCase):
    """Role changes take up to an hour (contract §1.2)."""

    def setUp(self) -> None:
        register("second", "--cert", CLIENTS["second"].leaf, "--role", "QueuesRetry")
        self.addCleanup(sandbox, "unregister", "--name", "second")

    @staticmethod
    def status() -> int:
        return once(CLIENTS["second"], COUNT).status

    @staticmethod
    def give(*roles: str) -> None:
        sandbox("roles", "--instance", "second", *(f"--role={role}" for role in roles))

    def test_a_change_waits(self) -> None:
        with scenario("role_delay=2"):
            self.assertEqual(self.status(), 403)
            begin = time.monotonic()
            self.give("MonitoringDataRead")
            self.assertEqual(self.status(), 403)
            while self.status() != 200:
                self.assertLess(time.monotonic() - begin, 10)
                time.sleep(0.1)
            self.assertGreater(time.monotonic() - begin, 2)
            self.give()
            self.assertEqual(self.status(), 200)
        self.assertEqual(self.status(), 403)

    def test_the_first_roles_do_not_wait(self) -> None:
        with scenario("role_delay=3600"):
            self.assertEqual(once(CLIENTS["good"], COUNT).status, 200)
            self.give("MonitoringDataRead")
            self.assertEqual(self.status(), 403)
            # by registering too, and the same roles again are no change
            register("second", "--cert", CLIENTS["second"].leaf, "--role", "MonitoringDataRead")
            self.assertEqual(self.status(), 403)
        self.assertEqual(self.status(), 200)


class Csrf(unittest.TestCase):
    """Contract §6.1"""

    def fetch(self, connection: Any, **more: str) -> Answer:
        """GET of the service document with Fetch."""
        return ask(connection, "/api/v1/", headers={**FETCH, **more})

    def login(self, name: str = "good") -> Any:
        """An open connection."""
        connection = connect(context(CLIENTS[name]))
        self.addCleanup(connection.close)
        return connection

    @staticmethod
    def shown(fetched: Answer) -> dict[str, str]:
        """The headers of a write after a fetch."""
        return {"X-CSRF-Token": fetched.headers["X-CSRF-Token"],
                "Cookie": fetched.headers["Set-Cookie"].partition(";")[0]}

    def required(self, answer: Answer) -> None:
        """A refusal for want of a token."""
        self.assertEqual((answer.status, answer.headers["X-CSRF-Token"], answer.body),
                         (403, "Required", b""))

    def test_a_write_needs_token_and_cookie(self) -> None:
        for mode in ("always", "session"):
            with self.subTest(mode), scenario(f"csrf={mode}"):
                connection = self.login()
                self.required(ask(connection, SET, "POST", body=b"{}"))
                fetched = self.fetch(connection)
                self.assertEqual(fetched.status, 200)
                self.assertRegex(fetched.headers["Set-Cookie"],
                                 "^JSESSIONID=[0-9A-Za-z]+; Path=/; Secure; HttpOnly$")
                good = self.shown(fetched)
                for method in ("POST", "PUT", "DELETE"):
                    self.assertEqual(ask(connection, SET, method, good, b"{}").status, 405)
                for header in good:
                    self.required(ask(connection, SET, "POST", {header: good[header]}, b"{}"))
                self.required(ask(connection, SET, "POST", {**good, "X-CSRF-Token": "x"}, b"{}"))
                # a session keeps its token, and it is nobody else's
                again = self.fetch(connection, Cookie=good["Cookie"])
                self.assertEqual((again.headers["X-CSRF-Token"], again.headers["Set-Cookie"]),
                                 (good["X-CSRF-Token"], None))
                self.required(ask(self.login("norole"), SET, "POST", good, b"{}"))

    def test_off_gives_no_token_and_asks_for_none(self) -> None:
        with scenario("csrf=off"):
            connection = self.login()
            fetched = self.fetch(connection)
            self.assertIsNone(fetched.headers["X-CSRF-Token"])
            self.assertIsNone(fetched.headers["Set-Cookie"])
            self.assertEqual(ask(connection, SET, "POST", body=b"{}").status, 405)

    def test_certificates_need_one_unless_switched_off(self) -> None:
        connection = self.login()
        self.required(ask(connection, SET, "POST", body=b"{}"))
        good = self.shown(self.fetch(connection))
        self.assertEqual(ask(connection, SET, "POST", good, b"{}").status, 405)

    def test_each_fetch_gives_another_token(self) -> None:
        with scenario("csrf_rotate=1"):
            connection = self.login()
            first = self.shown(self.fetch(connection))
            again = self.fetch(connection, Cookie=first["Cookie"])
            second = {**first, "X-CSRF-Token": again.headers["X-CSRF-Token"]}
            self.required(ask(connection, SET, "POST", first, b"{}"))
            self.assertEqual(ask(connection, SET, "POST", second, b"{}").status, 405)

    def test_a_session_is_lost(self) -> None:
        with scenario("csrf_lost=1"):
            connection = self.login()
            good = self.shown(self.fetch(connection))
            self.required(ask(connection, SET, "POST", good, b"{}"))
            renewed = self.shown(self.fetch(connection, Cookie=good["Cookie"]))
            self.assertNotEqual(renewed["Cookie"], good["Cookie"])
            self.assertEqual(ask(connection, SET, "POST", renewed, b"{}").status, 405)

    def test_reading_needs_none_and_gets_none_unasked(self) -> None:
        with scenario("csrf=always"):
            answer = once(CLIENTS["good"], COUNT)
            self.assertEqual((answer.status, answer.headers["X-CSRF-Token"]), (200, None))
            refused = once(CLIENTS["norole"], COUNT, headers=FETCH)
            self.assertEqual((refused.status, refused.headers["X-CSRF-Token"]), (403, None))
            self.assertEqual(once(None, SET, method="POST", body=b"{}").status, 401)

    def test_a_token_wears_out(self) -> None:
        with scenario("csrf=always", "csrf_writes=2"):
            connection = self.login()
            good = self.shown(self.fetch(connection))
            for _ in range(2):
                self.assertEqual(ask(connection, SET, "PUT", good, b"{}").status, 405)
            self.required(ask(connection, SET, "PUT", good, b"{}"))
            renewed = self.shown(self.fetch(connection, Cookie=good["Cookie"]))
            self.assertNotEqual(renewed, good)
            self.assertEqual(ask(connection, SET, "PUT", renewed, b"{}").status, 405)

    def test_bearer_tokens_need_none_unless_always(self) -> None:
        key = register("csrf-secret", "--type", "secret")["oauth"]
        self.addCleanup(sandbox, "unregister", "--name", "csrf-secret")
        form = {"grant_type": "client_credentials", "client_id": key["clientid"],
                "client_secret": key["clientsecret"]}
        token = at_host(LOGIN_HOST, None, TOKEN, method="POST", headers=FORM,
                        body=urlencode(form).encode()).json["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        with scenario("csrf=session"):
            self.assertIsNone(once(None, "/api/v1/", headers={**bearer, **FETCH})
                              .headers["X-CSRF-Token"])
            self.assertEqual(once(None, SET, method="POST", headers=bearer, body=b"").status, 405)
        with scenario("csrf=always"):
            self.required(once(None, SET, method="POST", headers=bearer, body=b""))


class Hosts(unittest.TestCase):
    """A host that nobody serves, CA names, clocks."""

    def missing(self, answer: Answer) -> None:
        """The router's answer."""
        self.assertEqual((answer.status, answer.headers["X-Cf-RouterError"]),
                         (404, "unknown_route"))
        self.assertEqual(answer.body,
                         b"404 Not Found: Requested route ('localhost') does not exist.\n")

    def test_the_wrong_host(self) -> None:
        port = info()["router_port"]
        self.assertEqual(info()["router_url"], f"https://localhost:{port}")
        for client in (None, CLIENTS["good"], CLIENTS["foreign"], CLIENTS["expired"]):
            connection = connect(context(client))
            connection.port = port
            self.addCleanup(connection.close)
            self.missing(ask(connection, COUNT))
            self.assertIsNone(last_logged()["key"])
        self.assertEqual(once(CLIENTS["good"], COUNT).status, 200)

    def test_no_route_to_the_usual_host(self) -> None:
        with scenario("no_route=1"):
            self.missing(once(CLIENTS["good"], COUNT))
            self.missing(once(None, SET))

    @staticmethod
    def names() -> str:
        """What openssl s_client prints about the CertificateRequest."""
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"localhost:{info()['port']}"],
            input="", capture_output=True, text=True, timeout=10, check=False)
        return done.stdout

    def test_ca_names_are_switched_while_running(self) -> None:
        for names, shown, hidden in (
                ("none", "No client certificate CA names sent", "test Root CA"),
                ("other", "Sandbox Other Root CA", "test Root CA"),
                ("roots", "test Root CA", "Sandbox Other")):
            with self.subTest(names), scenario(f"ca_names={names}"):
                said = self.names()
                self.assertIn(shown, said)
                self.assertNotIn(hidden, said)
                for client, status in (("good", 200), ("foreign", 401), ("unknown", 401)):
                    self.assertEqual(once(CLIENTS[client], COUNT).status, status)
        self.assertIn("test Root CA", self.names())

    def test_ca_names_outlive_a_restart(self) -> None:
        with scenario("ca_names=other"):
            sandbox("stop")
            sandbox("start")
            self.assertIn("Sandbox Other", self.names())
        self.assertNotIn("Sandbox Other", self.names())

    def off(self) -> float:
        """How far the Date header is from this clock, in seconds."""
        said: str = once(CLIENTS["good"], COUNT).headers["Date"]
        return parsedate_to_datetime(said).timestamp() - time.time()

    def test_the_clock_is_wrong(self) -> None:
        self.assertLess(abs(self.off()), 5)
        for seconds in (-7200, 7200, 20 * 86400):
            with scenario(f"date_offset={seconds}"):
                self.assertLess(abs(self.off() - seconds), 5)


class RateLimits(unittest.TestCase):
    """Contract §9"""

    def statuses(self, path: str, count: int, name: str = "good") -> list[int]:
        """Statuses of requests on one connection."""
        connection = connect(context(CLIENTS[name]))
        self.addCleanup(connection.close)
        return [ask(connection, f"/api/v1/{path}", headers=JSON).status for _ in range(count)]

    def test_security_content_allows_ten_a_second(self) -> None:
        with scenario("rate_limits=100"):
            seen = self.statuses("KeystoreEntries", 40)
        self.assertEqual(set(seen[:10]), {200})
        self.assertIn(429, seen)

    def test_logs_at_two_percent(self) -> None:
        with scenario("rate_limits=2", "retry_after=1"):
            seen = self.statuses("MessageProcessingLogs/$count", 20)
            self.assertEqual((seen[:2], seen[-1]), ([200, 200], 429))
            refused = once(CLIENTS["good"], COUNT, headers=JSON)
            self.assertEqual((refused.status, refused.headers["Retry-After"]), (429, "1"))
            self.assertEqual(refused.json["error"]["message"]["value"],
                             "Too many requests. Server's rate limit exceeded.")
            # what has no limit, and another service key
            self.assertEqual(once(CLIENTS["good"], "/api/v1/").status, 200)
            self.assertEqual(once(CLIENTS["norole"], COUNT).status, 403)
            time.sleep(1.1)
            self.assertEqual(once(CLIENTS["good"], COUNT).status, 200)
        self.assertEqual(set(self.statuses("MessageProcessingLogs/$count", 20)), {200})

    def test_figures(self) -> None:
        cases: tuple[tuple[str, Optional[tuple[int, int]]], ...] = (
            ("NumberRanges('N')", (10, 5)), ("IntegrationPackages", (15, 10)),
            ("IntegrationDesigntimeArtifacts(Id='X',Version='active')/Resources", (15, 10)),
            ("Keystores", (12, 10)), ("UserCredentials('a')", (12, 10)),
            ("MessageProcessingLogs('g')/Runs", (1000, 100)),
            ("IntegrationRuntimeArtifacts('X')", (120, 50)), ("StringParameters", (50, 25)),
            ("DataStores", None), ("", None))
        for path, figures in cases:
            limit = limit_of("/api/v1/" + path)
            found = None if limit is None else (limit.tenant, limit.user)
            self.assertEqual(found, figures, path)

    def test_buckets(self) -> None:
        now = [0.0]
        limiter = Limiter(lambda: now[0])
        path = "/api/v1/Keystores"
        self.assertEqual([limiter.allows(path, "a", 100) for _ in range(11)], [True] * 10 + [False])
        self.assertEqual([limiter.allows(path, "b", 100) for _ in range(3)], [True, True, False])
        now[0] = 0.1
        self.assertEqual([limiter.allows(path, "a", 100) for _ in range(2)], [True, False])
        now[0] = 60.0
        self.assertEqual([limiter.allows(path, "a", 100) for _ in range(11)], [True] * 10 + [False])


class Switches(unittest.TestCase):
    """What the command line refuses."""

    def test_values(self) -> None:
        for switch in ("certificate=lost", "ca_names=all", "role_delay=3601", "csrf=sometimes",
                       "csrf_writes=0", "no_route=yes", "rate_limits=0", "rate_limits=101",
                       "date_offset=x", "date_offset=-9999999", "date_offset=--1"):
            with self.subTest(switch):
                sandbox("scenario", switch, expect=1)


if __name__ == "__main__":
    unittest.main(verbosity=1)
