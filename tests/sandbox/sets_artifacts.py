"""Artifacts of packages: what differs between their types (contract §7.2)."""

from __future__ import annotations

from dataclasses import dataclass

from edm import (BINARY, DATETIME, INT64, STRING, EntityType, FunctionImport, Navigation,
                 Writes)

_EDIT = ("WorkspacePackagesEdit",)
_READ = "WorkspacePackagesRead"


@dataclass(frozen=True)
class Kind:
    """A type of artifact."""

    prefix: str  # of the names of its entity type and function imports
    runtime_type: str  # Type of IntegrationRuntimeArtifacts
    listable: bool = False  # by a set of its own, not only by package
    put: bool = True
    files: bool = True  # can be read one by one
    takes_files: bool = True  # and written

    @property
    def type_name(self) -> str:
        """Its entity type."""
        return f"{self.prefix}DesigntimeArtifact"


KINDS = (Kind("Integration", "INTEGRATION_FLOW"),
         Kind("MessageMapping", "MESSAGE_MAPPING", listable=True, takes_files=False),
         Kind("ValueMapping", "VALUE_MAPPING", listable=True, put=False, files=False, takes_files=False),
         Kind("ScriptCollection", "SCRIPT_COLLECTION"))
TYPE_NAMES = {kind.type_name: kind for kind in KINDS}
ADAPTER = "IntegrationAdapterDesigntimeArtifact"

# Navigation of a package: the type behind it
OF_PACKAGE = {f"{kind.type_name}s": kind.type_name for kind in KINDS}

# Navigations of an artifact
_BELOW = {
    "Integration": {
        "Configurations": Navigation("Configuration", True),
        "DesignGuidelineExecutionResults": Navigation("DesignGuidelineExecutionResult", True)},
    "ValueMapping": {"ValMapSchema": Navigation("ValMapSchema", True)}}


def _entity_type(kind: Kind) -> EntityType:
    flow = {"Sender": STRING, "Receiver": STRING} if kind.prefix == "Integration" else {}
    below = dict(_BELOW.get(kind.prefix, {}))
    if kind.files:
        below["Resources"] = Navigation("Resource", True)
    verbs = {"POST": 201, "DELETE": 200, **({"PUT": 200} if kind.put else {})}
    return EntityType(
        name=kind.type_name, entity_set=f"{kind.type_name}s", keys=("Id", "Version"),
        properties={"Id": STRING, "Version": STRING, "PackageId": STRING, "Name": STRING,
                    "Description": STRING, **flow, "ArtifactContent": BINARY},
        navigations=below, media=True, listable=kind.listable, role=_READ, content_role=_READ,
        writes=Writes(verbs, _EDIT, echo=True, taken=500, set_by_server=frozenset({"Version"}),
                      never_read=frozenset({"ArtifactContent"})))


ENTITY_TYPES = (
    *(_entity_type(kind) for kind in KINDS),
    EntityType(
        name=ADAPTER, entity_set=f"{ADAPTER}s", keys=("Id",),
        properties={"Id": STRING, "Version": STRING, "PackageId": STRING, "Name": STRING,
                    "ArtifactContent": BINARY},
        addressable=False, role=_READ,
        writes=Writes({"POST": 201, "DELETE": 200}, _EDIT, echo=True, taken=500,
                      never_read=frozenset({"ArtifactContent"}))),
    EntityType(
        name="Configuration", entity_set="Configurations", keys=("ParameterKey",),
        properties={"ParameterKey": STRING, "ParameterValue": STRING, "DataType": STRING,
                    "Description": STRING}, addressable=False, role=_READ),
    EntityType(
        name="Resource", entity_set="Resources", keys=("Name", "ResourceType"),
        properties={"Name": STRING, "ResourceType": STRING, "ReferencedResourceType": STRING,
                    "ResourceContent": BINARY, "ResourceSize": INT64, "ResourceSizeUnit": STRING},
        media=True, addressable=False, role=_READ, content_role=_READ),
    EntityType(
        name="ServiceEndpoint", entity_set="ServiceEndpoints", keys=("Id",),
        properties={"Name": STRING, "Id": STRING, "Title": STRING, "Version": STRING,
                    "Summary": STRING, "Description": STRING, "LastUpdated": DATETIME,
                    "Protocol": STRING},
        navigations={"EntryPoints": Navigation("EntryPoint", True),
                     "ApiDefinitions": Navigation("Definition", True)},
        listable=True, addressable=False),
    EntityType(
        name="EntryPoint", entity_set="EntryPoints", keys=("Url",),
        properties={"Name": STRING, "Url": STRING, "Type": STRING,
                    "AdditionalInformation": STRING}, addressable=False),
    EntityType(
        name="Definition", entity_set="APIDefinitions", keys=("Url",),
        properties={"Url": STRING, "Name": STRING}, addressable=False),
)

FUNCTION_IMPORTS = (
    *(FunctionImport(f"Deploy{kind.type_name}", ("Id", "Version"), "WorkspaceArtifactsDeploy")
      for kind in KINDS),
    FunctionImport(f"Deploy{ADAPTER}", ("Id",), "WorkspaceArtifactsDeploy"),
    *(FunctionImport(f"{kind.type_name}SaveAsVersion", ("Id", "SaveAsVersion"), _EDIT[0])
      for kind in KINDS),
)
