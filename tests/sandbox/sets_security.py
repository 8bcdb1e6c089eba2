"""Security content and number ranges (contract §7.3, §7.4)."""

from __future__ import annotations

from edm import (ALL_OPTIONS, DATETIME, INT64, STRING, ComplexType, EntityType, Filtering,
                 Navigation, Writes)

ARTIFACT_DESCRIPTOR = ComplexType("SecurityArtifactDescriptor", {
    "Type": STRING, "DeployedBy": STRING, "DeployedOn": DATETIME, "Status": STRING})

_DEPLOYED = frozenset({"DeployedBy", "DeployedOn", "Status"})
_ANSWERS_202 = {"POST": 202, "PUT": 202, "DELETE": 202}
# only eq, but joined as wished (contract §4.5)
_ONLY_EQ = Filtering(operators=frozenset({"eq", "and", "or"}))

ENTITY_TYPES = (
    EntityType(
        name="UserCredential", entity_set="UserCredentials", keys=("Name",),
        properties={"Name": STRING, "Kind": STRING, "Description": STRING, "User": STRING,
                    "Password": STRING, "CompanyId": STRING,
                    "SecurityArtifactDescriptor": "SecurityArtifactDescriptor"},
        listable=True,
        writes=Writes(_ANSWERS_202, ("CredentialsEdit",), missing=409,
                      set_by_server=frozenset({"SecurityArtifactDescriptor"}),
                      never_read=frozenset({"Password"}))),
    EntityType(
        name="SecureParameter", entity_set="SecureParameters", keys=("Name",),
        properties={"Name": STRING, "Description": STRING, "SecureParam": STRING,
                    "DeployedBy": STRING, "DeployedOn": DATETIME, "Status": STRING},
        listable=True, refused_options=ALL_OPTIONS,
        writes=Writes(_ANSWERS_202, ("CredentialsEdit",), missing=409, set_by_server=_DEPLOYED,
                      never_read=frozenset({"SecureParam"}))),
    EntityType(
        name="AccessPolicy", entity_set="AccessPolicies", keys=("Id",),
        properties={"Id": INT64, "RoleName": STRING, "Description": STRING},
        navigations={"ArtifactReferences": Navigation("ArtifactReference", True)},
        listable=True, in_service_document=True, role="AccessPoliciesRead", filtering=_ONLY_EQ,
        writes=Writes({"POST": 201, "PATCH": 204, "DELETE": 204}, ("AccessPoliciesEdit",),
                      echo=True, set_by_server=frozenset({"Id"}))),
    EntityType(
        name="ArtifactReference", entity_set="ArtifactReferences", keys=("Id",),
        properties={"Id": INT64, "Name": STRING, "Description": STRING, "Type": STRING,
                    "ConditionAttribute": STRING, "ConditionValue": STRING,
                    "ConditionType": STRING},
        navigations={"AccessPolicy": Navigation("AccessPolicy", False)},
        listable=True, in_service_document=True, role="AccessPoliciesRead", filtering=_ONLY_EQ,
        writes=Writes({"POST": 201, "DELETE": 200}, ("AccessPoliciesEdit",), echo=True,
                      set_by_server=frozenset({"Id"}))),
    EntityType(
        name="NumberRange", entity_set="NumberRanges", keys=("Name",),
        properties={"Name": STRING, "Description": STRING, "MinValue": STRING,
                    "MaxValue": STRING, "Rotate": STRING, "CurrentValue": STRING,
                    "FieldLength": STRING, "DeployedBy": STRING, "DeployedOn": DATETIME},
        listable=True,
        writes=Writes(_ANSWERS_202, ("MonitoringArtifactsDeploy",), set_by_server=_DEPLOYED)),
)
