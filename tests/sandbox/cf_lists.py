"""Lists of Cloud Foundry's V3 API: filters and pages (contract §11.3)."""

from __future__ import annotations

from typing import Any, Callable
from urllib.parse import parse_qsl, unquote, urlencode

from cf_errors import CfError, cf_json
from paths import Request
from render import Response

Resource = dict[str, Any]
PER_PAGE, PER_PAGE_MAX = 50, 5000


def _bad(detail: str) -> CfError:
    return CfError("BadQueryParameter", f"The query parameter is invalid: {detail}")


def _values(text: str) -> list[str]:
    """The texts of a list, of which one with a comma is encoded twice."""
    return [unquote(part.lstrip()) for part in text.split(",")]


def _number(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name, str(default))
    label = name.replace("_", " ").capitalize()
    if not text.isdigit() or int(text) == 0:
        raise _bad(f"{label} must be a positive integer")
    if int(text) > most:
        raise _bad(f"{label} must be between 1 and {most}")
    return int(text)


def answer(request: Request, resources: list[Resource],
           filters: dict[str, Callable[[Resource], str]]) -> Response:
    """A page of those resources that all filters let through.

    filters: what the filter of a name compares its values with.
    """
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    known = ["page", "per_page", "order_by", *filters]
    unknown = [name for name in query if name not in known]
    if unknown:
        raise _bad(f"Unknown query parameter(s): '{chr(39).join(unknown)}'. Valid parameters are: "
                   f"'{(chr(39) + ', ' + chr(39)).join(known)}'")
    for name, value_of in filters.items():
        if name in query:
            wanted = _values(query[name])
            resources = [one for one in resources if value_of(one) in wanted]
    page = _number(query, "page", 1, 10**9)
    per_page = min(_number(query, "per_page", PER_PAGE, PER_PAGE_MAX),
                   request.scene.get("cf_per_page", PER_PAGE_MAX))
    return cf_json({"pagination": _pagination(request, query, page, per_page, len(resources)),
                    "resources": resources[(page - 1) * per_page:page * per_page]})


def _pagination(request: Request, query: dict[str, str], page: int, per_page: int,
                total: int) -> dict[str, Any]:
    last = max((total + per_page - 1) // per_page, 1)
    again = request.scene.get("cf_next_loop", False)

    def link(number: int) -> dict[str, str]:
        pairs = {**query, "page": str(number), "per_page": str(per_page)}
        return {"href": f"{request.origin}{request.path}?{urlencode(pairs)}"}

    return {"total_results": total, "total_pages": last, "first": link(1), "last": link(last),
            "next": link(page) if again else link(page + 1) if page < last else None,
            "previous": link(page - 1) if page > 1 else None}
