"""How far a pod, a Job and a canary are, and what a tenant's pods are built with meanwhile."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cellhub_operator.objects.marker import NOTE, Images, Marker, MarkerError, read, release_in, standing
from cellhub_operator.objects.stateful_set import stateful_set
from cellhub_operator.objects.tenant import TenantSpec
from cellhub_operator.updating.parts import TenantSeen, View, overtime, place_of
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.works import job_of, of_canary, of_job

from cellhub.domain.updates import Part, Place, Progress, Step, Work
from cellhub.telemetry.heartbeats import ASKED, FAILED, SINCE, Beat
from cellhub.telemetry.heartbeats import Part as Beating
from tests.factories.resources import RELEASE, tenant, update
from tests.fakes.rolling import BEGIN, FakePod

WISH = UpdateWish.of(update())
SPEC = TenantSpec.of(tenant())
AGENT = WISH.images["agent"]
NOTED = Marker(WISH.mark, WISH.wanted)
FORMER = Images("1.4.2", RELEASE.asterisk_image, RELEASE.agent_image)
NAME = "north-switch-0"


def strategy(marker):
    return stateful_set(SPEC, release_in(RELEASE, marker))["spec"]["updateStrategy"]


def images(marker):
    pod = stateful_set(SPEC, release_in(RELEASE, marker))["spec"]["template"]["spec"]
    return [one["image"] for one in pod["containers"]]


@pytest.mark.parametrize(
    ("marker", "wanted", "how"),
    [
        (None, FORMER, {"type": "RollingUpdate"}),
        (
            replace(NOTED, partition=1),
            WISH.wanted,
            {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}},
        ),
        (replace(NOTED, partition=1, back=True), FORMER, {"type": "OnDelete"}),
        (replace(NOTED, wanted=replace(WISH.wanted, version="1.4.1")), FORMER, {"type": "RollingUpdate"}),
    ],
)
def test_pods_are_built_with_what_is_noted_unless_the_chart_is_newer(marker, wanted, how):
    assert (images(marker), strategy(marker)) == ([wanted.asterisk, wanted.agent], how)


@pytest.mark.parametrize(
    ("marker", "runs"),
    [
        (None, FORMER),
        (NOTED, WISH.wanted),
        (replace(NOTED, partition=1), FORMER),
        (replace(NOTED, back=True, former=WISH.wanted), WISH.wanted),
    ],
)
def test_a_release_counts_as_running_when_every_pod_has_it(marker, runs):
    assert standing(RELEASE, marker) == runs


@pytest.mark.parametrize("marker", [NOTED, replace(NOTED, former=FORMER, partition=3, back=True)])
def test_a_note_is_read_as_it_was_written(marker):
    assert read(marker.text()) == marker


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", NOTED.text().replace("1.5.0", "latest"), NOTED.text().replace(": 0", ": -1")]
)
def test_a_note_of_somebody_else_is_refused(text):
    with pytest.raises(MarkerError, match=NOTE):
        read(text)


def pod(release=FORMER, seconds=5, ready=True, **status):
    made = FakePod(NAME, release.asterisk, release.agent, BEGIN - dt.timedelta(seconds=seconds), 1)
    shape = made.manifest(ready)
    return shape | {"status": shape["status"] | status}


def waiting(reason, **more):
    state = {"waiting": {"reason": reason, "message": "Back-off."}}
    return [{"name": "asterisk", "state": state, **more}]


CRASHED = waiting("CrashLoopBackOff", restartCount=2, lastState={"terminated": {"exitCode": 1}})
NO_IMAGE = waiting("ImagePullBackOff")


@pytest.mark.parametrize(
    ("step", "marker", "shape", "part"),
    [
        (Step.CANARY, None, pod(), Part(NAME, Place.BEHIND)),
        (Step.CANARY, NOTED, pod(), Part(NAME, Place.CHANGING, "It is to end.")),
        (Step.CANARY, NOTED, None, Part(NAME, Place.CHANGING, "It is made anew.")),
        (Step.CANARY, NOTED, pod(WISH.wanted, ready=False), Part(NAME, Place.CHANGING, "It starts.")),
        (Step.CANARY, NOTED, pod(WISH.wanted), Part(NAME, Place.THERE)),
        (
            Step.CANARY,
            NOTED,
            pod(WISH.wanted, 400, ready=False),
            Part(NAME, Place.BROKEN, "It takes no calls."),
        ),
        (
            Step.CANARY,
            NOTED,
            pod(WISH.wanted, ready=False, containerStatuses=CRASHED),
            Part(NAME, Place.BROKEN, "asterisk ends at its start, with the code 1."),
        ),
        (
            Step.CANARY,
            NOTED,
            pod(WISH.wanted, ready=False, containerStatuses=NO_IMAGE),
            Part(NAME, Place.CHANGING, "It starts."),
        ),
        (
            Step.CANARY,
            NOTED,
            pod(WISH.wanted, 61, ready=False, initContainerStatuses=NO_IMAGE),
            Part(NAME, Place.BROKEN, "asterisk does not start: ImagePullBackOff, Back-off."),
        ),
        (Step.ROLLING_BACK, NOTED, pod(WISH.wanted, 400, ready=False), Part(NAME, Place.BEHIND)),
        (Step.ROLLING_BACK, NOTED, pod(), Part(NAME, Place.THERE)),
        (Step.PREFLIGHT, None, pod(), Part(NAME, Place.THERE)),
    ],
)
def test_a_pod_is_as_far_as_its_images_and_its_state_say(step, marker, shape, part):
    seen = TenantSeen(SPEC, marker, (shape,) if shape else ())
    assert place_of(View(WISH, RELEASE, step, BEGIN), seen, 0) == part


@pytest.mark.parametrize(
    ("step", "seconds", "part"),
    [
        (Step.ROLLING_BACK, 1830, Part(NAME, Place.CHANGING, "Its calls end.")),
        (Step.CANARY, 1831, Part(NAME, Place.BEHIND)),
        (Step.VERIFY, 1831, Part(NAME, Place.CHANGING, "Its calls end.")),
    ],
)
def test_a_pod_that_ends_waits_for_its_calls_as_long_as_the_update_gives_them(step, seconds, part):
    shape = pod()
    shape["metadata"] |= {"deletionTimestamp": BEGIN.isoformat(), "deletionGracePeriodSeconds": seconds}
    assert place_of(View(WISH, RELEASE, step, BEGIN), TenantSeen(SPEC, NOTED, (shape,)), 0) == part


@pytest.mark.parametrize(("seconds", "over"), [(29, True), (31, False)])
def test_the_last_half_minute_of_a_pod_that_ends_is_its_own_and_not_its_calls(seconds, over):
    shape = pod()
    assert not overtime(shape, BEGIN)
    gone = BEGIN + dt.timedelta(seconds=seconds)
    shape["metadata"] |= {"deletionTimestamp": gone.isoformat(), "deletionGracePeriodSeconds": 60}
    assert overtime(shape, BEGIN) is over


def beat(since, asked=10, failed=0):
    return Beat(Beating.ASTERISK, NAME, BEGIN, {SINCE: since, ASKED: asked, FAILED: failed})


@pytest.mark.parametrize(
    ("seconds", "beats", "work"),
    [
        (
            59,
            [beat(BEGIN.isoformat())],
            Work(Progress.RUNNING, f"{NAME} takes calls, to be proven for 60 s."),
        ),
        (61, [beat(BEGIN.isoformat())], Work(Progress.DONE, f"{NAME} was asked 10 times and failed 0.")),
        (61, [], Work(Progress.RUNNING, f"{NAME} takes calls, to be proven for 60 s.")),
        (121, [beat("long ago")], Work(Progress.FAILED, f"{NAME} gives no sign of life.")),
        (121, [beat("2026-01-01T00:00:00+00:00")], Work(Progress.FAILED, f"{NAME} gives no sign of life.")),
        (
            5,
            [beat(BEGIN.isoformat(), failed=4)],
            Work(
                Progress.FAILED,
                f"{NAME}: 4 of 10 calls got no answer from it, and 0 of 0 from the others.",
            ),
        ),
    ],
)
def test_a_canary_is_proven_by_its_own_signs_of_life(seconds, beats, work):
    seen = TenantSeen(SPEC, NOTED, (pod(WISH.wanted, seconds),))
    assert of_canary(seen, beats, 60, BEGIN) == work


def job(**conditions):
    told = [{"type": name, "status": "True", "message": said} for name, said in conditions.items()]
    return {"metadata": {"name": "update-1-migrate"}, "status": {"conditions": told}}


def last_words(text):
    return ({"status": {"containerStatuses": [{"state": {"terminated": {"message": text}}}]}},)


@pytest.mark.parametrize(
    ("shape", "pods", "work"),
    [
        (None, (), Work()),
        (job(), (), Work(Progress.RUNNING, "The Job update-1-migrate runs.")),
        (job(Complete=""), (), Work(Progress.DONE, "It is done.")),
        (
            job(Failed="backoff"),
            last_words("no such column\n"),
            Work(Progress.FAILED, "The Job update-1-migrate failed: no such column"),
        ),
        (
            job(Failed="backoff"),
            last_words("a line that is cut\n" * 40 + "no such column"),
            Work(
                Progress.FAILED,
                "The Job update-1-migrate failed: " + "a line that is cut\n" * 30 + "no such column",
            ),
        ),
        (job(Failed="late"), (), Work(Progress.FAILED, "The Job update-1-migrate failed: late")),
    ],
)
def test_a_job_says_how_far_it_is_and_its_pod_why_it_failed(shape, pods, work):
    assert of_job(shape, pods, "It is done.") == work


TEMPLATE = {
    "metadata": {"labels": {"component": "migration"}},
    "spec": {"serviceAccountName": "steps", "containers": [{"name": "any", "image": "chart:1", "env": []}]},
}


@pytest.mark.parametrize(
    ("step", "image", "command"),
    [
        (Step.PREFLIGHT, "chart:1", ["cellhub", "doctor", "money"]),
        (
            Step.BACKUP,
            "chart:1",
            ["cellhub", "backup", "/var/lib/cellhub/backups/before-1.5.0-uid-of-t.dump"],
        ),
        (Step.MIGRATE, WISH.images["portal"], ["cellhub", "tables"]),
        (Step.VERIFY, WISH.images["portal"], ["cellhub", "doctor", "money"]),
    ],
)
def test_a_step_is_a_job_of_the_charts_pod_that_is_tried_once(step, image, command):
    labels = {"component": "migration", "cellhub.io/update": "uid-of-to-1.5.0"}
    container = {
        "name": "step",
        "image": image,
        "env": [],
        "command": command,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    spec = {"serviceAccountName": "steps", "containers": [container], "restartPolicy": "Never"}
    assert job_of(TEMPLATE, "release", WISH, step) == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"update-uid-of-t-{step.lower()}", "namespace": "release", "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": 86_400,
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def test_a_tenant_is_meant_by_its_name_or_by_its_labels():
    by_label = UpdateWish.of(update(tenants={"selector": {"matchLabels": {"ring": "first"}}}))
    west, labelled = tenant("west"), tenant("west")
    labelled["metadata"]["labels"] = {"ring": "first", "more": "yes"}
    assert [WISH.concerns(one) for one in (tenant("north"), west)] == [True, False]
    assert [by_label.concerns(one) for one in (tenant("north"), west, labelled)] == [False, False, True]


def test_an_image_that_a_tenant_has_of_its_own_stays():
    own = tenant(asterisk=tenant()["spec"]["asterisk"] | {"image": "registry.example/own:1"})
    shape = pod(Images("1.5.0", "registry.example/own:1", AGENT))
    seen = TenantSeen(TenantSpec.of(own), NOTED, (shape,))
    assert place_of(View(WISH, RELEASE, Step.ROLL_OUT, BEGIN), seen, 0).place is Place.THERE
