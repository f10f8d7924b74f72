"""Rules of this project that no general linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MONEY = ("cellhub/domain", "cellhub/charging", "cellhub/money", "cellhub/rates")
ROOMS = (
    "accounts",
    "calls",
    "dashboard",
    "money",
    "rates",
    "routes",
    "settings",
    "sip",
    "tenants",
    "updates",
)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of each module below ``folders``."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield the calls of a function or method ``name``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = (
                node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            )
            if called == name:
                yield node


def float_amounts(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where money could become a float: ``float(...)``, and a float made a Decimal."""
    for call in calls(tree, "float"):
        yield call.lineno
    for call in calls(tree, "Decimal"):
        if any(isinstance(part, ast.Constant) and isinstance(part.value, float) for part in call.args):
            yield call.lineno


def session_settings(text: str) -> bool:
    """Say whether SQL sets something for longer than its transaction."""
    words = " ".join(text.lower().split())
    lasting = "set_config(" in words and "true)" not in words
    return lasting or words.startswith(("set role", "set session", "set cellhub."))


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the string constants of a module that are no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_no_float_touches_money():
    found = [f"{name}:{line}" for name, tree in modules(*MONEY) for line in float_amounts(tree)]
    assert found == []


def test_no_setting_outlives_its_transaction():
    found = [
        f"{name}:{line}"
        for name, tree in modules("cellhub", "agi")
        for line, text in texts(tree)
        if session_settings(text)
    ]
    assert found == []


def test_no_room_writes_sql_as_text():
    rooms = [f"cellhub/{room}" for room in ROOMS]
    found = [f"{name}:{call.lineno}" for name, tree in modules(*rooms) for call in calls(tree, "text")]
    assert found == []


def test_no_test_sleeps():
    found = [
        f"{name}:{call.lineno}"
        for name, tree in modules("tests")
        if not name.startswith("tests/perf")
        for call in calls(tree, "sleep")
        if not _polls(name)
    ]
    assert found == []


def _polls(name: str) -> bool:
    """Fixtures may pause between two looks at a condition; a test may not."""
    return name.startswith(("tests/fixtures/", "tests/fakes/", "tests/cluster/kubernetes/"))


def test_no_error_is_swallowed_in_silence():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("cellhub", "agi", "operator")
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and _swallows(node)
    ]
    assert found == []


def _swallows(handler: ast.ExceptHandler) -> bool:
    broad = handler.type is None or getattr(handler.type, "id", "") in ("Exception", "BaseException")
    return broad and all(isinstance(node, ast.Pass) for node in handler.body)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("price = float(text)", [1]),
        ("price = Decimal(0.1)", [1]),
        ("price = Decimal('0.1')", []),
        ("a = 1\nb = x.float(y)", [2]),
    ],
)
def test_the_float_rule_finds_what_it_is_for(source, lines):
    assert list(float_amounts(ast.parse(source))) == lines


@pytest.mark.parametrize(
    ("sql", "lasts"),
    [
        ("SELECT set_config('role', :role, true)", False),
        ("SELECT set_config('role', :role, false)", True),
        ("SET ROLE cellhub_app", True),
        ("SET LOCAL ROLE cellhub_app", False),
    ],
)
def test_the_setting_rule_finds_what_it_is_for(sql, lasts):
    assert session_settings(sql) is lasts
