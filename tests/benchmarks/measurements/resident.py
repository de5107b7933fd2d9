"""Memory of the app's process with the classroom default on screen."""

from ..memory import resident
from ..row import Row
from ..server import app, chromium, free_port

RUN_SECONDS = 180


def visit(port: int) -> None:
    """Open the page as a person would and wait until a chart stands and the script is at rest."""
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        page.locator(".ranp-verdict").filter(has_text="MACs").wait_for(timeout=RUN_SECONDS * 1000)
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=RUN_SECONDS * 1000)


def measure() -> list[Row]:
    port = free_port()
    with app(port) as process:
        visit(port)
        held = resident(process)
    return [
        Row(
            name="the app's process",
            ours=held,
            unit="bytes",
            limit=2**30,
            how="resident after one visitor saw the classroom default, scored with an empty cache",
        )
    ]
