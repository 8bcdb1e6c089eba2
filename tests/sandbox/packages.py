"""Packages as a whole: as zips and back, copied from Discover, their tags (contract §7.2)."""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile
from typing import Any, Iterator, Optional

from archives import PACKAGE_INDEX
from artifacts import check_lock, parameters_in
from edm import EntityType, epoch_ms
from model import ENTITY_TYPES
from odata_query import split_query
from paths import SERVICE_ROOT, Request, Segment
from refusal import NOT_FOUND, Refused
from render import JSON_TYPE, Response, View, entity_path, json_entity, json_response
from sets_artifacts import TYPE_NAMES
from store import Store

Entity = dict[str, Any]

_SET = "IntegrationPackages"
_EDIT = "WorkspacePackagesEdit"
_OVERWRITING = ("OVERWRITE", "OVERWRITE_MERGE")
IMPORT_MODES = ("CREATE_COPY", *_OVERWRITING)


# --- content: a package with its artifacts -----------------------------------------------------

class Content:
    """A package and the artifacts in it, outside of the workspace."""

    def __init__(self, package: Entity, artifacts: dict[str, list[Entity]]) -> None:
        self.package = package
        self.artifacts = artifacts  # by the names of their types

    def renamed(self, suffix: str) -> Content:
        """Itself under other ids."""
        named = {"Id": self.package["Id"] + suffix, "Name": self.package["Name"] + suffix}
        return Content({**self.package, **named}, {
            name: [{**row, "Id": row["Id"] + suffix} for row in rows]
            for name, rows in self.artifacts.items()})

    def each(self) -> Iterator[tuple[str, Entity]]:
        """All artifacts with the names of their types."""
        return ((name, row) for name, rows in self.artifacts.items() for row in rows)


def content_of(store: Store, package: Entity) -> Content:
    """A package of the workspace."""
    artifacts: dict[str, list[Entity]] = {}
    for name, row in store.artifacts_of(package):
        artifacts.setdefault(name, []).append(row)
    return Content(package, artifacts)


def _unzipped(archive: bytes) -> Content:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        index = json.loads(base64.b64decode(opened.read(PACKAGE_INDEX), validate=True))
        artifacts: dict[str, list[Entity]] = {}
        for row in index["artifacts"]:
            name, made = row.pop("type"), opened.read(f"{row['Id']}_content")
            if name not in TYPE_NAMES:
                raise ValueError(name)
            artifacts.setdefault(name, []).append(
                {**row, "_content": made, "_parameters": parameters_in(made, None)})
    return Content({"Id": index["package"]["Id"], **index["package"]}, artifacts)


# --- into the workspace ------------------------------------------------------------------------

def _check_place(store: Store, content: Content, present: Optional[Entity],
                 request: Request) -> None:
    """Nothing of what is replaced is locked; no artifact is in another package (§7.2)."""
    if present is not None:
        for _, row in content_of(store, present).each():
            check_lock(row, request.scene.get("locked"))
    for name, row in content.each():
        other = store.tables[name].find({"Id": row["Id"], "Version": "active"})
        if other is not None and other["PackageId"] != content.package["Id"]:
            raise Refused(500, f"An artifact with the Id {row['Id']} exists already.")


def _place(store: Store, content: Content, merges: bool, request: Request) -> Entity:
    """Puts a package and its artifacts where they belong; what it replaces goes, or stays."""
    packages = store.tables["IntegrationPackage"]
    present = packages.find({"Id": content.package["Id"]})
    _check_place(store, content, present, request)
    if present is not None:
        coming = {(name, row["Id"]) for name, row in content.each()}
        for name, row in content_of(store, present).each():
            if not merges or (name, row["Id"]) in coming:
                store.tables[name].remove(row)
    stamp = str(epoch_ms(store.now()))
    made = {**dict.fromkeys(packages.entity_type.properties), **content.package,
            "Mode": content.package.get("Mode", "EDIT_ALLOWED"),
            "CreatedBy": present["CreatedBy"] if present else request.user,
            "CreationDate": present["CreationDate"] if present else stamp,
            "ModifiedBy": request.user, "ModifiedDate": stamp}
    packages.put(made)
    for name, row in content.each():
        table = store.tables[name]
        table.put({**dict.fromkeys(table.entity_type.properties), **row,
                   "PackageId": made["Id"]})
    store.changed()
    return made


