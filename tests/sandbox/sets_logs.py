"""The message processing log family, the id mapper and the message store (contract §7.1, §7.4).

Names and types follow the live $metadata quoted in the contract.
"""

from __future__ import annotations

from edm import (BOOLEAN, DATETIME, DATETIMEOFFSET, INT32, INT64, STRING, ComplexType,
                 EntityType, Filtering, Navigation)

INTEGRATION_ARTIFACT = ComplexType("IntegrationArtifact", {
    "Id": STRING, "Name": STRING, "Type": STRING, "PackageId": STRING, "PackageName": STRING})

_LOG = EntityType(
    name="MessageProcessingLog",
    entity_set="MessageProcessingLogs",
    in_service_document=True,
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
    filtering=Filtering(only_eq=frozenset(
        {"MessageGuid", "CorrelationId", "ApplicationMessageId"})),
)

_ADAPTER_ATTRIBUTE = EntityType(
    name="MessageProcessingLogAdapterAttribute",
    entity_set="MessageProcessingLogAdapterAttributes",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "AdapterId": STRING, "AdapterMessageId": STRING, "Name": STRING,
                "Value": STRING},
    navigations={"MessageProcessingLog": Navigation("MessageProcessingLog", False)},
)

_CUSTOM_HEADER = EntityType(
    name="MessageProcessingLogCustomHeaderProperty",
    entity_set="MessageProcessingLogCustomHeaderProperties",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "Name": STRING, "Value": STRING},
    navigations={"Log": Navigation("MessageProcessingLog", False)},
)

_ERROR_INFORMATION = EntityType(
    name="MessageProcessingLogErrorInformation",
    entity_set="MessageProcessingLogErrorInformations",
    in_service_document=True,
    keys=("MessageGuid",),
    properties={"MessageGuid": STRING, "Type": STRING, "LastErrorModelStepId": STRING},
    media=True,
)

_ATTACHMENT = EntityType(
    name="MessageProcessingLogAttachment",
    entity_set="MessageProcessingLogAttachments",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "MessageGuid": STRING, "TimeStamp": DATETIME, "Name": STRING,
                "ContentType": STRING, "PayloadSize": INT64},
    media=True,
    content_role="MessagePayloadsRead",
)

_RUN = EntityType(
    name="MessageProcessingLogRun",
    entity_set="MessageProcessingLogRuns",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "RunStart": DATETIME, "RunStop": DATETIME, "LogLevel": STRING,
                "OverallState": STRING, "ProcessId": STRING},
    navigations={"RunSteps": Navigation("MessageProcessingLogRunStep", True)},
)

_RUN_STEP = EntityType(
    name="MessageProcessingLogRunStep",
    entity_set="MessageProcessingLogRunSteps",
    in_service_document=True,
    keys=("RunId", "ChildCount"),
    properties={"RunId": STRING, "ChildCount": INT32, "StepStart": DATETIME, "StepStop": DATETIME,
                "StepId": STRING, "ModelStepId": STRING, "BranchId": STRING, "Status": STRING,
                "Error": STRING, "Activity": STRING},
)

_STORE_ENTRY = EntityType(
    name="MessageStoreEntry",
    entity_set="MessageStoreEntries",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "MessageGuid": STRING, "MessageStoreId": STRING,
                "TimeStamp": DATETIME, "HasAttachments": BOOLEAN},
    navigations={"Attachments": Navigation("MessageStoreEntryAttachment", True),
                 "Properties": Navigation("MessageStoreEntryProperty", True)},
    media=True,
    content_role="MessagePayloadsRead",
)

_STORE_ATTACHMENT = EntityType(
    name="MessageStoreEntryAttachment",
    entity_set="MessageStoreEntryAttachments",
    in_service_document=True,
    keys=("Id",),
    properties={"Id": STRING, "Name": STRING, "ContentType": STRING},
    navigations={"Properties": Navigation("MessageStoreEntryAttachmentProperty", True)},
    media=True,
    content_role="MessagePayloadsRead",
)

_STORE_PROPERTY = EntityType(
    name="MessageStoreEntryProperty",
    entity_set="MessageStoreEntryProperties",
    in_service_document=True,
    keys=("MessageId", "Name"),
    properties={"MessageId": STRING, "Name": STRING, "Value": STRING},
)

_STORE_ATTACHMENT_PROPERTY = EntityType(
    name="MessageStoreEntryAttachmentProperty",
    entity_set="MessageStoreEntryAttachmentProperties",
    in_service_document=True,
    keys=("AttachmentId", "Name"),
    properties={"AttachmentId": STRING, "Name": STRING, "Value": STRING},
)

_ID_ROLE = "MessageProcessingLocksRead"

_ID_MAP_FROM = EntityType(
    name="IdMapFromId",
    entity_set="IdMapFromIds",
    keys=("FromId",),
    properties={"FromId": STRING},
    navigations={"ToIds": Navigation("IdMapToId", True)},
    role=_ID_ROLE,
)

_ID_MAP_TO = EntityType(
    name="IdMapToId",
    entity_set="IdMapToIds",
    keys=("ToId",),
    properties={"ToId": STRING, "FromId_": STRING, "Mapper": STRING,
                "ExpirationTime": DATETIMEOFFSET},
    navigations={"FromId": Navigation("IdMapFromId", False),
                 "FromId2s": Navigation("IdMapFromId2", True)},
    role=_ID_ROLE,
)

_ID_MAP_FROM2 = EntityType(
    name="IdMapFromId2",
    entity_set="IdMapFromId2s",
    keys=("FromId",),
    properties={"FromId": STRING, "ToId2": STRING, "Mapper": STRING,
                "ExpirationTime": DATETIMEOFFSET},
    navigations={"ToId": Navigation("IdMapToId", False)},
    role=_ID_ROLE,
)

ENTITY_TYPES = (_LOG, _ADAPTER_ATTRIBUTE, _CUSTOM_HEADER, _ERROR_INFORMATION, _ATTACHMENT, _RUN,
                _RUN_STEP, _STORE_ENTRY, _STORE_ATTACHMENT, _STORE_PROPERTY,
                _STORE_ATTACHMENT_PROPERTY, _ID_MAP_FROM, _ID_MAP_TO, _ID_MAP_FROM2)
