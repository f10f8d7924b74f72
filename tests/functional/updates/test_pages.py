"""The pages of updates, in a cluster and on one machine: for whoever keeps the platform, and nobody else."""

from __future__ import annotations

import pytest
from webtest import Upload

from cellhub.domain.updates import Move, Step
from cellhub.environment import Settings
from cellhub.security.roles import Role
from cellhub.updates import services
from cellhub.updates.releases import Releases
from tests.fakes.api_server import status
from tests.functional.forms import form_of, token
from tests.functional.tenants.conftest import cluster, make_tenant, server  # noqa: F401
from tests.functional.updates.contract import GONE_BACK
from tests.functional.updates.releases import PUBLIC, signed
from tests.functional.updates.test_cluster_updates import hold_update, written
from tests.functional.updates.test_database_updates import CONTENT, DIGEST, WISH

# The fixtures are those of other modules.
# ruff: noqa: F811
ADDRESSES = ("", "/new", "/1", "/cell.to-1.5.0", "/cell.to-1.5.0/stop", "/kube-system.x")


@pytest.fixture
def in_a_cluster(router, server, cluster, monkeypatch):
    """The portal writes resources to the namespace ``cell``; returns the API server."""
    settings: Settings = router.registry.cellhub.model_copy(update={"release_key": PUBLIC})
    monkeypatch.setattr(router.registry, "cellhub", settings)
    monkeypatch.setattr(router.registry, "cluster", cluster)
    monkeypatch.setattr(router.registry, "namespaces", ("cell",))
    return server


@pytest.fixture
def root(portal):
    return portal(Role.SUPERADMIN)


@pytest.fixture
def begun(world):
    """An update that one machine has begun and not driven yet."""
    return services.begin(world.see_everything(), "Ada", WISH)


def text_of(page):
    return page.html.select_one("main").get_text(" ", strip=True)


def fill_in(root, document=b"", signature="", **values):
    form = form_of(root.get("/updates/new"), "/updates/new")
    if document:
        form["manifest"] = Upload("manifest.json", document)
    if signature:
        form["signature"] = Upload("manifest.json.sig", signature.encode())
    for name, value in values.items():
        form[name].force_value(value)
    return form.submit(expect_errors=True)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.RESELLER, Role.CLIENT])
def test_nobody_else_reaches_any_of_it_and_nothing_is_asked(portal, in_a_cluster, role):
    person = portal(role)
    form = {"csrf_token": token(person)}
    for below in ADDRESSES:
        person.get(f"/updates{below}", status=403)
        person.post(f"/updates{below}", form, status=403)
    assert "/updates" not in person.get("/")
    assert in_a_cluster.asked == []


def test_an_update_is_begun_and_its_steps_are_shown_as_they_are_taken(root, in_a_cluster):
    page = fill_in(root, *signed()).follow()
    ((key, made),) = [(key, one) for key, one in in_a_cluster.objects.items() if key[1] == "updates"]
    assert (made["spec"]["version"], made["spec"]["tenants"]) == ("1.5.0", {"names": ["north"]})
    assert "It has not begun." in text_of(page)
    steps = written([("Preflight", "All is well."), ("Backup", "")])
    made["status"] = {"fromVersion": "1.4.2", "step": "Backup", "steps": steps}
    page = root.get(f"/updates/cell.{key[2]}")
    said = text_of(page)
    assert "Update to 1.5.0 Running Take back From 1.4.2, begun by the portal" in said
    assert "Preflight Done 16 Jul 14:00:00 , 1:00 All is well. Backup Running 16 Jul 14:01:00 ," in said
    assert page.html.select_one("li[aria-current=step] b").text == "Backup"
    assert page.html.select_one("#update-now")["hx-trigger"] == "every 2s"
    assert "1.5.0 from 1.4.2 Running Backup the portal for north" in text_of(root.get("/updates"))


def test_one_that_went_back_says_why_and_is_not_asked_for_again(root, in_a_cluster):
    hold_update(in_a_cluster, fromVersion="1.4.2", step="RolledBack", steps=written(GONE_BACK))
    page = root.get("/updates/cell.to-1.5.0")
    said = text_of(page)
    assert "It went back to 1.4.2. Migrate: It does not work." in said
    assert page.html.select_one("#update-now").get("hx-get") is None
    assert "Rolled back Migrate: It does not work." in text_of(root.get("/updates"))


BAD_INPUT = [
    ("manifest", "Choose the file of the manifest.", {"document": b""}),
    ("manifest", "This is no file of the manifest: it is no text.", {"document": b"\xff\xfe{}"}),
    ("manifest", "This is no file of the manifest: it has more than 64 kB.", {"document": b" " * 70_000}),
    ("manifest", "The signature does not hold:", {"document": b"{}"}),
    ("signature", "Choose the file of the signature.", {"signature": ""}),
    ("tenants", "Choose one tenant or more.", {"tenants": []}),
    ("tenants", "'kube-system/x' is not a valid choice", {"tenants": ["kube-system/x"]}),
    ("namespace", "Not a valid choice", {"namespace": "kube-system"}),
    ("repository", "Write the image's address", {"repository": "Registry/cellhub:latest "}),
    ("drain_minutes", "Write a whole number from 1", {"drain_minutes": "0"}),
]