def _created(store: Store, package: Entity, request: Request) -> Response:
    root, kind = request.origin + SERVICE_ROOT, ENTITY_TYPES["IntegrationPackage"]
    answer = json_response({"d": json_entity(kind, package, View(root, store.related))}, 201)
    answer.headers["Location"] = f"{root}/{entity_path(kind, package)}"
    return answer


# --- import ------------------------------------------------------------------------------------

def _body(request: Request) -> Entity:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def is_import(segments: list[Segment], request: Request) -> bool:
    """Whether this brings a zip, no properties."""
    return (request.method == "POST" and segments[0].name == _SET and segments[0].key is None
            and not segments[1:] and "PackageContent" in _body(request))


def import_package(store: Store, request: Request) -> Response:
    """POST of a zip: 201, or 409 where the package is and Overwrite is not true."""
    request.needs(_EDIT)
    if request.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        raise Refused(415, f"The content type must be {JSON_TYPE}.")
    try:
        content = _unzipped(base64.b64decode(_body(request)["PackageContent"], validate=True))
    except (TypeError, ValueError, KeyError, binascii.Error, zipfile.BadZipFile):
        raise Refused(400, "PackageContent is no package.") from None
    overwrites = dict(split_query(request.query)).get("Overwrite", "false")
    if overwrites not in ("true", "false"):
        raise Refused(400, "Overwrite is true or false.")
    with store.lock:
        present = store.tables["IntegrationPackage"].find({"Id": content.package["Id"]})
        if present is not None and overwrites == "false":
            raise Refused(409, "A package with this Id exists already.")
        if present is not None and present["Mode"] == "READ_ONLY":
            raise Refused(400, "The package is in configure-only mode.")
        return _created(store, _place(store, content, False, request), request)


# --- copy --------------------------------------------------------------------------------------

def copy_package(store: Store, arguments: dict[str, str], request: Request) -> Response:
    """201 with the package that was made or replaced; 409 if it is there already."""
    package = store.tables["DiscoverPackage"].find({"Id": arguments["Id"]})
    if package is None:
        raise Refused(404, NOT_FOUND)
    mode = arguments.get("ImportMode")
    if mode is not None and mode not in IMPORT_MODES:
        raise Refused(400, f"ImportMode is none of {', '.join(IMPORT_MODES)}.")
    if mode == "CREATE_COPY" and not arguments.get("Suffix"):
        raise Refused(400, "CREATE_COPY needs a Suffix.")
    content = Content({name: value for name, value in package.items() if name[0] != "_"},
                      package["_artifacts"])
    content = content.renamed(arguments["Suffix"] if mode == "CREATE_COPY" else "")
    present = store.tables["IntegrationPackage"].find({"Id": content.package["Id"]})
    if present is not None and mode not in _OVERWRITING:
        raise Refused(409, "A package with this Id exists already.")
    return _created(store, _place(store, content, mode == "OVERWRITE_MERGE", request), request)


# --- tags --------------------------------------------------------------------------------------

def is_tag(segments: list[Segment]) -> bool:
    """Whether a path leads to a package's $links/CustomTags('name')."""
    return segments[0].name == _SET and [s.name for s in segments[1:]] == ["$links", "CustomTags"]


def set_tag(store: Store, entity_type: EntityType, segments: list[Segment],
            request: Request) -> Response:
    """PUT of a value: 202 with an empty body."""
    request.needs(_EDIT)
    if request.method != "PUT":
        raise Refused(405, "Method not allowed.")
    body = _body(request)
    if not isinstance(body.get("Value"), str):
        raise Refused(400, "Value is mandatory.")
    with store.lock:
        package = store.find(entity_type, {"Id": text_key(segments[0])})
        name = text_key(segments[2])
        if package is None or name not in store.tag_names():
            raise Refused(404, NOT_FOUND)
        tags = {**package.get("_tags", {}), name: body["Value"]}
        store.tables[entity_type.name].put({**package, "_tags": tags})
        store.changed()
    return Response(202)


def text_key(segment: Segment) -> str:
    """The inside of a key predicate that is one text."""
    text = segment.key or ""
    if len(text) < 2 or text[0] != "'" or text[-1] != "'":
        raise Refused(400, "Malformed key predicate.")
    return text[1:-1].replace("''", "'")
