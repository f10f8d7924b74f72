"""The portal in a pod, by its Service: what is decided in its pages is brought about on the node."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select
from webtest import Upload

from cellhub.routes.models import Trunk
from tests.cluster import releases
from tests.cluster.browsing import said, signed_in
from tests.cluster.figures import tell
from tests.cluster.voice import OK
from tests.fixtures.chart import RELEASE
from tests.fixtures.switch import wait_for
from tests.functional.forms import form_of, send

pytestmark = pytest.mark.timeout(600)

SECONDS, AN_UPDATE, AN_END = 60.0, 240.0, 150.0
CONFIG_SECONDS = 5.0
PAGE_TRUNK = "north-page"
TITLES = ["Preflight", "Backup", "Migrate", "Canary", "Roll out", "Verify", "Done"]
WEST = {
    "slug": "west",
    "name": "West Telecom",
    "sip_domain": "sip.west.example",
    "admin_email": "admin@west.example",
    "cpu": "150m",
    "memory": "256Mi",
}


@pytest.fixture
def person(exchange):
    """Sign in with the log-in that a Secret holds."""

    def sign_in(secret):
        login = exchange.installed.secret(secret)
        return signed_in(exchange.installed.address("portal"), login["email"], login["password"])

    return sign_in


def place_of(office, name):
    """The address of a trunk's page; none while it has no row."""
    with office.books() as session:
        found = session.scalar(select(Trunk.id).where(Trunk.name == name))
    return f"/trunks/{found}" if found else ""


def until_a_call_takes(carrier, office, admin, host):
    """Make a trunk to the carrier in the page; returns the seconds until a first call by it was over."""
    began = time.monotonic()
    terms = {"host": host, "port": str(carrier.port), "priority": "1"}
    send(admin, "/trunks/new", status=303, name=PAGE_TRUNK, **terms)
    wait_for(lambda: office.call(0.1).code == OK and carrier.calls(), "a call takes the new trunk", SECONDS)
    return time.monotonic() - began


def delete(admin, office, kubectl):
    """Delete that trunk in its page, once that says that calls leave by it, until Asterisk has it no more."""
    here = place_of(office, PAGE_TRUNK)
    wait_for(lambda: "Ready Calls leave by it." in said(admin.get(f"{here}/edit")), "it says so")
    send(admin, f"{here}/delete", status=303)
    there = ("get", f"trunk/{PAGE_TRUNK}", "--ignore-not-found")
    wait_for(lambda: not kubectl(*there), "the Trunk is gone", SECONDS)
    asterisk = ("exec", f"{office.name}-switch-0", "--container=asterisk", "--", "asterisk")
    show = f"pjsip show endpoint trunk-{PAGE_TRUNK}"
    wait_for(lambda: "Unable to find" in kubectl(*asterisk, "-rx", show), "Asterisk lacks it", CONFIG_SECONDS)


def test_a_trunk_of_the_page_is_used_by_the_next_call_and_one_of_kubectl_can_only_be_read(
    north, exchange, person
):
    office, admin = north.office, person("north-admin")
    # The first carrier is gone when its trunk's name leads to the second one.
    for how in ("made in the portal", "of that name once more"):
        with exchange.far_end() as carrier:
            seconds = until_a_call_takes(carrier, office, admin, exchange.machine)
            tell(f"Trunk {how}: its first call was over after {seconds:.1f} s")
            assert seconds < CONFIG_SECONDS
            delete(admin, office, exchange.kubectl)
    page = admin.get(f"{place_of(office, 'north-carrier')}/edit")
    assert page.html.select_one("main form") is None
    assert f"kubectl edit trunk north-carrier --namespace {exchange.installed.namespace}" in said(page)


@pytest.fixture
def west(exchange, person):
    """The superadmin, and the address of a tenant that may be made; it is ended afterwards."""
    yield person(f"{RELEASE}-superadmin"), f"{exchange.installed.namespace}.west"
    exchange.kubectl("delete", "updates", "--all", "--timeout=50s")
    installed = exchange.installed
    # As in the end of the installation: a kubelet may take a minute to look.
    words = ("--namespace", installed.namespace, "delete", "tenant/west", "--ignore-not-found")
    installed.cluster.kubectl(*words, "--timeout=150s", seconds=180)


def test_a_tenant_is_made_brought_another_release_and_ended_by_pages_alone(west, exchange, cluster, tmp_path):
    root, key = west
    began = time.monotonic()
    send(root, "/tenants/new", status=303, **WEST)
    wait_for(lambda: is_ready(root.get(f"/tenants/{key}")), "it is ready", SECONDS)
    tell(f"Tenant made in the portal: its page said Ready after {time.monotonic() - began:.1f} s")
    release = releases.release(cluster, tmp_path, "0.2.0")
    update = begun(root, release, key)
    assert followed(root, update) >= {"Backup", "Canary"}
    send(root, f"/tenants/{key}/end", status=303, policy="Delete", confirm="west")
    wait_for(lambda: "West Telecom" not in said(root.get("/tenants")), "the list lacks it", AN_END)
    left = exchange.kubectl("get", "statefulsets,secrets,services", "--selector=cellhub.io/tenant=west")
    assert left == ""


def is_ready(page):
    """Whether the page of west says that it is ready, and by which release."""
    now = said(page)
    return "West Telecom Ready west" in now and "0 calls now, release 0.1.0," in now


def begun(root, release, tenant):
    """Begin an update to one tenant in the page for that; returns its address."""
    form = form_of(root.get("/updates/new"), "/updates/new")
    document, signature = release.signed()
    form["manifest"] = Upload("manifest.json", document.encode())
    form["signature"] = Upload("manifest.json.sig", signature.encode())
    form["tenants"] = [tenant.replace(".", "/")]
    form["repository"], form["softswitch_repository"] = (
        release.images[part].partition("@")[0] for part in ("portal", "asterisk")
    )
    form["canary_seconds"] = "1"
    return form.submit(status=303).location.rpartition("/updates/")[2]


def followed(root, update):
    """The steps that its page showed as running until it was done."""
    running = set()

    def done():
        now = root.get(f"/updates/{update}").html.select_one("#update-now")
        running.update(one.text for one in now.select("li[aria-current=step] b"))
        return now if now.get("hx-get") is None else None

    now = wait_for(done, f"{update} has an end", AN_UPDATE)
    assert [one.text for one in now.select("li b")] == TITLES
    return running
