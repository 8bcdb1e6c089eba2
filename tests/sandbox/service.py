"""From a request to an answer: what the path leads to, and whether the caller may go there."""

from __future__ import annotations

import guidelines
from artifacts import configure, is_parameter
from batch import run_batch
from documents import metadata_document, service_document
from edm import EntityType
from file_writes import is_file_write, write_file
from filter_tokens import QueryError
from functions import call
from model import ENTITY_SETS, FUNCTION_IMPORTS
from odata_query import split_query
from packages import import_package, is_import, is_tag, set_tag
from paths import SERVICE_ROOT, Request, Segment, parse_path
from reading import Reader, check_format
from refusal import Refused
from render import Response
from store import Store
from keystore_writing import SETS as KEYSTORE_SETS
from keystore_writing import write as write_keystore
from writing import write


class Service:
    """Answers requests of known callers from a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reader = Reader(store)

    def answer(self, request: Request) -> Response:
        """The answer; raises Refused."""
        segments = parse_path(request.path)
        try:
            return self._answer(segments, request)
        except QueryError as error:
            raise Refused(400, str(error)) from None

    def _answer(self, segments: list[Segment], request: Request) -> Response:
        if not segments or segments[0].name == "$metadata":
            return self._document(segments, request)
        first = segments[0]
        if first.name == "$batch":
            return run_batch(self._store, self.answer, request)
        if first.name in FUNCTION_IMPORTS:
            return call(self._store, FUNCTION_IMPORTS[first.name], request)
        entity_type = ENTITY_SETS.get(first.name)
        if entity_type is None:
            raise Refused(404, f"Could not find an entity set or function import for "
                               f"'{first.name}'.")
        if request.method == "GET":
            request.needs(entity_type.role)
            return self._reader.read(segments, request)
        return self._write(entity_type, segments, request)

    def _write(self, entity_type: EntityType, segments: list[Segment],
               request: Request) -> Response:
        if is_parameter(segments):
            return configure(self._store, segments, request)
        if guidelines.is_skip(segments):
            return guidelines.skip(self._store, segments, request)
        if is_import(segments, request):
            return import_package(self._store, request)
        if is_tag(segments):
            return set_tag(self._store, entity_type, segments, request)
        if is_file_write(segments, request):
            return write_file(self._store, entity_type, segments, request)
        if segments[0].name in KEYSTORE_SETS:
            return write_keystore(self._store, entity_type, segments, request)
        return write(self._store, entity_type, segments, request)

    @staticmethod
    def _document(segments: list[Segment], request: Request) -> Response:
        if request.method != "GET":
            raise Refused(405, "Method not allowed.")
        check_format(split_query(request.query))
        if segments:
            return metadata_document()
        return service_document(request.origin + SERVICE_ROOT, request.as_json)
