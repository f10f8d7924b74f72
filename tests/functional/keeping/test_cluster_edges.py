"""Trunks in a cluster at the edges: other tenants, refusals that leave no trace, what is not seen yet."""

from __future__ import annotations

import copy

import pytest
from sqlalchemy import select

from cellhub.accounts.models import AuditEntry
from cellhub.accounts.refusal import RefusedError
from cellhub.routes.keeping.cluster import NEEDS_PASSWORD
from cellhub.routes.models import Trunk
from cellhub.security.crypto import SecretBox
from tests.fakes.api_server import status
from tests.functional.forms import form_of, send, token
from tests.functional.keeping.contract import DIGEST, PASSWORD, TERMS
from tests.functional.keeping.test_cluster_trunks import cluster, keeping  # noqa: F401
from tests.functional.keeping.test_pages import admin, brought_about, server  # noqa: F401

# The fixtures are those of the other two modules.
# ruff: noqa: F811
IP = {"name": "halyard", "host": "198.51.100.31", "port": "5060"}


def give_away(server, name="halyard"):
    """Let a Trunk be the tenant south's, which is in the same namespace."""
    server.trunk(name)["spec"]["tenantRef"] = {"name": "south"}


def deeds(world):
    found = select(AuditEntry.action).where(AuditEntry.object_kind == "trunk").order_by(AuditEntry.id)
    return list(world.see_everything().scalars(found))


def row_of(keeping, world, password=PASSWORD):
    """The row that the operator made of what it has seen."""
    row = Trunk(
        tenant_id=world.north.tenant.id,
        name="halyard",
        host="198.51.100.31",
        username="cellhub",
        register=True,
        secret=SecretBox.from_file(keeping._key_file).seal(password),
        managed_by="cell/halyard",
    )
    keeping._session.add(row)
    keeping._session.flush()
    return row


def test_a_trunk_of_another_tenant_in_the_same_namespace_is_not_there(keeping, server):
    keeping.open("halyard", TERMS, "")
    version = keeping.find("halyard").version
    give_away(server)
    assert keeping.find("halyard") is None
    for deed in (
        lambda: keeping.change("halyard", TERMS | {"port": 5070}, "", version),
        lambda: keeping.delete("halyard"),
    ):
        with pytest.raises(RefusedError):
            deed()
    assert server.trunk("halyard")["spec"]["port"] == 5060


def test_its_address_neither_shows_nor_deletes_it(admin, server):
    send(admin, "/trunks/new", **IP)
    give_away(server)
    assert admin.get("/trunks/waiting/halyard").location.endswith("/trunks")
    admin.post("/trunks/waiting/halyard", {"csrf_token": token(admin)})
    assert server.trunk("halyard")["spec"]["tenantRef"] == {"name": "south"}


def test_what_was_refused_is_not_written_down(admin, server, world):
    server.forbidden = {"trunks"}
    send(admin, "/trunks/new", status=400, **IP)
    assert deeds(world) == []


def test_a_trunk_that_another_took_the_place_of_is_not_deleted(keeping, server, world):
    keeping.open("halyard", TERMS, "")
    server.answers = [copy.deepcopy(server.trunk("halyard"))] * 2 + [status(409, "Conflict")]
    with pytest.raises(RefusedError, match="Somebody changed it"):
        keeping.delete("halyard")
    assert "delete" not in deeds(world)


def test_a_form_that_was_open_when_the_cluster_went_away_keeps_what_was_typed(admin, server, world):
    send(admin, "/trunks/new", **IP)
    address = f"/trunks/{brought_about(server, world)}/edit"
    form = form_of(admin.get(address), address)
    form["provider"] = "Typed & kept"
    server.answers = [status(503, "ServiceUnavailable")] * 9
    page = form.submit(status=503)
    assert "does not answer" in page.html.select_one(".note.bad").text
    assert page.html.select_one("#provider")["value"] == "Typed & kept"
    server.answers = []
    form_of(page, address).submit(status=303)
    assert server.trunk("halyard")["spec"]["provider"] == "Typed & kept"


def test_a_form_that_was_open_when_others_took_over_keeps_what_was_typed(admin, server, world):
    send(admin, "/trunks/new", **IP)
    address = f"/trunks/{brought_about(server, world)}/edit"
    form = form_of(admin.get(address), address)
    form["port"] = "5070"
    server.trunk("halyard")["metadata"]["labels"] = {}
    page = form.submit(status=409)
    assert "kubectl edit trunk halyard" in page
    assert page.html.select_one("#port")["value"] == "5070"
    assert server.trunk("halyard")["spec"]["port"] == 5060


def test_the_row_s_password_is_not_given_to_a_username_before_the_operator_has_seen_the_new_one(
    keeping, server, world
):
    keeping.open("halyard", DIGEST, PASSWORD)
    row_of(keeping, world)
    server.trunk("halyard")["status"] = {"observedGeneration": 1}
    keeping.change("halyard", DIGEST, "another-one", keeping.find("halyard").version)
    with pytest.raises(RefusedError) as refused:
        keeping.change("halyard", DIGEST | {"username": "renamed"}, "", keeping.find("halyard").version)
    assert refused.value.each == (("password", NEEDS_PASSWORD),)


def test_credentials_whose_username_is_not_seen_yet_do_not_look_like_none(admin, server, world):
    """The form would save them away."""
    send(admin, "/trunks/new", **IP)
    address = f"/trunks/{brought_about(server, world)}/edit"
    server.trunk("halyard")["spec"]["credentialsSecretRef"] = {"name": "given"}
    page = send(admin, address, status=400, port="5070")
    assert "Write the username" in page
    assert server.trunk("halyard")["spec"]["credentialsSecretRef"] == {"name": "given"}
