"""What the chart has from elsewhere is what it would be given now."""

import json
import re

import pytest
import yaml

from charts import generate

CHART = generate.CHART
FREE = {"annotations", "labels", "nodeSelector", "requests", "limits", "resources"}
"""Values whose keys are the user's, or Kubernetes'."""


@pytest.mark.parametrize("path", generate.files(), ids=lambda path: path.name)
def test_a_generated_file_is_up_to_date(path):
    assert path.read_text() == generate.files()[path], "make chart"


def test_every_definition_is_a_file_and_nothing_else():
    assert {path.name for path in (CHART / "files" / "crds").iterdir()} == {
        "tenants.yaml",
        "trunks.yaml",
        "updates.yaml",
    }


def test_a_row_has_the_path_the_default_and_the_sentence():
    text = "a:\n  # -- How many\n  b: 2\n  c: 3\n# -- A switch\nd: false\n"
    assert list(generate.rows(text)) == [
        generate.Row("a.b", 2, "How many"),
        generate.Row("d", False, "A switch"),
    ]


def test_the_table_takes_the_place_between_its_marks():
    readme = "before\n<!-- values -->\nold\n<!-- /values -->\nafter\n"
    assert generate.with_table(readme, "new") == "before\n<!-- values -->\nnew\n<!-- /values -->\nafter\n"


def leaves(values, path=""):
    """The paths of all values that are set as a whole."""
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value and name not in FREE:
            yield from leaves(value, here)
        else:
            yield here


def test_every_value_is_described():
    text = (CHART / "values.yaml").read_text()
    described = {row.path for row in generate.rows(text)}
    assert set(leaves(yaml.safe_load(text))) - described == set()


def shape_at(schema, path):
    shape = schema
    for name in path.split("."):
        shape = resolved(schema, shape["properties"][name])
    return shape


def resolved(schema, shape):
    reference = shape.get("$ref")
    return schema["definitions"][reference.rpartition("/")[2]] if reference else shape


def closed(schema, shape, path=""):
    """The objects of the schema that would let a misspelt value pass."""
    shape = resolved(schema, shape)
    if "properties" in shape and shape.get("additionalProperties") is not False:
        yield path
    for name, inner in shape.get("properties", {}).items():
        yield from closed(schema, inner, f"{path}.{name}")


def test_the_schema_knows_every_value_and_no_other():
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    for path in leaves(values):
        assert shape_at(schema, path), path
    assert list(closed(schema, schema)) == []


def test_every_pattern_of_the_schema_is_whole():
    text = (CHART / "values.schema.json").read_text()
    patterns = [json.loads(f'"{one}"') for one in re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text)]
    assert len(patterns) > 10
    assert [one for one in patterns if not one.endswith("$")] == []
    assert [one for one in patterns if not one.startswith("^") and one != ":latest$"] == []
