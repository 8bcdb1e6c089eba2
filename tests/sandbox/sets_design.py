"""What hangs below artifacts and is read with them: the content of value mappings, and the results
of design guidelines (contract §7.2)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from edm import BOOLEAN, STRING, ComplexType, EntityType, Filtering, FunctionImport, Navigation

Entity = dict[str, Any]

VALUE_MAPPING, SCHEMA = "ValueMappingDesigntimeArtifact", "ValMapSchema"
FLOW, RESULT, RESULTS = ("IntegrationDesigntimeArtifact", "DesignGuidelineExecutionResult",
                         "DesignGuidelineExecutionResults")
AGENCIES = ("SrcAgency", "SrcId", "TgtAgency", "TgtId")
SPELLINGS = ("GudelineId", "GuidelineId")  # of SAP's description, and of $metadata
CONFIGURE, EDIT = "WorkspacePackagesConfigure", "WorkspacePackagesEdit"
_READ = "WorkspacePackagesRead"
_GUIDELINE = ("GuidelineId", "GuidelineName", "Category", "Severity", "Applicability",
              "Compliance", "IsGuidelineSkipped", "SkipReason", "SkippedBy", "ExpectedKPI",
              "ActualKPI", "ViolatedComponents")

VALUE = ComplexType("Value", {"SrcValue": STRING, "TgtValue": STRING})

ENTITY_TYPES = (
    EntityType(
        name=SCHEMA, entity_set=SCHEMA, keys=AGENCIES,
        properties={**dict.fromkeys(AGENCIES, STRING), "State": STRING},
        navigations={"ValMaps": Navigation("ValMap", True),
                     "DefaultValMaps": Navigation("DefaultValMap", True)},
        addressable=False, role=_READ,
        filtering=Filtering(operators=frozenset({"eq"}), nesting=False,
                            refused=frozenset(AGENCIES))),
    *(EntityType(
        name=f"{prefix}ValMap", entity_set=f"{prefix}ValMaps", keys=("Id",),
        properties={"Id": STRING, "Value": VALUE.name}, addressable=False, role=_READ,
        filtering=Filtering(operators=frozenset({"and", "eq"}))) for prefix in ("", "Default")),
    EntityType(
        name=RESULT, entity_set=RESULTS, keys=("ExecutionId",),
        properties=dict.fromkeys(("ExecutionId", "ArtifactVersion", "ExecutionStatus",
                                  "ExecutionTime", "ReportType"), STRING),
        navigations={"DesignGuidelines": Navigation("DesignGuideline", True)}, media=True,
        addressable=False, role=_READ, content_role=_READ),
    EntityType(
        name="DesignGuideline", entity_set="DesignGuidelines", keys=("GuidelineId",),
        properties={**dict.fromkeys(_GUIDELINE, STRING), "IsGuidelineSkipped": BOOLEAN},
        addressable=False, role=_READ),
)

_CONFIGURED = {"IsConfigured": ("true", "false")}
_WHERE = ("Id", "Version", *AGENCIES)
FUNCTION_IMPORTS = (
    FunctionImport("UpsertValMaps", (*_WHERE, "ValMapId?", "SrcValue", "TgtValue",
                                     "IsConfigured"), CONFIGURE, bare=_CONFIGURED),
    FunctionImport("UpdateDefaultValMap", (*_WHERE, "ValMapId", "IsConfigured"), CONFIGURE,
                   bare=_CONFIGURED),
    FunctionImport("DeleteValMaps", _WHERE, CONFIGURE),
    FunctionImport("ExecuteIntegrationDesigntimeArtifactsGuidelines", ("Id", "Version"), EDIT),
)


# --- value mappings -------------------------------------------------------------------------------

def seeded() -> list[Entity]:
    """Both directions of one pair of agencies, not configured yet."""
    pairs = [("EUR", "978"), ("CHF", "756"), ("Größe's", "a/b")]
    ends = ("SAP", "Currency"), ("Bank", "ISO 4217")
    return [_schema((*ends[0], *ends[1]), pairs),
            _schema((*ends[1], *ends[0]), [(target, source) for source, target in pairs])]


def _schema(key: tuple[str, ...], pairs: list[tuple[str, str]]) -> Entity:
    return {**dict(zip(AGENCIES, key)), "State": "",
            "_maps": [mapping(source, target, True) for source, target in pairs]}


def mapping(source: str, target: str, is_default: bool) -> Entity:
    """A new mapping."""
    return {"Id": uuid.uuid4().hex, "Value": {"SrcValue": source, "TgtValue": target},
            "_default": is_default}


def schemas_of(artifact: Entity) -> list[Entity]:
    """The schemas of a value mapping."""
    return list(artifact.get("_schemas", []))


def mappings_of(schema: Entity) -> list[Entity]:
    """The mappings of a schema."""
    return list(schema["_maps"])


def defaults_of(schema: Entity) -> list[Entity]:
    """Of several targets of a source, the one that is taken."""
    return [mapping for mapping in schema["_maps"] if mapping["_default"]]


def as_in_samples(body: bytes) -> bytes:
    """A list of mappings with each Value as an array of one."""
    document = json.loads(body)
    for row in document["d"]["results"]:
        row["Value"] = [row["Value"]]
    return json.dumps(document).encode()


# --- design guidelines ----------------------------------------------------------------------------

# id, name, category, severity, components of any flow that break it
RULES = (
    ("ERROR_SUBPROCESS", "Handle Errors In A Subprocess", "Handle Errors Gracefully", "High",
     "{CallActivity_59=Build Response, CallActivity_75=Größe, again}"),
    ("USE_STREAMING", "Use Streaming In Splitters", "Optimize Memory Footprint", "Medium", ""),
    ("CAMEL_CLASSES_USAGE", "Use No Camel Classes", "Use Supported Interfaces", "High",
     "{CallActivity_3=Script}"),
    ("SPECIAL_HEADER_VARIABLES", "Define Identifiers To Search", "Keep Readability in Mind",
     "Low", None))  # None: not applicable
ESSENTIAL = frozenset({"CAMEL_CLASSES_USAGE"})


def results_of(flow: Entity) -> list[Entity]:
    """The latest execution, or the place of one that has not been yet."""
    execution = flow.get("_execution") or {
        "ExecutionId": "", "ArtifactVersion": flow["Version"], "ExecutionStatus": "NOT_EXECUTED",
        "ExecutionTime": "0"}
    return [{**execution, "ReportType": None, "_skips": flow.get("_skips", {})}]


def guidelines_of(result: Entity) -> list[Entity]:
    """What an execution found."""
    if not result["ExecutionId"]:
        return []
    return [_guideline(rule, result["_skips"].get(rule[0])) for rule in RULES]


def _guideline(rule: tuple[Any, ...], skip: Any) -> Entity:
    applies, broken = rule[4] is not None, bool(rule[4])
    said = ("Non-Compliant" if broken else "Compliant") if applies else "Not Applicable"
    return {**dict.fromkeys(_GUIDELINE), "GuidelineId": rule[0], "GuidelineName": rule[1],
            "Category": rule[2], "Severity": rule[3],
            "Applicability": "Applicable" if applies else "Not Applicable", "Compliance": said,
            "IsGuidelineSkipped": skip is not None, "SkipReason": skip[0] if skip else "",
            "SkippedBy": skip[1] if skip else "", "ViolatedComponents": rule[4] or None}


def report_of(result: Entity) -> bytes:
    """What stands for the spreadsheet of a report."""
    rows = "\n".join(f"{row['GuidelineId']}\t{row['Compliance']}" for row in guidelines_of(result))
    return b"\xd0\xcf\x11\xe0" + rows.encode()
