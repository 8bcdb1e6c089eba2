"""Entity model of the simulated tenant: only what the sandbox serves is declared.

$metadata and the service document are rendered from these tables. $metadata holds all of them.
"""

from __future__ import annotations

import b2b
import certificate_users
import custom_tags
import jms
import keystore_types
import log_files
import oauth_credentials
import repository
import sets_artifacts
import sets_content
import sets_design
import sets_logs
import sets_partner
import sets_security
import sets_stores
import sets_switches
from edm import ComplexType, EntityType, FunctionImport

COMPLEX_TYPES: dict[str, ComplexType] = {kind.name: kind for kind in (
    sets_logs.INTEGRATION_ARTIFACT, sets_security.ARTIFACT_DESCRIPTOR, sets_design.VALUE)}

ENTITY_TYPES: dict[str, EntityType] = {entity.name: entity for family in (
    sets_logs, sets_content, sets_artifacts, sets_security, sets_stores, sets_partner,
    oauth_credentials, keystore_types, sets_design, custom_tags, jms, repository, log_files,
    sets_switches, b2b, certificate_users)
    for entity in family.ENTITY_TYPES}

ENTITY_SETS: dict[str, EntityType] = {e.entity_set: e for e in ENTITY_TYPES.values()}

FUNCTION_IMPORTS: dict[str, FunctionImport] = {
    function.name: function
    for family in (sets_artifacts, sets_content, sets_design, sets_switches)
    for function in family.FUNCTION_IMPORTS}

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
