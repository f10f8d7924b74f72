"""What people are told of a resource: what changed, once, and as a warning where they have to act."""

from __future__ import annotations

import copy

from cellhub_operator import actions as deeds
from cellhub_operator.comparing import wanted_of
from cellhub_operator.news import Told, of_conditions, of_ending, of_mending
from cellhub_operator.objects.services import sip_service
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.status import Condition

from tests.factories.resources import tenant

GOOD, BAD = ("AsWanted", "Everything is as the spec says."), ("NoCredentials", "There is no Secret carrier.")


def told(condition):
    status = "True" if condition.holds else "False"
    return {"conditions": [{"type": condition.type, "status": status, "reason": condition.reason}]}


def applied(**spec):
    return deeds.Apply(wanted_of(sip_service(TenantSpec.of(tenant(**spec))), None))


def test_what_cannot_be_brought_about_is_a_warning_and_told_once():
    good, bad = Condition("Degraded", False, *GOOD), Condition("Degraded", True, *BAD)
    assert of_conditions([bad], told(good)) == (Told(*BAD, warning=True),)
    assert of_conditions([bad], told(bad)) == ()
    assert of_conditions([good], told(bad)) == (Told(*GOOD),)


def test_nothing_is_told_of_what_goes_on():
    assert of_conditions([Condition("Progressing", True, "PodsStart", "0 of 1 pods take calls.")], {}) == ()


def test_an_object_that_was_gone_or_changed_is_told_and_one_that_we_want_otherwise_is_not():
    one = applied()
    changed = copy.deepcopy(one.manifest)
    changed["spec"]["ports"] = []
    assert of_mending([one], {}) == (Told("Mended", "Service north-sip was gone and is there again."),)
    assert of_mending([one], {one.ref: changed}) == (
        Told("Mended", "Service north-sip had been changed by somebody and is again as the Tenant says."),
    )
    exposed = applied(asterisk=tenant()["spec"]["asterisk"] | {"exposure": "NodePort"})
    assert of_mending([exposed], {one.ref: one.manifest}) == ()


def test_an_end_tells_what_became_of_the_rows():
    assert [one.reason for one in of_ending("north", [deeds.LetGo("north")])] == ["RowsKept"]
    assert [one.reason for one in of_ending("north", [deeds.Erase("north")])] == ["RowsErased"]
    assert of_ending("north", [deeds.DropSwitchLogin("north")]) == ()
