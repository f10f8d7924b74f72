"""``cellhub-operator`` prints and does nothing else."""

import json

import pytest
import yaml
from cellhub_operator.main import main
from cellhub_operator.specs import definitions


def test_the_definitions_are_printed_as_yaml_documents(capsys):
    assert main(["crds"]) == 0
    printed = capsys.readouterr().out
    assert list(yaml.safe_load_all(printed)) == definitions()
    assert "&id" not in printed


def test_the_definitions_are_printed_as_one_json_list(capsys):
    assert main(["crds", "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["kind"], printed["items"]) == ("List", definitions())


@pytest.mark.parametrize("words", [[], ["run"], ["crds", "--format", "xml"]])
def test_anything_else_is_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: cellhub-operator" in capsys.readouterr().err
