"""Drive an Update: look, decide, do, note, look again, and tell."""

from __future__ import annotations

from threading import Lock

import structlog

from cellhub.domain.updates import ENDS, Action, Hold, Rest
from cellhub.updates.driver import Notes, turn
from cellhub.updates.services import UpdateRefused
from cellhub_operator.actions import Wait
from cellhub_operator.keeper import Ending, Outcome, outcome_of
from cellhub_operator.measuring import DEGRADED, DONE, WAITS, measured
from cellhub_operator.objects.marker import MarkerError
from cellhub_operator.objects.release import Release
from cellhub_operator.specs.shapes import Shape
from cellhub_operator.updating.checks import from_version
from cellhub_operator.updating.records import Records, Story
from cellhub_operator.updating.site import ClusterSite
from cellhub_operator.updating.told import BAD, told, waits
from cellhub_operator.updating.wish import UpdateWish
from cellhub_operator.updating.world import ClusterWorld

TURNS = 10
"""Things done in a row before the status is told again."""

logger = structlog.get_logger(__name__)


class Updater:
    """Brings Updates about, one at a time."""

    def __init__(self, site: ClusterSite, records: Records, chart: Release) -> None:
        self._site, self._records, self._chart = site, records, chart
        self._one = Lock()

    def keep_update(self, resource: Shape) -> Outcome:
        """Do what is next of an Update."""
        wish = UpdateWish.of(resource)
        with measured(wish.origin.kind) as ended, self._one:
            begun = self._begun(wish)
            if isinstance(begun, Wait):
                ended(WAITS)
                return outcome_of(resource, *waits(begun.reason, begun.message), ())
            story, hold = self._driven(wish, begun)
            ended(DEGRADED if story.step in BAD else DONE)
        return outcome_of(resource, *told(wish, story, hold), ())

    def end_update(self, resource: Shape) -> Ending:
        """Take an Update back that is deleted before its end; what has ended just goes."""
        wish = UpdateWish.of(resource)
        with measured(wish.origin.kind) as ended, self._one:
            story = self._records.story(wish)
            if story is None or story.step in ENDS:
                ended(DONE)
                return Ending(None)
            self._records.abandon(story)
            story, hold = self._driven(wish, story)
            ended(WAITS)
        wait = Wait(str(story.step), hold.message if hold else story.reason)
        return Ending(None if story.step in ENDS else wait)

    def _begun(self, wish: UpdateWish) -> Story | Wait:
        story = self._records.story(wish)
        if story is not None:
            return story
        document = self._site.manifest(wish)
        if document is None:
            return Wait("NoManifest", f"There is no ConfigMap {wish.manifest} with a manifest.json yet.")
        try:
            before = from_version(self._site.tenants(wish), self._chart)
            return self._records.begin(wish, before, document)
        except UpdateRefused as refused:
            return Wait("AnotherUpdate", str(refused))
        except ValueError as error:
            return Wait("ReleaseUnknown", str(error))

    def _driven(self, wish: UpdateWish, story: Story) -> tuple[Story, Hold | None]:
        """Do one thing after the other until something has to be waited for."""
        world, notes = ClusterWorld(wish, story.papers, self._site), self._records.notes(story)
        action: Action | None = None
        for _ in range(TURNS):
            action = _turned(world, notes)
            if isinstance(action, Hold | Rest):
                break
            logger.info("update.does", update=wish.origin.mark, action=str(action))
        found = self._records.story(wish)
        return found or story, action if isinstance(action, Hold) else None


def _turned(world: ClusterWorld, notes: Notes) -> Action:
    """One turn; what somebody wrote over has to be mended by him first."""
    try:
        return turn(world, notes)
    except MarkerError as error:
        return Hold(str(error))
