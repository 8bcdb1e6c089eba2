#!/usr/bin/env python3
"""Tests of what can be written: contract §6.2, §6.3, §7, §8, set by set."""

from __future__ import annotations

import base64
import io
import json
import sys
import unittest
import zipfile
from typing import Any, Optional
from urllib.parse import quote, urlsplit

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position,unused-import
from model import KNOWN_ROLES  # noqa: E402
from selftest import (CLIENTS, JSON, Answer, ask, connect, context, info, once,  # noqa: E402
                      register, sandbox, scenario, setUpModule)

EVERY_ROLE = [f"--role={role}" for role in sorted(KNOWN_ROLES)]
JSON_BODY = {**JSON, "Content-Type": "application/json"}


def archive(name: str) -> str:
    """A zip whose manifest names a flow, in base64."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr("META-INF/MANIFEST.MF", f"Bundle-SymbolicName: {name}; singleton:=true\n")
    return base64.b64encode(stream.getvalue()).decode()


class Writing(unittest.TestCase):
    """A caller with every role, on one connection, without CSRF tokens."""

    connection: Any

    @classmethod
    def setUpClass(cls) -> None:
        register("second", "--cert", CLIENTS["second"].leaf, *EVERY_ROLE)
        sandbox("scenario", "--reset", "csrf=off")
        cls.connection = connect(context(CLIENTS["second"]))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.connection.close()
        sandbox("scenario", "--reset")
        sandbox("unregister", "--name", "second")

    def send(self, method: str, path: str, body: Any = None,
             headers: Optional[dict[str, str]] = None) -> Answer:
        """One request below the service root; a body is sent as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return ask(self.connection, "/api/v1/" + quote(path, safe="/?=&'(),$:%"), method,
                   headers or JSON_BODY, data)

    def answers(self, status: int, method: str, path: str, body: Any = None) -> Answer:
        """One request that must be answered so."""
        answer = self.send(method, path, body)
        self.assertEqual(answer.status, status, f"{method} {path}: {answer.body[:300]!r}")
        if status in (200, 202, 204) and method != "GET" and "Deploy" not in path:
            self.assertEqual(answer.body, b"")
        return answer

    def read(self, path: str) -> Any:
        """d of a GET."""
        return self.answers(200, "GET", path).json["d"]


