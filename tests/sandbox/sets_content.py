"""Packages, deployment and what runs (contract §7.2, §6.3)."""

from __future__ import annotations

from edm import (DATETIME, STRING, EntityType, Filtering, FunctionImport, Navigation,
                 Writes)
from sets_artifacts import OF_PACKAGE

_EDIT = ("WorkspacePackagesEdit",)

ENTITY_TYPES = (
    EntityType(
        name="IntegrationPackage", entity_set="IntegrationPackages", keys=("Id",),
        properties={name: STRING for name in (
            "Id", "Name", "Description", "ShortText", "Version", "Vendor", "Mode",
            "SupportedPlatform", "ModifiedBy", "CreationDate", "ModifiedDate", "CreatedBy",
            "Products", "Keywords", "Countries", "Industries", "LineOfBusiness")},
        navigations={**{name: Navigation(target, True) for name, target in OF_PACKAGE.items()},
                     "CustomTags": Navigation("CustomTag", True)},
        media=True, listable=True, role="WorkspacePackagesRead",
        content_role="WorkspacePackagesRead",
        writes=Writes({"POST": 201, "PUT": 202, "DELETE": 202}, _EDIT, echo=True,
                      set_by_server=frozenset({"CreatedBy", "CreationDate", "ModifiedBy",
                                               "ModifiedDate"}))),
    EntityType(
        name="CustomTag", entity_set="CustomTags", keys=("Name",),
        properties={"Name": STRING, "Value": STRING}, addressable=False,
        role="WorkspacePackagesRead"),
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

FUNCTION_IMPORTS = (
    FunctionImport("CopyIntegrationPackage", ("Id", "ImportMode?", "Suffix?"),
                   "CatalogPackagesCopy"),
)
