"""How far the work of a step is: that of a Job, and that of the canary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from cellhub.domain.canary import Answers, complaint
from cellhub.domain.updates import Progress, Step, Work
from cellhub.telemetry.heartbeats import Beat
from cellhub_operator.objects.release import Release
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.updating.parts import TenantSeen, ready_since
from cellhub_operator.updating.wish import UpdateWish

CONTAINER = "step"
LONGEST = 600
KEPT_SECONDS = 86_400
SILENCE = dt.timedelta(seconds=60)
"""For so much longer than the canary's time it is waited for its sign of life."""

BACKUPS = "/var/lib/cellhub/backups"
UPDATE_LABEL = "cellhub.io/update"


def job_of(template: Shape, namespace: str, wish: UpdateWish, step: Step) -> Shape:
    """Build the Job of a step from the pod that the chart has for such work."""
    labels = dict(template["metadata"].get("labels", {})) | {UPDATE_LABEL: wish.origin.uid}
    spec = dict(template["spec"])
    (container,) = spec["containers"]
    own = {
        "name": CONTAINER,
        "command": _command(wish, step),
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    # Tables and books of the release are for its own code; before it there is the installation's.
    if step in (Step.MIGRATE, Step.VERIFY):
        own["image"] = wish.images["portal"]
    spec |= {"containers": [container | own], "restartPolicy": "Never"}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": wish.job(step), "namespace": namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _command(wish: UpdateWish, step: Step) -> list[str]:
    return {
        Step.PREFLIGHT: ["cellhub", "doctor", "money"],
        Step.BACKUP: ["cellhub", "backup", f"{BACKUPS}/{wish.backup}"],
        Step.MIGRATE: ["cellhub", "tables"],
        Step.VERIFY: ["cellhub", "doctor", "money"],
    }[step]


def done_by(wish: UpdateWish, step: Step) -> str:
    """What the Job of a step has done, in a sentence."""
    return {
        Step.PREFLIGHT: "The signature and the digests hold, and so do the books.",
        Step.BACKUP: f"The database is saved as {wish.backup}, and its list was read.",
        Step.MIGRATE: f"The tables are those of {wish.version}.",
        Step.VERIFY: "The books hold.",
    }[step]


def of_job(job: Shape | None, pods: Sequence[Shape], done: str) -> Work:
    """Say how far a Job is; why it failed its container says."""
    if job is None:
        return Work()
    conditions = job.get("status", {}).get("conditions") or ()
    ended = {one["type"]: one for one in conditions if one["status"] == "True"}
    name = job["metadata"]["name"]
    if "Complete" in ended:
        return Work(Progress.DONE, done)
    if "Failed" in ended:
        said = _last_words(pods) or str(ended["Failed"].get("message", ""))
        return Work(Progress.FAILED, f"The Job {name} failed: {_end_of(said)}")
    return Work(Progress.RUNNING, f"The Job {name} runs.")


def _end_of(text: str) -> str:
    """The last lines, each whole: a log says at its end why it ended."""
    kept = text[-LONGEST:]
    return kept if kept == text or "\n" not in kept else kept.partition("\n")[2]


def _last_words(pods: Iterable[Shape]) -> str:
    said = [
        str(((one.get("state") or {}).get("terminated") or {}).get("message") or "").strip()
        for pod in pods
        for one in pod.get("status", {}).get("containerStatuses") or ()
    ]
    return next((one for one in reversed(said) if one), "")


def of_canary(seen: TenantSeen, beats: Iterable[Beat], seconds: int, now: dt.datetime) -> Work:
    """Hold the calls of a tenant's last pod against those of all others."""
    pod = seen.pod(seen.tenant.replicas - 1)
    since = ready_since(pod) if pod is not None else None
    if pod is None or since is None:
        return Work(Progress.RUNNING, "It is waited for.")
    name = pod["metadata"]["name"]
    made = dt.datetime.fromisoformat(pod["metadata"]["creationTimestamp"])
    all_beats = list(beats)
    own = [beat for beat in all_beats if beat.instance == name and _began(beat, made)]
    others = sum((beat.answers for beat in all_beats if beat.instance != name), Answers())
    trouble = complaint(own[0].answers, others) if own else ""
    if trouble:
        return Work(Progress.FAILED, f"{name}: {trouble}")
    proven = since + dt.timedelta(seconds=seconds)
    if now < proven or (not own and now < proven + SILENCE):
        return Work(Progress.RUNNING, f"{name} takes calls, to be proven for {seconds} s.")
    if not own:
        return Work(Progress.FAILED, f"{name} gives no sign of life.")
    answers = own[0].answers
    return Work(Progress.DONE, f"{name} was asked {answers.asked} times and failed {answers.failed}.")


def _began(beat: Beat, made: dt.datetime) -> bool:
    """Whether a sign of life is of the pod that was made then, and of no earlier one of its name."""
    try:
        return beat.since is not None and beat.since >= made
    except (TypeError, ValueError):  # somebody else's writing
        return False


def rolled_out(tenants: Iterable[TenantSeen], release: str, chart: Release) -> Work:
    """What a roll-out has done, in a sentence."""
    pods = sum(seen.tenant.replicas for seen in tenants)
    return Work(Progress.DONE, f"{pods} pods run {release}; portal and operator have {chart.version}.")
