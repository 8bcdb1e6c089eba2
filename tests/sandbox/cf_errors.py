"""Errors of Cloud Foundry's V3 API (contract §11.3)."""

from __future__ import annotations

import json
from typing import Any

from render import JSON_TYPE, Response

_CODES = {"NotAuthenticated": (401, 10002), "InvalidAuthToken": (401, 1000),
          "NotAuthorized": (403, 10003), "ResourceNotFound": (404, 10010),
          "NotFound": (404, 10000), "UnprocessableEntity": (422, 10008),
          "BadQueryParameter": (400, 10005), "MessageParseError": (400, 1001),
          "UnableToPerform": (400, 10009),
          "ServiceFetchInstanceParametersNotSupported": (400, 120004)}


class CfError(Exception):
    """A refusal, by the name of its error."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self._code = _CODES[name]
        self._title, self._detail = f"CF-{name}", detail

    @property
    def document(self) -> dict[str, Any]:
        """How a body or a job tells it."""
        return {"code": self._code, "title": self._title, "detail": self._detail}


def unprocessable(detail: str) -> CfError:
    """The error that most refusals of a write are."""
    return CfError("UnprocessableEntity", detail)


def cf_json(value: Any, status: int = 200) -> Response:
    """JSON of this API."""
    return Response(status, json.dumps(value, ensure_ascii=False).encode(),
                    f"{JSON_TYPE}; charset=utf-8")


def errors(status: int, *documents: dict[str, Any]) -> Response:
    """An answer that refuses."""
    return cf_json({"errors": [*documents]}, status)


_FAULTS = {401: (1000, "CF-InvalidAuthToken", "Invalid Auth Token"),
           403: (10003, "CF-NotAuthorized",
                 "You are not authorized to perform the requested action"),
           404: (10010, "CF-ResourceNotFound", "Resource not found"),
           429: (10013, "CF-RateLimitExceeded", "Rate Limit Exceeded"),
           503: (10015, "CF-ServiceUnavailable", "Simulated fault.")}


def fault(status: int) -> Response:
    """An answer to a request that a fault struck."""
    code, title, detail = _FAULTS.get(status, (10001, "UnknownError",
                                               "An unknown error occurred."))
    return errors(status, {"code": code, "title": title, "detail": detail})