class PartnerDirectory(Writing):
    """Contract §7.5"""

    def test_string_parameter(self) -> None:
        body = {"Pid": "Neu.1", "Id": "A-b_c~", "Value": "Größe 'x'"}
        made = self.answers(201, "POST", "StringParameters?user=anna", body)
        path = "StringParameters(Pid='Neu.1',Id='A-b_c~')"
        self.assertEqual(made.headers["Location"], f"{info()['url']}/api/v1/{path}")
        entity = made.json["d"]
        self.assertEqual((entity["Value"], entity["CreatedBy"]), ("Größe 'x'", "anna"))
        self.assertRegex(entity["LastModifiedTime"], r"^/Date\(\d+\)/$")
        self.assertEqual(self.read(path), entity)
        self.answers(500, "POST", "StringParameters", body)
        self.answers(204, "PUT", path, {"Value": ""})
        changed = self.read(path)
        self.assertEqual((changed["Value"], changed["CreatedBy"], changed["LastModifiedBy"]),
                         ("", "anna", "second"))
        self.assertEqual(self.read("StringParameters?$filter=Pid eq 'Neu.1'")["results"],
                         [changed])
        self.answers(204, "DELETE", path)
        for method, sent in (("GET", None), ("PUT", {"Value": ""}), ("DELETE", None)):
            self.answers(404, method, path, sent)

    def test_bad_bodies(self) -> None:
        good: Any = {"Pid": "Bad", "Id": "x", "Value": "y"}
        for status, body in (
                (400, b"{"), (400, b"[]"), (400, b""), (400, b"\xff"), (400, {**good, "Nope": 1}),
                (400, {**good, "Value": 1}), (500, {**good, "Pid": "a b"}),
                (500, {**good, "Pid": "x" * 61}), (500, {"Pid": "Bad", "Id": "x"}),
                (500, {**good, "Value": "x" * 4001})):
            with self.subTest(body):
                self.answers(status, "POST", "StringParameters", body)
        for kind in ("text/plain", "application/atom+xml", "application/jsonx"):
            answer = self.send("POST", "StringParameters", good, {"Content-Type": kind})
            self.assertEqual(answer.status, 415)
        self.assertEqual(self.read("StringParameters?$filter=Pid eq 'Bad'")["results"], [])
        headers = {"Content-Type": "application/json;charset=utf-8", "Accept": "application/xml"}
        made = self.send("POST", "StringParameters", good, headers)
        self.assertEqual((made.status, made.xml.tag.rpartition("}")[2]), (201, "entry"))
        self.answers(204, "DELETE", "StringParameters(Pid='Bad',Id='x')")

    def test_pages_of_thirty(self) -> None:
        page = self.read("BinaryParameters?$inlinecount=allpages")
        self.assertEqual((len(page["results"]), page["__count"]), (30, "65"))
        self.assertIn("$skiptoken=30", page["__next"])
        parts = urlsplit(page["__next"])
        page = ask(self.connection, f"{parts.path}?{parts.query}", headers=JSON).json["d"]
        self.assertIn("$skiptoken=60", page["__next"])
        body = {"Pid": "Neu", "Id": "b", "ContentType": "xsd;encoding=UTF-8", "Value": "R3LDtg=="}
        self.answers(500, "POST", "BinaryParameters", {**body, "ContentType": "pdf"})
        self.answers(400, "POST", "BinaryParameters", {**body, "Value": "not base64!"})
        self.answers(201, "POST", "BinaryParameters", body)
        self.answers(204, "DELETE", "BinaryParameters(Pid='Neu',Id='b')")

    def test_limits_of_binaries(self) -> None:
        """Contract §9, §10.15: 1.5 MiB, or what another page says."""
        body = {"Pid": "Neu", "Id": "large", "ContentType": "zip"}
        for most, switch in ((1572864, "binary_max="), (262144, "binary_max=262144")):
            sandbox("scenario", switch)
            for size, status in ((most + 1, 500), (most, 201)):
                value = base64.b64encode(bytes(size)).decode()
                self.answers(status, "POST", "BinaryParameters", {**body, "Value": value})
            self.answers(204, "DELETE", "BinaryParameters(Pid='Neu',Id='large')")
        sandbox("scenario", "binary_max=")

    def test_hex_keys(self) -> None:
        body = {"Agency": "Köln/1", "Scheme": "S", "Id": "a\\b", "Pid": "Neu"}
        entity = self.answers(201, "POST", "AlternativePartners", body).json["d"]
        self.assertEqual(entity["Hexagency"], "Köln/1".encode().hex().upper())
        path = f"AlternativePartners(Hexagency='{entity['Hexagency'].lower()}'," \
               f"Hexscheme='53',Hexid='{entity['Hexid']}')"
        self.assertEqual(self.read(path)["Id"], "a\\b")
        self.assertEqual(self.read("AlternativePartners?$filter=Hexscheme eq '53'")["results"], [])
        self.assertEqual(len(self.read("AlternativePartners?$filter=Scheme eq 'S'")["results"]), 1)
        self.answers(500, "POST", "AlternativePartners", body)
        self.answers(500, "POST", "AlternativePartners", {**body, "Id": "other"})
        self.answers(204, "PUT", path, {"Pid": "Neu2"})
        self.assertEqual((self.read(path)["Pid"], self.read(path)["Agency"]), ("Neu2", "Köln/1"))
        self.answers(204, "DELETE", path)

    def test_authorized_users_are_lower_case(self) -> None:
        self.answers(201, "POST", "AuthorizedUsers", {"User": "ANNA", "Pid": "Neu"})
        self.answers(404, "GET", "AuthorizedUsers('ANNA')")
        self.assertEqual(self.read("AuthorizedUsers('anna')")["Pid"], "Neu")
        self.answers(204, "DELETE", "AuthorizedUsers('anna')")

    def test_credential_parameters(self) -> None:
        body = {"Pid": "Neu", "Id": "c", "User": "u", "Password": "p"}
        for _ in range(2):  # POST again replaces
            made = self.answers(201, "POST", "UserCredentialParameters", body).json["d"]
            self.assertIsNone(made["Password"])
        path = "UserCredentialParameters(Pid='Neu',Id='c')"
        self.assertRegex(self.read(path + "?returnHashedPassword=SHA256")["Password"],
                         "^SHA256[.][0-9a-f]{64}$")
        self.answers(405, "PUT", path, body)
        self.answers(500, "GET", "UserCredentialParameters")
        found = self.read("UserCredentialParameters?$filter=Pid eq 'Neu'")["results"]
        self.assertEqual([e["Password"] for e in found], [None])
        self.answers(204, "DELETE", path)

    def test_partners_exist_through_their_entries(self) -> None:
        for name in ("x", "y"):
            self.answers(201, "POST", "StringParameters", {"Pid": "Weg", "Id": name, "Value": ""})
        self.answers(201, "POST", "AuthorizedUsers", {"User": "weg", "Pid": "Weg"})
        self.assertIn("Weg", {p["Pid"] for p in self.read("Partners")["results"]})
        self.answers(501, "GET", "Partners('Weg')")
        self.answers(405, "POST", "Partners", {"Pid": "Weg"})
        self.answers(204, "DELETE", "Partners('Weg')?exclude=AuthorizedUsers")
        self.assertEqual(self.read("StringParameters?$filter=Pid eq 'Weg'")["results"], [])
        self.answers(204, "DELETE", "Partners('Weg')")
        self.answers(404, "DELETE", "Partners('Weg')")


