"""The pages of tenants, in a cluster and on one machine: for whoever keeps the platform, and nobody else."""

from __future__ import annotations

import pytest

from cellhub.db.tenancy import Tenant
from cellhub.security.roles import Role
from tests.fakes.api_server import status
from tests.functional.forms import form_of, send, token

EAST = {
    "slug": "east",
    "name": "East Telecom",
    "sip_domain": "sip.east.example",
    "admin_email": "eve@east.example",
}
FILLED = EAST | {
    "currency": "USD",
    "replicas": "1",
    "cpu": "500m",
    "memory": "512Mi",
    "rtp_first": "10000",
    "image": "",
}
SAID = {"status": "True", "reason": "Said", "lastTransitionTime": "2026-07-16T11:32:08Z"}
ADDRESSES = ("", "/new", "/north", "/cell.north", "/cell.north/suspend", "/cell.north/end", "/kube-system.x")


@pytest.fixture
def in_a_cluster(router, server, cluster, world, monkeypatch):
    """The portal writes resources to the namespace ``cell``; returns the API server."""
    monkeypatch.setattr(router.registry, "cluster", cluster)
    monkeypatch.setattr(router.registry, "namespaces", ("cell",))
    world.see_everything()
    world.north.tenant.managed_by = "cell/north"
    world.session.flush()
    return server


@pytest.fixture
def root(portal):
    return portal(Role.SUPERADMIN)


def text_of(page):
    return page.html.select_one("main").get_text(" ", strip=True)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER, Role.CLIENT])
def test_nobody_else_reaches_any_of_it_and_nothing_is_asked(portal, in_a_cluster, role):
    person = portal(role)
    form = {"csrf_token": token(person), "confirm": "north"}
    for below in ADDRESSES:
        person.get(f"/tenants{below}", status=403)
        person.post(f"/tenants{below}", form, status=403)
    assert "/tenants" not in person.get("/")
    assert in_a_cluster.asked == []


def test_a_new_tenant_is_a_resource_and_is_shown_before_the_operator_has_seen_it(root, in_a_cluster):
    page = send(root, "/tenants/new", **EAST).follow()
    spec = in_a_cluster.tenant("east")["spec"]
    assert (spec["displayName"], spec["adminEmail"], spec["currency"]) == (
        "East Telecom",
        "eve@east.example",
        "USD",
    )
    assert "In progress" in text_of(page)
    assert "The operator has not looked at this yet." in text_of(page)
    assert "East Telecom cell/east In progress none yet" in text_of(root.get("/tenants"))


def test_the_list_tells_state_release_and_calls_and_what_is_wrong(root, in_a_cluster):
    told = "The books of north are in USD: write that as the currency."
    in_a_cluster.tenant("north")["status"] = {
        "observedGeneration": 1,
        "conditions": [SAID | {"type": "Degraded", "message": told}],
        "version": "1.4.2",
        "activeCalls": 4,
        "readyPods": 1,
    }
    said = text_of(root.get("/tenants"))
    assert f"north: {told}" in said
    assert f"North Telecom cell/north Degraded {told} 1.4.2 4 1 of 1" in said
    assert "South Telecom south Kept" in said


BAD_INPUT = [
    ("slug", "East", "Write 1 to 40 small letters"),
    ("slug", "east-", "Write 1 to 40 small letters"),
    ("slug", "../east", "Write 1 to 40 small letters"),
    ("slug", "north", "A tenant has this name already"),
    ("name", " ", "Write the company's name."),
    ("sip_domain", "sip east", "Write a host name"),
    ("admin_email", "eve", "Write an address such as"),
    ("currency", "usd", "Write the three capital letters"),
    ("replicas", "51", "Write a whole number from 0 to 50."),
    ("cpu", "much", "Write cores such as 2"),
    ("memory", "1GB", "Write a size such as 512Mi"),
    ("rtp_first", "80", "Write a whole number from 1024"),
    ("image", "im age", "Write the image's address"),
]


def test_bad_input_is_answered_at_its_field_and_keeps_what_was_typed(root, in_a_cluster):
    form = form_of(root.get("/tenants/new"), "/tenants/new")
    for field, typed, sentence in BAD_INPUT:
        for name, value in (FILLED | {field: typed}).items():
            form[name] = value
        page = form.submit(status=400)
        error = page.html.select_one(f"#{field}-error").get_text(strip=True)
        assert error.startswith(sentence), (field, typed)
        assert page.html.select_one("#name").get("value") == (EAST | {field: typed})["name"].strip()
    assert ("cell", "tenants", "east") not in in_a_cluster.objects


def test_a_namespace_that_is_typed_into_the_form_is_refused(root, in_a_cluster):
    form = form_of(root.get("/tenants/new"), "/tenants/new")
    for name, value in EAST.items():
        form[name] = value
    form["namespace"].force_value("kube-system")
    page = form.submit(status=400)
    assert page.html.select_one("#namespace-error") is not None
    assert [one for one in in_a_cluster.asked if one.startswith("POST")] == []


