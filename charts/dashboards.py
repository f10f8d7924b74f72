"""The Grafana dashboards as tables: a title, a unit, and what is asked of Prometheus."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, ACROSS = 12, 8, 24
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One graph: its unit in Grafana's words, and its lines, each an expression with its legend."""

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page of graphs."""

    name: str
    title: str
    panels: tuple[Panel, ...]


def _quantile(share: float, metric: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket[5m])))"


CALLS = Dashboard(
    "calls",
    "CellHub: calls",
    (
        Panel("Calls in progress", "short", (("sum by (pod) (cellhub_calls)", "{{pod}}"),)),
        Panel(
            "Verdicts a second",
            "reqps",
            (("sum by (verdict) (rate(cellhub_verdict_seconds_count[5m]))", "{{verdict}}"),),
        ),
        Panel(
            "Time to a verdict",
            "s",
            (
                (_quantile(0.5, "cellhub_verdict_seconds"), "half of them"),
                (_quantile(0.99, "cellhub_verdict_seconds"), "99 of 100"),
            ),
        ),
        Panel(
            "Ended calls a second",
            "reqps",
            (("sum by (disposition) (rate(cellhub_calls_ended_total[5m]))", "{{disposition}}"),),
        ),
        Panel(
            "Answered calls of all that ended",
            "percentunit",
            (
                (
                    'sum(rate(cellhub_calls_ended_total{disposition="ANSWERED"}[15m]))'
                    " / sum(rate(cellhub_calls_ended_total[15m]))",
                    "answer-seizure ratio",
                ),
            ),
        ),
        Panel(
            "Talk of an answered call",
            "s",
            (
                (
                    "sum(rate(cellhub_talked_seconds_total[15m]))"
                    ' / sum(rate(cellhub_calls_ended_total{disposition="ANSWERED"}[15m]))',
                    "average",
                ),
            ),
        ),
        Panel("Waiting for the database", "short", (("sum by (pod) (cellhub_spooled)", "{{pod}}"),)),
        Panel(
            "Trunks whose provider does not know us",
            "short",
            (("cellhub_trunk_registered == 0", "{{namespace}} {{trunk}}"),),
        ),
    ),
)
PORTAL = Dashboard(
    "portal",
    "CellHub: portal and live pages",
    (
        Panel(
            "Answers a second",
            "reqps",
            (("sum by (status) (rate(cellhub_http_request_seconds_count[5m]))", "{{status}}"),),
        ),
        Panel(
            "Time to an answer",
            "s",
            (
                (_quantile(0.5, "cellhub_http_request_seconds"), "half of them"),
                (_quantile(0.95, "cellhub_http_request_seconds"), "95 of 100"),
            ),
        ),
        Panel(
            "Answers that failed",
            "percentunit",
            (
                (
                    'sum(rate(cellhub_http_request_seconds_count{status="5xx"}[5m]))'
                    " / sum(rate(cellhub_http_request_seconds_count[5m]))",
                    "5xx",
                ),
            ),
        ),
        Panel(
            "Open pages",
            "short",
            (
                ("sum(cellhub_live_streams)", "open"),
                ("sum(cellhub_live_capacity)", "room for"),
            ),
        ),
        Panel(
            "Live processes that hear the database", "short", (("sum(cellhub_live_listening)", "of them"),)
        ),
    ),
)
JOBS = Dashboard(
    "jobs",
    "CellHub: jobs and processes",
    (
        Panel("Age of the oldest due job", "s", (("max(cellhub_queue_age_seconds)", "age"),)),
        Panel(
            "Jobs a minute",
            "short",
            (("60 * sum by (job, end) (rate(cellhub_job_seconds_count[5m]))", "{{job}} {{end}}"),),
        ),
        Panel("Time of a job, 95 of 100", "s", ((_quantile(0.95, "cellhub_job_seconds", "job"), "{{job}}"),)),
        Panel(
            "Looks of the operator a second",
            "reqps",
            (("sum by (kind, end) (rate(cellhub_reconcile_seconds_count[5m]))", "{{kind}} {{end}}"),),
        ),
        Panel(
            "Time of a look, 95 of 100",
            "s",
            ((_quantile(0.95, "cellhub_reconcile_seconds", "kind"), "{{kind}}"),),
        ),
        Panel(
            "What the operator does a minute",
            "short",
            (
                (
                    "60 * sum by (action, object) (rate(cellhub_operator_actions_total[5m]))",
                    "{{action}} {{object}}",
                ),
                ("sum(cellhub_operator_waiting)", "resources that wait"),
            ),
        ),
        Panel("Softswitches without their Asterisk", "short", (("cellhub_switch_up == 0", "{{pod}}"),)),
        Panel("Memory", "bytes", (('process_resident_memory_bytes{pod=~".*"}', "{{pod}}"),)),
        Panel("CPU", "short", (("rate(process_cpu_seconds_total[5m])", "{{pod}}"),)),
    ),
)
DASHBOARDS = (CALLS, PORTAL, JOBS)


def as_json(dashboard: Dashboard) -> str:
    """Write a dashboard as Grafana imports it."""
    return json.dumps(_grafana(dashboard), indent=2) + "\n"


def _grafana(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "uid": f"cellhub-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["cellhub"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [{"name": "source", "type": "datasource", "query": "prometheus"}]},
        "panels": [_panel(place, panel) for place, panel in enumerate(dashboard.panels)],
    }


def _panel(place: int, panel: Panel) -> dict[str, Any]:
    left = place * WIDTH
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": left % ACROSS, "y": left // ACROSS * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + rank), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
            for rank, (expression, legend) in enumerate(panel.lines)
        ],
    }
