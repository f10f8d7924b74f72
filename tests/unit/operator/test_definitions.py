"""The resource definitions keep the API server's rules and ours."""

import re
from collections.abc import Iterator

import pytest
from cellhub_operator.specs import definitions

from cellhub.domain.updates import Step

DEFINITIONS = {definition["spec"]["names"]["kind"]: definition for definition in definitions()}
KINDS = pytest.mark.parametrize("kind", DEFINITIONS)


def version_of(kind: str) -> dict:
    (version,) = DEFINITIONS[kind]["spec"]["versions"]
    return version


def root_of(kind: str) -> dict:
    return version_of(kind)["schema"]["openAPIV3Schema"]


def shapes(shape: dict, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every schema in ``shape`` with its path."""
    yield path, shape
    for name, inner in shape.get("properties", {}).items():
        yield from shapes(inner, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in shape:
            yield from shapes(shape[keyword], f"{path}[]")


def rules_of(kind: str) -> dict[str, str]:
    found = [rule for _, shape in shapes(root_of(kind)) for rule in shape.get("x-kubernetes-validations", ())]
    return {rule["message"]: rule["rule"] for rule in found}


def test_the_kinds_are_tenant_trunk_and_update():
    assert list(DEFINITIONS) == ["Tenant", "Trunk", "Update"]


@KINDS
def test_a_definition_is_named_by_plural_and_group(kind):
    definition = DEFINITIONS[kind]
    names = definition["spec"]["names"]
    assert definition["apiVersion"] == "apiextensions.k8s.io/v1"
    assert definition["metadata"]["name"] == f"{kind.lower()}s.cellhub.io"
    assert (names["plural"], names["singular"]) == (f"{kind.lower()}s", kind.lower())
    assert definition["spec"]["scope"] == "Namespaced"
    assert version_of(kind)["name"] == "v1alpha1"


def test_short_names_are_not_shared():
    short = [
        name for definition in DEFINITIONS.values() for name in definition["spec"]["names"]["shortNames"]
    ]
    assert len(set(short)) == len(short)


@KINDS
def test_every_value_has_a_type(kind):
    assert [path for path, shape in shapes(root_of(kind)) if "type" not in shape] == []


@KINDS
def test_every_field_of_a_user_is_described(kind):
    spec = root_of(kind)["properties"]["spec"]
    for path, shape in shapes(spec):
        if not path.endswith(("[]", ".matchLabels")):
            assert shape.get("description"), path


@KINDS
def test_every_text_and_list_is_bounded_so_that_rules_have_a_price(kind):
    for path, shape in shapes(root_of(kind)["properties"]["spec"]):
        if shape["type"] == "string":
            assert "maxLength" in shape or "enum" in shape, path
        if shape["type"] == "array":
            assert "maxItems" in shape, path


@KINDS
def test_patterns_are_whole_and_fit_their_defaults(kind):
    for path, shape in shapes(root_of(kind)):
        if pattern := shape.get("pattern"):
            assert pattern.startswith("^"), path
            assert pattern.endswith("$"), path
            assert re.search(pattern, shape.get("default", "")) or not shape.get("default"), path


@KINDS
def test_defaults_are_allowed_values(kind):
    for path, shape in shapes(root_of(kind)):
        if "default" in shape and "enum" in shape:
            assert shape["default"] in shape["enum"], path
        if isinstance(shape.get("default"), int):
            assert shape["default"] >= shape.get("minimum", 0), path


@KINDS
def test_what_is_required_exists_and_has_no_default(kind):
    for path, shape in shapes(root_of(kind)):
        for name in shape.get("required", ()):
            assert "default" not in shape["properties"][name], f"{path}.{name}"


@KINDS
def test_an_object_that_may_be_left_out_has_its_defaults_spelled_out(kind):
    for path, shape in shapes(root_of(kind)["properties"]["spec"]):
        inner = {
            name: field["default"]
            for name, field in shape.get("properties", {}).items()
            if "default" in field
        }
        if inner and "required" not in shape:
            assert shape["default"] == inner, path


@KINDS
def test_the_status_is_a_subresource_with_conditions_by_type(kind):
    assert version_of(kind)["subresources"] == {"status": {}}
    status = root_of(kind)["properties"]["status"]
    assert status["x-kubernetes-preserve-unknown-fields"] is True
    assert "observedGeneration" in status["properties"]
    conditions = status["properties"]["conditions"]
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert conditions["items"]["properties"]["type"]["enum"] == ["Ready", "Progressing", "Degraded"]


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("Tenant", ["Ready", "Version", "Calls", "Age"]),
        ("Trunk", ["Ready", "Tenant", "Registered", "Calls", "Age"]),
        ("Update", ["Ready", "Version", "From", "Step", "Age"]),
    ],
)
def test_the_columns_are_those_that_a_keeper_looks_for(kind, columns):
    assert [column["name"] for column in version_of(kind)["additionalPrinterColumns"]] == columns


@KINDS
def test_columns_show_fields_that_exist(kind):
    known = {path for path, _ in shapes(root_of(kind))} | {".metadata.creationTimestamp"}
    for column in version_of(kind)["additionalPrinterColumns"]:
        assert column["jsonPath"].partition("[?")[0] in known


@pytest.mark.parametrize(
    ("kind", "message", "part"),
    [
        ("Tenant", "rtpRange.last must be greater than rtpRange.first", "self.last > self.first"),
        ("Trunk", "tenantRef cannot be changed: make another trunk for another tenant", "oldSelf.tenantRef"),
        ("Trunk", "authentication register needs credentialsSecretRef", "has(self.credentialsSecretRef)"),
        ("Update", "version cannot be changed: make another Update", "oldSelf.version"),
        ("Update", "give either names or selector", "has(self.names) != has(self.selector)"),
        ("Update", "an update does not go back to an older version", "self.status.fromVersion"),
    ],
)
def test_a_rule_refuses_in_a_sentence(kind, message, part):
    assert part in rules_of(kind)[message]


@pytest.mark.parametrize(
    ("version", "fits"), [("1.4.2", True), ("0.0.1", True), ("1.4", False), ("v1.4.2", False)]
)
def test_a_version_has_three_numbers(version, fits):
    pattern = root_of("Update")["properties"]["spec"]["properties"]["version"]["pattern"]
    assert bool(re.search(pattern, version)) is fits


@pytest.mark.parametrize(
    ("image", "fits"),
    [
        ("registry.example/cellhub/agent@sha256:" + "a" * 64, True),
        ("registry.example/cellhub/agent:1.4.2", False),
        ("agent@sha256:abc", False),
    ],
)
def test_an_image_is_named_by_its_digest(image, fits):
    images = root_of("Update")["properties"]["spec"]["properties"]["images"]["properties"]
    assert bool(re.search(images["agent"]["pattern"], image)) is fits


def test_definitions_share_no_part_that_a_caller_could_change_for_all():
    first, second = definitions(), definitions()
    assert first == second
    assert first[0]["spec"] is not second[0]["spec"]


def test_an_update_can_tell_each_step_that_there_is():
    status = root_of("Update")["properties"]["status"]["properties"]
    taken = status["steps"]["items"]["properties"]["name"]
    assert [status["step"]["enum"], taken["enum"]] == [[str(step) for step in Step]] * 2
