"""Everything the tenant holds: log entries with what hangs below them, and the writable sets."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Callable, Iterable, Mapping, Optional

import archives
import artifact_files
import b2b
import custom_tags
import endpoints
import jms
import keystore_types
import keystores
import log_files
import message_store
import oauth_credentials
import package_tags
import seed
import sets_design
from edm import EntityType
from id_maps import TYPES as ID_MAP_TYPES
from id_maps import IdMaps
from log_children import Children
from logs import Logs, in_milliseconds
from refusal import Refused
from sets_artifacts import KINDS, OF_PACKAGE, TYPE_NAMES
from tables import Table

Entity = dict[str, Any]
Content = tuple[str, bytes, Optional[str]]  # type, bytes, file name

_KEYSTORES = "keystores"  # in a snapshot
_KEYSTORE_TYPES = (keystore_types.ENTRY, keystore_types.HISTORY, keystore_types.STORE,
                   keystore_types.RESOURCE)
_PARTNER_TYPES = ("StringParameter", "BinaryParameter", "AlternativePartner", "AuthorizedUser",
                  "UserCredentialParameter")


class Store:
    """One tenant's data. Writers hold the lock; `version` tells readers that something changed."""

    def __init__(self, entries: int, seed_number: int, now: datetime) -> None:
        self.logs = Logs(entries, seed_number, now)
        self.tables: dict[str, Table] = seed.tables(now)
        self.lock = threading.RLock()
        self.version = 0
        self.skew_s = 0  # of the tenant's clock
        self.keystores = keystores.Keystores(now, self.now)
        self._children = Children(self.logs, seed_number)
        self._id_maps = IdMaps(now)
        self._related: dict[tuple[str, str], Callable[[Entity], list[Entity]]] = {
            ("DataStore", "Entries"): self._store_entries,
            **{("IntegrationPackage", navigation): self._artifacts_of(target)
               for navigation, target in OF_PACKAGE.items()},
            ("IntegrationDesigntimeArtifact", "Configurations"):
                lambda flow: list(flow.get("_parameters", {}).values()),
            (sets_design.VALUE_MAPPING, sets_design.SCHEMA): sets_design.schemas_of,
            (sets_design.SCHEMA, "ValMaps"): sets_design.mappings_of,
            (sets_design.SCHEMA, "DefaultValMaps"): sets_design.defaults_of,
            (sets_design.FLOW, sets_design.RESULTS): sets_design.results_of,
            (sets_design.RESULT, "DesignGuidelines"): sets_design.guidelines_of,
            **{(kind.type_name, "Resources"): artifact_files.files_of
               for kind in KINDS if kind.files},
            ("IntegrationPackage", "CustomTags"): self._tags_of,
            ("ServiceEndpoint", "EntryPoints"): endpoints.entry_points,
            ("ServiceEndpoint", "ApiDefinitions"): endpoints.definitions,
            ("AccessPolicy", "ArtifactReferences"): self.references_of,
            ("ArtifactReference", "AccessPolicy"): self._policy_of,
            ("OAuth2ClientCredential", "CustomParameters"): oauth_credentials.parameters_of,
            ("MessageStoreEntry", "Attachments"): message_store.attachments,
            ("MessageStoreEntry", "Properties"): message_store.properties,
            ("MessageStoreEntryAttachment", "Properties"): message_store.attachment_properties,
            (b2b.DOCUMENT, "LastErrorDetails"): b2b.last_error,
            (b2b.INTERCHANGE, "ErrorDetails"): b2b.error_of_interchange,
            (b2b.DOCUMENT, "BusinessDocumentPayloads"): self._below_document(b2b.PAYLOAD, ""),
            **{(b2b.DOCUMENT, f"{side}{kind}"): self._below_document(kind, side)
               for side in ("Sender", "Receiver") for kind in (b2b.TECHNICAL, b2b.FUNCTIONAL)},
            ("JmsBroker", "QueueStates"): jms.states,
            ("JmsBroker", "InactiveQueues"): jms.inactive,
            **{(keystore_types.ENTRY, name): partial(keystores.related, navigation=name)
               for name in (*keystore_types.NAVIGATIONS, "ChainCertificates")},
            (keystore_types.STORE, "Entries"):
                lambda store: self.keystores.entries(store["Name"]),
            ("IntegrationRuntimeArtifact", "ErrorInformation"): self._runtime_error,
            ("IdMapFromId", "ToIds"): self._id_maps.targets,
            ("IdMapToId", "FromId"): self._id_maps.source,
            ("IdMapToId", "FromId2s"): self._id_maps.sources,
            ("IdMapFromId2", "ToId"): self._id_maps.target}

    def now(self) -> datetime:
        """The tenant's clock."""
        moment = datetime.now(timezone.utc).replace(tzinfo=None)
        return in_milliseconds(moment + timedelta(seconds=self.skew_s))

    def changed(self) -> None:
        """To be called after each change of data."""
        self.version += 1

    # --- reading -----------------------------------------------------------------------------

    def all(self, entity_type: EntityType) -> list[Entity]:
        """All entities of a set that is not the logs."""
        if entity_type.name == "Partner":
            pids = {row["Pid"] for name in _PARTNER_TYPES for row in self.tables[name].all()}
            return [{"Pid": pid} for pid in sorted(pids)]
        if entity_type.name == "ServiceEndpoint":
            return endpoints.of_running(self.tables["IntegrationRuntimeArtifact"].all())
        if entity_type.name in (keystore_types.ENTRY, keystore_types.HISTORY):
            return self.keystores.entries(
                keystores.HISTORY if entity_type.name == keystore_types.HISTORY else keystores.SYSTEM)
        rows = self.tables[entity_type.name].all()
        return [self._counted(row) for row in rows] if entity_type.name == "DataStore" else rows

    def find(self, entity_type: EntityType, key: Mapping[str, Any]) -> Optional[Entity]:
        """The entity with this key, or None."""
        if entity_type.name == "MessageProcessingLog":
            return self.logs.find(key["MessageGuid"])
        if entity_type.name == "RuntimeArtifactErrorInformation":
            flow = self.tables["IntegrationRuntimeArtifact"].find(key)
            found = self._runtime_error(flow) if flow else []
            return found[0] if found else None
        if entity_type.name == "Partner":
            return next((p for p in self.all(entity_type) if p["Pid"] == key["Pid"]), None)
        if entity_type.name in _KEYSTORE_TYPES:
            return self._find_in_keystore(entity_type.name, key)
        if entity_type.name in ID_MAP_TYPES:
            return self._id_maps.find(entity_type.name, dict(key))
        if entity_type.ignores_key:
            return self.tables[entity_type.name].all()[0]
        if entity_type.name not in self.tables:
            return self._children.find(entity_type.name, dict(key))
        row = self.tables[entity_type.name].find(key)
        return self._counted(row) if row and entity_type.name == "DataStore" else row

    def _find_in_keystore(self, name: str, key: Mapping[str, Any]) -> Optional[Entity]:
        if name == keystore_types.STORE:
            return self.keystores.description(key["Name"])
        if name == keystore_types.RESOURCE:
            return keystores.export(self.keystores, key["Name"])
        store = keystores.HISTORY if name == keystore_types.HISTORY else keystores.SYSTEM
        return self.keystores.find(key["Hexalias"], store)

    def related(self, entity_type: EntityType, entity: Entity, navigation: str) -> list[Entity]:
        """The entities behind a navigation property; a single one is a list of at most one."""
        known = self._related.get((entity_type.name, navigation))
        return known(entity) if known else self._children.related(entity, navigation)

    def content(self, entity_type: EntityType, entity: Entity,
                own: Mapping[str, str]) -> Content:
        """What a media entity's $value answers (contract §5.5); own: options of SAP's own."""
        if entity_type.name in TYPE_NAMES:
            self._check_downloadable(entity["PackageId"])
            return "application/zip", archives.artifact_archive(entity), f"{entity['Id']}.zip"
        if entity_type.name == "IntegrationPackage":
            self._check_downloadable(entity["Id"])
            found = self.artifacts_of(entity)
            if any(artifact["Version"] == "Active" for _, artifact in found):
                raise Refused(500, "The package holds artifacts in draft state.")
            made = archives.package_archive(entity, found)
            return "application/zip", made, f"{entity['Id']}.zip"
        if entity_type.name == "Resource":
            self._check_downloadable(entity["_package"])
            return "application/octet-stream", entity["_content"], entity["Name"]
        if entity_type.name in ("DataStoreEntry", "Variable"):
            return "application/octet-stream", entity["_content"], None
        if entity_type.name in b2b.MEDIA:
            return entity["PayloadContentType"], entity["_content"], None
        if entity_type.name == log_files.FILE:
            return "application/gzip", entity["_content"], None
        if entity_type.name == log_files.ARCHIVE:
            rows = self.tables[log_files.FILE].all()
            made = log_files.archive(entity, rows, own.get("ModifiedAfter"))
            return "application/zip", made, None
        if entity_type.name == custom_tags.TYPE:
            return "application/json", custom_tags.content(entity), None
        if entity_type.name == sets_design.RESULT:
            return "application/vnd.ms-excel", sets_design.report_of(entity), "report.xls"
        if entity_type.name in keystore_types.MEDIA:
            return (*keystores.content(entity_type.name, entity), None)
        if entity_type.name == "RuntimeArtifactErrorInformation":
            return "application/json", entity["_content"], None
        return (*self._children.content(entity_type.name, entity), None)

    def artifacts_of(self, package: Entity) -> list[tuple[str, Entity]]:
        """The artifacts of a package, of all types, which stand before them."""
        return [(kind.type_name, artifact) for kind in KINDS
                for artifact in self._artifacts_of(kind.type_name)(package)]

    def _artifacts_of(self, type_name: str) -> Callable[[Entity], list[Entity]]:
        return lambda package: [row for row in self.tables[type_name].all()
                                if row["PackageId"] == package["Id"]]

    def tag_names(self) -> list[str]:
        """The custom tags that packages can have."""
        return package_tags.names(self.tables[custom_tags.TYPE].find({"Id": custom_tags.ID}))

    def _tags_of(self, package: Entity) -> list[Entity]:
        return package_tags.tags_of(package, self.tag_names())

    def _check_downloadable(self, package_id: str) -> None:
        """Packages in configure-only mode cannot be downloaded (contract §7.2)."""
        package = self.tables["IntegrationPackage"].find({"Id": package_id})
        if package is not None and package["Mode"] == "READ_ONLY":
            raise Refused(400, "The package is in configure-only mode.")

    def _below_document(self, name: str, side: str) -> Callable[[Entity], list[Entity]]:
        return lambda document: b2b.below(document, self.tables[name].all(), side)

    def references_of(self, policy: Entity) -> list[Entity]:
        """The artifact references of an access policy."""
        return [reference for reference in self.tables["ArtifactReference"].all()
                if reference["_policy"] == policy["Id"]]

    def entries_of(self, name: str, pid: str) -> list[Entity]:
        """The rows of a Partner Directory set that belong to a partner."""
        return [row for row in self.tables[name].all() if row["Pid"] == pid]

    def _store_entries(self, data_store: Entity) -> list[Entity]:
        return [entry for entry in self.tables["DataStoreEntry"].all()
                if all(entry[name] == data_store[name]
                       for name in ("DataStoreName", "IntegrationFlow", "Type"))]

    def _counted(self, data_store: Entity) -> Entity:
        entries = self._store_entries(data_store)
        overdue = sum(entry["Status"] == "Overdue" for entry in entries)
        return {**data_store, "NumberOfMessages": len(entries),
                "NumberOfOverdueMessages": overdue}

    def _policy_of(self, reference: Entity) -> list[Entity]:
        policy = self.tables["AccessPolicy"].find({"Id": reference["_policy"]})
        return [policy] if policy else []

    @staticmethod
    def _runtime_error(flow: Entity) -> list[Entity]:
        if flow["Status"] != "ERROR":
            return []
        text = ('{"message":{"subsystemName":"CONTENT_DEPLOY","messageId":"CommandFailed"},'
                f'"parameter":["{flow["Id"]}: Größe fehlt"]}}')
        return [{"Id": flow["Id"], "_content": text.encode()}]

    # --- transactions ------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """What restore() takes."""
        return {**{name: table.snapshot() for name, table in self.tables.items()},
                _KEYSTORES: self.keystores.snapshot()}

    def restore(self, state: dict[str, Any]) -> None:
        """All writable sets as they were."""
        for name, table in self.tables.items():
            table.restore(state[name])
        self.keystores.restore(state[_KEYSTORES])
        self.changed()

    def partner_types(self, excluded: Iterable[str]) -> list[str]:
        """The types whose rows go with a partner; excluded are sets."""
        left_out = set(excluded)
        return [name for name in _PARTNER_TYPES
                if self.tables[name].entity_type.entity_set not in left_out]
