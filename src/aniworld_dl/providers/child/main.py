"""What runs in the child process: reads calls from its standard input, a JSON object a line, and answers likewise.

The first line has the rules. A call is `{"id", "target": "module:function", "arguments": {...}}`, an answer `{"id",
"result"}` or `{"id", "error": {"code", "params"}}`. Each call runs in a thread, so that a slow one keeps no other from
being answered. When the input ends, the service has: so does the process.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from typing import IO, TYPE_CHECKING, Any, Final

from aniworld_dl.errors import AniworldDlError
from aniworld_dl.providers.child.confine import allow_processor_s, confine
from aniworld_dl.providers.child.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterable

FAILED: Final = "failed"
"""The code of an answer when the function raised what is none of our errors."""
_LONGEST_REASON: Final = 500


class Service:
    """Answers calls in threads."""

    def __init__(self, rules: Rules, answers: IO[str]) -> None:
        self._rules = rules
        self._answers = answers
        self._writing = threading.Lock()

    def run(self, lines: Iterable[str]) -> None:
        """Answer what is asked until the input ends."""
        for line in lines:
            call = json.loads(line)
            allow_processor_s(self._rules.processor_s)
            threading.Thread(target=self.answer, args=(call,), name=f"call-{call['id']}", daemon=True).start()

    def answer(self, call: dict[str, Any]) -> None:
        """Do one call and write the answer."""
        text = json.dumps({"id": call["id"], **_outcome(call)})
        with self._writing:
            self._answers.write(text + "\n")
            self._answers.flush()


def _outcome(call: dict[str, Any]) -> dict[str, Any]:
    module, _, function = call["target"].partition(":")
    try:
        result = getattr(importlib.import_module(module), function)(**call["arguments"])
        json.dumps(result)
    except AniworldDlError as error:
        return {"error": {"code": error.code, "params": dict(error.params)}}
    except (Exception, SystemExit, KeyboardInterrupt) as exc:  # noqa: BLE001 - what libraries raise, nobody knows
        reason = f"{type(exc).__name__}: {exc}"[:_LONGEST_REASON]
        return {"error": {"code": FAILED, "params": {"reason": reason}}}
    return {"result": result}


def main() -> None:
    """Serve calls; what libraries print goes to the standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    lines = iter(sys.stdin.readline, "")
    rules = Rules.of_document(json.loads(next(lines)))
    confine(rules)
    Service(rules, answers).run(lines)
    os._exit(0)  # threads that are still at it are not waited for


if __name__ == "__main__":
    main()
