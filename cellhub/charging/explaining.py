"""Why a call was priced, carried, refused or charged as it was: one structure for every reader.

It is made of the story that charging keeps of a call, or would keep of an imagined one, and
is plain JSON: amounts and seconds are strings. A part is empty where the call never came so
far. Pages and commands show it as it is, and leave out what their reader is not to see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cellhub.charging.story import Story
from cellhub.domain.admission import MEANINGS, Verdict

Part = dict[str, Any]


def explain(story: Story, lineage: Sequence[int], names: Mapping[int, str]) -> Part:
    """Tell a story of the payers ``lineage``, top first; one that has no name is not told of.

    ``verdict``: the verdict, its SIP code and why. ``emergency``: whether the number passes
    whatever stands against it, free of charge. ``number``: how the dialled text became a
    number. ``alarm``: the rule of the brake on fraud that it broke. ``prices``: for each payer
    the rates that match, the winner first, or the ``margin`` on the price of the one above.
    ``limits``: calls and money at the check. ``hold``: what was set aside for the first slice.
    ``trunks``: their order and those skipped. ``charge``: by whose word the seconds were
    charged, and the arithmetic of each payer. ``review`` and ``late``: what its sources said
    that differ, or that came after its settlement. ``bought``: what the provider of the trunk
    charges.
    """
    return {
        "verdict": _verdict(story),
        "emergency": story.get("emergency", False),
        "number": story.get("number", {}),
        "alarm": story.get("alarm", {}),
        "prices": _prices(story, lineage, names),
        "limits": _limits(story, names),
        "hold": _with_payers(story.get("admission", {}), names),
        "trunks": story.get("trunks", {}),
        "charge": _with_payers(story.get("settlement", {}), names),
        "review": story.get("review", {}),
        "late": story.get("late", {}),
        "bought": story.get("bought", {}),
    }


def _verdict(story: Story) -> Part:
    refusal = story.get("refusal", {})
    verdict = Verdict(refusal.get("verdict", Verdict.OK))
    meaning = MEANINGS[verdict]
    return {
        "verdict": verdict.value,
        "sip_code": meaning.sip_code,
        "sentence": meaning.sentence,
        "reason": refusal.get("reason", ""),
    }


def _prices(story: Story, lineage: Sequence[int], names: Mapping[int, str]) -> list[Part]:
    """The top payer buys by the tenant's rates; those below by their own, or with a margin."""
    if "rates" not in story:
        return []
    top = {"account_id": lineage[0], "margin": None, "rates": story["rates"]}
    return _named([top, *story.get("prices", [])], names)


def _limits(story: Story, names: Mapping[int, str]) -> Part:
    limits = story.get("limits", {})
    accounts = [_with_purse(one, names) for one in limits.get("accounts", [])]
    return limits and {**limits, "accounts": _named(accounts, names)}


def _with_purse(account: Part, names: Mapping[int, str]) -> Part:
    if "purse_id" not in account:
        return account
    return account | {"purse": names.get(account["purse_id"], "its group")}


def _with_payers(part: Part, names: Mapping[int, str]) -> Part:
    return part and {**part, "payers": _named(part["payers"], names)}


def _named(payers: Sequence[Part], names: Mapping[int, str]) -> list[Part]:
    return [{"account": names[one["account_id"]], **one} for one in payers if one["account_id"] in names]