def test_terms_are_changed_and_what_was_changed_meanwhile_is_told(root, in_a_cluster):
    form = form_of(root.get("/tenants/cell.north"), "/tenants/cell.north")
    tenant = in_a_cluster.tenant("north")
    tenant["spec"]["limits"]["maxCalls"], tenant["metadata"]["generation"] = 9, 2
    form["max_calls"] = "30"
    page = form.submit(status=409)
    assert page.html.select_one("#max_calls-error").get_text(strip=True) == "It is 9 now."
    form_of(page, "/tenants/cell.north").submit(status=303)
    spec = in_a_cluster.tenant("north")["spec"]
    assert (spec["limits"]["maxCalls"], spec["adminEmail"]) == (30, "ada@north.example")


def test_a_time_zone_that_no_list_has_stays_when_something_else_is_saved(root, in_a_cluster):
    in_a_cluster.tenant("north")["spec"]["timeZone"] = "Etc/GMT+3"
    send(root, "/tenants/cell.north", status=303, max_calls="30")
    spec = in_a_cluster.tenant("north")["spec"]
    assert (spec["timeZone"], spec["limits"]["maxCalls"]) == ("Etc/GMT+3", 30)


def test_a_portal_of_a_cluster_that_writes_no_resources_says_so(root, world):
    world.see_everything().get(Tenant, world.north.tenant.id).managed_by = "cell/north"
    world.session.flush()
    assert "This portal writes no resources." in text_of(root.get("/tenants"))


def test_a_tenant_is_suspended_and_works_again(root, in_a_cluster):
    page = send(root, "/tenants/cell.north/suspend", status=303).follow()
    assert in_a_cluster.tenant("north")["spec"]["suspended"] is True
    assert "Suspended" in text_of(page)
    send(root, "/tenants/cell.north/suspend", status=303)
    assert in_a_cluster.tenant("north")["spec"]["suspended"] is False


def test_a_tenant_ends_only_by_its_name(root, in_a_cluster):
    for typed in ("", "North", "south"):
        page = send(root, "/tenants/cell.north/end", status=400, policy="Delete", confirm=typed)
        assert page.html.select_one("#confirm-error").get_text(strip=True) == "Write north, exactly so."
    assert in_a_cluster.gone == []
    send(root, "/tenants/cell.north/end", status=303, policy="Delete", confirm="north ")
    assert in_a_cluster.gone[0]["spec"]["deletionPolicy"] == "Delete"


def test_what_kubectl_made_is_read_only(root, in_a_cluster):
    in_a_cluster.tenant("north")["metadata"]["labels"] = {}
    page = root.get("/tenants/cell.north")
    assert page.html.select_one("main form") is None
    assert "kubectl edit tenant north --namespace cell" in text_of(page)
    assert "kubectl edit" in text_of(root.get("/tenants/cell.north/end"))
    form = {"csrf_token": token(root), "to": "suspended"}
    assert "kubectl edit" in root.post("/tenants/cell.north/suspend", form, status=409)


def test_while_the_cluster_is_away_the_list_is_what_the_database_knows(root, in_a_cluster):
    in_a_cluster.answers = [status(503, "ServiceUnavailable")]
    page = text_of(root.get("/tenants"))
    assert "does not answer. Nothing was saved: try again in a moment. What follows" in page
    assert "North Telecom" in page


def test_one_that_is_nowhere_is_not_found(root, in_a_cluster):
    for key in ("nobody", "cell.nobody", "kube-system.north"):
        root.get(f"/tenants/{key}", status=404)


def test_on_one_machine_its_terms_are_changed_and_the_rest_says_that_it_needs_kubernetes(root, world):
    page = root.get("/tenants")
    assert "North Telecom north Not seen Its softswitch has never been seen." in text_of(page)
    assert "need Kubernetes" in text_of(page)
    assert root.get("/tenants/new").html.select_one("main form") is None
    assert root.get("/tenants/north/end").html.select_one("main form") is None
    send(root, "/tenants/north", status=303, name="North & Sons", max_calls="30")
    row = world.see_everything().get(Tenant, world.north.tenant.id)
    assert (row.name, row.max_calls, row.currency) == ("North & Sons", 30, "USD")
    for below, fields in (("new", EAST), ("north/end", {"policy": "Delete", "confirm": "north"})):
        page = root.post(f"/tenants/{below}", fields | {"csrf_token": token(root)}, status=400)
        assert "eeds Kubernetes" in text_of(page)


def test_on_one_machine_bad_input_is_answered_at_its_field(root):
    page = send(root, "/tenants/north", status=400, max_calls="-1", name="")
    assert page.html.select_one("#max_calls-error") is not None
    assert page.html.select_one("#name-error").get_text(strip=True) == "Write the company's name."


def test_work_goes_on_in_the_chosen_company_after_the_platform_was_looked_at(root):
    root.get("/tenants")
    page = root.get("/trunks")
    assert ("north-carrier" in page, "south-carrier" in page) == (True, False)