class Security(Writing):
    """Contract §7.3, §7.4"""

    def test_user_credentials(self) -> None:
        body = {"Name": "neu", "Kind": "default", "Description": "", "User": "u", "Password": "p",
                "CompanyId": ""}
        self.answers(500, "POST", "UserCredentials", {**body, "Kind": "Default"})
        self.answers(400, "POST", "UserCredentials", {**body, "Description": None})
        self.answers(409, "PUT", "UserCredentials('neu')", body)
        self.answers(202, "POST", "UserCredentials", body)
        self.answers(409, "POST", "UserCredentials", body)
        self.answers(202, "PUT", "UserCredentials('neu')", {**body, "User": "v"})
        entity = self.read("UserCredentials('neu')")
        self.assertEqual((entity["User"], entity["Password"]), ("v", None))
        self.assertEqual(entity["SecurityArtifactDescriptor"]["Status"], "DEPLOYED")
        for method, status in (("PATCH", 501), ("MERGE", 405)):
            self.answers(status, method, "UserCredentials('neu')", {"User": "w"})
        self.answers(202, "DELETE", "UserCredentials('neu')")
        self.answers(405, "DELETE", "UserCredentials")

    def test_secure_parameters(self) -> None:
        self.assertEqual({e["SecureParam"] for e in self.read("SecureParameters")["results"]},
                         {None})
        for option in ("$select=Name", "$filter=Name eq 'x'", "$top=1"):
            self.answers(501, "GET", f"SecureParameters?{option}")
        self.answers(200, "GET", "SecureParameters?$format=json")
        body = {"Name": "neu", "Description": "", "SecureParam": "s"}
        self.answers(202, "POST", "SecureParameters", body)
        self.answers(409, "POST", "SecureParameters", body)
        self.answers(400, "PUT", "SecureParameters('neu')", {"Description": "kein Wert"})
        self.answers(202, "DELETE", "SecureParameters('neu')")

    def test_number_ranges(self) -> None:
        body = {"Name": "Neue Nummern", "MinValue": "1", "MaxValue": "99", "Rotate": "true"}
        self.answers(400, "POST", "NumberRanges", {**body, "Name": "a-b"})
        self.answers(400, "POST", "NumberRanges", {**body, "Rotate": True})
        self.answers(202, "POST", "NumberRanges", body)
        path = "NumberRanges('Neue%20Nummern')"
        self.assertEqual(self.read(path)["CurrentValue"], "1")
        self.answers(400, "PUT", path, body)
        self.answers(202, "PUT", path, {**body, "CurrentValue": "5"})
        self.assertEqual(self.read(path)["CurrentValue"], "5")
        self.answers(202, "DELETE", path)

    def test_access_policies(self) -> None:
        reference: Any = {"Name": "x", "Type": "INTEGRATION_FLOW", "ConditionAttribute": "ID",
                     "ConditionValue": "x", "ConditionType": "exactString"}
        body: Any = {"RoleName": "Neu", "Description": "d", "ArtifactReferences": [reference]}
        self.answers(400, "POST", "AccessPolicies",
                     {**body, "ArtifactReferences": [{**reference, "Type": "flow"}]})
        made = self.answers(201, "POST", "AccessPolicies", body).json["d"]
        self.assertIsInstance(made["Id"], str)
        path = f"AccessPolicies({made['Id']}L)"
        self.assertTrue(made["__metadata"]["uri"].endswith(path))
        self.answers(409, "POST", "AccessPolicies", body)
        self.answers(204, "PATCH", path, {"Description": "e"})
        self.answers(405, "PUT", path, body)
        entity = self.read(path + "?$expand=ArtifactReferences")
        self.assertEqual((entity["RoleName"], entity["Description"]), ("Neu", "e"))
        below = entity["ArtifactReferences"]["results"]
        self.assertEqual([e["ConditionValue"] for e in below], ["x"])
        link = {**reference, "AccessPolicy": {"__metadata": {"uri": f"x/{path}"}}}
        second = self.answers(201, "POST", "ArtifactReferences", link).json["d"]
        self.assertEqual(self.read(f"ArtifactReferences({second['Id']}L)/AccessPolicy")["Id"],
                         made["Id"])
        self.answers(400, "POST", "ArtifactReferences", reference)
        self.answers(200, "DELETE", f"ArtifactReferences({second['Id']}L)")
        self.answers(204, "DELETE", path)
        self.answers(404, "GET", f"ArtifactReferences({below[0]['Id']}L)")
        self.answers(400, "GET", "AccessPolicies?$filter=RoleName ne 'x'")

    def test_keystore_entries(self) -> None:
        found = self.read("KeystoreEntries?keystoreName=system")["results"]
        entry = next(e for e in found if e["Alias"] == "partner/müller")
        self.assertEqual(entry["Hexalias"], entry["Alias"].encode().hex().upper())
        self.assertEqual(self.read(f"KeystoreEntries('{entry['Hexalias'].lower()}')"), entry)
        self.assertRegex(entry["ValidNotAfter"], r"^/Date\(\d+\+0000\)/$")
        for moment, count in (("2026-11-01T00:00:00Z", 0), ("2099-11-01T00:00:00%2B01:00", 4)):
            found = self.read("KeystoreEntries?$filter=ValidNotAfter lt "
                              f"datetimeoffset'{moment}'")["results"]
            self.assertEqual(len(found), count)


