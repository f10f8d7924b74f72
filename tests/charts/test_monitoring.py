"""What dashboards and alerts ask for exists, and whoever is woken finds a page that helps."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from cellhub.telemetry import metrics
from tests.charts.matrix import MATRIX
from tests.fixtures.chart import render

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
OURS = re.compile(r"\b(?:cellhub|process)_[a-z_]+")
LABELS = re.compile(r"(?:by|le,|without) *\(([^)]*)\)|\{([^}]*)\}")
FROM_THE_CLUSTER = {"pod", "namespace", "le"}
SECTIONS = ("## What it means", "## Look", "## Do")


@pytest.fixture(scope="module")
def monitored():
    return render(MATRIX["production"])


def known() -> set[str]:
    """Every name that a process of ours shows."""
    names = set()
    for family in REGISTRY.collect():
        endings = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}.get(family.type, ("",))
        names |= {family.name + ending for ending in endings}
    return names | {"process_resident_memory_bytes", "process_cpu_seconds_total"}


def dashboards(rendered) -> list[dict]:
    """The dashboards, as Grafana looks for them."""
    return [
        one for one in rendered.of("ConfigMap") if one["metadata"]["labels"].get("grafana_dashboard") == "1"
    ]


def expressions(monitored) -> list[str]:
    (rules,) = monitored.of("PrometheusRule")
    asked = [rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"]]
    for one in dashboards(monitored):
        for text in one["data"].values():
            asked += [line["expr"] for panel in json.loads(text)["panels"] for line in panel["targets"]]
    return asked


def test_every_metric_that_is_asked_for_is_shown_by_a_process(monitored):
    asked = expressions(monitored)
    assert len(asked) > 25
    assert {name for expression in asked for name in OURS.findall(expression)} <= known()


def test_every_metric_of_ours_is_looked_at(monitored):
    text = " ".join(expressions(monitored))
    ours = {name for name in known() if name.startswith("cellhub_") and not name.endswith("_sum")}
    unseen = {name for name in ours if name not in text and f"{name.rpartition('_')[0]}_" not in text}
    assert unseen == set()


def test_every_label_that_is_asked_for_is_one_of_the_metrics(monitored):
    declared = {
        label for metric in vars(metrics).values() for label in getattr(metric, "_labelnames", ())
    } | FROM_THE_CLUSTER
    for expression in expressions(monitored):
        for grouped, matched in LABELS.findall(expression):
            asked = [label.strip() for label in grouped.split(",") if label.strip()]
            asked += re.findall(r"([a-z_]+) *(?:=~|!=|=)", matched)
            assert set(asked) <= declared, expression


def test_parentheses_are_closed(monitored):
    for expression in expressions(monitored):
        assert expression.count("(") == expression.count(")"), expression
        assert expression.count("{") == expression.count("}"), expression


def test_each_alert_has_a_runbook_and_each_runbook_an_alert(monitored):
    (rules,) = monitored.of("PrometheusRule")
    found = [rule for group in rules["spec"]["groups"] for rule in group["rules"]]
    pages = {rule["annotations"]["runbook_url"].rpartition("/")[2] for rule in found}
    assert len(pages) == len(found)
    assert pages == {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    for rule in found:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_where_to_look_and_what_to_do(path):
    text = path.read_text()
    if path.name == "README.md":
        linked = set(re.findall(r"\(([a-z-]+\.md)\)", text))
        assert linked == {one.name for one in RUNBOOKS.glob("*.md")} - {"README.md"}
    else:
        assert [line for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)


def test_there_are_three_dashboards_that_grafana_can_import(monitored):
    found = [json.loads(text) for one in dashboards(monitored) for text in one["data"].values()]
    assert {one["uid"] for one in found} == {"cellhub-calls", "cellhub-portal", "cellhub-jobs"}
    for one in found:
        ids = [panel["id"] for panel in one["panels"]]
        assert len(ids) == len(set(ids))
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in one["panels"]]
        assert len(places) == len(set(places))


def test_prometheus_finds_every_process_once(monitored):
    (services,) = monitored.of("ServiceMonitor")
    (pods,) = monitored.of("PodMonitor")
    (by_service,) = services["spec"]["selector"]["matchExpressions"]
    (by_pod,) = pods["spec"]["selector"]["matchExpressions"]
    assert (by_service["operator"], by_pod["operator"]) == ("In", "NotIn")
    assert by_service["values"] == by_pod["values"] == ["portal", "live"]
    assert pods["spec"]["namespaceSelector"] == {"matchNames": ["voice", "tenants-a", "tenants-b"]}


def test_nothing_of_it_is_there_unless_it_is_asked_for():
    rendered = render()
    kinds = {one["kind"] for one in rendered.objects}
    assert not kinds & {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
    assert dashboards(rendered) == []
