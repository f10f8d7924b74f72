"""The list of what is in an image."""

from datetime import UTC, datetime

from images import parts
from images.parts import Part

STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.43-7
Description: GNU C Library
 with a second line

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 1:16.2.0-3+b1
"""
LIBC = Part("pkg:deb/debian/libc6@2.43-7?arch=amd64&distro=debian-forky", "libc6", "2.43-7")
LIBSTDCXX = Part(
    "pkg:deb/debian/libstdc%2B%2B6@1%3A16.2.0-3%2Bb1?arch=amd64&distro=debian-forky",
    "libstdc++6",
    "1:16.2.0-3+b1",
)
FORKY = 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian\n'
BOOKWORM = 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'
SITE = "opt/cellhub/lib/python3.11/site-packages"
KOPF = "Metadata-Version: 2.4\nName: Kopf_Framework\nVersion: 1.45.2\nLicense-Expression: MIT\n\nLong text\n"


def test_of_debian_only_what_is_installed_is_listed():
    assert list(parts.debian_parts(STATUS, "debian-forky")) == [LIBC, LIBSTDCXX]


def test_a_distribution_of_python_has_its_normal_name_and_its_licence():
    assert parts.python_part(KOPF) == Part(
        "pkg:pypi/kopf-framework@1.45.2", "Kopf_Framework", "1.45.2", "MIT"
    )


def test_of_npm_only_what_a_browser_gets_is_listed():
    lock = """{"packages": {
      "": {"name": "cellhub-portal"},
      "node_modules/@tabler/icons": {"version": "3.51.0", "license": "MIT"},
      "node_modules/esbuild": {"version": "0.28.2", "dev": true}
    }}"""
    assert list(parts.npm_parts(lock)) == [
        Part("pkg:npm/%40tabler/icons@3.51.0", "@tabler/icons", "3.51.0", "MIT")
    ]


def test_a_distribution_is_named_by_its_number_and_before_it_has_one_by_its_name():
    assert parts.distribution_of(BOOKWORM) == "debian-12"
    assert parts.distribution_of(FORKY) == "debian-forky"


def test_an_unpacked_image_is_read_from_its_records(tmp_path):
    for name, text in {
        "var/lib/dpkg/status": STATUS,
        "etc/os-release": FORKY,
        f"{SITE}/kopf.dist-info/METADATA": KOPF,
        f"{SITE}/cellhub.dist-info/METADATA": "Name: cellhub\nVersion: 0.1.0\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert parts.parts_of(tmp_path) == [LIBC, LIBSTDCXX, parts.python_part(KOPF)]


def test_the_bill_is_cyclonedx_and_the_same_for_the_same_parts():
    made = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
    bill = parts.document("cellhub", "0.1.0", made, [parts.python_part(KOPF)])
    assert bill == parts.document("cellhub", "0.1.0", made, [parts.python_part(KOPF)])
    number = bill.pop("serialNumber")
    assert str(number).startswith("urn:uuid:")
    assert bill == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": "2026-11-26T04:00:00+00:00",
            "component": {"type": "container", "bom-ref": "cellhub", "name": "cellhub", "version": "0.1.0"},
        },
        "components": [
            {
                "type": "library",
                "bom-ref": "pkg:pypi/kopf-framework@1.45.2",
                "name": "Kopf_Framework",
                "version": "1.45.2",
                "purl": "pkg:pypi/kopf-framework@1.45.2",
                "licenses": [{"expression": "MIT"}],
            }
        ],
    }