def test_bad_input_is_answered_at_its_field(root, in_a_cluster):
    document, signature = signed()
    for field, sentence, change in BAD_INPUT:
        page = fill_in(root, **{"document": document, "signature": signature} | change)
        assert page.status_int == 400, field
        assert page.html.select_one(f"#{field}-error").get_text(strip=True).startswith(sentence), change
    assert [one for one in in_a_cluster.asked if one.startswith("POST")] == []


def test_one_that_runs_is_taken_back_after_a_question(root, in_a_cluster):
    address = fill_in(root, *signed()).location.removeprefix("http://localhost")
    assert "Take back the update to 1.5.0?" in text_of(root.get(f"{address}/stop"))
    form_of(root.get(f"{address}/stop"), f"{address}/stop").submit(status=303)
    assert [one["kind"] for one in in_a_cluster.gone] == ["Update"]


def test_one_of_kubectl_is_not_taken_back_here(root, in_a_cluster):
    hold_update(in_a_cluster, fromVersion="1.4.2", step="Preflight", steps=written([("Preflight", "")]))
    page = root.post("/updates/cell.to-1.5.0/stop", {"csrf_token": token(root)}, status=409)
    assert "was made outside of the portal" in text_of(page)
    assert root.get("/updates/cell.to-1.5.0").html.select_one("a[href$=stop]") is None


def test_a_refusal_of_the_cluster_is_said(root, in_a_cluster):
    in_a_cluster.forbidden = {"updates"}
    page = fill_in(root, *signed())
    assert (page.status_int, "its account lacks the right" in text_of(page)) == (400, True)


def test_while_the_cluster_is_away_the_rows_are_shown(root, in_a_cluster, begun):
    in_a_cluster.answers = [status(503, "ServiceUnavailable")] * 2
    assert "does not answer" in text_of(root.get("/updates"))
    assert "1.5.0 from 1.4.2 Running Preflight Ada" in text_of(root.get("/updates"))
    in_a_cluster.answers = [status(503, "ServiceUnavailable")]
    assert root.get("/updates/cell.to-1.5.0", status=303).location.endswith("/updates")


def test_one_that_is_nowhere_is_not_found(root, in_a_cluster):
    for key in ("99999", "cell.nowhere", "kube-system.to-1.5.0", "x"):
        root.get(f"/updates/{key}", status=404)


def test_on_one_machine_the_rows_are_shown_as_they_are_noted(root, world, begun):
    services.move(world.see_everything(), "Ada", begun, Step.PREFLIGHT, Move(Step.BACKUP, "All is well."))
    said = text_of(root.get(f"/updates/{begun.id}"))
    assert "Update to 1.5.0 Running From 1.4.2, begun by Ada" in said
    assert "All is well. Backup Running" in said
    assert "Roll out Waiting" in said


@pytest.fixture
def on_a_machine(router, monkeypatch, tmp_path):
    """The portal is one that `cellhub run` has started; returns its releases."""
    changes = {"release_key": PUBLIC, "home": tmp_path}
    monkeypatch.setattr(router.registry, "cellhub", router.registry.cellhub.model_copy(update=changes))
    releases = Releases(tmp_path)
    releases.settle(["agent"])
    return releases


def machine_form(root, content=CONTENT, **changes):
    told = {"name": "cellhub-1.5.0.tar.gz", "sha256": DIGEST}
    document, signature = signed(archive=told)
    form = form_of(root.get("/updates/new"), "/updates/new")
    files = {"manifest": document, "signature": signature.encode(), "archive": content} | changes
    for name, bytes_ in files.items():
        if bytes_:
            form[name] = Upload(f"{name}.file", bytes_)
    return form.submit(expect_errors=True)


def test_on_one_machine_an_update_is_begun_by_its_three_files_and_taken_back(root, on_a_machine):
    page = machine_form(root).follow()
    assert "Update to 1.5.0 Running Take back" in text_of(page)
    assert on_a_machine.archive(DIGEST).read_bytes() == CONTENT
    address = page.request.path
    form_of(root.get(f"{address}/stop"), f"{address}/stop").submit(status=303)
    assert "has taken it back." in text_of(root.get(address))


@pytest.mark.parametrize(
    ("files", "field", "sentence"),
    [
        ({"archive": b""}, "archive", "Choose the file of the archive."),
        ({"archive": b"x"}, "archive", "archive.file has the digest "),
        ({"manifest": b"{}"}, "manifest", "The signature does not hold"),
    ],
)
def test_on_one_machine_files_that_do_not_belong_together_are_refused(
    root, on_a_machine, files, field, sentence
):
    page = machine_form(root, **files)
    assert page.status_int == 400
    assert page.html.select_one(f"#{field}-error").get_text(strip=True).startswith(sentence)
    assert "No updates yet" in text_of(root.get("/updates"))


def test_a_portal_that_nobody_watches_begins_none_and_says_why(root, router, monkeypatch, tmp_path):
    settings = router.registry.cellhub.model_copy(update={"home": tmp_path})
    monkeypatch.setattr(router.registry, "cellhub", settings)
    assert "No updates yet" in text_of(root.get("/updates"))
    page = root.get("/updates/new")
    assert page.html.select_one("main form") is None
    assert "This portal begins no update." in text_of(page)
    root.post("/updates/new", {"csrf_token": token(root)}, status=400)
