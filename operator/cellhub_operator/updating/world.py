"""The world of one Update: what is seen of it in the cluster, and what is done there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from cellhub.domain.updates import Observed, Progress, Run, Step, Work
from cellhub.telemetry.heartbeats import Beat
from cellhub.updates.driver import StepFailed
from cellhub_operator.objects.marker import Images, Marker, images_of, overtaken
from cellhub_operator.objects.names import switch_name
from cellhub_operator.objects.release import Release
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.updating import works
from cellhub_operator.updating.checks import Installation, problem_of
from cellhub_operator.updating.parts import TenantSeen, View, ends, parts_of, patient
from cellhub_operator.updating.wish import UpdateWish


class Site(Protocol):
    """The way to the cluster and the database."""

    def now(self) -> dt.datetime:
        """The time."""

    def tenants(self, wish: UpdateWish) -> tuple[TenantSeen, ...]:
        """The tenants that an Update concerns, by name."""

    def stands(self) -> Installation:
        """What the installation is."""

    def beats(self, tenant: str) -> Iterable[Beat]:
        """The signs of life of a tenant's softswitches."""

    def job(self, name: str) -> tuple[Shape | None, tuple[Shape, ...]]:
        """A Job and its pods."""

    def make_job(self, wish: UpdateWish, step: Step) -> None:
        """Make the Job of a step unless there is one."""

    def put_release(self, wish: UpdateWish, tenant: str, marker: Marker | None) -> None:
        """Note what a tenant is to run, and bring that about.

        Raises:
            StepFailed: it cannot be.
        """

    def settled(self, wish: UpdateWish, tenant: str) -> bool:
        """Say whether what was last brought about is known to those who make pods."""

    def end_pod(self, wish: UpdateWish, name: str, uid: str) -> None:
        """Let a pod end, its calls first, as long as the Update gives them."""

    def end_calls(self, wish: UpdateWish, tenant: str, pod: str) -> None:
        """End the calls of a pod that have had their time."""


@dataclass(frozen=True, slots=True)
class Papers:
    """The manifest of a release and its signature, as they were when the Update began."""

    document: str
    signature: str


@dataclass(frozen=True, slots=True)
class ClusterWorld:
    """What an Update changes. Whatever it did can be seen in the cluster."""

    wish: UpdateWish
    papers: Papers
    site: Site

    def observe(self, run: Run) -> Observed:
        """Look at the work of the step and at the pods."""
        tenants, stands = self.site.tenants(self.wish), self.site.stands()
        parts = parts_of(self._view(run.step, stands.chart), tenants)
        return Observed(self._work(run, tenants, stands), parts)

    def _view(self, step: Step, chart: Release) -> View:
        return View(self.wish, chart, step, self.site.now())

    def _work(self, run: Run, tenants: tuple[TenantSeen, ...], stands: Installation) -> Work:
        if run.step is Step.ROLLING_BACK:
            return Work()
        if overtaken(stands.chart, self.wish.version):
            return Work(Progress.FAILED, f"The chart has brought {stands.chart.version} meanwhile.")
        if run.step is Step.PREFLIGHT:
            trouble = problem_of(self.wish, self.papers.document, self.papers.signature, tenants, stands)
            if trouble:
                return Work(Progress.FAILED, trouble)
        if run.step is Step.ROLL_OUT:
            return works.rolled_out(tenants, self.wish.version, stands.chart)
        return self._canary(run, tenants) if run.step is Step.CANARY else self._job(run.step)

    def _canary(self, run: Run, tenants: tuple[TenantSeen, ...]) -> Work:
        with_pods = [seen for seen in tenants if seen.tenant.replicas]
        if not with_pods:
            return Work(Progress.DONE, "There is no pod to prove it.")
        first = with_pods[0]
        beats = self.site.beats(first.tenant.name)
        return works.of_canary(first, beats, run.terms.canary_seconds, self.site.now())

    def _job(self, step: Step) -> Work:
        return works.of_job(*self.site.job(self.wish.job(step)), works.done_by(self.wish, step))

    def start(self, step: Step) -> None:
        """Make the Job of a step; a canary proves itself."""
        self.site.make_job(self.wish, step)

    def replace(self, part: str, back: bool) -> None:
        """Bring a pod to the release, or back from it; the name of a tenant ends what was noted of it."""
        tenants, chart = self.site.tenants(self.wish), self.site.stands().chart
        view = self._view(Step.ROLLING_BACK if back else Step.ROLL_OUT, chart)
        for seen in tenants:
            if part == seen.tenant.name:
                self._forget(view, seen)
                return
            name, _, ordinal = part.rpartition("-")
            if name == switch_name(seen.tenant.name):
                pod = seen.pod(int(ordinal))
                if pod is not None and ends(pod):
                    self._hasten(seen, pod)
                    return
                self._back(view, seen, int(ordinal)) if back else self._forward(view, seen, int(ordinal))
                return
        raise StepFailed(f"{part} is gone.")

    def _forward(self, view: View, seen: TenantSeen, ordinal: int) -> None:
        former = _unless_charts(view.former(seen), view.chart)
        marker = Marker(self.wish.mark, self.wish.wanted, former, ordinal)
        self.site.put_release(self.wish, seen.tenant.name, marker)

    def _back(self, view: View, seen: TenantSeen, ordinal: int) -> None:
        mine, pod = view.mine(seen), seen.pod(ordinal)
        if mine is None or pod is None:
            return
        if not mine.back:
            former = Marker(mine.update, mine.wanted, mine.former, mine.partition, back=True)
            self.site.put_release(self.wish, seen.tenant.name, former)
        # Who ends a pod before its maker has heard of the change gets the same one again.
        if self.site.settled(self.wish, seen.tenant.name):
            self._end(pod)

    def _hasten(self, seen: TenantSeen, pod: Shape) -> None:
        """Give a pod that ends no more time than was wished; after that its calls are ended."""
        if patient(pod, self.wish.grace):
            self._end(pod)
        elif pod["metadata"]["name"] in seen.late:
            self.site.end_calls(self.wish, seen.tenant.name, pod["metadata"]["name"])

    def _end(self, pod: Shape) -> None:
        self.site.end_pod(self.wish, pod["metadata"]["name"], pod["metadata"]["uid"])

    def _forget(self, view: View, seen: TenantSeen) -> None:
        mine = view.mine(seen)
        if mine is not None:
            former = Marker("", mine.former) if mine.former else None
            self.site.put_release(self.wish, seen.tenant.name, former)


def _unless_charts(images: Images, chart: Release) -> Images | None:
    return None if images == images_of(chart) else images