class Content(Writing):
    """Contract §7.2, §6.3, §5.5"""

    def package(self, name: str) -> None:
        """A package that goes away again."""
        body = {"Id": name, "Name": name, "ShortText": "t", "Vendor": "v"}
        self.answers(201, "POST", "IntegrationPackages", body)
        self.addCleanup(self.answers, 202, "DELETE", f"IntegrationPackages('{name}')")

    def test_packages(self) -> None:
        self.package("Neu")
        path, body = "IntegrationPackages('Neu')", {"Id": "Neu", "Name": "Neu", "ShortText": "t"}
        self.answers(409, "POST", "IntegrationPackages", body)
        self.answers(400, "POST", "IntegrationPackages", {**body, "ShortText": ""})
        self.answers(400, "POST", "IntegrationPackages", {**body, "Mode": "EDIT_ALLOWED"})
        self.assertEqual(self.read(path)["Vendor"], "v")
        self.answers(202, "PUT", path, body)
        self.assertIsNone(self.read(path)["Vendor"])  # left out, so reset
        self.answers(501, "PATCH", path, body)

    def test_flows(self) -> None:
        self.package("Neu")
        body = {"Id": "Fluss", "Name": "Fluss", "PackageId": "Neu",
                "ArtifactContent": archive("Fluss")}
        self.answers(400, "POST", "IntegrationDesigntimeArtifacts",
                     {**body, "ArtifactContent": archive("Anderer")})
        made = self.answers(201, "POST", "IntegrationDesigntimeArtifacts", body).json["d"]
        self.assertIsNone(made["ArtifactContent"])
        self.answers(500, "POST", "IntegrationDesigntimeArtifacts", body)
        self.answers(501, "GET", "IntegrationDesigntimeArtifacts")
        path = "IntegrationDesigntimeArtifacts(Id='Fluss',Version='active')"
        self.assertEqual(self.read(path), made)
        self.assertEqual(self.read("IntegrationPackages('Neu')/IntegrationDesigntimeArtifacts")
                         ["results"], [made])
        content = self.answers(200, "GET", path + "/$value")
        self.assertEqual((content.headers["Content-Type"], content.headers["Content-Disposition"]),
                         ("application/zip", 'attachment; filename="Fluss.zip"'))
        self.assertEqual(base64.b64encode(content.body).decode(), body["ArtifactContent"])
        self.answers(500, "PUT", path, {"Name": "x", "Id": "Fluss"})
        self.answers(200, "PUT", path, {"Name": "Anders", "ArtifactContent": archive("Fluss")})
        self.assertEqual(self.read(path)["Version"], "Active")
        self.answers(500, "GET", "IntegrationPackages('Neu')/$value")
        self.answers(200, "POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Fluss'"
                                  "&SaveAsVersion='1.2.0'")
        self.assertEqual(self.read(path)["Version"], "1.2.0")
        packed = self.answers(200, "GET", "IntegrationPackages('Neu')/$value").body
        self.assertEqual(zipfile.ZipFile(io.BytesIO(packed)).namelist(), ["resources.cnt", "Fluss_content"])
        self.answers(200, "DELETE", path)

    def test_deployment(self) -> None:
        self.package("Neu")
        self.answers(201, "POST", "IntegrationDesigntimeArtifacts",
                     {"Id": "Fluss", "Name": "Fluss", "PackageId": "Neu"})
        call = "DeployIntegrationDesigntimeArtifact?Id='Fluss'&Version='active'"
        answer = self.answers(202, "POST", call)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
        self.assertRegex(answer.body.decode(), "^[0-9a-f-]{36}$")
        self.answers(404, "GET", "IntegrationRuntimeArtifacts('Fluss')")
        self.assertEqual(self.polled(answer), ["DEPLOYING", "DEPLOYING", "SUCCESS", "SUCCESS"])
        self.assertEqual(self.read("IntegrationRuntimeArtifacts('Fluss')")["Status"], "STARTED")
        sandbox("scenario", "deploy_fails=1", "deploy_polls=0", "error_details_late=2")
        self.assertEqual(self.polled(self.answers(202, "POST", call))[0], "FAIL")
        self.assertEqual(self.read("IntegrationRuntimeArtifacts('Fluss')")["Status"], "ERROR")
        details = "IntegrationRuntimeArtifacts('Fluss')/ErrorInformation/$value"
        for status in (204, 204, 200):
            text = self.answers(status, "GET", details)
        self.assertIn("parameter", json.loads(text.body))
        self.answers(202, "DELETE", "IntegrationRuntimeArtifacts('Fluss')")
        self.answers(404, "GET", "IntegrationRuntimeArtifacts('Fluss')")

    def polled(self, deployed: Answer) -> list[str]:
        """What a task says, asked four times."""
        path = f"BuildAndDeployStatus(TaskId='{deployed.body.decode()}')"
        return [self.read(path)["Status"] for _ in range(4)]

    def test_parameters_of_function_imports(self) -> None:
        name = "DeployIntegrationDesigntimeArtifact"
        for query, status in (("", 400), ("?Id='x'", 400), ("?Id=x&Version='active'", 400),
                              ("?Id='x'&Version=active", 400), ("?Id='x''&Version='active'", 400),
                              ("?Id='it''s'&Version='active'", 404)):
            self.answers(status, "POST", name + query)
        self.answers(405, "GET", name + "?Id='x'&Version='active'")

    def test_runtime_filter(self) -> None:
        path = "IntegrationRuntimeArtifacts?$filter="
        found = self.read(path + "Status eq 'ERROR' or Id eq 'Order_Express'")["results"]
        self.assertEqual({e["Id"] for e in found}, {"Invoice_Peppol", "Order_Express"})
        for text in ("Status eq 'ERROR' and Id eq 'x'", "(Status eq 'ERROR')",
                     "DeployedOn gt datetime'2026-01-01T00:00:00'"):
            self.answers(400, "GET", path + text)


