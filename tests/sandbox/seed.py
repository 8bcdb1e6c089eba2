"""What stands in the writable sets at the start: a little of everything that is hard to read."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any, Iterator

import b2b
import jms
import log_files
import oauth_credentials
import repository
import sets_design
import sets_switches
from edm import epoch_ms
from keystores import hex_of
from log_data import FLOWS
from model import ENTITY_TYPES
from tables import Table

Entity = dict[str, Any]

MANY_ENTRIES = 1200  # more than one page of 1000
MANY_BINARIES = 65  # more than two pages of 30
_STANDARD = {"Id": "Standard", "Name": "Standard Content", "ShortText": "Standard Content",
             "Version": "2.1.0", "Vendor": "SAP", "Mode": "READ_ONLY"}


def tables(now: datetime) -> dict[str, Table]:
    """All writable sets by the names of their entity types."""
    rows: dict[str, Iterator[Entity]] = {
        "CertificateUserMapping": iter(()),
        "StringParameter": _strings(now), "BinaryParameter": _binaries(now),
        "AlternativePartner": _alternatives(now), "AuthorizedUser": _users(now),
        "UserCredentialParameter": iter(()), "UserCredential": _credentials(now),
        "OAuth2ClientCredential": oauth_credentials.rows(now),
        "SecureParameter": _secure_parameters(now), "NumberRange": _number_ranges(now),
        "AccessPolicy": _policies(),
        "ArtifactReference": _references(), "IntegrationPackage": _packages(now),
        "IntegrationDesigntimeArtifact": _flows(), "IntegrationRuntimeArtifact": _running(now),
        "MessageMappingDesigntimeArtifact": _artifact("Order_Mapping", "Order Mapping"),
        "ValueMappingDesigntimeArtifact": _artifact("Currencies", "Währungen",
                                                    _schemas=sets_design.seeded()),
        "CustomTagConfiguration": iter(()),
        "ScriptCollectionDesigntimeArtifact": _artifact("Common_Scripts", "Common Scripts"),
        "IntegrationAdapterDesigntimeArtifact": iter(()),
        "BuildAndDeployStatus": iter(()), "DataStore": _stores(),
        "DataStoreEntry": _store_entries(now), "Variable": _variables(now),
        "JmsBroker": jms.rows(), repository.GENERIC: repository.entries(now),
        repository.DEPRECATED: repository.deprecated(now),
        repository.TOKEN: repository.tokens(), log_files.FILE: log_files.files(now),
        log_files.ARCHIVE: log_files.archives(), **sets_switches.tables(now),
        **b2b.tables(now)}
    made = {name: Table(ENTITY_TYPES[name], each) for name, each in rows.items()}
    return {**made, "DiscoverPackage": Table(ENTITY_TYPES["IntegrationPackage"], _discover())}


def _changed(now: datetime) -> Entity:
    return {"LastModifiedBy": "seed", "LastModifiedTime": now, "CreatedBy": "seed",
            "CreatedTime": now - timedelta(days=1)}


def _strings(now: datetime) -> Iterator[Entity]:
    for pid, name, value in (
            ("Shopify", "Endpoint", "https://shop.example/in?a=1&b=2"),
            ("Shopify", "Greeting", "Grüße aus Köln, \"O'Brien\""),
            ("Ariba", "Endpoint", "https://ariba.example/<in>"),
            ("Banque~1", "Waehrung", "€"), ("Ariba", "Empty", "")):
        yield {"Pid": pid, "Id": name, "Value": value, **_changed(now)}


def _binaries(now: datetime) -> Iterator[Entity]:
    for number in range(MANY_BINARIES):
        text = f"<xsl:stylesheet number='{number}'>Größe</xsl:stylesheet>\n"
        yield {"Pid": "Ariba", "Id": f"Mapping-{number:03}", "ContentType": "xsl;encoding=UTF-8",
               "Value": base64.b64encode(text.encode()).decode(), **_changed(now)}


def _alternatives(now: datetime) -> Iterator[Entity]:
    for agency, scheme, identifier, pid in (
            ("SAP SE", "SenderInterface", "Bestellung/Größe", "Shopify"),
            ("GLN", "014", "4012345000009", "Ariba"), ("DUNS", "016", "O'Brien & Söhne", "Ariba")):
        yield {"Hexagency": hex_of(agency), "Hexscheme": hex_of(scheme),
               "Hexid": hex_of(identifier), "Agency": agency, "Scheme": scheme, "Id": identifier,
               "Pid": pid, **_changed(now)}


def _users(now: datetime) -> Iterator[Entity]:
    for user, pid in (("shop-user", "Shopify"), ("o'brien@ariba.example", "Ariba")):
        yield {"User": user, "Pid": pid, **_changed(now)}


def _credentials(now: datetime) -> Iterator[Entity]:
    for name, kind, user in (("SFTP_Bank", "default", "bank"), ("SF_API", "successfactors", "sf"),
                             ("Köln's archive", "default", "O'Brien")):
        yield {"Name": name, "Kind": kind, "Description": "", "User": user, "CompanyId": "",
               "_Password": "seed",
               "SecurityArtifactDescriptor": {"Type": "CREDENTIALS", "DeployedBy": "seed",
                                              "DeployedOn": now, "Status": "DEPLOYED"}}


def _secure_parameters(now: datetime) -> Iterator[Entity]:
    for name in ("PGP_Passphrase", "API token"):
        yield {"Name": name, "Description": "", "_SecureParam": "seed", "DeployedBy": "seed",
               "DeployedOn": now, "Status": "DEPLOYED"}


def _number_ranges(now: datetime) -> Iterator[Entity]:
    for name, current in (("Invoice_Numbers", "9007199254740993"), ("Order numbers", "17")):
        yield {"Name": name, "Description": "", "MinValue": "1", "MaxValue": "9999999999999999",
               "Rotate": "false", "CurrentValue": current, "FieldLength": "0",
               "DeployedBy": "seed", "DeployedOn": now}


def _policies() -> Iterator[Entity]:
    yield {"Id": 1901, "RoleName": "Payroll", "Description": "Löhne"}
    yield {"Id": 9007199254740993, "RoleName": "Treasury", "Description": None}


def _references() -> Iterator[Entity]:
    for number, (policy, name) in enumerate(((1901, "Kuendigungen_Lohn"),
                                             (9007199254740993, "Bank_Statement_MT940"))):
        yield {"Id": 51 + number, "Name": name, "Description": "", "Type": "INTEGRATION_FLOW",
               "ConditionAttribute": "ID", "ConditionValue": name,
               "ConditionType": "exactString", "_policy": policy}


def _packages(now: datetime) -> Iterator[Entity]:
    stamp = str(epoch_ms(now))
    for package, name in dict.fromkeys((flow[2], flow[3]) for flow in FLOWS):
        yield {"Id": package, "Name": name, "Description": f"<p>{name} &amp; more</p>",
               "ShortText": name, "Version": "1.0.0", "Vendor": "Sandbox", "Mode": "EDIT_ALLOWED",
               "SupportedPlatform": "[SAP Cloud Integration]", "ModifiedBy": "seed",
               "CreationDate": stamp, "ModifiedDate": stamp, "CreatedBy": "seed", "Products": "[]",
               "Keywords": "[]", "Countries": "[]", "Industries": "[]", "LineOfBusiness": "[]"}
    yield {**_STANDARD, "CreatedBy": "SAP"}


def _discover() -> Iterator[Entity]:
    """What can be copied into the workspace: a newer version, and what is not there yet."""
    kind = "IntegrationDesigntimeArtifact"
    yield {**_STANDARD, "Version": "2.2.0", "_artifacts": {
        kind: [{"Id": "Standard_Flow", "Version": "2.2.0", "Name": "Standard Flow",
                "Description": "", "_parameters": _parameters()}]}}
    yield {"Id": "Starter", "Name": "Starter", "ShortText": "Starter", "Version": "1.0.0",
           "Vendor": "SAP", "Mode": "EDIT_ALLOWED", "_artifacts": {
               kind: [{"Id": "Starter_Flow", "Version": "1.0.0", "Name": "Starter Flow",
                       "Description": "", "_parameters": {}}],
               "ScriptCollectionDesigntimeArtifact": [
                   {"Id": "Starter_Scripts", "Version": "1.0.0", "Name": "Starter Scripts",
                    "Description": ""}]}}


def _flows() -> Iterator[Entity]:
    for flow in FLOWS:
        yield {"Id": flow[0], "Version": "1.0.0", "PackageId": flow[2], "Name": flow[1],
               "Description": "", "Sender": flow[4], "Receiver": flow[5],
               "_parameters": _parameters(), "_files": _FILES.get(flow[0], {})}
    yield {"Id": "Standard_Flow", "Version": "2.1.0", "PackageId": "Standard",
           "Name": "Standard Flow", "Description": "", "_parameters": _parameters()}


def _parameters() -> dict[str, Entity]:
    rows = (("Receiver Host", "erp.example", "xsd:string"), ("Timeout", "60", "xsd:integer"),
            ("O'Brien", "Größe", "xsd:string"))
    return {key: {"ParameterKey": key, "ParameterValue": value, "DataType": kind,
                  "Description": None} for key, value, kind in rows}


_FILES = {"Invoice_Peppol": {
    "src/main/resources/xsd/invoice.xsd": b"<xs:schema xmlns:xs='http://www.w3.org/2001/"
                                          b"XMLSchema'/>\n",
    "src/main/resources/script/log.groovy": "println 'Größe'\n".encode(),
    "src/main/resources/wsdl/peppol.wsdl": b"<definitions/>\n",
    "src/main/resources/wsdl/invoice.xsd": b"<xs:schema id='of-wsdl'/>\n"}}


def _artifact(name: str, title: str, **more: Any) -> Iterator[Entity]:
    yield {"Id": name, "Version": "1.0.0", "PackageId": "OrderToCash", "Name": title,
           "Description": "", **more}


def _running(now: datetime) -> Iterator[Entity]:
    for flow in FLOWS:
        broken = flow[0] == "Invoice_Peppol"
        yield {"Id": flow[0], "Version": "1.0.0", "Name": flow[1], "Type": "INTEGRATION_FLOW",
               "DeployedBy": "seed", "DeployedOn": now, "Status": "ERROR" if broken else "STARTED"}


def _stores() -> Iterator[Entity]:
    for name, flow, kind in (("Orders", "Order_Express", ""), ("Größen", "", ""),
                             ("Idempotent", "Bank_Statement_MT940", "SFTP")):
        yield {"DataStoreName": name, "IntegrationFlow": flow, "Type": kind,
               "Visibility": "Integration Flow" if flow else "Global"}


def _store_entries(now: datetime) -> Iterator[Entity]:
    for number in range(MANY_ENTRIES):
        overdue = number % 100 == 0
        due = now + timedelta(days=-1 if overdue else 1, seconds=number)
        yield {"Id": f"Entry/{number:05}" if number == 7 else f"Entry-{number:05}",
               "DataStoreName": "Orders", "IntegrationFlow": "Order_Express", "Type": "",
               "Status": "Overdue" if overdue else "Waiting", "MessageId": f"ID-{number // 2:05}",
               "DueAt": due, "CreatedAt": due - timedelta(days=2),
               "RetainUntil": due + timedelta(days=30),
               "_content": f"<order number='{number}'>Größe</order>\n".encode()}


def _variables(now: datetime) -> Iterator[Entity]:
    for name, flow in (("LastRun", "Order_Express"), ("Zähler", ""), ("O'Brien", "Order_Express")):
        yield {"VariableName": name, "IntegrationFlow": flow,
               "Visibility": "Integration Flow" if flow else "Global", "UpdatedAt": now,
               "RetainUntil": now + timedelta(days=400),
               "_content": f"{name}={epoch_ms(now)}\n".encode()}
