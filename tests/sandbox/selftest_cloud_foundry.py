#!/usr/bin/env python3
"""Tests of the simulated Cloud Foundry API and its token server (contract §11.3, §2)."""

from __future__ import annotations

import base64
import json
import sys
import time
import unittest
from typing import Any, Optional
from urllib.parse import quote, urlencode, urlsplit

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from cloud_foundry import BINDINGS, INSTANCES, JOBS, instance_guid  # noqa: E402
from nginx_config import CF_API_HOST, UAA_HOSTS  # noqa: E402
from selftest import (BOX, TRUSTED, WORK, Answer, Client, info, make_client,  # noqa: E402
                      once, register, sandbox, scenario, setUpModule)
from selftest_oauth import COUNT, FORM, TOKEN, ask_token, at_host  # noqa: E402

USERS = ("developer", "auditor", "stranger")
CF_CLIENT = {"Authorization": "Basic " + base64.b64encode(b"cf:").decode()}


class Case(unittest.TestCase):
    """Users, instances, and how to ask."""

    tokens: dict[str, str] = {}
    passwords: dict[str, str] = {}
    made = 0

    @classmethod
    def setUpClass(cls) -> None:
        for role in USERS:
            token, password = WORK / f"{role}.token", WORK / f"{role}.password"
            sandbox("cf-user", "--name", f"{role}@example.com", "--role", role, "--token-out",
                    token, "--password-out", password)
            if token.stat().st_mode & 0o777 != 0o600 or password.stat().st_mode & 0o777 != 0o600:
                raise AssertionError("a secret that others may read")
            cls.tokens[role] = token.read_text().strip()
            cls.passwords[role] = password.read_text().strip()

    def ask(self, target: str, method: str = "GET", wish: Any = None, role: str = "developer",
            **headers: str) -> Answer:
        """A request with the token of a user."""
        sent = {"Authorization": self.tokens[role], "Content-Type": "application/json", **headers}
        data = wish if isinstance(wish, bytes) or wish is None else json.dumps(wish).encode()
        return at_host(CF_API_HOST, None, target.removeprefix(info()["cf_api_url"]),
                       method=method, headers=sent, body=data)

    def refused(self, status: int, title: str, answer: Answer, part: str = "") -> None:
        """A refusal in the form of this API."""
        self.assertEqual(answer.status, status, answer.body)
        error, = answer.json["errors"]
        self.assertEqual(set(error), {"code", "title", "detail"})
        self.assertEqual(error["title"], f"CF-{title}")
        self.assertIn(part, error["detail"])

    def instance(self, *options: str, role: str = "MonitoringDataRead") -> str:
        """The name of a new service instance."""
        Case.made += 1
        name = f"instance-{Case.made}"
        sandbox("instance", "--name", name, "--role", role, *options)
        return name

    def client(self) -> Client:
        """A new key with its certificate."""
        Case.made += 1
        return make_client(f"cf-{Case.made}", TRUSTED)

    @staticmethod
    def wish(instance: str, name: str, pem: Optional[str], **changed: Any) -> dict[str, Any]:
        """The body that creates a key for a certificate."""
        parameters = {} if pem is None else {"key-type": "certificate_external", "X.509": pem}
        return {"type": "key", "name": name, "parameters": parameters, "relationships": {
            "service_instance": {"data": {"guid": instance_guid(instance)}}}, **changed}

    def ended(self, accepted: Answer) -> dict[str, Any]:
        """The job of a 202, when it has ended."""
        self.assertEqual((accepted.status, accepted.body), (202, b""), accepted.body)
        end = time.monotonic() + 30
        while True:
            job = self.ask(accepted.headers["Location"]).json
            if job["state"] in ("COMPLETE", "FAILED"):
                return dict(job)
            self.assertLess(time.monotonic(), end)

    def create(self, instance: str, name: str, pem: Optional[str]) -> str:
        """The guid of a new key."""
        job = self.ended(self.ask(BINDINGS, "POST", self.wish(instance, name, pem)))
        self.assertEqual((job["state"], job["errors"]), ("COMPLETE", []))
        return self.find(instance, name)["guid"]

    def find(self, instance: str, name: str) -> Any:
        """A key in the list."""
        found, = self.ask(f"{BINDINGS}?service_instance_guids={instance_guid(instance)}"
                          f"&type=key&names={name}").json["resources"]
        return found

    def fails(self, instance: str, name: str, pem: Any, part: str, **parameters: Any) -> None:
        """A key that the broker does not make: the job says why, and so does the list."""
        wish = self.wish(instance, name, pem)
        wish["parameters"].update(parameters)
        job = self.ended(self.ask(BINDINGS, "POST", wish))
        self.assertEqual(job["state"], "FAILED")
        error, = job["errors"]
        self.assertEqual((error["code"], error["title"]), (10009, "CF-UnableToPerform"))
        self.assertIn(part, error["detail"])
        self.assertTrue(error["detail"].startswith("bind could not be completed: "))
        key = self.find(instance, name)
        self.assertEqual(key["last_operation"]["state"], "failed")
        self.assertIn(part, key["last_operation"]["description"])
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/{key['guid']}/details"),
                     "Creation of service key failed")