class Stores(Writing):
    """Contract §4.5, §7.4"""

    def test_every_option_is_refused(self) -> None:
        for name in ("DataStores", "DataStoreEntries", "Variables"):
            for option in ("$filter=Type eq ''", "$inlinecount=allpages", "$orderby=Type",
                           "$skip=1", "$top=1", "$expand=Entries", "$select=Type"):
                self.answers(501, "GET", f"{name}?{option}")
            self.answers(200, "GET", f"{name}?$format=json")

    def test_entries(self) -> None:
        path = "DataStores(DataStoreName='Orders',IntegrationFlow='Order_Express',Type='')"
        store = self.read(path)
        self.assertEqual((store["NumberOfMessages"], store["NumberOfOverdueMessages"]),
                         ("1200", "12"))
        page = self.read("DataStoreEntries")
        self.assertEqual(len(page["results"]), 1000)
        self.assertIn("$skiptoken=1000", page["__next"])
        self.assertEqual(len(self.read(path + "/Entries?overdueonly=true")["results"]), 12)
        found = self.read("DataStoreEntries?messageid=ID-00002")["results"]
        self.assertEqual([e["Id"] for e in found], ["Entry-00004", "Entry-00005"])
        entry = urlsplit(found[0]["__metadata"]["uri"]).path.removeprefix("/api/v1/")
        content = self.answers(200, "GET", entry + "/$value")
        self.assertEqual(content.body, "<order number='4'>Größe</order>\n".encode())
        self.answers(202, "DELETE", entry)
        self.assertEqual(self.read(path)["NumberOfMessages"], "1199")

    def test_variables(self) -> None:
        names = {v["VariableName"] for v in self.read("Variables")["results"]}
        self.assertEqual(names, {"LastRun", "Zähler", "O'Brien"})
        path = "Variables(VariableName='O''Brien',IntegrationFlow='Order_Express')"
        self.assertIn(b"O'Brien=", self.answers(200, "GET", path + "/$value").body)
        self.answers(202, "DELETE", path)
        self.answers(404, "DELETE", path)


