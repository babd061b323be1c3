"""Requests made of an OpenAPI document: some fit it, some fit it nearly, some not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ADDRESS: Final = "http://127.0.0.1:9/Series/S01E01.m3u8"
_TEXTS: Final = st.one_of(
    st.sampled_from([_ADDRESS, "http://127.0.0.1:9/2.mp4", "direct", "", "..", "\x00", "\u202e", "%", "[0:]", "1e999"]),
    st.text(st.characters(categories=["L", "N", "P", "Z", "C"]), max_size=12),
)
_NUMBERS: Final = st.one_of(st.sampled_from([0, 1, 2, 3, -1, 2**31, 2**53, 2**63, 2**64, 10**30]), st.integers(-9, 999))
_ANYTHING: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, st.floats(), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=6,
)
_SURE: Final = 6
"""How many of seven values fit what is asked for."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A method of a path, as the document describes it."""

    path: str
    method: str
    about: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield every operation of a document."""
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            yield Operation(path=path, method=method.upper(), about=about)


@st.composite
def requests(draw: st.DrawFn, operation: Operation, document: dict[str, Any]) -> dict[str, Any]:
    """Draw the arguments of `httpx.AsyncClient.request`."""
    path, query, headers = operation.path, {}, {}
    for parameter in operation.about.get("parameters", []):
        name, place = parameter["name"], parameter["in"]
        if place != "path" and not parameter.get("required") and draw(st.booleans()):
            continue
        value = draw(_near(parameter["schema"], document))
        text = value if isinstance(value, str) else repr(value)
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(text.strip("."), safe="") or "%20")  # httpx resolves dots
        elif place == "query":
            query[name] = text.encode("utf-8", "surrogatepass").decode("latin-1")
        else:
            headers[name] = "".join(each for each in text if " " <= each <= "~")
    made: dict[str, Any] = {"method": operation.method, "url": path, "params": query, "headers": headers}
    if body := operation.about.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        made |= draw(_bodies(schema, document))
    return made


@st.composite
def _bodies(draw: st.DrawFn, schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if draw(st.integers(0, _SURE)) == 0:
        kind = draw(st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded", "\x7f"]))
        return {"content": draw(st.binary(max_size=40) | st.just(b"[" * 5000)), "headers": {"Content-Type": kind}}
    text = json.dumps(draw(_near(schema, document)), ensure_ascii=False)
    return {"content": text.encode("utf-8", "surrogatepass"), "headers": {"Content-Type": "application/json"}}


def _near(schema: dict[str, Any], document: dict[str, Any]) -> st.SearchStrategy[Any]:
    fits = _fitting(schema, document)
    return st.integers(0, _SURE).flatmap(lambda number: fits if number else _ANYTHING)


def _fitting(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Return what fits a schema by its types; by its bounds too for the most part."""
    if "$ref" in schema:
        return _fitting(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, depth)
    if "anyOf" in schema:
        return st.one_of([_fitting(each, document, depth) for each in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    kinds: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "integer": lambda: _number(schema),
        "number": lambda: st.one_of(_number(schema), st.floats()),
        "boolean": st.booleans,
        "null": st.none,
        "string": lambda: _TEXTS,
        "array": lambda: st.lists(_fitting(schema.get("items", {}), document, depth + 1), max_size=3),
        "object": lambda: _object(schema, document, depth),
    }
    return kinds[schema["type"]]() if schema.get("type") in kinds else _ANYTHING


def _number(schema: dict[str, Any]) -> st.SearchStrategy[int]:
    least, most = int(schema.get("minimum", -10)), int(schema.get("maximum", 2**63))
    small = st.integers(least, max(least, min(most, least + 3)))
    return st.one_of(small, st.sampled_from([least, most]), st.integers(least - 1, most + 1))


def _object(schema: dict[str, Any], document: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    known = {name: _fitting(each, document, depth + 1) for name, each in schema.get("properties", {}).items()}
    needed = {name: each for name, each in known.items() if name in schema.get("required", [])}
    some = {name: each for name, each in known.items() if name not in needed} if depth < 4 else {}
    fixed = st.fixed_dictionaries(needed, optional=some)
    if isinstance(more := schema.get("additionalProperties"), dict):
        extra = st.dictionaries(_TEXTS, _fitting(more, document, depth + 1), max_size=2)
        return st.tuples(fixed, extra).map(lambda pair: pair[1] | pair[0])
    return fixed
