"""Extensions that do less than the product's, on the same Asterisk: the rungs of `bench_calls`.

The handlers of a leg are those of the rendered dialplan, copied into contexts of another name, and write
their lines to files that no agent reads (``EVIDENCE``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

EVIDENCE = "plain-*.log"
HANDLERS = ("legpre", "legans", "legend", "legrang", "send_connected")
CALL = "Set(__CELL_CALL=${FILTER(0-9a-f,${UUID()})})"
DIALLED = "Set(__CELL_DIALLED=${EXTEN})"
HANDLED = "ib(plain-legpre^s^1(${CELL_CALL}^1^plain^${CHANNEL(name)}))U(plain-legans^s^1)S(62)"
CHECK = "AGI(agi://127.0.0.1:{port}/check,${{CELL_CALL}},${{EXTEN}},${{CHANNEL(endpoint)}},,)"
GRANTED = 'ExecIf($["${CELL_VERDICT}" != "ok ${CELL_CALL}"]?Hangup(21))'
HANGUP = "AGI(agi://127.0.0.1:{port}/hangup,${{CELL_CALL}},${{DIALSTATUS}},${{HANGUPCAUSE}},200,plain,1)"
_CONTEXT = re.compile(r"^\[(?P<name>[\w-]+)\]\n(?P<lines>(?:(?!\[).*\n)*)", re.MULTILINE)
_LINE = re.compile(r"^(?:exten => s,1|\s*same => n(?:\((?P<label>\w+)\))?),(?P<deed>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PlainPlan:
    """Adds extensions by Asterisk's console; all of them dial ``dial`` in the end."""

    ask: Callable[[str], str]
    dial: str
    rendered: str

    def only_dials(self, number: str) -> None:
        """A dialplan of one Dial."""
        self._add("client", number, [f"Dial({self.dial},60)"])

    def leaves_evidence(self, number: str) -> None:
        """The same, and the legs write what the product charges by."""
        self._copy_handlers()
        self._add("client", number, [CALL, DIALLED, self._dial_with_handlers])

    def asks_an_agent(self, number: str, port: int) -> None:
        """The same, and an agent at ``port`` is asked before and told after."""
        self._add("client", number, [f"Goto(plain,{number},1)"])
        check = CHECK.format(port=port)
        self._add("plain", number, [CALL, DIALLED, check, GRANTED, self._dial_with_handlers])
        self._add("plain", "h", [HANGUP.format(port=port)])

    @property
    def _dial_with_handlers(self) -> str:
        return f"Dial({self.dial},60,{HANDLED})"

    def _copy_handlers(self) -> None:
        lines = {found["name"]: found["lines"] for found in _CONTEXT.finditer(self.rendered)}
        for name in HANDLERS:
            self._add(f"plain-{name}", "s", list(_renamed(lines[name])))

    def _add(self, context: str, extension: str, deeds: list[str]) -> None:
        for priority, deed in enumerate(deeds, start=1):
            quoted = f"{extension},{priority},{deed}".replace("\\", "\\\\").replace('"', '\\"')
            answer = self.ask(f'dialplan add extension "{quoted}" into {context}')
            assert "added" in answer, answer


def _renamed(text: str) -> Iterator[str]:
    """Yield what a context does, its labels as numbers, with the names of the copies and another file."""
    found = list(_LINE.finditer(text))
    labels = {one["label"]: place for place, one in enumerate(found, start=1) if one["label"]}
    for one in found:
        deed = one["deed"].replace("/legs-", "/plain-")
        for name in HANDLERS:
            deed = re.sub(rf"\b{name},s,1", f"plain-{name},s,1", deed)
        yield re.sub(r"\?(\w+)\)$", lambda goal: f"?{labels.get(goal[1], goal[1])})", deed)
