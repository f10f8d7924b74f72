"""Tenants whose resource is the decision keep the contract, and keep what only a cluster asks for."""

from __future__ import annotations

import pytest
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.reconcile.tenant import terms_of as row_terms_of
from sqlalchemy import select

from cellhub.accounts.audit import Actor
from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import AwayError, RefusedError
from cellhub.accounts.tenants import TenantTerms
from cellhub.db.tenancy import Tenant
from cellhub.tenants.keeping import Policy, Word
from cellhub.tenants.keeping.cluster import ClusterTenants
from tests.fakes.api_server import status
from tests.functional.tenants.conftest import make_tenant
from tests.functional.tenants.contract import TenantKeepingContract

TERMS = {
    "name": "East Telecom",
    "sip_domain": "sip.east.example",
    "admin_email": "eve@east.example",
    "currency": "EUR",
    "time_zone": "Europe/Istanbul",
    "max_calls": 30,
    "calls_per_second": 5,
    "sip_user_limit": 100,
    "replicas": 2,
    "image": "",
    "cpu": "1",
    "memory": "1Gi",
    "rtp_first": 12000,
    "rtp_last": 12999,
    "exposure": "NodePort",
    "janus": True,
    "janus_replicas": 2,
}
SAID = {"reason": "Said", "lastTransitionTime": "2026-07-16T11:32:08Z"}


@pytest.fixture
def keeping(world, cluster):
    actor = Actor(world.north.tenant.id, "Ada")
    return ClusterTenants(cluster, world.see_everything(), actor, ("cell", "annex"))


@pytest.fixture
def key():
    return "cell.north"


def deeds(world):
    query = select(AuditEntry.action).where(AuditEntry.object_kind == "tenant").order_by(AuditEntry.id)
    return list(world.see_everything().scalars(query))


def manage(world, company, mark):
    world.see_everything().get(Tenant, company.tenant.id).managed_by = mark
    world.session.flush()


class TestClusterTenants(TenantKeepingContract):
    """In a cluster."""


def test_the_resource_is_what_the_operator_reads_the_same_terms_from(keeping, server):
    assert keeping.open("annex", "east", TERMS) == "annex.east"
    made = TenantSpec.of(server.tenant("east", "annex"))
    names = ("max_calls", "calls_per_second", "sip_user_limit", "currency", "time_zone", "name", "sip_domain")
    assert row_terms_of(made) == TenantTerms(slug="east", **{name: TERMS[name] for name in names})
    softswitch = (made.replicas, made.cpu, made.memory, made.rtp_first, made.rtp_last, made.exposure)
    assert softswitch == (2, "1", "1Gi", 12000, 12999, "NodePort")
    assert (made.janus_replicas, made.admin_email, made.deletion_policy) == (2, "eve@east.example", "Retain")
    found = keeping.find("annex.east")
    assert {name: found.terms[name] for name in TERMS} == TERMS


def test_none_is_made_in_a_namespace_that_is_not_of_the_installation(keeping, server):
    for namespace in ("kube-system", "", "cell/../kube-system", "cell,annex"):
        with pytest.raises(RefusedError) as refused:
            keeping.open(namespace, "east", TERMS)
        assert (refused.value.field, server.asked) == ("namespace", []), namespace


def test_one_in_a_namespace_that_is_not_of_the_installation_is_never_asked_for(keeping, server):
    make_tenant(server, "far", "kube-system")
    for deed in (
        lambda: keeping.change("kube-system.far", {"max_calls": 7}, ""),
        lambda: keeping.end("kube-system.far", Policy.DELETE),
    ):
        with pytest.raises(RefusedError):
            deed()
    assert keeping.find("kube-system.far") is None
    assert "far" not in [one.slug for one in keeping.all()]
    assert [one for one in server.asked if "kube-system" in one] == []


def test_a_name_is_taken_once_over_all_namespaces(keeping, server, world):
    manage(world, world.south, "annex/south")
    for namespace, slug in (("cell", "north"), ("cell", "south")):
        with pytest.raises(RefusedError, match="has this name already") as refused:
            keeping.open(namespace, slug, TERMS | {"currency": "USD"})
        assert refused.value.field == "slug"
    assert ("cell", "tenants", "south") not in server.objects
    assert deeds(world) == []


