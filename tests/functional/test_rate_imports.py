"""Import of a file of rates: wholly checked, looked at, then published in one piece or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from cellhub.accounts.models import AuditEntry
from cellhub.rates.importing import LARGEST_FILE
from cellhub.rates.models import Rate, RateDeck, RateImport
from cellhub.security.roles import Role
from tests.functional.forms import token

# WebOb keeps a large body in a temporary file and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*FileIO:pytest.PytestUnraisableExceptionWarning"
)

HEAD = "prefix,destination,rate,initblock,billingblock,connectcharge"
AUGUST = "\n".join(
    (
        HEAD,
        "9,World,0.120000,30,6,0.002",
        "90,Turkey,0.105,30,6,0.002",
        "44,United Kingdom,0.015,60,1,0",
    )
)


@pytest.fixture
def admin(portal):
    return portal(Role.ADMIN)


def upload(app, deck_id, content, filename="august.csv"):
    content = content.encode() if isinstance(content, str) else content
    return app.post(
        f"/rate-decks/{deck_id}/import",
        {"csrf_token": token(app)},
        upload_files=[("file", filename, content)],
        expect_errors=True,
    )


def press(page, name, **ticks):
    form = next(one for one in page.forms.values() if one.action.endswith(name))
    for field, value in ticks.items():
        form[field] = value
    return form.submit()


def rates_of(world, deck_id):
    found = select(Rate).where(Rate.deck_id == deck_id).order_by(Rate.prefix)
    return [
        (one.prefix, one.destination, one.rate, one.initial_block, one.billing_block, one.connect_charge)
        for one in world.see_everything().scalars(found)
    ]


def figures(page):
    return {item.dt.text: item.b.text for item in page.html.select("dl.figures > div")}


def test_a_right_file_is_shown_before_it_changes_anything(admin, world):
    deck_id = world.north.deck.id
    before = rates_of(world, deck_id)
    page = upload(admin, deck_id, AUGUST).follow()
    assert figures(page) == {
        "New": "1", "Dearer": "1", "Cheaper": "0", "Renamed": "0", "Unchanged": "1", "Missing in file": "1"
    }  # fmt: skip
    assert [row.get_text(" ", strip=True) for row in page.html.select("main tbody tr")] == [
        "Dearer 90 Turkey 0.098000 0.105000 +7.1 % 30/6 0.002000",
        "New 44 United Kingdom 0.015000 60/1 0.000000",
    ]
    assert rates_of(world, deck_id) == before


def test_publishing_updates_adds_and_keeps_what_is_missing(admin, world):
    deck_id, trunk_id = world.north.deck.id, world.north.trunk.id
    session = world.see_everything()
    turkey = select(Rate).where(Rate.prefix == "90", Rate.deck_id == deck_id)
    session.scalars(turkey).one().trunk_id = trunk_id
    session.flush()
    press(upload(admin, deck_id, AUGUST).follow(), "/publish").follow()
    assert rates_of(world, deck_id) == [
        ("44", "United Kingdom", Decimal("0.015"), 60, 1, Decimal(0)),
        ("9", "World", Decimal("0.12"), 30, 6, Decimal("0.002")),
        ("90", "Turkey", Decimal("0.105"), 30, 6, Decimal("0.002")),
        ("905", "Turkey Mobile", Decimal("0.024"), 30, 6, Decimal("0.002")),
    ]
    assert world.see_everything().scalars(turkey).one().trunk_id == trunk_id
    entry = world.see_everything().scalars(select(AuditEntry).where(AuditEntry.action == "import")).one()
    assert entry.changes == {"file": [None, "august.csv"], "dearer": [None, 1], "new": [None, 1]}
    assert world.session.scalar(select(func.count()).select_from(RateImport)) == 0


def test_missing_prefixes_go_only_when_that_is_ticked(admin, world):
    deck_id, south_id = world.north.deck.id, world.south.deck.id
    page = upload(admin, deck_id, AUGUST).follow()
    press(page, "/publish", remove_missing=True).follow()
    assert [rate[0] for rate in rates_of(world, deck_id)] == ["44", "9", "90"]
    assert [rate[0] for rate in rates_of(world, south_id)] == ["9", "90", "905"]


def test_with_one_bad_row_nothing_is_imported_and_each_is_listed_by_reason(admin, world):
    deck_id = world.north.deck.id
    bad = "\n".join(
        (AUGUST, "9o5,Turkey,0.1,0,1,0", "1,USA,NaN,0,1,0", "7,Russia,1e309,0,1,0", "9,World,1,0,1,0")
    )
    page = upload(admin, deck_id, bad).follow()
    assert "Nothing was imported. 4 rows of 7 cannot be used." in " ".join(page.text.split()).replace(
        "</b>", ""
    ).replace("<b>", "")
    listed = {
        panel.h2.text: [row.get_text(" ", strip=True) for row in panel.select("tbody tr")]
        for panel in page.html.select("main section.panel")
    }
    assert listed == {
        "rate: write digits with at most one point, such as 12.50.": [
            "6 1,USA,NaN,0,1,0",
            "7 7,Russia,1e309,0,1,0",
        ],
        "prefix: write 1 to 20 digits, without +, letters or blanks.": ["5 9o5,Turkey,0.1,0,1,0"],
        "prefix: it stands on an earlier line too; keep one of them.": ["8 9,World,1,0,1,0"],
    }
    here = page.request.path
    admin.post(f"{here}/publish", {"csrf_token": token(admin)})
    assert len(rates_of(world, deck_id)) == 3


def test_refused_rows_are_downloaded_with_their_reasons_and_run_in_no_spreadsheet(admin, world):
    page = upload(admin, world.north.deck.id, f"{HEAD}\n=cmd|' /C calc'!A0,x,1,0,1,0").follow()
    lines = admin.get(f"{page.request.path}/faults.csv").text.splitlines()
    assert lines == [
        "line,row,reason",
        '2,"\'=cmd|\' /C calc\'!A0,x,1,0,1,0","prefix: write 1 to 20 digits, without +, letters or blanks."',
    ]


@pytest.mark.parametrize("encode", ["utf-8-sig", "utf-16"])
def test_files_of_spreadsheets_pass_with_semicolons_marks_and_utf_16(admin, world, encode):
    page = upload(admin, world.north.deck.id, AUGUST.replace(",", ";").encode(encode)).follow()
    assert figures(page)["New"] == "1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        ("prefix,rate\n90,1", "Columns destination, initblock, billingblock, connectcharge are missing."),
        (b"PK\x03\x04", "This is a workbook or an archive: save the sheet as CSV UTF-8."),
        (b"\x89PNG\r\n\x1a\n\x00", "The file is not text in UTF-8: save it as CSV UTF-8."),
        (b"9" * (LARGEST_FILE + 1), "The file is larger than 20 MB: split it."),
    ],
)
def test_a_file_that_is_none_is_answered_at_the_field(admin, world, content, sentence):
    page = upload(admin, world.north.deck.id, content)
    assert page.status_int == 400
    assert page.html.select_one("#file-error").text.strip().startswith(sentence)


def test_a_form_without_a_file_says_to_choose_one(admin, world):
    page = admin.post(
        f"/rate-decks/{world.north.deck.id}/import", {"csrf_token": token(admin), "file": "x"}, status=400
    )
    assert "Choose a CSV file." in page


def test_the_name_of_a_file_is_only_shown(admin, world):
    page = upload(admin, world.north.deck.id, AUGUST, "../../<script>alert(1)</script>.csv").follow()
    assert "<script>alert(1)" not in page
    assert world.see_everything().scalar(select(RateImport.filename)) == "script>.csv"


def test_a_second_file_takes_the_place_of_the_one_that_waits(admin, world):
    deck_id = world.north.deck.id
    first = upload(admin, deck_id, AUGUST).follow().request.path
    second = upload(admin, deck_id, AUGUST, "september.csv").follow().request.path
    admin.get(first, status=404)
    assert "A file waits to be published." in admin.get(f"/rate-decks/{deck_id}")
    assert "Not published" in admin.get("/rate-decks")
    press(admin.get(second), "/discard").follow()
    admin.get(second, status=404)
    assert len(rates_of(world, deck_id)) == 3


def test_the_changes_are_exported_as_csv(admin, world):
    page = upload(admin, world.north.deck.id, AUGUST).follow()
    assert admin.get(f"{page.request.path}/changes.csv").text.splitlines() == [
        "change,prefix,destination,old_rate,new_rate,old_connectcharge,new_connectcharge",
        "dearer,90,Turkey,0.098000,0.105,0.002000,0.002",
        "new,44,United Kingdom,,0.015,,0",
        "missing,905,Turkey Mobile,0.024000,,0.002000,",
    ]


def test_a_file_of_one_deck_or_tenant_is_not_there_below_another(admin, world):
    session = world.see_everything()
    north, south = world.north, world.south
    spare = RateDeck(tenant_id=north.tenant.id, name="Spare")
    foreign = RateImport(
        tenant_id=south.tenant.id,
        deck_id=south.deck.id,
        filename="x",
        uploaded_by="x",
        rates=[],
        faults=[],
        rate_count=0,
        fault_count=0,
    )
    session.add_all([spare, foreign])
    session.flush()
    spare_id, deck_id, south_id, foreign_id = spare.id, north.deck.id, south.deck.id, foreign.id
    own = upload(admin, deck_id, AUGUST).follow().request.path.rsplit("/", 1)[1]
    for address in (
        f"/rate-decks/{spare_id}/imports/{own}",
        f"/rate-decks/{deck_id}/imports/{foreign_id}",
        f"/rate-decks/{south_id}/imports/{foreign_id}",
        f"/rate-decks/{deck_id}/imports/x",
    ):
        admin.get(address, status=404)


def test_only_who_edits_decks_imports(portal, world):
    deck_id = world.north.deck.id
    path = upload(portal(Role.ADMIN), deck_id, AUGUST).follow().request.path
    for address in (path, f"{path}/changes.csv", f"{path}/faults.csv"):
        assert portal(Role.RESELLER).get(address, status="*").status_int in (403, 404)


def test_a_hundred_thousand_rows_are_read_shown_and_published(admin, world):
    deck_id = world.north.deck.id
    rows = (f"{100_000 + number},Place {number},0.0{number:05},60,1,0" for number in range(100_000))
    page = upload(admin, deck_id, "\n".join((HEAD, *rows))).follow()
    assert figures(page)["New"] == "100,000"
    press(page, "/publish").follow()
    assert len(rates_of(world, deck_id)) == 100_003
