import json

import pytest

from cellhub.web.bundles import UnknownAssetError, hashed_name
from cellhub.web.icons import UnknownIconError, icon


@pytest.fixture
def dist(tmp_path):
    (tmp_path / "icons.json").write_text(json.dumps({"ban": '<path d="M1 1"/>'}))
    (tmp_path / "manifest.json").write_text(json.dumps({"app.css": "app-ABCDEFGH.css"}))
    return tmp_path


def test_an_icon_beside_its_word_is_silent(dist):
    drawn = icon("ban", dist=dist)
    assert '<path d="M1 1"/>' in drawn
    assert 'aria-hidden="true"' in drawn


def test_an_icon_alone_says_what_it_is_and_escapes_it(dist):
    assert 'aria-label="Block &lt;Pera&gt;"' in icon("ban", label="Block <Pera>", dist=dist)


def test_an_unknown_icon_is_an_error_that_says_what_to_do(dist):
    with pytest.raises(UnknownIconError, match=r"unknown icon 'bann'.*build the assets again"):
        icon("bann", dist=dist)


def test_an_asset_is_served_under_its_hashed_name(dist):
    assert hashed_name("app.css", dist=dist) == "app-ABCDEFGH.css"


def test_an_unknown_asset_names_those_that_were_built(dist):
    with pytest.raises(UnknownAssetError, match=r"the build wrote app\.css"):
        hashed_name("app.js", dist=dist)
