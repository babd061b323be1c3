from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from aniworld_dl import errors
from aniworld_dl.errors import AniworldDlError, HttpStatusError, MuxError, all_leaves, leading_error

LEAVES = sorted(all_leaves(), key=lambda leaf: leaf.code)
DOC = Path(__file__).parents[2] / "docs" / "errors.md"


def _documented_params(leaf: type[AniworldDlError]) -> set[str]:
    """Read the names behind `Params:` in the docstring; explanations stand in parentheses."""
    match = re.search(r"Params?: (.*)\.", inspect.getdoc(leaf) or "")
    listed = re.sub(r"\([^)]*\)", "", match[1]) if match else ""
    return {name.strip() for name in listed.split(",") if name.strip()}


def _example(leaf: type[AniworldDlError]) -> AniworldDlError:
    values = {name: 7 if name in {"status", "retry_after_s"} else f"<{name}>" for name in _documented_params(leaf)}
    return leaf(**values)


def test_codes_are_unique() -> None:
    codes = [leaf.code for leaf in LEAVES]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.code)
def test_text_uses_only_documented_params(leaf: type[AniworldDlError]) -> None:
    """Every sentence can be filled from the parameters that the docstring promises, and is stored with all of them."""
    params = _documented_params(leaf)
    info = _example(leaf).info()
    assert (info.code, set(info.params)) == (leaf.code, params)
    assert set(re.findall(r"\{(\w+)", leaf.text)) <= params
    assert "{" not in info.text


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.code)
def test_leaf_is_drawn_in_the_tree(leaf: type[AniworldDlError]) -> None:
    """The tree at the top of the module shows every error with its code."""
    assert re.search(rf"{leaf.__name__} +{leaf.code}$", inspect.getdoc(errors) or "", re.MULTILINE)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.code)
def test_leaf_is_documented(leaf: type[AniworldDlError]) -> None:
    """`docs/errors.md` has a row for every code, which tells whether it is tried again."""
    row = re.search(
        rf"^\| `{leaf.code}` \| (.+?) \| (yes|no|depends) \|", DOC.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert row, f"docs/errors.md has no row for {leaf.code}"
    expected = "depends" if leaf is HttpStatusError else "yes" if leaf.retryable else "no"
    assert row[2] == expected


def test_documented_codes_exist() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", DOC.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == {leaf.code for leaf in LEAVES}


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(status, False) for status in (400, 401, 403, 404, 410, 416, 501)]
    + [(status, True) for status in (408, 425, 429, 500, 502, 503, 504)],
)
def test_http_status(status: int, retryable: bool) -> None:
    """Only what may pass by itself is tried again."""
    error = HttpStatusError(host="media.example", status=status, url="https://media.example/", retry_after_s=3.0)
    assert error.retryable is retryable
    assert (error.status, error.retry_after_s) == (status, 3.0)
    assert str(error) == f"media.example answered {status} for https://media.example/"


def test_braces_in_a_value_stay() -> None:
    """What a user gave is shown as it is, even when it looks like a placeholder."""
    assert str(errors.FileFailedError(path="{path}", reason="{0}")) == "{path}: {0}"


def test_what_is_missing_is_told_where_it_is_known() -> None:
    told = errors.IncompleteError(reason="one is gone", missing="00:12:04-00:12:22")
    assert told.info().text == "the file is not whole: one is gone; missing: 00:12:04-00:12:22"
    assert str(errors.IncompleteError(reason="one is gone", missing="")) == "the file is not whole: one is gone"


def test_a_missing_param_is_noticed() -> None:
    with pytest.raises(KeyError, match="reason"):
        errors.FileFailedError(path="x")


def test_of_several_errors_ours_is_told_however_deep_it_lies() -> None:
    ours = MuxError(reason="no")
    inner = BaseExceptionGroup("", [KeyError("first"), BaseExceptionGroup("", [ValueError("second"), ours])])
    assert leading_error(inner) is ours
    plain = KeyError("first")
    assert leading_error(ExceptionGroup("", [plain, ValueError("second")])) is plain