class Users(Case):
    """The token server of users, and who may do what."""

    def token_request(self, host: str = UAA_HOSTS[0], headers: Any = None,
                      **fields: str) -> Answer:
        """A token request of the client cf."""
        sent = {**FORM, **(CF_CLIENT if headers is None else headers)}
        return at_host(host, None, TOKEN, method="POST", headers=sent,
                       body=urlencode(fields).encode())

    def by_password(self, **changed: Any) -> Answer:
        """The same with a good password, or something else."""
        return self.token_request(**{
            "grant_type": "password", "username": "developer@example.com",
            "password": self.passwords["developer"], **changed})

    def with_token(self, token: str) -> Answer:
        """A request with another token."""
        return self.ask(INSTANCES, Authorization=token)

    def test_password_and_refresh(self) -> None:
        for more in ({}, {"host": UAA_HOSTS[1]},
                     {"headers": {}, "client_id": "cf", "client_secret": ""}):
            with self.subTest(more):
                answer = self.by_password(**more)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(answer.json["token_type"], "bearer")
                self.assertEqual(self.with_token("Bearer " + answer.json["access_token"]).status,
                                 200)
        again = self.token_request(grant_type="refresh_token",
                                   refresh_token=answer.json["refresh_token"])
        self.assertEqual(self.with_token("bearer " + again.json["access_token"]).status, 200)
        spent = self.token_request(grant_type="refresh_token",
                                   refresh_token=answer.json["refresh_token"])
        self.assertEqual((spent.status, spent.json["error"]), (401, "invalid_token"))

    def test_no_token(self) -> None:
        for changed in ({"password": "wrong"}, {"username": "nobody"}, {"headers": {}},
                        {"headers": {"Authorization": "Basic Y2Y6eA=="}},
                        {"headers": {"Authorization": "Basic !"}}):
            with self.subTest(changed):
                answer = self.by_password(**changed)
                self.assertEqual((answer.status, answer.json), (401, {
                    "error": "unauthorized", "error_description": "Bad credentials"}))
        self.assertEqual(self.by_password(grant_type="client_credentials").status, 400)
        self.assertEqual(at_host(UAA_HOSTS[0], None, TOKEN, headers=CF_CLIENT).status, 405)
        self.assertEqual(at_host(UAA_HOSTS[0], None, "/").status, 404)
        with scenario("oauth_error=Too many wrong passwords"):
            self.assertEqual(self.by_password().json["error_description"],
                             "Too many wrong passwords")
        with scenario("oauth_status=503", "oauth_body=html"):
            self.assertEqual(self.by_password().body[:5], b"<html")
        with scenario("oauth_html=1"):
            self.assertEqual(self.by_password().body[:5], b"<html")

    def test_a_new_password_voids_the_old_one(self) -> None:
        out = WORK / "second.password"
        for _ in range(2):
            old = out.read_text().strip() if out.exists() else ""
            sandbox("cf-user", "--name", "second@example.com", "--password-out", out)
        changed = {"username": "second@example.com"}
        self.assertEqual(self.by_password(**changed, password=old).status, 401)
        self.assertEqual(self.by_password(**changed, password=out.read_text().strip()).status, 200)

    def test_tokens_that_are_no_good(self) -> None:
        missing = at_host(CF_API_HOST, None, INSTANCES)
        self.refused(401, "NotAuthenticated", missing)
        for value in ("bearer none", "bearer", "Basic Y2Y6"):
            self.refused(401, "InvalidAuthToken", self.with_token(value))
        with scenario("token_expires_in=4"):
            token = "bearer " + self.by_password().json["access_token"]
            self.assertEqual(self.with_token(token).status, 200)
            time.sleep(4.05)
            self.refused(401, "InvalidAuthToken", self.with_token(token))
        token = "bearer " + self.by_password().json["access_token"]
        with scenario("token_uses=1"):
            self.assertEqual([self.with_token(token).status for _ in range(2)], [200, 401])
        # of the tenant's own token server
        key = register("cf-secret", "--type", "secret")["oauth"]
        self.addCleanup(sandbox, "unregister", "--name", "cf-secret")
        other = ask_token(urlsplit(key["tokenurl"]).hostname or "", None, client_id=key["clientid"],
                          client_secret=key["clientsecret"]).json["access_token"]
        self.refused(401, "InvalidAuthToken", self.with_token("bearer " + other))
        self.assertEqual(once(None, COUNT, headers={
            "Authorization": self.tokens["developer"]}).status, 401)

    def test_an_auditor_reads_and_a_stranger_sees_nothing(self) -> None:
        instance, client = self.instance(), self.client()
        pem = client.leaf.read_text()
        guid = self.create(instance, "key", pem)
        listed = f"{BINDINGS}?service_instance_guids={instance_guid(instance)}"
        self.assertEqual(len(self.ask(listed, role="auditor").json["resources"]), 1)
        self.assertEqual(self.ask(f"{BINDINGS}/{guid}", role="auditor").status, 200)
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/{guid}/details",
                                                       role="auditor"))
        wish = self.wish(instance, "other", pem)
        self.refused(403, "NotAuthorized", self.ask(BINDINGS, "POST", wish, role="auditor"))
        self.refused(403, "NotAuthorized", self.ask(f"{BINDINGS}/{guid}", "DELETE",
                                                    role="auditor"))
        self.assertEqual(self.ask(listed, role="stranger").json["resources"], [])
        self.assertEqual(self.ask(INSTANCES, role="stranger").json["resources"], [])
        for target, method in ((f"{BINDINGS}/{guid}", "GET"), (f"{BINDINGS}/{guid}", "DELETE"),
                               (f"{BINDINGS}/{guid}/details", "GET")):
            self.refused(404, "ResourceNotFound", self.ask(target, method, role="stranger"))
        self.refused(422, "UnprocessableEntity", self.ask(BINDINGS, "POST", wish, role="stranger"),
                     "The service instance could not be found")

    def test_nothing_secret_is_kept_in_a_file(self) -> None:
        for path in (*BOX.glob("*.log"), BOX / "service-keys.json"):
            for role in USERS:
                for secret in (self.tokens[role].partition(" ")[2], self.passwords[role]):
                    self.assertNotIn(secret, path.read_text(), path)


