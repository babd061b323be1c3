"""Two hundred titles, real and hostile, of which no two are the same."""

from __future__ import annotations

from typing import Final

GERMAN: Final = (
    "Die Sendung mit der Maus", "Löwenzahn", "Käpt'n Blaubär", "Größenwahn", "Straßenbahn", "Tatort: Münster",
    "Wer weiß denn sowas?", "Über den Wolken", "Ärzte am Limit", "Öl!", "Das Boot – Staffel 2", "„Kommissar“ Rex",
    "4 Blocks", "1899", "Dark", "How to Sell Drugs Online (Fast)", "Babylon Berlin", "Schloss Einstein",
    "Biene Maja (1975)", "Biene Maja (2013)", "Sketch-up", "Sketch up", "ß", "ẞen", "Fuß & Fuß", "Fuß und Fuß",
)  # fmt: skip
JAPANESE: Final = (
    "進撃の巨人", "進撃の巨人 The Final Season", "鬼滅の刃", "呪術廻戦", "ワンピース", "ワンピース 魚人島", "ソードアート・オンライン",
    "Re:ゼロから始める異世界生活", "この素晴らしい世界に祝福を!", "この素晴らしい世界に祝福を!2", "かぐや様は告らせたい～天才たちの恋愛頭脳戦～",
    "涼宮ハルヒの憂鬱", "Fate/Zero", "Fate/stay night", "Fate/stay night [Unlimited Blade Works]", "Fate-Zero", "FateZero",
    "Steins;Gate", "Steins;Gate 0", "Re:ZERO", "Re-ZERO", "Re ZERO", "ReZERO", ".hack//SIGN", ".hack//Liminality", "hack//SIGN",
    "K-ON!", "K-ON!!", "K-ON", "K", "K: Return of Kings", "Is It Wrong to Try to Pick Up Girls in a Dungeon?",
    "Is It Wrong to Try to Pick Up Girls in a Dungeon? II", "Who Made Me a Princess?", "Who Made Me a Princess",
    "Gingitsune -..-", "-Ayakashi-", "Ayakashi", "D.Gray-man", "D.Gray-man HALLOW", "R.O.D.", "R.O.D", "ROD",
    "Wake Up, Girls!", "Wake Up, Girls! ...", "Love, Chunibyo & Other Delusions!", "NieR:Automata Ver1.1a",
    "86", "86―エイティシックス―", "ｶﾀｶﾅ半角", "☆スター☆", "〜波ダッシュ〜", "……", "がぎぐげご", "かきくけこ",
)  # fmt: skip
OTHERS: Final = (
    "שלום עולם", "مسلسل عربي", "مسلسل عربي ٢", "سریال فارسی می‌خواهم", "हिन्दी धारावाहिक", "ไทยแลนด์", "한국 드라마", "오징어 게임",
    "中国电视剧", "中國電視劇", "Русский сериал", "Ελληνική Σειρά", "Ελληνική Σειρά Σ", "Český seriál", "Tiếng Việt", "İstanbul",
    "Istanbul", "Iıİi", "Café Noir", "Cafe Noir", "Żółć", "Ångström", "Angstrom", "Å", "Æon Flux", "Aeon Flux", "Ђорђе",
)  # fmt: skip
EMOJI: Final = (
    "👩‍👩‍👧 ❤️", "👩👩👧", "🎬", "🎬🎬", "🇩🇪 Land", "🇫🇷 Land", "1️⃣", "😀 Emoji Movie", "😃 Emoji Movie", "❤", "☠️ Tod",
)  # fmt: skip
RESERVED: Final = (
    "CON", "CON_", "CON__", "PRN", "AUX", "NUL", "NUL.txt", "nul .txt", "COM1", "COM1.mkv", "COM\u00b2", "LPT9", "LPT1.", "CONIN$",
    "CONOUT$", "CLOCK$", "Con Air", "$MFT", "desktop.ini", "Thumbs.db", ".DS_Store", ".nomedia", "lost+found", "System Volume",
)  # fmt: skip
PATHS: Final = (
    ".", "..", "...", "../..", "../../etc/passwd", "..\\..\\Windows", "/etc/shadow", "//server/share", "\\\\server\\share", "C:\\Windows",
    "C:/Windows", "c:", "D:file", "~", "~/x", "~root", "a/b", "a\\b", "a//b", "a/./b", "a/../b", "file:///etc/passwd", "%2e%2e%2f",
    "..;/", ".aniworld-dl", "aniworld-dl", "／", "%HOME%", "$HOME", "${HOME}", "$(id)", "`id`", "; rm -rf /", "| cat", "&& x",
)  # fmt: skip
SYNTAX: Final = (
    "-rf", "--help", "{series}", "{season:02}", "{0}", "%s", "%(title)s", "S01E01", "Show S01E01", "Show S01E01-E02", "Show - 04",
    "Season 01", "Films", "Film 3", "x.mkv", "x.part", "Show~1", "Show~3f2a9c01", "Show", "Show_", "Show .", "Show!", '"Show"', "'Show'",
    "<b>Show</b>", "Show*", "Show?", "Show|Show", "Show: Show", "Show :Show", 'a*b?c"d<e>f|g',
)  # fmt: skip
INVISIBLE: Final = (
    "\u202egpj.exe", "exe.gpj", "nul\x00byte", "\x1b[31mred\x1b[0m", "bell\x07s", "line\nfeed", "carriage\rreturn", "zero\u200bwidth",
    "private\ue000use", "privateuse", "half\ud800", "half\udfff", "half", "\ufffe", "\ue001", "\u0301accent", "z" + "\u0301" * 40,
)  # fmt: skip
LONG: Final = (
    "x" * 300, "x" * 300 + "y", "x" * 299 + "Y", "進" * 300, "進" * 299 + "撃", "👩‍👩‍👧" * 80, "Wort " * 80, "Wort " * 79 + "Ende",
    "." * 300, "?" * 300, "CON." + "x" * 300, "A " + "e\u0301" * 200, "\u200b" * 300 + "kurz",
)  # fmt: skip
TITLES: Final = (*GERMAN, *JAPANESE, *OTHERS, *EMOJI, *RESERVED, *PATHS, *SYNTAX, *INVISIBLE, *LONG)

SAME: Final = (
    ("Café", "Cafe\u0301"), ("ABC", "abc"), ("Straße", "STRASSE"), ("Fate/Zero", "Fate／Zero"), ("a  b", " a b "), ("foo\u200b", "foo"),
    ("カタカナ", "ｶﾀｶﾅ"), ("ＡＢＣ", "abc"), ("x" * 300, "X" * 300), ("Wer?", "wer？"),
)  # fmt: skip
"""Titles that are one and the same, however they are written."""
