"""Updates as the operator keeps them, with their notes in the real database."""

from __future__ import annotations

import json

import pytest
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.updating.records import DELETED, Records
from cellhub_operator.updating.updater import Updater
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellhub.accounts.tenants import ensure_platform
from cellhub.db.roles import PORTAL
from cellhub.db.scope import Scope
from cellhub.db.session import make_engine, make_session_factory, scoped
from cellhub.domain.updates import ENDS, FORWARD
from cellhub.updates.manifest import public_text, sign
from tests.factories.resources import PARTS, RELEASE, tenant, update
from tests.fakes.rolling import FakeSite

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
DOCUMENT = json.dumps(
    {
        "version": "1.5.0",
        "follows": "1.4.0",
        "migrations": {"from": "0019", "to": "0021"},
        "images": {part: f"sha256:{letter * 64}" for part, letter in PARTS.items()},
    }
)
MOST = 60


@pytest.fixture
def site():
    specs = {name: TenantSpec.of(tenant(name)) for name in ("north", "south")}
    return FakeSite(RELEASE, specs, public_text(KEY), {"release-1.5.0": DOCUMENT})


@pytest.fixture
def updater(own_database, site):
    engine = make_engine(own_database.url(PORTAL.name), application="tests")
    sessions = make_session_factory(engine)
    with scoped(sessions, Scope.platform()) as session:
        ensure_platform(session)
    yield Updater(site, Records(sessions), RELEASE)
    engine.dispose()


def wanted(name="to-1.5.0", **spec):
    return update(name, signature=sign(DOCUMENT.encode(), KEY), **spec)


def told(outcome, aspect):
    return next(
        (one["status"], one["reason"]) for one in outcome.status["conditions"] if one["type"] == aspect
    )


def kept(updater, site, resource):
    """Keep an Update to its end as the timer does, each time with the status that was told before."""
    steps = []
    for _ in range(MOST):
        outcome = updater.keep_update(resource)
        resource = resource | {"status": outcome.status}
        steps.append(outcome.status["step"])
        if outcome.status["step"] in ENDS:
            return outcome, list(dict.fromkeys(steps))
        site.go_on()
    raise AssertionError(steps)


def test_an_update_tells_every_step_and_then_changes_nothing_more(updater, site):
    outcome, _ = kept(updater, site, wanted())
    assert [step["name"] for step in outcome.status["steps"]] == list(map(str, FORWARD))
    assert outcome.status["fromVersion"] == "1.4.2"
    assert (told(outcome, "Ready"), told(outcome, "Degraded")) == (("True", "Done"), ("False", "AsWanted"))
    did = list(site.did)
    again = updater.keep_update(wanted() | {"status": outcome.status})
    assert (again.status, again.told, site.did) == (outcome.status, (), did)


def test_a_second_one_waits_for_the_end_of_the_first(updater, site):
    updater.keep_update(wanted())
    second = wanted("another")
    outcome = updater.keep_update(second)
    assert told(outcome, "Progressing") == ("True", "AnotherUpdate")
    kept(updater, site, wanted())
    outcome, _ = kept(updater, site, second)
    assert told(outcome, "Degraded") == ("True", "RolledBack")
    assert outcome.status["steps"][0]["message"] == "north: 1.5.0 runs already."


def test_one_without_its_manifest_waits_for_it(updater, site):
    site.manifests.clear()
    outcome = updater.keep_update(wanted())
    assert told(outcome, "Progressing") == ("True", "NoManifest")
    assert site.did == []


@pytest.mark.parametrize("by_itself", [True, False])
def test_one_that_is_deleted_on_its_way_goes_back_before_it_is_gone(updater, site, by_itself):
    resource = wanted(allowRollback=by_itself)
    while not site.markers:
        updater.keep_update(resource)
        site.go_on()
    for _ in range(MOST):
        ending = updater.end_update(resource)
        if ending.wait is None:
            break
        site.go_on()
    assert (ending.wait, site.markers) == (None, {})
    assert {pod.image for pod in site.pods.values()} == {RELEASE.asterisk_image}
    last = updater.keep_update(resource).status
    assert (last["step"], DELETED in last["steps"][-1]["message"]) == ("RolledBack", True)


def test_one_to_an_older_release_ends_without_naming_what_runs(updater, site):
    older = wanted(version="1.3.0")
    outcome, _ = kept(updater, site, older)
    assert outcome.status["step"] == "RolledBack"
    assert "fromVersion" not in outcome.status
