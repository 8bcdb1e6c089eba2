"""What a write must keep to, and what it brings with it, set by set (contract §6.2, §7)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Callable, Optional

import archives
import certificate_users
import custom_tags
import oauth_credentials
from edm import EntityType, epoch_ms
from artifacts import check_changeable, check_lock, is_artifact, parameters_in, touch
from refusal import Refused
from scenario import Scenario
from keystores import hex_of
from sets_artifacts import ADAPTER, OF_PACKAGE, TYPE_NAMES
from store import Store

Entity = dict[str, Any]

_PARTNER_NAME = re.compile(r"[A-Za-z0-9._~<>@-]+")
_CONTENT_TYPE = re.compile(
    r"((xml|xsl|xsd|json|text)(;\s*encoding=[\w-]+)?|zip|gz|zlib|crt)", re.IGNORECASE)
_MAX_PID, _MAX_STRING, _MAX_BINARY = 60, 4000, 1572864
_MAX_SECURE_NAME = 150
_KINDS = ("default", "successfactors", "openconnectors")
_REFERENCE_WORDS = {
    "Type": frozenset("""INTEGRATION_FLOW ODATA_SERVICE SCRIPT_COLLECTION VALUE_MAPPING
        MESSAGE_MAPPING MESSAGE_QUEUE GLOBAL_DATASTORE GLOBAL_VARIABLE SOAP_API_PROVIDER
        REST_API_PROVIDER DATA_TYPE MESSAGE_TYPE""".split()),
    "ConditionAttribute": frozenset({"Name", "ID"}),
    "ConditionType": frozenset({"exactString", "regularExpression"})}


@dataclass
class Change:
    """A row that is about to be written."""

    store: Store
    entity_type: EntityType
    user: str
    sent: Entity
    deep: Entity  # navigation properties of the body
    row: Entity
    before: Optional[Entity] = None
    scene: Scenario = field(default_factory=lambda: Scenario({}))
    options: dict[str, str] = field(default_factory=dict)  # of the query

    def demand(self, holds: Any, message: str, status: int = 400) -> None:
        """Refuses the write unless something holds."""
        if not holds:
            raise Refused(status, message)

    def has_text(self, *names: str, status: int = 400) -> None:
        """Refuses the write unless these properties say something."""
        for name in names:
            self.demand(self.row.get(name), f"Property '{name}' is mandatory.", status)


def check(change: Change) -> None:
    """Refuses a write that breaks a rule; sets what the server sets."""
    _CHECKS[change.entity_type.name](change)


def parse_date(text: str) -> Optional[datetime]:
    """The time of /Date(ms)/, with or without an offset, which is only the zone (§5.3)."""
    match = re.fullmatch(r"/Date\((-?\d{1,14})([+-]\d{4})?\)/", text)
    return datetime(1970, 1, 1) + timedelta(milliseconds=int(match[1])) if match else None


# --- Partner Directory: what is wrong answers 500 (contract §5.6) -----------------------------

def _partner_entry(change: Change) -> None:
    row = change.row
    for name in ("Pid", "Id") if "Id" in change.entity_type.keys else ("Pid",):
        change.has_text(name, status=500)
        change.demand(_PARTNER_NAME.fullmatch(row[name]) and len(row[name]) <= _MAX_PID,
                      f"Property '{name}' has characters that are not allowed, or too many.", 500)
    now = change.store.now()
    row.update(LastModifiedBy=change.user, LastModifiedTime=now)
    if change.before is None:
        row.update(CreatedBy=change.user, CreatedTime=now)


def _string_parameter(change: Change) -> None:
    _partner_entry(change)
    value = change.row["Value"]
    change.demand(value is not None, "Property 'Value' is mandatory.", 500)
    change.demand(len(value) <= _MAX_STRING, f"Value is longer than {_MAX_STRING}.", 500)


def _binary_parameter(change: Change) -> None:
    _partner_entry(change)
    change.has_text("ContentType", "Value", status=500)
    change.demand(_CONTENT_TYPE.fullmatch(change.row["ContentType"]), "Unknown ContentType.", 500)
    change.demand(len(base64.b64decode(change.row["Value"]))
                  <= change.scene.get("binary_max", _MAX_BINARY), "Value is too long.", 500)


def _alternative_partner(change: Change) -> None:
    row = change.row
    if change.before is not None:
        row.update({name: change.before[name] for name in ("Agency", "Scheme", "Id")})
    change.has_text("Agency", "Scheme", "Id", status=500)
    _partner_entry(change)
    row.update(Hexagency=hex_of(row["Agency"]), Hexscheme=hex_of(row["Scheme"]),
               Hexid=hex_of(row["Id"]))
    same = [other for other in change.store.tables["AlternativePartner"].all()
            if other is not change.before
            and all(other[name] == row[name] for name in ("Agency", "Scheme", "Pid"))]
    change.demand(not same, "Agency, Scheme and Pid are not unique.", 500)


def _authorized_user(change: Change) -> None:
    change.has_text("User", status=500)
    change.row["User"] = change.row["User"].lower()
    _partner_entry(change)


def _credential_parameter(change: Change) -> None:
    _partner_entry(change)
    change.has_text("User", "_Password", status=500)


# --- security content and number ranges ------------------------------------------------------

def _user_credential(change: Change) -> None:
    change.has_text("Name", "Kind", "User")
    change.demand(change.row["Description"] is not None, "Property 'Description' is mandatory.")
    change.demand(change.row["Kind"] in _KINDS, "Unknown Kind.", 500)
    change.row["SecurityArtifactDescriptor"] = {
        "Type": "CREDENTIALS", "DeployedBy": change.user, "DeployedOn": change.store.now(),
        "Status": "DEPLOYED"}


def _secure_parameter(change: Change) -> None:
    change.has_text("Name", "_SecureParam")
    change.demand(len(change.row["Name"]) <= _MAX_SECURE_NAME, "Name is too long.")
    change.row.update(DeployedBy=change.user, DeployedOn=change.store.now(), Status="DEPLOYED")


def _number_range(change: Change) -> None:
    row = change.row
    change.has_text("Name", "MinValue", "MaxValue")
    change.demand(re.fullmatch(r"[A-Za-z0-9 _]+", row["Name"]), "Name has other characters than "
                  "letters, digits, space and underscore.")
    change.demand(row["Rotate"] in ("true", "false"), "Rotate must be \"true\" or \"false\".")
    for name in ("MinValue", "MaxValue", "CurrentValue", "FieldLength"):
        change.demand(row[name] is None or row[name].isdigit(), f"{name} is not a number.")
    change.demand(change.before is None or row["CurrentValue"], "CurrentValue is mandatory.")
    row["CurrentValue"] = row["CurrentValue"] or row["MinValue"]
    row.update(DeployedBy=change.user, DeployedOn=change.store.now())


def _access_policy(change: Change) -> None:
    change.has_text("RoleName")
    policies = change.store.tables["AccessPolicy"]
    same = [policy for policy in policies.all()
            if policy is not change.before and policy["RoleName"] == change.row["RoleName"]]
    change.demand(not same, "An access policy with this role name exists already.", 409)
    if change.before is None:
        change.row["Id"] = policies.next_id()
        for reference in _deep_references(change):
            _check_reference(change, reference)


def _deep_references(change: Change) -> list[Entity]:
    sent = change.deep.get("ArtifactReferences") or []
    return list(sent.get("results", []) if isinstance(sent, dict) else sent)


def _check_reference(change: Change, row: Entity) -> None:
    for name, words in _REFERENCE_WORDS.items():
        change.demand(row.get(name) in words, f"Property '{name}' has a value there is not.")
    change.demand(row.get("ConditionValue"), "Property 'ConditionValue' is mandatory.")


def _artifact_reference(change: Change) -> None:
    _check_reference(change, change.row)
    link = change.deep.get("AccessPolicy") or {}
    found = re.search(r"(\d+)", str(link.get("Id") or link.get("__metadata", {}).get("uri", "")
                                    .rpartition("(")[2]))
    policy = found and change.store.tables["AccessPolicy"].find({"Id": int(found[1])})
    change.demand(policy, "The access policy of the reference does not exist.")
    change.row.update(Id=change.store.tables["ArtifactReference"].next_id(),
                      _policy=int(found[1]) if found else 0)


# --- packages and flows ----------------------------------------------------------------------

def _package(change: Change) -> None:
    change.has_text("Id", "Name", "ShortText")
    change.demand("Mode" not in change.sent, "Mode must not be sent.")
    change.demand(change.before is None or change.before["Mode"] != "READ_ONLY",
                  "The package is in configure-only mode.")
    stamp = str(epoch_ms(change.store.now()))
    change.row.update(Mode="EDIT_ALLOWED", ModifiedBy=change.user, ModifiedDate=stamp)
    if change.before is None:
        change.row.update(CreatedBy=change.user, CreationDate=stamp)


def _artifact(change: Change) -> None:
    row = change.row
    if change.before is not None:
        change.demand(not {"Id", "PackageId"} & change.sent.keys(),
                      "Id and PackageId cannot be changed.", 500)
        row.update(PackageId=change.before["PackageId"])
        row["Name"] = row["Name"] or change.before["Name"]
    change.has_text("Id", "Name", "PackageId")
    same = change.store.tables[change.entity_type.name]
    change.demand(change.before or not any(f["Id"] == row["Id"] for f in same.all()),
                  "An artifact with this Id exists already.", 500)
    change.demand(change.store.tables["IntegrationPackage"].find({"Id": row["PackageId"]}),
                  "The package does not exist.")
    check_changeable(change.store, row, change.scene.get("locked"))
    content = change.sent.get("ArtifactContent")
    if content is not None:
        row["_content"] = base64.b64decode(content)
        change.demand(archives.symbolic_name(row["_content"]) == row["Id"],
                      "Bundle-SymbolicName in the manifest is not the Id.")
        row["_parameters"] = parameters_in(row["_content"], change.before)
    row.pop("_ArtifactContent", None)
    row["Version"] = "1.0.0" if change.before is None else "Active"  # changed: a draft
    touch(change.store, row, change.user)


def _adapter(change: Change) -> None:
    """Its Id is that of the content, which is not looked at here."""
    change.has_text("PackageId", "_ArtifactContent")
    change.row["Id"] = change.row["Name"] = f"Adapter_{change.row['PackageId']}"
    change.row["Version"] = "1.0.0"


_CHECKS: dict[str, Callable[[Change], None]] = {
    "StringParameter": _string_parameter, "BinaryParameter": _binary_parameter,
    "AlternativePartner": _alternative_partner, "AuthorizedUser": _authorized_user,
    "UserCredentialParameter": _credential_parameter, "UserCredential": _user_credential,
    "OAuth2ClientCredential": oauth_credentials.check, "SecureParameter": _secure_parameter,
    "NumberRange": _number_range,
    "AccessPolicy": _access_policy, "ArtifactReference": _artifact_reference,
    "IntegrationPackage": _package, **dict.fromkeys(TYPE_NAMES, _artifact), ADAPTER: _adapter,
    custom_tags.TYPE: custom_tags.check, certificate_users.TYPE: certificate_users.check}


# --- what a write brings with it ---------------------------------------------------------------

def created(change: Change) -> None:
    """Deep insert of the references of an access policy (contract §7.3)."""
    if change.entity_type.name != "AccessPolicy":
        return
    references = change.store.tables["ArtifactReference"]
    for sent in _deep_references(change):
        names = [name for name in references.entity_type.properties if name != "Id"]
        references.put({"Id": references.next_id(), "_policy": change.row["Id"],
                        **{name: sent.get(name) for name in names}})


def remove(store: Store, entity_type: EntityType, entity: Entity,
           options: dict[str, str], scene: Scenario) -> None:
    """Removes an entity, and what cannot be without it."""
    if is_artifact(entity_type.name):
        check_changeable(store, entity, scene.get("locked"))
    if entity_type.name == "Partner":
        for name in store.partner_types(options.get("exclude", "").split(",")):
            for row in store.entries_of(name, entity["Pid"]):
                store.tables[name].remove(row)
        return
    if entity_type.name == "IntegrationPackage":
        for _, row in store.artifacts_of(entity):
            check_lock(row, scene.get("locked"))
    for below in {"AccessPolicy": ["ArtifactReferences"], "DataStore": ["Entries"],
                  "IntegrationPackage": [*OF_PACKAGE]}.get(entity_type.name, []):
        target = entity_type.navigations[below].target
        for row in store.related(entity_type, entity, below):
            store.tables[target].remove(row)
    store.tables[entity_type.name].remove(entity)
