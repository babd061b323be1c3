"""File names in Content-Disposition fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aniworld_dl.media.source.disposition import disposition_name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="a b.mkv"', "a b.mkv"),
        ("attachment; filename=a.mkv", "a.mkv"),
        ("ATTACHMENT; FILENAME = a.mkv ; size=3", "a.mkv"),
        ('attachment; filename="x; y.mkv"', "x; y.mkv"),
        (r'attachment; filename="a \"b\".mkv"', 'a "b".mkv'),
        ("filename=a.mkv", "a.mkv"),
        ("attachment; filename=\"a.mkv\"; filename*=UTF-8''%E2%82%AC.mkv", "€.mkv"),
        ("attachment; filename*=utf-8'de'%E2%82%AC.mkv; filename=a.mkv", "€.mkv"),
        ("attachment; filename*=iso-8859-1''%A3.mkv", "£.mkv"),
        ("attachment; filename*=UTF-8''%E4.mkv", "\ufffd.mkv"),
        ("attachment; filename*=broken; filename=a.mkv", "a.mkv"),
        ("attachment; filename=Gr%C3%BC%C3%9Fe.mkv", "Grüße.mkv"),
        ("attachment; filename=100%E4.mkv", "100%E4.mkv"),
        ('attachment; filename="Gr\u00c3\u00bc\u00c3\u009fe.mkv"', "Grüße.mkv"),
        ('attachment; filename="Gr\u00fc.mkv"', "Grü.mkv"),
        ('attachment; filename="日.mkv"', "日.mkv"),
        (r'inline; filename="C:\\films\\a.mkv"', "a.mkv"),
        ("attachment; filename=%2e%2e%2fetc%2fpasswd", "passwd"),
        ('attachment; comment="filename=b.mkv"; filename=a.mkv', "a.mkv"),
        ('attachment; "; filename=b.mkv"; filename=a.mkv', "a.mkv"),
        ('attachment; filename="a\tb.mkv"', "a b.mkv"),
        ('attachment; filename="cut.mkv', "cut.mkv"),
        ("attachment", None),
        ('attachment; filename=" "', None),
        ('attachment; filename="a/"', None),
        ("", None),
        (None, None),
    ],
)
def test_the_name_in_a_field(value: str | None, name: str | None) -> None:
    """The extended form wins wherever it stands; what browsers understand beyond the rules is understood too."""
    assert disposition_name(value) == name


@given(st.text() | st.text(alphabet="filename*=\"';\\%2F UTF-8./"))
def test_whatever_stands_there_is_a_name_or_none(value: str) -> None:
    name = disposition_name(value)
    assert name is None or (name and not set(name) & set("/\\\n\0"))
