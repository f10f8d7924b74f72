"""``cellhub-operator`` prints definitions, and names wrong settings before it runs."""

import json
import sys

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


@pytest.mark.parametrize("words", [[], ["runs"], ["crds", "--format", "xml"]])
def test_anything_else_is_refused(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: cellhub-operator" in capsys.readouterr().err


def test_the_help_needs_no_library(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "cellhub_operator.manifests", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "crds" in capsys.readouterr().out


def test_yaml_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "cellhub_operator.manifests", raising=False)
    with pytest.raises(SystemExit, match=r"yaml is not installed: pip install 'cellhub\[operator\]'"):
        main(["crds"])


def test_without_its_settings_it_does_not_run(monkeypatch, capsys):
    monkeypatch.delenv("CELLHUB_DATABASE_ADMIN_URL", raising=False)
    assert main(["run"]) == 2
    assert "CELLHUB_DATABASE_ADMIN_URL: is missing" in capsys.readouterr().err
