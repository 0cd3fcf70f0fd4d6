"""The whole line in a real browser against a real server and the stand-in for NCBI."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alembic_db import Project

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

EVERY_PAGE = [
    "/search", "/search?term=cancer", "/entities", "/entities?look=table", "/entities?look=chart", "/together",
    "/together?look=network", "/columns", "/records?field=study.title&field=study.abstract", "/records?kind=study",
    "/records?kind=run", "/record?kind=study&accession=SRP990003", "/queries", "/query?name=top_entities",
    "/query?name=samples_with_entity", "/sql?q=select+accession,total_bases+from+run", "/sql?q=selec", "/files", "/jobs",
    "/nowhere",
]  # fmt: skip


@pytest.fixture(scope="module")
def url(filled: Path, serve: Callable[[Path], Any]) -> str:
    return str(serve(filled).url).rstrip("/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_an_accessibility_fault(url: str, browse: Callable[..., Page], scheme: Any):
    from axe_playwright_python.sync_playwright import Axe

    page = browse(color_scheme=scheme)
    for path in EVERY_PAGE:
        page.goto(url + path)
        result = Axe().run(page)
        assert result.violations_count == 0, f"{path}: {result.generate_report()}"


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_page_is_wider_than_the_screen(url: str, browse: Callable[..., Page], width: int):
    page = browse(viewport={"width": width, "height": 900})
    for path in EVERY_PAGE:
        page.goto(url + path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, path


def alzheimer(page: Page, url: str) -> None:
    """Search, fetch, choose columns, look at entities, records and files; the same with and without scripts."""
    page.goto(url)
    page.get_by_label("Search words").fill("Alzheimer disease RNASeq")
    page.get_by_role("button", name="Count").click()
    page.get_by_role("heading", name="24 experiments found").wait_for()
    page.get_by_role("button", name="Fetch all 24").click()
    page.wait_for_url(re.compile(r"/job\?"))
    page.get_by_role("link", name="Choose columns").wait_for()  # the events of the server bring it, without a reload
    assert page.locator("dd").filter(has_text=re.compile(r"^24$")).count() >= 2
    page.get_by_role("link", name="Choose columns").click()
    assert page.get_by_label("Read study.title").is_checked()
    page.get_by_role("button", name="Continue").first.click()
    page.wait_for_url(re.compile(r"/(job|entities)\?"))
    if "/job" in page.url:  # an annotator had something left to read
        page.get_by_role("link", name="Go on to the entities").click()
    page.get_by_role("heading", name="Entities").wait_for()
    assert "field=study.title" in page.url


def look_around(page: Page, url: str) -> None:
    """Filter, follow a word to its records, see it marked, ask SQL."""
    page.goto(f"{url}/entities")
    page.locator("#filter-type").select_option("Disease")
    if page.get_by_role("button", name="Apply").is_visible() and "type=Disease" not in page.url:
        page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile("type=Disease"))
    word = page.locator(".cloud a").filter(has_text="Alzheimer disease").first
    number = word.locator(".n").inner_text()
    word.click()
    page.wait_for_url(re.compile(r"/records\?"))
    assert page.get_by_role("status").first.inner_text().startswith(number)
    page.locator(".cards h2 a").first.click()
    page.locator("mark").first.wait_for()
    page.goto(f"{url}/together?type_a=Variant&type_b=Disease")
    cell = page.locator("table.heat td a").first
    count = cell.inner_text()
    cell.click()
    page.wait_for_url(re.compile(r"/records\?"))
    assert page.get_by_role("status").first.inner_text().startswith(f"{count} ")
    page.goto(f"{url}/sql")
    page.get_by_label("One statement that reads").fill("select count(*) as n from experiment")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("cell", name="24").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_search_to_files(tmp_path: Path, serve: Callable[[Path], Any], browse: Callable[..., Page], scripts: bool):
    project = Project.create(tmp_path / "mine")
    url = serve(project.path).url.rstrip("/")
    page = browse(java_script_enabled=scripts) if not scripts else browse()
    if scripts:
        alzheimer(page, url)
    else:
        alzheimer_without_scripts(page, url)
    look_around(page, url)
    page.goto(f"{url}/files")
    for name in ("RESULTS.TSV", "AI_PROCESSED.TSV", "DOWNLOADS.TXT", "project.sqlite", "report.html"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        saved = tmp_path / name
        download.value.save_as(saved)
        assert saved.stat().st_size > 100
    rows = (tmp_path / "RESULTS.TSV").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("Experiment Accession\t")
    assert len({row.split("\t")[0] for row in rows[1:]}) >= 24
    assert project.status().tables["experiment"] == 24


def alzheimer_without_scripts(page: Page, url: str) -> None:
    """Do what `alzheimer` does by links and reloading alone."""
    page.goto(url)
    page.get_by_label("Search words").fill("Alzheimer disease RNASeq")
    page.get_by_role("button", name="Count").click()
    page.get_by_role("button", name="Fetch all 24").click()
    page.wait_for_url(re.compile(r"/job\?"))
    reload_until(page, page.get_by_text("done", exact=True))
    page.get_by_role("link", name="Go on to the entities").click()
    reload_until(page, page.locator(".cloud a").nth(5))  # the new snapshot is got ready in the background


def reload_until(page: Page, wanted: Locator) -> None:
    """Load the page again until something is there, as a reader without scripts would."""
    for _ in range(300):
        if wanted.count():
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError(f"never seen: {wanted}")


def test_the_keyboard_alone_is_enough(url: str, browse: Callable[..., Page]):
    page = browse()
    page.goto(f"{url}/record?kind=study&accession=SRP990003")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator(".cluster").first.focus()
    assert page.locator(".cluster .tip").first.is_visible()
    page.goto(f"{url}/sql")
    page.locator("#sql-q").fill("select 41 + 1 as answer")
    page.locator("#sql-q").press("Control+Enter")
    page.get_by_role("cell", name="42").wait_for()


def test_filters_work_without_a_button_and_keep_the_address(url: str, browse: Callable[..., Page]):
    page = browse()
    page.goto(f"{url}/entities")
    page.locator("#filter-type").select_option("Gene")
    page.wait_for_url(re.compile("type=Gene"))
    before = page.locator(".cloud a").all_inner_texts()
    assert before
    assert all("Gene" in text for text in before)
    page.go_back()
    page.locator(".cloud .t-Species").first.wait_for(state="attached")
