"""Packages, integration flows, their deployment and what runs (contract §7.2, §6.3)."""

from __future__ import annotations

from edm import (BINARY, DATETIME, STRING, EntityType, Filtering, FunctionImport, Navigation,
                 Writes)

_EDIT = ("WorkspacePackagesEdit",)

ENTITY_TYPES = (
    EntityType(
        name="IntegrationPackage", entity_set="IntegrationPackages", keys=("Id",),
        properties={name: STRING for name in (
            "Id", "Name", "Description", "ShortText", "Version", "Vendor", "Mode",
            "SupportedPlatform", "ModifiedBy", "CreationDate", "ModifiedDate", "CreatedBy",
            "Products", "Keywords", "Countries", "Industries", "LineOfBusiness")},
        navigations={"IntegrationDesigntimeArtifacts":
                     Navigation("IntegrationDesigntimeArtifact", True)},
        media=True, listable=True, role="WorkspacePackagesRead",
        content_role="WorkspacePackagesRead",
        writes=Writes({"POST": 201, "PUT": 202, "DELETE": 202}, _EDIT, echo=True,
                      set_by_server=frozenset({"CreatedBy", "CreationDate", "ModifiedBy",
                                               "ModifiedDate"}))),
    EntityType(
        name="IntegrationDesigntimeArtifact", entity_set="IntegrationDesigntimeArtifacts",
        keys=("Id", "Version"),
        properties={"Id": STRING, "Version": STRING, "PackageId": STRING, "Name": STRING,
                    "Description": STRING, "Sender": STRING, "Receiver": STRING,
                    "ArtifactContent": BINARY},
        media=True, role="WorkspacePackagesRead", content_role="WorkspacePackagesRead",
        writes=Writes({"POST": 201, "PUT": 200, "DELETE": 200}, _EDIT, echo=True, taken=500,
                      set_by_server=frozenset({"Version"}),
                      never_read=frozenset({"ArtifactContent"}))),
    EntityType(
        name="BuildAndDeployStatus", entity_set="BuildAndDeployStatus", keys=("TaskId",),
        properties={"TaskId": STRING, "Status": STRING}, role="WorkspaceArtifactsDeploy"),
    EntityType(
        name="IntegrationRuntimeArtifact", entity_set="IntegrationRuntimeArtifacts", keys=("Id",),
        properties={"Id": STRING, "Version": STRING, "Name": STRING, "Type": STRING,
                    "DeployedBy": STRING, "DeployedOn": DATETIME, "Status": STRING},
        navigations={"ErrorInformation": Navigation("RuntimeArtifactErrorInformation", False)},
        listable=True,
        filtering=Filtering(
            operators=frozenset({"or", "eq", "ne", "gt", "ge", "lt", "le"}), nesting=False,
            refused=frozenset({"DeployedOn"})),
        writes=Writes({"DELETE": 202}, ("WorkspaceArtifactsDeploy", "MonitoringArtifactsDeploy"))),
    EntityType(
        name="RuntimeArtifactErrorInformation", entity_set="RuntimeArtifactErrorInformations",
        keys=("Id",), properties={"Id": STRING}, media=True),
)

_DEPLOY = "WorkspaceArtifactsDeploy"

FUNCTION_IMPORTS = (
    FunctionImport("DeployIntegrationDesigntimeArtifact", ("Id", "Version"), _DEPLOY),
    FunctionImport("IntegrationDesigntimeArtifactSaveAsVersion", ("Id", "SaveAsVersion"),
                   "WorkspacePackagesEdit"),
    FunctionImport("CopyIntegrationPackage", ("Id", "ImportMode?", "Suffix?"),
                   "CatalogPackagesCopy"),
)