def test_kept_books_are_taken_up_again_in_their_own_currency(keeping, server):
    assert (keeping.find("south").word, keeping.find("south").key) == (Word.KEPT, "south")
    with pytest.raises(RefusedError) as refused:
        keeping.open("cell", "south", TERMS)
    assert refused.value.each == (("currency", "The books of south are kept in USD."),)
    assert keeping.open("cell", "south", TERMS | {"currency": "USD"}) == "cell.south"


def test_a_row_of_a_resource_is_found_as_that_resource(keeping, world):
    manage(world, world.north, "cell/north")
    assert keeping.find("north") == keeping.find("cell.north")
    assert [one.key for one in keeping.all()] == ["cell.north", "south"]


def test_what_the_schema_refuses_is_said_at_its_field(keeping):
    with pytest.raises(RefusedError) as refused:
        keeping.open("cell", "east", TERMS | {"replicas": 51})
    sentence = "The cluster refuses it: should be less than or equal to 50."
    assert refused.value.each == (("replicas", sentence),)


def test_one_ends_with_the_policy_that_was_chosen(keeping, server, world):
    keeping.end("cell.north", Policy.DELETE)
    assert [one["spec"]["deletionPolicy"] for one in server.gone] == ["Delete"]
    assert keeping.find("cell.north") is None
    assert deeds(world) == ["delete"]


def test_one_that_is_ending_says_so_and_is_left_alone(keeping, server):
    server.tenant("north")["metadata"]["deletionTimestamp"] = "2026-07-16T11:40:00Z"
    found = keeping.find("cell.north")
    assert (found.word, "it ends as soon as nothing needs it" in found.locked) == (Word.ENDING, True)
    with pytest.raises(RefusedError, match="it ends as soon"):
        keeping.end("cell.north", Policy.RETAIN)


def test_what_kubectl_made_is_read_only_and_says_where_to_change_it(keeping, server):
    server.tenant("north")["metadata"]["labels"] = {}
    found = keeping.find("cell.north")
    for refused in (
        lambda: keeping.change("cell.north", {"max_calls": 7}, found.version),
        lambda: keeping.end("cell.north", Policy.RETAIN),
    ):
        with pytest.raises(RefusedError, match="kubectl edit tenant north --namespace cell"):
            refused()
    assert server.tenant("north")["spec"]["limits"]["maxCalls"] == 0


@pytest.mark.parametrize(
    ("holds", "word"),
    [
        ({}, Word.PROGRESSING),
        ({"Ready": False, "Progressing": True, "Degraded": False}, Word.PROGRESSING),
        ({"Ready": False, "Progressing": False, "Degraded": False}, Word.NOT_READY),
        ({"Ready": True, "Progressing": True, "Degraded": False}, Word.READY),
        ({"Ready": True, "Progressing": False, "Degraded": True}, Word.DEGRADED),
    ],
)
def test_its_state_is_what_the_conditions_come_to(keeping, server, holds, word):
    said = [SAID | {"type": kind, "status": str(yes), "message": kind} for kind, yes in holds.items()]
    figures = {"version": "1.4.2", "activeCalls": 4, "readyPods": 1}
    server.tenant("north")["status"] = figures | {"observedGeneration": 1, "conditions": said}
    found = keeping.find("cell.north")
    assert (found.word, found.figures.release, found.figures.calls, found.figures.pods) == (
        word,
        "1.4.2",
        4,
        1,
    )


def test_an_api_server_that_is_away_is_said_and_the_row_is_shown(keeping, server, world):
    manage(world, world.north, "cell/north")
    server.answers = [status(503, "ServiceUnavailable")] * 3
    found = keeping.find("cell.north")
    assert ("does not answer" in found.locked, found.terms["name"]) == (True, "North Telecom")
    with pytest.raises(AwayError, match="does not answer"):
        keeping.all()


def test_what_was_refused_is_not_written_down(keeping, server, world):
    server.forbidden = {"tenants"}
    with pytest.raises(RefusedError, match="its account lacks the right"):
        keeping.open("cell", "east", TERMS)
    assert deeds(world) == []
