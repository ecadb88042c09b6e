"""The committed pages in a browser, as people see them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import chromium
from committed import committed

REPORTS = committed() / "reports"
PAGES = [
    "index.html",
    "mnist-5k/report.html",
    "mnist-5k/claims.html",
    "mnist-5k/studies/lossless/index.html",
    "mnist-5k/studies/maps/index.html",
    "mnist-5k/studies/maps/maps.html",
    "mnist-5k/sweep/vae/index.html",
    "mnist-5k/sweep/vae/interactive.html",
]
WIDTHS = (1280, 390)
# Waiting by text that is evaluated again is what the pages' policy forbids.
LOADED = """all => Promise.allSettled(all.map(one => {
    one.loading = 'eager'
    return one.decode()
}))"""

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def browser() -> Iterator:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=WIDTHS)
def tab(browser, request) -> Iterator:
    """A tab of the width that collects what its console says is wrong."""
    tab = browser.new_page(viewport={"width": request.param, "height": 900})
    tab.faults = []
    tab.on("console", lambda said: said.type == "error" and tab.faults.append(said.text))
    tab.on("pageerror", lambda error: tab.faults.append(error.message))
    tab.on("requestfailed", lambda request: tab.faults.append(request.url))
    yield tab
    tab.close()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_and_readable(page: str, tab) -> None:
    tab.goto((REPORTS / page).as_uri())
    pictures = tab.locator("img")
    pictures.evaluate_all(LOADED)
    for picture in pictures.all():
        assert picture.evaluate("one => one.naturalWidth") > 0
        assert picture.get_attribute("alt")
    assert tab.faults == []
    assert tab.title()
    # Only tables and the like scroll sideways, in places of their own.
    width = tab.evaluate("document.documentElement.scrollWidth")
    assert width <= tab.viewport_size["width"]


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_to_a_file_that_is_there(page: str, browser) -> None:
    tab = browser.new_page()
    tab.goto((REPORTS / page).as_uri())
    links = tab.locator("a[href]").evaluate_all("all => all.map(one => one.href)")
    for link in links:
        if link.startswith("file:"):
            path, _, fragment = link.removeprefix("file://").partition("#")
            assert Path(path).exists(), link
            if fragment and path == str(REPORTS / page):
                assert tab.locator(f"[id='{fragment}']").count() == 1, link
    tab.close()


def test_tables_sort_and_filter_by_keyboard(tab) -> None:
    tab.goto((REPORTS / "index.html").as_uri())
    first = tab.locator("tbody tr:visible >> nth=0")
    button = tab.get_by_role("button", name="data set")
    button.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    assert "mnist-5k" in first.inner_text()
    assert tab.locator("th[aria-sort=descending]").inner_text().startswith("data set")
    tab.get_by_role("searchbox").focus()
    tab.keyboard.type("fashion strange")
    assert tab.locator("tbody tr:visible").count() == 1
    assert "fashion-mnist" in first.inner_text()
