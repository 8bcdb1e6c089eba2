"""Entity model of the simulated tenant: the message processing log family (contract §7.1, §7.4).

Only what the sandbox serves is declared here; $metadata and the service document are rendered
from these tables. Names and types follow the live $metadata quoted in the contract.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAMESPACE = "com.sap.hci.api"
PAGE_SIZE = 1000  # contract §5.4

STRING, BOOLEAN, INT32, INT64, DATETIME = (
    "Edm.String", "Edm.Boolean", "Edm.Int32", "Edm.Int64", "Edm.DateTime")


@dataclass(frozen=True)
class Navigation:
    """A navigation property: its target type and whether it leads to many."""

    target: str
    collection: bool


@dataclass(frozen=True)
class ComplexType:
    """A complex type with its properties in order."""

    name: str
    properties: dict[str, str]


@dataclass(frozen=True)
class EntityType:
    """An entity type together with its one entity set and the roles it asks for (contract §8)."""

    name: str
    entity_set: str
    keys: tuple[str, ...]
    properties: dict[str, str]
    navigations: dict[str, Navigation] = field(default_factory=dict)
    media: bool = False
    listable: bool = False
    role: str = "MonitoringDataRead"
    content_role: str = "MonitoringDataRead"
    id_like: frozenset[str] = frozenset()


INTEGRATION_ARTIFACT = ComplexType("IntegrationArtifact", {
    "Id": STRING, "Name": STRING, "Type": STRING, "PackageId": STRING, "PackageName": STRING})

COMPLEX_TYPES: dict[str, ComplexType] = {INTEGRATION_ARTIFACT.name: INTEGRATION_ARTIFACT}

_LOG = EntityType(
    name="MessageProcessingLog",
    entity_set="MessageProcessingLogs",
    keys=("MessageGuid",),
    properties={
        "MessageGuid": STRING, "CorrelationId": STRING, "ApplicationMessageId": STRING,
        "ApplicationMessageType": STRING, "LogStart": DATETIME, "LogEnd": DATETIME,
        "Sender": STRING, "Receiver": STRING, "IntegrationFlowName": STRING, "Status": STRING,
        "AlternateWebLink": STRING, "IntegrationArtifact": "IntegrationArtifact",
        "LogLevel": STRING, "CustomStatus": STRING, "ArchivingStatus": STRING,
        "ArchivingSenderChannelMessages": BOOLEAN, "ArchivingReceiverChannelMessages": BOOLEAN,
        "ArchivingLogAttachments": BOOLEAN, "ArchivingPersistedMessages": BOOLEAN,
        "TransactionId": STRING, "PreviousComponentName": STRING, "LocalComponentName": STRING,
        "OriginComponentName": STRING, "PredecessorMessageGuid": STRING, "LastChangeTime": INT64,
    },
    navigations={
        "CustomHeaderProperties": Navigation("MessageProcessingLogCustomHeaderProperty", True),
        "MessageStoreEntries": Navigation("MessageStoreEntry", True),
        "ErrorInformation": Navigation("MessageProcessingLogErrorInformation", False),
        "AdapterAttributes": Navigation("MessageProcessingLogAdapterAttribute", True),
        "Attachments": Navigation("MessageProcessingLogAttachment", True),
        "Runs": Navigation("MessageProcessingLogRun", True),
    },
    listable=True,
    id_like=frozenset({"MessageGuid", "CorrelationId", "ApplicationMessageId"}),
)

_ADAPTER_ATTRIBUTE = EntityType(
    name="MessageProcessingLogAdapterAttribute",
    entity_set="MessageProcessingLogAdapterAttributes",
    keys=("Id",),
    properties={"Id": STRING, "AdapterId": STRING, "AdapterMessageId": STRING, "Name": STRING,
                "Value": STRING},
    navigations={"MessageProcessingLog": Navigation("MessageProcessingLog", False)},
)

_CUSTOM_HEADER = EntityType(
    name="MessageProcessingLogCustomHeaderProperty",
    entity_set="MessageProcessingLogCustomHeaderProperties",
    keys=("Id",),
    properties={"Id": STRING, "Name": STRING, "Value": STRING},
    navigations={"Log": Navigation("MessageProcessingLog", False)},
)

_ERROR_INFORMATION = EntityType(
    name="MessageProcessingLogErrorInformation",
    entity_set="MessageProcessingLogErrorInformations",
    keys=("MessageGuid",),
    properties={"MessageGuid": STRING, "Type": STRING, "LastErrorModelStepId": STRING},
    media=True,
)

_ATTACHMENT = EntityType(
    name="MessageProcessingLogAttachment",
    entity_set="MessageProcessingLogAttachments",
    keys=("Id",),
    properties={"Id": STRING, "MessageGuid": STRING, "TimeStamp": DATETIME, "Name": STRING,
                "ContentType": STRING, "PayloadSize": INT64},
    media=True,
    content_role="MessagePayloadsRead",
)

_RUN = EntityType(
    name="MessageProcessingLogRun",
    entity_set="MessageProcessingLogRuns",
    keys=("Id",),
    properties={"Id": STRING, "RunStart": DATETIME, "RunStop": DATETIME, "LogLevel": STRING,
                "OverallState": STRING, "ProcessId": STRING},
    navigations={"RunSteps": Navigation("MessageProcessingLogRunStep", True)},
)

_RUN_STEP = EntityType(
    name="MessageProcessingLogRunStep",
    entity_set="MessageProcessingLogRunSteps",
    keys=("RunId", "ChildCount"),
    properties={"RunId": STRING, "ChildCount": INT32, "StepStart": DATETIME, "StepStop": DATETIME,
                "StepId": STRING, "ModelStepId": STRING, "BranchId": STRING, "Status": STRING,
                "Error": STRING, "Activity": STRING},
)

_STORE_ENTRY = EntityType(
    name="MessageStoreEntry",
    entity_set="MessageStoreEntries",
    keys=("Id",),
    properties={"Id": STRING, "MessageGuid": STRING, "MessageStoreId": STRING,
                "TimeStamp": DATETIME, "HasAttachments": BOOLEAN},
    media=True,
    content_role="MessagePayloadsRead",
)

ENTITY_TYPES: dict[str, EntityType] = {entity.name: entity for entity in (
    _LOG, _ADAPTER_ATTRIBUTE, _CUSTOM_HEADER, _ERROR_INFORMATION, _ATTACHMENT, _RUN, _RUN_STEP,
    _STORE_ENTRY)}

ENTITY_SETS: dict[str, EntityType] = {e.entity_set: e for e in ENTITY_TYPES.values()}

# Role names as typed into "roles" of a service instance (contract §8).
KNOWN_ROLES = frozenset("""
MonitoringDataRead MessagePayloadsRead MessageProcessingLocksRead MessageProcessingLocksDelete
WorkspacePackagesRead WorkspacePackagesEdit WorkspacePackagesConfigure WorkspaceArtifactsDeploy
WorkspaceArtifactLocksRead WorkspaceArtifactLocksDelete WorkspacePackagesTransport
MonitoringArtifactsDeploy CatalogPackagesRead CatalogPackageArtifactsRead CatalogPackagesCopy
CredentialsEdit CredentialsRead SecurityMaterialEdit SecurityMaterialDownload AccessPoliciesRead
AccessPoliciesEdit AccessAllAccessPoliciesArtifacts DataStoresAndQueuesRead
DataStoresAndQueuesDelete DataStoresAndQueuesConfig DataStorePayloadsRead QueuesRetry
QueuesActivate AuthGroup_TenantPartnerDirectoryConfigurator TraceConfigurationRead
TraceConfigurationEdit ExternalLoggingActivate ExternalLoggingActivationRead
DataArchivingActivate DataArchivingRead WebToolingSettingsProductProfiles.savetenantconfiguration
HealthCheckMonitoringDataRead UserRolesEdit AuthGroup_Administrator AuthGroup_BusinessExpert
AuthGroup_IntegrationDeveloper AuthGroup_ReadOnly AuthGroup_ContentPublisher
""".split())
