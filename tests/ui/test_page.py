from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ui.page import plain

CHROMIUM = "/usr/bin/chromium"


def test_markdown_in_a_report_is_shown_letter_for_letter() -> None:
    assert plain("![x](http://a/b.png) *b*") == r"\!\[x\]\(http\:\/\/a\/b\.png\) \*b\*".replace(
        r"\/", "/"
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sample_folder: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served") / "index"
    shutil.copytree(sample_folder, folder)
    port, page_port = free_port(), free_port()
    environment = os.environ | {
        "INSPECTIONS_INDEX__FOLDER": str(folder),
        "INSPECTIONS_API__PORT": str(port),
        "INSPECTIONS_API__UI_PORT": str(page_port),
    }
    log = (folder.parent / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli", "serve", "--page"],
        env=environment,
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{page_port}"
    try:
        for url in (f"http://127.0.0.1:{port}/healthz", f"{address}/_stcore/health"):
            _wait_for(url, process)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()
    with pytest.raises(httpx.HTTPError):
        httpx.get(address, timeout=2, trust_env=False)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        assert process.poll() is None, "the server stopped"
        try:
            if httpx.get(url, timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError(f"{url} did not answer")


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")
def test_a_question_is_answered_with_its_quote_boxed_on_the_page(served: str) -> None:
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        page = browser.new_page(viewport={"width": 1400, "height": 1500})
        page.goto(served)
        box = page.get_by_placeholder("Ask about the reports")
        box.fill("Who led the 2019 inspection of Saltmarch?")
        box.press("Enter")
        expect(page.get_by_text("Tobias Quillmore was the lead inspector")).to_be_visible(
            timeout=60_000
        )
        image = page.get_by_test_id("stImage").locator("img").first
        expect(image).to_be_visible(timeout=60_000)
        assert image.evaluate("node => node.naturalWidth") > 500
        page.wait_for_timeout(1000)
        target = os.environ.get("SCREENSHOT")
        if target:
            page.screenshot(path=target, full_page=True)
        browser.close()
