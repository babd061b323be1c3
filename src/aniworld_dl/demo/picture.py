"""What the demo series show, as ffmpeg filter graphs: a scene that moves, and the episode's number in lamps.

Everything is made of boxes: no font, no image file, and little to encode.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 360
FRAMES_PER_S: Final = 15

_DIGIT_WIDTH: Final = 80
_DIGIT_HEIGHT: Final = 140
_DIGIT_GAP: Final = 30
_LAMP: Final = 16
_MARGIN: Final = 24

_FOR_EVER: Final = f"trim=end_frame=1,loop=loop=-1:size=1,setpts=N/{FRAMES_PER_S}/TB,fps={FRAMES_PER_S}"
"""One picture, drawn once and shown for ever: drawing it anew for every frame would cost more than encoding it."""
_LAMPS: Final = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
"""Which of the seven lamps, named as on any seven-segment display, are lit for each digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A still background and something that crosses it. Colours are ffmpeg's (`0xRRGGBB`)."""

    sky: str
    boxes: tuple[str, ...]
    """Left, top, width, height and colour of each box of the background, as drawbox wants them."""
    mover: tuple[str, ...]
    """The boxes of the thing that moves, in a picture of its own that is transparent elsewhere."""
    mover_size: tuple[int, int]
    path: tuple[str, str]
    """Left and top edge of the mover as expressions of the time `t`."""
    lamp: str


def picture_graph(scene: Scene, number: int, duration_s: int) -> str:
    """Return a graph without inputs whose only output is the episode's picture."""
    boxes = [*scene.boxes, *_number_boxes(number, scene.lamp)]
    still = ",".join([f"color=c={scene.sky}:s={WIDTH}x{HEIGHT}", *(f"drawbox={box}:fill" for box in boxes)])
    width, height = scene.mover_size
    mover = ",".join(
        [f"color=c=black@0:s={width}x{height},format=yuva420p", *(f"drawbox={box}:fill:1" for box in scene.mover)]
    )
    left, top = scene.path
    cross = f"overlay=x='{left}':y='{top}':eval=frame,trim=duration={duration_s}"
    return f"{still},{_FOR_EVER}[still];{mover},{_FOR_EVER}[mover];[still][mover]{cross}"


def tone(number: int) -> float:
    """Return the frequency of an episode's sound in Hz: a semitone more for each."""
    return round(220.0 * math.exp2(number / 12), 2)


def _number_boxes(number: int, colour: str) -> list[str]:
    digits = f"{number:02}"
    panel_width = len(digits) * (_DIGIT_WIDTH + _DIGIT_GAP) - _DIGIT_GAP + 2 * _MARGIN
    panel_height = _DIGIT_HEIGHT + 2 * _MARGIN
    left, top = (WIDTH - panel_width) // 2, (HEIGHT - panel_height) // 2
    boxes = [f"{left}:{top}:{panel_width}:{panel_height}:0x101010"]
    for position, digit in enumerate(digits):
        x = left + _MARGIN + position * (_DIGIT_WIDTH + _DIGIT_GAP)
        boxes += [_lamp_box(lamp, x, top + _MARGIN, colour) for lamp in _LAMPS[int(digit)]]
    return boxes


def _lamp_box(lamp: str, x: int, y: int, colour: str) -> str:
    middle, end = (_DIGIT_HEIGHT - _LAMP) // 2, _DIGIT_HEIGHT - _LAMP
    if lamp in "agd":
        left, top, width, height = 0, {"a": 0, "g": middle, "d": end}[lamp], _DIGIT_WIDTH, _LAMP
    else:
        left = 0 if lamp in "ef" else _DIGIT_WIDTH - _LAMP
        top = 0 if lamp in "bf" else middle
        width, height = _LAMP, middle + _LAMP
    return f"{x + left}:{y + top}:{width}:{height}:{colour}"
