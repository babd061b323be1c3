"""The page's words: both languages say everything, and every code the server sends has a sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest

from aniworld_dl.errors import all_leaves
from aniworld_dl.model import Action, Phase, Status
from aniworld_dl.queue.notices import NOTICES
from aniworld_dl.queue.views import EPISODES_FAILED, REASONS
from scripts import vendor_frontend

FRONTEND: Final = Path(__file__).parents[2] / "frontend"
LANGUAGES: Final = ("en", "de")
FILTERS: Final = frozenset({"all", "completed", "failed", "cancelled"})
SOURCES: Final = {
    path.relative_to(FRONTEND).as_posix(): path.read_text(encoding="utf-8") for path in FRONTEND.glob("app/**/*.js")
}
CATALOGUES: Final[dict[str, dict[str, str]]] = {
    language: json.loads((FRONTEND / "i18n" / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
}
KEYS: Final = frozenset(CATALOGUES["en"])
PLURAL: Final = re.compile(r"\.(one|other)$")

_PREFIXES: Final = "|".join(sorted({re.escape(key.split(".")[0]) for key in KEYS}))
_LITERAL: Final = re.compile(rf"""['"](({_PREFIXES})(?:\.[a-z][a-z_]*)+)['"]""")
_BUILT: Final = re.compile(rf"`((?:{_PREFIXES}|\$\{{what\}})\.[a-z_.${{}}]*?)\$?\{{[^`]*`")
_PLACE: Final = re.compile(r"\{(\w+)\}")


def said(key: str) -> bool:
    """Tell whether a key, or its plural forms, has words."""
    return key in KEYS or f"{key}.other" in KEYS


def test_both_languages_have_the_same_keys() -> None:
    assert CATALOGUES["de"].keys() == CATALOGUES["en"].keys()


def test_no_words_are_empty() -> None:
    assert [key for words in CATALOGUES.values() for key, text in words.items() if not text.strip()] == []


def test_both_languages_fill_in_the_same_values() -> None:
    differing = {}
    for key in KEYS:
        english, german = (set(_PLACE.findall(CATALOGUES[language][key])) for language in LANGUAGES)
        # "one address" needs no number
        if (english ^ german) - ({"count"} if PLURAL.search(key) else set()):
            differing[key] = (english, german)
    assert differing == {}


def test_plural_keys_have_all_forms() -> None:
    """English and German both have `one` and `other` for whole numbers."""
    stems = {PLURAL.sub("", key) for key in KEYS if PLURAL.search(key)}
    assert [stem for stem in stems if not {f"{stem}.one", f"{stem}.other"} <= KEYS] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_code_has_a_sentence(language: str) -> None:
    codes = {leaf.code for leaf in all_leaves()} | {EPISODES_FAILED}
    assert sorted(code for code in codes if len(CATALOGUES[language].get(f"error.{code}", "").split()) <= 3) == []


def test_error_sentences_use_only_values_the_error_has() -> None:
    """The class's docstring names its params."""
    unknown = {}
    for leaf in all_leaves():
        names = set(re.findall(r"\w+", (leaf.__doc__ or "").partition("Params:")[2]))
        used = {name for words in CATALOGUES.values() for name in _PLACE.findall(words[f"error.{leaf.code}"])}
        if used - names:
            unknown[leaf.code] = used - names
    assert unknown == {}


def test_every_notice_and_every_reason_has_a_sentence() -> None:
    wanted = {f"notice.{code}" for code in NOTICES} | {f"reason.{code}" for code in REASONS}
    assert sorted(wanted - KEYS) == []


def test_statuses_phases_and_actions_have_words() -> None:
    wanted = {f"status.{status}" for status in Status} | {f"phase.{phase}" for phase in Phase}
    wanted |= {f"{what}.{action}" for what in ("job", "episode", "action") for action in Action}
    assert sorted(key for key in wanted if not said(key)) == []


def test_every_key_that_is_written_in_the_page_has_words() -> None:
    used = {found[1] for source in SOURCES.values() for found in _LITERAL.finditer(source)}
    assert len(used) > 50
    assert sorted(key for key in used if not said(key)) == []


def test_every_word_is_used() -> None:
    """A key is written out, or built from a prefix such as `status.` and a value."""
    text = "\n".join(SOURCES.values())
    literal = {found[1] for found in _LITERAL.finditer(text)}
    prefixes = {found[1].split("${")[0] for found in _BUILT.finditer(text)} | {"job.", "episode.", "status.", "what."}
    prefixes |= {"action.", "field."}  # values of an error's params: `${name}.${value}`
    actions = {*Action, "remove"}
    dynamic = {f"{what}.{action}" for what in ("job", "episode") for action in actions}
    built = tuple(prefix for prefix in prefixes if prefix not in {"job.", "episode."})
    unused = {
        key
        for key in (PLURAL.sub("", key) for key in KEYS)
        if key not in literal and key not in dynamic and not key.startswith(built)
    }
    assert unused == set()


def test_every_ending_that_can_be_chosen_has_words() -> None:
    assert {f"filter.{name}" for name in FILTERS} <= KEYS


def test_modules_import_only_what_is_there() -> None:
    """There is no build: each import is a relative address of a file in `frontend`."""
    imported = re.compile(r"""(?:from|import) ?['"]([^'"]+)['"]""")
    addresses = [(name, address) for name, source in SOURCES.items() for address in imported.findall(source)]
    assert len(addresses) > len(SOURCES)
    assert [pair for pair in addresses if not ((FRONTEND / pair[0]).parent / pair[1]).is_file()] == []


def test_the_page_holds_no_inline_script_or_style_and_asks_nobody_else() -> None:
    page = (FRONTEND / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)|(?:src|href)=\"(?:/|https?:)", page) == []


def test_vendored_files_are_as_recorded() -> None:
    assert vendor_frontend.check() == []


def test_vendored_modules_know_no_bare_specifier() -> None:
    for path in vendor_frontend.VENDOR.glob("*.js"):
        specifiers = re.findall(r"""(?:from|import)\s*["']([\w@./-]+)["']""", path.read_text(encoding="utf-8"))
        assert [name for name in specifiers if not name.startswith("./")] == []


def test_import_specifiers_become_relative() -> None:
    source = 'import{h}from"preact";import"preact/hooks";export*from"@preact/signals-core";\n//# sourceMappingURL=a.map'
    assert vendor_frontend.rewrite(source) == (
        'import{h}from"./preact.js";import"./hooks.js";export*from"./signals-core.js";\n'
    )