class Lists(Case):
    """Instances and keys, in pages."""

    def names(self, target: str) -> list[str]:
        """Of all resources of a page."""
        return [one["name"] for one in self.ask(target).json["resources"]]

    def test_the_root_names_the_other_hosts(self) -> None:
        links = at_host(CF_API_HOST, None, "/").json["links"]
        self.assertEqual(links["self"]["href"], info()["cf_api_url"])
        self.assertEqual(links["uaa"]["href"], info()["uaa_url"])
        self.assertEqual(urlsplit(links["login"]["href"]).hostname, UAA_HOSTS[1])

    def test_instances_by_plan_and_name(self) -> None:
        api, flow = self.instance(), self.instance("--plan", "integration-flow")
        self.assertIn(api, self.names(f"{INSTANCES}?service_plan_names=api"))
        self.assertNotIn(flow, self.names(f"{INSTANCES}?service_plan_names=api"))
        self.assertEqual(self.names(f"{INSTANCES}?service_plan_names=integration-flow,none"
                                    f"&names={flow}"), [flow])
        self.assertEqual(self.names(f"{INSTANCES}?names={api},{flow}"), sorted([api, flow]))
        self.assertEqual(self.names(f"{INSTANCES}?guids={instance_guid(api)}"), [api])
        self.assertEqual(self.names(f"{INSTANCES}?names=none"), [])
        comma = "with, comma & more"
        sandbox("instance", "--name", comma)
        self.assertEqual(self.names(f"{INSTANCES}?names={quote(quote(comma))}"), [comma])
        self.assertEqual(self.names(f"{INSTANCES}?names={quote(comma)}"), [])

    def test_parameters_of_an_instance(self) -> None:
        target = f"{INSTANCES}/{instance_guid(self.instance('--grant-type', 'client_x509'))}"
        self.refused(400, "ServiceFetchInstanceParametersNotSupported",
                     self.ask(target + "/parameters"))
        with scenario("cf_parameters=1"):
            self.assertEqual(self.ask(target + "/parameters").json, {
                "roles": ["MonitoringDataRead"], "grant-types": ["client_x509"],
                "redirect-uris": [], "token-validity": 43200})
            self.refused(404, "ResourceNotFound", self.ask(f"{INSTANCES}/none/parameters"))

    def test_a_key_made_by_hand_is_listed(self) -> None:
        register("by-hand", "--cert", self.client().leaf, "--instance", "hand")
        self.addCleanup(sandbox, "unregister", "--name", "by-hand")
        key = self.find("hand", "by-hand")
        self.assertEqual((key["type"], key["last_operation"]), ("key", None))
        self.assertEqual(key["relationships"]["service_instance"]["data"]["guid"],
                         instance_guid("hand"))
        self.assertEqual(self.ask(f"{BINDINGS}/{key['guid']}").json, key)
        document = self.ask(f"{BINDINGS}/{key['guid']}/details").json["credentials"]
        self.assertEqual(document, json.loads((WORK / "by-hand.json").read_text()))
        self.assertEqual(self.names(f"{BINDINGS}?names=by-hand&type=app"), [])

    def test_pages(self) -> None:
        instance = self.instance()
        keys = [f"key-{number}" for number in range(5)]
        for name in keys:
            self.create(instance, name, self.client().leaf.read_text())
        first = f"{BINDINGS}?service_instance_guids={instance_guid(instance)}&per_page=2"
        for switch, target in (("", first), ("cf_per_page=2", first.partition("&")[0])):
            with scenario(*([switch] if switch else [])):
                page = self.ask(target).json
                self.assertEqual((page["pagination"]["total_results"],
                                  page["pagination"]["total_pages"],
                                  page["pagination"]["previous"]), (5, 3, None))
                seen = [one["name"] for one in page["resources"]]
                while page["pagination"]["next"] is not None:
                    self.assertEqual(len(page["resources"]), 2)
                    page = self.ask(page["pagination"]["next"]["href"]).json
                    seen += [one["name"] for one in page["resources"]]
                self.assertEqual(seen, keys)
                self.assertEqual(self.ask(page["pagination"]["previous"]["href"]).status, 200)
                self.assertEqual(page, self.ask(page["pagination"]["last"]["href"]).json)
        self.assertEqual(self.names(first + "&page=9"), [])

    def test_links_that_lead_astray(self) -> None:
        with scenario("cf_next_loop=1", "cf_per_page=1"):
            first = self.ask(INSTANCES).json
            again = self.ask(first["pagination"]["next"]["href"]).json
            self.assertEqual(first["resources"], again["resources"])
        with scenario("cf_host=elsewhere.example"):
            links = self.ask(INSTANCES).json["pagination"]
            self.assertEqual(urlsplit(links["first"]["href"]).netloc, "elsewhere.example")
            accepted = self.ask(BINDINGS, "POST", self.wish(self.instance(), "x", None))
            self.assertEqual(urlsplit(accepted.headers["Location"]).netloc, "elsewhere.example")

    def test_wrong_parameters(self) -> None:
        for query, part in (("per_page=0", "Per page must be a positive integer"),
                            ("per_page=5001", "between 1 and 5000"),
                            ("page=x", "Page must be a positive integer"),
                            ("bahamas=yes", "Unknown query parameter(s): 'bahamas'")):
            for target in (INSTANCES, BINDINGS):
                self.refused(400, "BadQueryParameter", self.ask(f"{target}?{query}"), part)

    def test_unknown_resources(self) -> None:
        for target in (f"{BINDINGS}/none", f"{BINDINGS}/none/details", f"{JOBS}/none"):
            self.refused(404, "ResourceNotFound", self.ask(target))
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/none", "DELETE"))
        for target in ("/v3/nonsense", "/v2/info", f"{BINDINGS}/a/b/c"):
            self.refused(404, "NotFound", self.ask(target))
        self.assertEqual(self.ask("/api/v1/").status, 404)


