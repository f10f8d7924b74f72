"""Audit entries in words."""

from __future__ import annotations

import pytest

from cellhub.accounts.history import Change, changes_in, icon_of, title_of
from cellhub.accounts.models import AuditEntry


def entry(kind="account", action="change", **changes):
    return AuditEntry(object_kind=kind, action=action, object_name="pera-104", changes=changes)


@pytest.mark.parametrize(
    ("kind", "action", "title"),
    [
        ("account", "credit", "Credit added"),
        ("account", "alarm", "Alarm of the fraud brake"),
        ("account", "freeze", "Stopped by the fraud brake"),
        ("account", "thaw", "Let call again"),
        ("sip_user", "secret", "New SIP password: pera-104"),
        ("rate_deck", "import", "Rate deck: import"),
    ],
)
def test_a_deed_has_a_title_and_an_icon_even_when_its_room_is_new(kind, action, title):
    assert title_of(entry(kind, action)) == title
    assert icon_of(entry(kind, action))


def test_changes_are_words_of_the_page():
    changed = entry(
        low_credit=["0", "5"], enabled=[True, False], trunk=[None, "halyard"], caller_id_name=["", "A"]
    )
    assert changes_in(changed) == [
        Change("Caller ID name", "none", "A"),
        Change("Enabled", "yes", "no"),
        Change("Low-credit threshold", "0", "5"),
        Change("Trunk", "none", "halyard"),
    ]