class Roles(Writing):
    """Contract §8: what one role opens, and what it does not."""

    def test_reading_and_writing(self) -> None:
        cases = (
            ("MonitoringDataRead", "GET", "UserCredentials", 200),
            ("MonitoringDataRead", "POST", "UserCredentials", 403),
            ("CredentialsEdit", "POST", "UserCredentials", 400),
            ("CredentialsEdit", "GET", "UserCredentials", 403),
            ("MonitoringArtifactsDeploy", "DELETE", "NumberRanges('x')", 404),
            ("WorkspacePackagesRead", "POST", "IntegrationPackages", 403),
            ("WorkspaceArtifactsDeploy", "POST", "DeployIntegrationDesigntimeArtifact", 400),
            ("WorkspacePackagesEdit", "POST", "DeployIntegrationDesigntimeArtifact", 403),
            ("MonitoringArtifactsDeploy", "DELETE", "IntegrationRuntimeArtifacts('x')", 404),
            ("DataStoresAndQueuesRead", "GET", "DataStores", 200),
            ("DataStoresAndQueuesRead", "GET", "Variables", 403),
            ("AuthGroup_TenantPartnerDirectoryConfigurator", "GET", "Partners", 200))
        self.addCleanup(sandbox, "roles", "--instance", "norole", "--role",
                        "WorkspacePackagesRead")
        for role, method, path, status in cases:
            with self.subTest(role=role, path=path):
                sandbox("roles", "--instance", "norole", "--role", role)
                answer = once(CLIENTS["norole"], f"/api/v1/{path}", method=method,
                              headers=JSON_BODY, body=b"{}")
                self.assertEqual(answer.status, status)

    def test_a_fault_keeps_a_write_from_being_done(self) -> None:
        body = {"Pid": "Fault", "Id": "x", "Value": ""}
        with scenario("csrf=off", "error_status=503", "retry_after=1", "error_times=1"):
            answer = self.send("POST", "StringParameters", body)
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "1"))
            self.answers(201, "POST", "StringParameters", body)
            self.answers(204, "DELETE", "StringParameters(Pid='Fault',Id='x')")
        sandbox("scenario", "csrf=off")


if __name__ == "__main__":
    unittest.main(verbosity=1)