class Keys(Case):
    """Keys that are made and removed."""

    def works(self, client: Client) -> int:
        """The status of a call with the certificate."""
        return once(client, COUNT).status

    def test_a_key_is_real_until_it_is_deleted(self) -> None:
        instance, client = self.instance(), self.client()
        pem = client.leaf.read_text()
        self.assertEqual(self.works(client), 401)
        guid = self.create(instance, "real", pem)
        self.assertEqual(self.works(client), 200)
        oauth = self.ask(f"{BINDINGS}/{guid}/details").json["credentials"]["oauth"]
        self.assertEqual(oauth["certificate"], pem)
        self.assertEqual(set(oauth), {"clientid", "tokenurl", "url", "certificate",
                                      "certificatedetails"})
        self.assertRegex(oauth["certificatedetails"]["validuntil"],
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        self.assertEqual(oauth["url"], info()["url"])
        token = ask_token(urlsplit(oauth["tokenurl"]).hostname or "", client,
                          client_id=oauth["clientid"])
        self.assertEqual(token.status, 200)
        job = self.ended(self.ask(f"{BINDINGS}/{guid}", "DELETE"))
        self.assertEqual((job["state"], job["operation"]), ("COMPLETE", "service_keys.delete"))
        self.assertEqual(self.works(client), 401)
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/{guid}"))
        # the instance stays, and takes the certificate again
        self.create(instance, "real", pem)
        self.assertEqual(self.works(client), 200)

    def test_the_roles_are_those_of_the_instance(self) -> None:
        client = self.client()
        instance = self.instance(role="WorkspacePackagesRead")
        self.create(instance, "roles", client.leaf.read_text())
        self.assertEqual(self.works(client), 403)
        sandbox("roles", "--instance", instance, "--role", "MonitoringDataRead")
        self.assertEqual(self.works(client), 200)

    def test_keys_of_other_types(self) -> None:
        instance = self.instance()
        guid = self.create(instance, "secret", None)
        oauth = self.ask(f"{BINDINGS}/{guid}/details").json["credentials"]["oauth"]
        self.assertIn("clientsecret", oauth)
        wish = self.wish(instance, "made", None)
        wish["parameters"] = {"key-type": "certificate", "validity": 5, "key-length": 2048}
        self.assertEqual(self.ended(self.ask(BINDINGS, "POST", wish))["state"], "COMPLETE")
        guid = self.find(instance, "made")["guid"]
        oauth = self.ask(f"{BINDINGS}/{guid}/details").json["credentials"]["oauth"]
        self.assertIn("PRIVATE KEY", oauth["key"])
        self.fails(instance, "x", None, "validity", **{"key-type": "certificate", "validity": 900})
        self.fails(instance, "y", None, "unknown key-type", **{"key-type": "other"})

    def test_a_certificate_on_one_line(self) -> None:
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        client = self.client()
        inside = client.leaf.read_text().split(begin)[1].split(end)[0]
        self.create(self.instance(), "line", begin + inside.replace("\n", "") + end)
        self.assertEqual(self.works(client), 200)

    def test_states_of_a_job(self) -> None:
        instance = self.instance()
        accepted = self.ask(BINDINGS, "POST",
                            self.wish(instance, "states", self.client().leaf.read_text()))
        job = accepted.headers["Location"]
        self.assertTrue(job.startswith(info()["cf_api_url"] + JOBS + "/"))
        with scenario("cf_job_polls=3", "cf_job_seconds=3600"):
            self.assertEqual([self.ask(job).json["state"] for _ in range(5)],
                             ["PROCESSING", "POLLING", "POLLING", "COMPLETE", "COMPLETE"])

    def test_a_job_that_nobody_looks_at_ends_too(self) -> None:
        instance, client = self.instance(), self.client()
        with scenario("cf_job_seconds=3600"):
            accepted = self.ask(BINDINGS, "POST",
                                self.wish(instance, "alone", client.leaf.read_text()))
            self.assertEqual((accepted.status, self.works(client)), (202, 401))
        with scenario("cf_job_seconds=0"):
            self.assertEqual(self.works(client), 200)

    def test_a_job_that_never_ends(self) -> None:
        instance, client = self.instance(), self.client()
        wish = self.wish(instance, "endless", client.leaf.read_text())
        with scenario("cf_job=never", "cf_job_polls=0", "cf_job_seconds=0"):
            accepted = self.ask(BINDINGS, "POST", wish)
            states = {self.ask(accepted.headers["Location"]).json["state"] for _ in range(8)}
            self.assertEqual(states, {"PROCESSING", "POLLING"})
            key = self.find(instance, "endless")
            self.assertEqual((key["last_operation"]["type"], key["last_operation"]["state"]),
                             ("create", "in progress"))
            details = self.ask(f"{BINDINGS}/{key['guid']}/details")
            self.refused(404, "ResourceNotFound", details, "Creation of service key in progress")
            self.refused(422, "UnprocessableEntity", self.ask(f"{BINDINGS}/{key['guid']}",
                                                              "DELETE"), "in progress")
            self.refused(422, "UnprocessableEntity", self.ask(BINDINGS, "POST", wish),
                         "already has a key binding with name 'endless'")
            self.assertEqual(self.works(client), 401)
        self.assertEqual(self.ended(accepted)["state"], "COMPLETE")
        self.assertEqual(self.works(client), 200)

    def test_a_job_that_fails(self) -> None:
        instance, client = self.instance(), self.client()
        with scenario("cf_job=fails"):
            self.fails(instance, "failing", client.leaf.read_text(), "simulated failure")
        # the name may be used again, and the failed one can be deleted
        guid = self.create(instance, "failing", client.leaf.read_text())
        with scenario("cf_job=fails"):
            job = self.ended(self.ask(f"{BINDINGS}/{guid}", "DELETE"))
            self.assertEqual(job["state"], "FAILED")
            self.assertIn("unbind could not be completed", job["errors"][0]["detail"])
        self.assertEqual(self.works(client), 200)  # it is still there
        self.assertEqual(self.find(instance, "failing")["last_operation"]["type"], "delete")
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/{guid}/details"),
                     "Deletion of service key failed")
        self.refused(422, "UnprocessableEntity", self.ask(BINDINGS, "POST", self.wish(
            instance, "failing", None)), "deletion failed")
        self.ended(self.ask(f"{BINDINGS}/{guid}", "DELETE"))
        self.assertEqual(self.works(client), 401)

    def test_what_the_broker_refuses(self) -> None:
        instance, client = self.instance(), self.client()
        pem = client.leaf.read_text()
        self.create(instance, "first", pem)
        self.fails(self.instance(), "elsewhere", pem, "already in service key 'first'")
        self.fails(instance, "again", pem, "already in service key 'first'")
        self.fails(instance, "chain", client.chain.read_text(), "not the chain")
        self.fails(instance, "none", "no certificate", "0 certificates")
        self.fails(instance, "broken", "-----BEGIN CERTIFICATE-----\nMIIB\n"
                   "-----END CERTIFICATE-----\n", "can be read")
        self.fails(instance, "absent", None, "X.509 is missing",
                   **{"key-type": "certificate_external"})
        self.fails(self.instance("--grant-type", "client_x509"), "old",
                   self.client().leaf.read_text(), "client_x509")
        self.assertEqual(self.works(client), 200)

    def test_bodies_that_are_refused_at_once(self) -> None:
        instance = self.instance()
        pem = self.client().leaf.read_text()
        good = self.wish(instance, "good", pem)
        self.create(instance, "taken", pem)
        for part, wish in (
                ("Name", {**good, "name": None}), ("Name can't be blank", {**good, "name": " "}),
                ("Name must be a string", {key: good[key] for key in good if key != "name"}),
                ("too long", {**good, "name": "x" * 33}),
                ("The binding name is invalid", {**good, "name": "taken"}),
                ("Type must be 'app' or 'key'", {**good, "type": "other"}),
                ("valid relationships", {**good, "relationships": {}}),
                ("can't be blank", {**good, "relationships": {"app": {}}}),
                ("could not be found: 'none'", {**good, "relationships": {
                    "service_instance": {"data": {"guid": "none"}}}}),
                ("Parameters must be an object", {**good, "parameters": []}),
                ("Unknown field(s): 'more'", {**good, "more": 1})):
            with self.subTest(part):
                self.refused(422, "UnprocessableEntity", self.ask(BINDINGS, "POST", wish), part)
        for text in (b"{", b"[]"):
            self.refused(400, "MessageParseError", self.ask(BINDINGS, "POST", text))
        self.assertEqual(self.ask(BINDINGS, "POST", {**good, "name": "x" * 32}).status, 202)
        # the same name in another instance is another key
        other = self.client()
        self.create(self.instance(), "taken", other.leaf.read_text())
        self.assertEqual(self.works(other), 200)

    def test_a_new_key_that_takes_its_time(self) -> None:
        client = self.client()
        with scenario("key_delay=3600"):
            self.create(self.instance(), "slow", client.leaf.read_text())
            self.assertEqual(self.works(client), 401)
        time.sleep(1.1)
        with scenario("key_delay=1"):
            self.assertEqual(self.works(client), 200)

    def test_faults(self) -> None:
        instance = self.instance()
        wish = self.wish(instance, "fault", self.client().leaf.read_text())
        with scenario("error_status=503", "error_times=1", "retry_after=2"):
            answer = self.ask(BINDINGS, "POST", wish)
            self.refused(503, "ServiceUnavailable", answer)
            self.assertEqual(answer.headers["Retry-After"], "2")
        with scenario("error_status=500"):
            error, = self.ask(INSTANCES).json["errors"]
            self.assertEqual((error["code"], error["title"]), (10001, "UnknownError"))
        with scenario("error_status=502", "error_body=html", "error_path=/v3/jobs"):
            accepted = self.ask(BINDINGS, "POST", wish)
            self.assertEqual(self.ask(accepted.headers["Location"]).body[:5], b"<html")
        self.assertEqual(self.ended(accepted)["state"], "COMPLETE")
        with scenario("no_answer=1", "error_method=DELETE"):
            guid = self.find(instance, "fault")["guid"]
            self.assertEqual(self.ask(f"{BINDINGS}/{guid}", "DELETE").status, 502)
        with scenario("cf_job_seconds=0"):
            self.ask(INSTANCES)
        self.refused(404, "ResourceNotFound", self.ask(f"{BINDINGS}/{guid}"))
        guid = self.create(instance, "fault", self.client().leaf.read_text())
        with scenario("bad_json=1"), self.assertRaises(ValueError):
            self.ask(f"{BINDINGS}/{guid}/details").json  # pylint: disable=expression-not-assigned


if __name__ == "__main__":
    unittest.main(verbosity=1)
