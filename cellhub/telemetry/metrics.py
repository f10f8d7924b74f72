"""What the processes count and measure, for Prometheus: all of it declared here, once.

A process serves them on a port of its own, which no reverse proxy passes on to browsers. The
chart's dashboards and alerts name these; a test holds them to the names below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from cellhub.environment import Settings, SettingsError

QUICK = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds of what a caller waits for; after three the dialplan gives up."""

REGISTERED = "Registered"
"""Asterisk's word for a registration that holds."""

PAGE = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
WORK = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0)

HTTP_REQUESTS = Histogram(
    "cellhub_http_request_seconds",
    "Time to answer a request of the portal, by method and class of status",
    ["method", "status"],
    buckets=PAGE,
)
LIVE_STREAMS = Gauge("cellhub_live_streams", "Open streams of pages")
LIVE_CAPACITY = Gauge("cellhub_live_capacity", "Streams that may be open")
LIVE_LISTENING = Gauge("cellhub_live_listening", "1 while the live process hears the database")
JOBS = Histogram(
    "cellhub_job_seconds", "Time that a job took, by its name and end", ["job", "end"], buckets=WORK
)
QUEUE_AGE = Gauge("cellhub_queue_age_seconds", "How long the oldest due job has been waiting")
VERDICTS = Histogram(
    "cellhub_verdict_seconds", "Time to a verdict on a call, by the verdict", ["verdict"], buckets=QUICK
)
CALLS = Gauge("cellhub_calls", "Calls in progress on this softswitch")
CALLS_ENDED = Counter(
    "cellhub_calls_ended", "Calls that came into the books, by disposition", ["disposition"]
)
TALKED = Counter("cellhub_talked_seconds", "Seconds that these calls were talked")
SPOOLED = Gauge("cellhub_spooled", "What the agent could not write to the database yet")
SWITCH_UP = Gauge("cellhub_switch_up", "1 while the agent can ask its Asterisk")
TRUNK_REGISTERED = Gauge(
    "cellhub_trunk_registered",
    "1 for a trunk whose provider knows us, of those that register here",
    ["trunk"],
)
RECONCILES = Histogram(
    "cellhub_reconcile_seconds",
    "Time that the operator took for a resource, by its kind and how that ended",
    ["kind", "end"],
    buckets=WORK,
)
ACTIONS = Counter(
    "cellhub_operator_actions",
    "What the operator did, by action and kind of object",
    ["action", "object"],
)
RESOURCES_WAITING = Gauge(
    "cellhub_operator_waiting", "Resources that wait until the operator has a hand free"
)


def serve(settings: Settings) -> None:
    """Serve the metrics of this process, if a port is set for them.

    Raises:
        SettingsError: the port cannot be listened on.
    """
    if settings.metrics_port is None:
        return
    try:
        start_http_server(settings.metrics_port, settings.listen_host)
    except OSError as error:
        raise SettingsError(
            f"CELLHUB_METRICS_PORT: {settings.listen_host} port {settings.metrics_port} "
            f"cannot be listened on: {error.strerror}."
        ) from error


def watch(readings: Mapping[Gauge, Callable[[], float]]) -> None:
    """Read each gauge by its function whenever somebody asks."""
    for gauge, read in readings.items():
        gauge.set_function(read)


def note_registrations(states: Iterable[tuple[str, str]]) -> None:
    """Take the trunks that register here with the state of each; a trunk that is gone is forgotten."""
    TRUNK_REGISTERED.clear()
    for trunk, state in states:
        TRUNK_REGISTERED.labels(trunk).set(state == REGISTERED)
