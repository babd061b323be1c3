"""A text track as another packager writes it: Shaka Packager 3.8, WebVTT in ISO boxes, segments of 6 s."""

from __future__ import annotations

import base64
import zlib


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


INIT = _unpacked(
    "eNqVkr9OwzAQxt2CxIJQh7Ighg4dGGgLLYiKCZU/oluFqrKAkGM7TUjcRPY1tAw8AhOvwoqYYOYp4AF4AM6hUU2LkLBinX93n053n0IIKbswjm"
    "W8s03w+Dpq4pWGOdUeky4jJP8koyjBcigTjxvd+8bb2FxCFj4Mk1z6Tc8PmOcD8ufJ432QAuiESx4PVVZsHzXqM3ovy62+4msxzXU6Z+0exhMs"
    "A8R6v1br++ANnSqLZE17NKCVWEXXgkFGlAW0LxRJGtVmdauyt+vUXepWlAgF1QKXuANFA+x5AUHqw9LUh7mNp2v/y4vcmuS+2bsk+e9eFx5T4a"
    "btCYgR2F26yKd0wEORSl6kP3Axlvl3XOdKuNY0y0MVlibvew1OiLGlQXNLU79JACxeQTw8P271ul2kYhJSR0dDxcQVvoTpUNAA2hoKWTOLi8i3"
    "M96ghkUWLw+kl03RlIkYGY0UWe7y2TgFKs1nk5l/8TNr8AUJ2ntb"
)
SEGMENTS = [
    _unpacked(
        "eNpNTzFOAzEQ3AMkki4FEhQgWRBSIUFQChSiFGnSUiClNue9i6Wzz7I3iCBKHsA7eAMdPIBn8AAewC4XKbfSaDzj8dgGgH6idXBhNAQem+obhh"
        "NtdFrmrkhsXyRrnqCZDGD3B7bDOhsAHIa3Rr+4ui6Ye65Ymm0GDEUt/hGJvwOnGz/bZHpUGGr1jiiuPN8l+3uMV47+MncA9r+Z7wC6X43+f8+M"
        "8e6Mlo7OIxFKhjln7lqDXj54nIjKynocD6/Ola5s6ceJdJRDZ0Gvq/mK0Kt7XaqBduFWTex0gRVNLu201Ttr917z4kB6m7ocPWFk70T6Pj8eMF"
        "Y6BFLGoppH9M/4B/kzUYQ="
    ),
    _unpacked(
        "eNqtTTtuQjEQXL6C0FAghQYJRZQ0SSiAkoY7pDPP+8DSs59lbxJ+FcoBchyKdLlGDsABcgDWGIk0VGSl0eyMPbMA0PO0stoOHoFH+XzI0EFL4R"
        "eJTj3bfa/kEuIUAEoHgHt70YVd0J9Rb3Wep8xNnS7k+U+RIcmJ4Lcp+EV4iNkTwjQplRTXU/eA3KvhW+G9zPiId2HCkV/mDUDlh3kE0Ngz19iv"
        "ailCx+SNKGGuK4nmiZeWJ5qLTM3NOEFD6NjrWLHKvr9m6DJhLXWlwu7UoVnjvzSM/jY8X2lohYb1OyrCuxdU2U3BGgfxCCmIcEI="
    ),
    _unpacked(
        "eNpFjUEKwjAQRX/tSnDhQnDrwqUIhS60Z/ASodO0gSQNzSj2Fl7Au7n0GE5soQOfP//zhgFwjDwGF8oCMib2F5FLmVTsaqej1Kdo6IlpMiD/Au"
        "fPkvEG9uE1ZXJ9r8W3Tnc0M7noxoNK/YFTv0I132bpVryY2S1r4mn9/9jxcPcLCyu6OlKJKR7MtfjaUOPLBEfmVlnT+qpuPDeDdJugRmuVb3+9"
        "Gi3V"
    ),
    _unpacked(
        "eNpFTksKwjAQnVYXCi4KCrqWLrspdCHu3Lh24QVCk7SB/GhGsTdw6UW8l8dwYgoOPN68l3kzAYAy4OiNb2qgUsEdCCZqzkLfGhnIroLiD0iVAc"
        "w+AOfLX8MbYOtfSWvjnCQujOz5NDMnXHFg0d9h9HPYT9lsmilQckztb3eJw83SrfieEzDdBfrn+km8IJwMZzFT3xFb4qXiwjbUbAJix7Tq7LEV"
        "FsVA3sqzUWtmuximgPgC/48v3A=="
    ),
]
