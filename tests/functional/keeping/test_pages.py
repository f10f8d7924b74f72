"""The pages of trunks where trunks are resources: the same pages, and what the cluster says on them."""

from __future__ import annotations

import pytest
from kubernetes.client import ApiClient, Configuration

from cellhub.cluster.client import Cluster
from cellhub.routes.models import Trunk
from cellhub.security.roles import Role
from tests.fakes.api_server import fake_api_server, status
from tests.functional.forms import form_of, send, token

IP = {"name": "halyard", "host": "198.51.100.31", "port": "5060"}
CONDITION = {"lastTransitionTime": "2026-07-16T11:32:08Z", "status": "True"}


@pytest.fixture
def server(router, world, monkeypatch):
    """The cluster of the portal; the north tenant is one of its resources."""
    with fake_api_server() as one:
        configuration = Configuration()
        configuration.host, configuration.retries = one.url, False
        with ApiClient(configuration) as client:
            monkeypatch.setattr(router.registry, "cluster", Cluster(client))
            world.see_everything()
            world.north.tenant.managed_by = "cell/north"
            world.session.flush()
            yield one


@pytest.fixture
def admin(server, portal):
    return portal(Role.ADMIN)


def text_of(page):
    return page.html.select_one("main").get_text(" ", strip=True)


def brought_about(server, world, name="halyard", **conditions):
    """What the operator does with a Trunk: the row, and the status."""
    trunk = server.trunk(name)
    said = conditions or {"Ready": ("InUse", "Calls leave by it.")}
    trunk["status"] = {
        "observedGeneration": trunk["metadata"]["generation"],
        "conditions": [
            CONDITION | {"type": kind, "reason": why, "message": told} for kind, (why, told) in said.items()
        ],
    }
    spec = trunk["spec"]
    row = Trunk(
        tenant_id=world.north.tenant.id,
        name=name,
        host=spec["host"],
        port=spec["port"],
        managed_by=f"cell/{name}",
    )
    session = world.see_everything()
    session.add(row)
    session.flush()
    return row.id


def test_a_new_trunk_is_a_resource_and_waits_until_the_operator_made_its_row(admin, server, world):
    page = send(admin, "/trunks/new", **IP).follow()
    assert server.trunk("halyard")["spec"]["host"] == "198.51.100.31"
    assert "halyard is not in use yet. The operator brings it about." in text_of(page)
    assert "has not looked at this yet" in text_of(admin.get("/trunks/waiting/halyard"))
    brought_about(server, world)
    assert "is not in use yet" not in text_of(admin.get("/trunks"))


def test_a_trunk_that_cannot_be_brought_about_says_why_and_can_be_deleted(admin, server):
    send(admin, "/trunks/new", **IP)
    told = "north has a trunk halyard already, by the portal: delete that one first."
    server.trunk("halyard")["status"] = {
        "observedGeneration": 1,
        "conditions": [CONDITION | {"type": "Degraded", "reason": "NameTaken", "message": told}],
    }
    assert told in text_of(admin.get("/trunks"))
    assert told in text_of(admin.get("/trunks/waiting/halyard"))
    send(admin, "/trunks/waiting/halyard", status=303)
    assert server.objects == {}


def test_a_trunk_of_the_portal_is_edited_with_its_state_beside_it(admin, server, world):
    send(admin, "/trunks/new", **IP)
    trunk_id = brought_about(server, world)
    page = admin.get(f"/trunks/{trunk_id}/edit")
    assert "Trunk cell/halyard" in text_of(page)
    assert "Ready Calls leave by it. Since 16 Jul 14:32:08" in text_of(page)
    send(admin, f"/trunks/{trunk_id}/edit", status=303, port="5070")
    assert server.trunk("halyard")["spec"]["port"] == 5070


def test_a_trunk_of_kubectl_is_read_only_and_says_where_to_change_it(admin, server, world):
    send(admin, "/trunks/new", **IP)
    trunk_id = brought_about(server, world)
    server.trunk("halyard")["metadata"]["labels"] = {}
    page = admin.get(f"/trunks/{trunk_id}/edit")
    assert page.html.select_one("main form") is None
    assert "kubectl edit trunk halyard --namespace cell" in text_of(page)
    page = admin.post(f"/trunks/{trunk_id}/delete", {"csrf_token": token(admin)}, status=409)
    assert "was made outside of the portal" in page


def test_what_kubectl_changed_meanwhile_is_told_and_saving_again_overwrites_it(admin, server, world):
    send(admin, "/trunks/new", **IP)
    trunk_id = brought_about(server, world)
    form = form_of(admin.get(f"/trunks/{trunk_id}/edit"), f"/trunks/{trunk_id}/edit")
    resource = server.trunk("halyard")
    resource["spec"]["port"], resource["metadata"]["generation"] = 5099, 2
    form["port"], form["provider"] = "5070", "Halyard"
    page = form.submit(status=409)
    assert "Somebody changed it since you opened this page." in text_of(page)
    assert page.html.select_one("#port-error").get_text(strip=True) == "It is 5099 now."
    again = form_of(page, f"/trunks/{trunk_id}/edit")
    assert (again["port"].value, again["provider"].value) == ("5070", "Halyard")
    again.submit(status=303)
    assert server.trunk("halyard")["spec"]["port"] == 5070


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        (status(403, "Forbidden"), 400, "The cluster does not let the portal do this"),
        (status(503, "ServiceUnavailable"), 503, "The cluster's API server does not answer."),
        (status(500, "InternalError"), 400, "The cluster answered 500. Nothing was saved."),
        (status(409, "AlreadyExists"), 400, "A trunk has this name already."),
    ],
)
def test_what_the_cluster_does_not_do_is_said_and_all_that_was_typed_stays(
    admin, server, answer, code, sentence
):
    form = form_of(admin.get("/trunks/new"), "/trunks/new")
    for name, value in IP.items():
        form[name] = value
    server.answers = [answer]
    page = form.submit(status=code)
    assert sentence in text_of(page)
    kept = form_of(page, "/trunks/new")
    assert {name: kept[name].value for name in IP} == IP


def test_a_value_that_the_schema_refuses_is_refused_at_its_field(admin, server):
    page = send(admin, "/trunks/new", status=400, **IP, priority="0")
    error = page.html.select_one("#priority-error").get_text(strip=True)
    assert error == "The cluster refuses it: should be greater than or equal to 1."


def test_a_trunk_that_no_resource_manages_stays_in_the_database(admin, server, world):
    trunk_id = world.north.trunk.id
    send(admin, f"/trunks/{trunk_id}/edit", status=303, port="5099")
    world.see_everything()
    assert world.session.get(Trunk, (world.north.tenant.id, trunk_id)).port == 5099
    assert [one for one in server.asked if not one.startswith("GET")] == []


def test_the_list_is_shown_while_the_cluster_is_away(admin, server):
    server.answers = [status(503, "ServiceUnavailable")]
    page = admin.get("/trunks")
    assert "does not answer" in text_of(page)
    assert "north-carrier" in page
