"""The page in Chromium, as a user has it."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import time
import zlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal

import pytest
from build_page import HERE, build
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

WAIT = 30_000
"""Milliseconds after which a test gives up; the machine may be busy."""
expect.set_options(timeout=WAIT)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name of the base class
        pass


class Server:
    """A server of static files that a test can stop."""

    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("playground") / "page"
    build(target)
    return target


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[Server]:
    served = Server(folder)
    yield served
    served.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: that of the machine if there is one, or else that of Playwright."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield launched
        launched.close()


FOCUS = """() => {
  const { activeElement } = document;
  return getComputedStyle(activeElement.shadowRoot?.querySelector(".cm-focused") ?? activeElement).outlineStyle;
}"""
"""How the focus is drawn around the active element; the editor is in a shadow root."""
AXE = """() => axe.run({
  rules: { "scrollable-region-focusable": { enabled: false } }, // the editor's text takes the focus
}).then(({ violations }) => violations)"""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FIRST_USEFUL_SCREEN = 10
"""Seconds from the address to a drawn workflow and a ticket."""


def opened(context: BrowserContext, url: str) -> Page:
    """Return a page that has started; what the browser complains about fails the test."""
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    page.wait_for_selector("[data-ready]", state="attached")
    assert complaints == []
    return page


complaints: list[str] = []
"""What the browser complains about, such as a breach of the Content-Security-Policy."""


@pytest.fixture(autouse=True)
def _no_complaints() -> Iterator[None]:
    complaints.clear()
    yield
    assert complaints == []


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def started(context: BrowserContext, server: Server) -> Page:
    return opened(context, server.url)


@pytest.fixture
def page(started: Page) -> Page:
    """The page with the first sample and a new ticket."""
    choose(started, "first")
    return started


def choose(page: Page, sample: str) -> None:
    page.get_by_label("Start from").select_option(sample)
    expect(page.locator("#name")).to_have_text(re.compile(sample.removeprefix("preset ")))
    expect(page.locator("#history > li")).not_to_have_count(0)
    expect(page.locator("#undo")).to_be_disabled()
    page.locator("#actor").select_option(label="agent ana")


def editor(page: Page) -> Locator:
    return page.locator("#editor .cm-content")


def write_at_end(page: Page, text: str) -> None:
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def chip(page: Page) -> Locator:
    return page.locator("#state .chip")


def command(page: Page, label: str) -> Locator:
    return page.locator("#options").get_by_role("button", name=re.compile(f"^{label}", re.IGNORECASE))


def shared(data: object) -> str:
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(json.dumps(data).encode()) + packer.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def test_the_first_useful_screen_comes_within_ten_seconds(browser: Browser, server: Server) -> None:
    seconds = []
    for _ in range(2):
        context = browser.new_context()
        began = time.monotonic()
        page = opened(context, server.url)
        seconds.append(time.monotonic() - began)
        expect(page.locator("#workflow [data-state=open].is-current")).to_be_visible()
        expect(chip(page)).to_have_text("open")
        context.close()
        others = max(os.getloadavg()[0] / (os.cpu_count() or 1), 1)  # the promise is for a machine that is not busy
        if seconds[-1] < FIRST_USEFUL_SCREEN * others:
            return
    pytest.fail(f"it took {seconds} seconds")


def test_a_preset_draws_its_workflow_and_opens_a_ticket(page: Page) -> None:
    choose(page, "preset senior")
    expect(page.locator("#workflow [data-state=in_analysis]")).to_be_visible()
    expect(chip(page)).to_have_text("new")
    expect(page.locator("#workflow .is-current")).to_have_attribute("data-state", "new")


def test_the_check_shows_findings_with_their_lines_and_histories(page: Page) -> None:
    choose(page, "preset senior")
    finding = page.locator("#findings .finding", has_text="rots").first
    finding.locator("summary").click()
    expect(finding.locator(".life")).to_contain_text("opened in new")
    finding.get_by_role("button", name="Show it on the ticket").click()
    expect(page.locator("#history")).to_contain_text("customer customer")
    line = finding.get_by_role("button", name=re.compile("^line "))
    number = line.inner_text().removeprefix("line ")
    line.click()
    expect(page.locator("#editor .cm-activeLineGutter", has_text=number)).to_be_visible()


def test_an_error_is_shown_at_its_line(page: Page) -> None:
    write_at_end(page, '\n[[templates]]\nnmae = "x"\n')
    problem = page.locator("#problem-list li", has_text="no key 'nmae'; did you mean 'name'?")
    expect(problem).to_be_visible()
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#editor .cm-lint-marker-error").first).to_be_visible()
    editor(page).press("Control+Home")
    page.keyboard.press("F8")
    expect(page.locator("#editor .cm-activeLine")).to_contain_text("[[templates]]")
    problem.get_by_role("button").click()
    expect(page.locator("#editor .cm-activeLine")).to_contain_text('nmae = "x"')
    expect(editor(page)).to_be_focused()


def test_keys_and_names_are_completed(page: Page) -> None:
    write_at_end(page, "\n[[automations]]\non_ma")
    tooltip = page.locator("#editor .cm-tooltip-autocomplete")
    expect(tooltip).to_contain_text("on_mask")
    expect(tooltip.locator(".cm-completionInfo, li").first).to_be_visible()
    page.wait_for_timeout(100)  # CodeMirror ignores keys at once after the list opens
    page.keyboard.press("Enter")
    expect(page.locator("#editor .cm-activeLine")).to_contain_text("on_mask = ")
    expect(tooltip).to_contain_text("drop")
    page.keyboard.press("Escape")
    page.keyboard.type('"hold"\ngiven = { state_is = ["wai')
    expect(tooltip).to_contain_text("waiting")


def test_buttons_give_commands_and_the_drawings_follow(page: Page) -> None:
    command(page, "ask").click()
    expect(chip(page)).to_have_text("waiting")
    expect(page.locator("#workflow .is-current")).to_have_attribute("data-state", "waiting")
    expect(page.locator("#history li").last).to_contain_text("open -> waiting")
    expect(page.locator("#picture > svg")).to_contain_text("no-answer")
    page.locator("#undo").click()
    expect(chip(page)).to_have_text("open")


def test_a_form_asks_for_what_a_command_needs(page: Page) -> None:
    command(page, "assign").click()
    page.get_by_label("assignee").fill("carla")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_contain_text("assigned to carla")
    command(page, "add message").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#history li")).to_have_count(2)


def test_a_customer_can_do_other_things(page: Page) -> None:
    page.locator("#actor").select_option(label="customer bruno")
    expect(command(page, "ask")).to_have_count(0)
    page.locator("#refused summary").click()
    expect(page.locator("#refused-list")).to_contain_text("ask")
    page.locator("#refused summary").click()


def test_time_can_be_dragged_and_a_timer_fires(page: Page) -> None:
    command(page, "ask").click()
    expect(chip(page)).to_have_text("waiting")
    page.locator("#next-due").click()
    expect(page.locator("#history li.automatic").last).to_contain_text("still-there is to be sent to the customer")
    expect(page.locator("#now")).to_have_text("Wed 2026-11-25 10:00:00 +0100")
    box = page.locator("#picture > svg").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 200, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, middle, steps=3)
    page.mouse.move(box["x"] + box["width"] - 14, middle, steps=5)
    page.mouse.up()
    expect(chip(page)).to_have_text("closed")
    page.locator("#time").press("Home")
    expect(chip(page)).to_have_text(re.compile("open|waiting"))


def test_each_rule_is_explained(page: Page) -> None:
    command(page, "ask").click()
    rule = page.locator("#explanations [data-rule=no-answer]")
    expect(rule).to_have_attribute("data-verdict", "waiting")
    expect(rule).to_contain_text("send still-there to the customer, 2 days after")
    expect(page.locator("#clocks")).to_contain_text("resolution: frozen")


def test_sentences_follow_the_language(page: Page) -> None:
    page.get_by_label("Sentences in").select_option("es")
    expect(page.locator("#history")).to_contain_text("cliente bruno")
    page.get_by_label("Sentences in").select_option("en")
    expect(page.locator("#history")).to_contain_text("customer bruno")


def test_the_link_opens_the_same_document_and_ticket(page: Page, context: BrowserContext) -> None:
    write_at_end(page, "\n# shared with ñ and 日本\n")
    command(page, "ask").click()
    expect(chip(page)).to_have_text("waiting")
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#notice")).to_contain_text("copied")
    link = page.evaluate("navigator.clipboard.readText()")
    other = opened(context, link)
    expect(editor(other)).to_contain_text("customer")
    other.locator("#editor .cm-content").click()
    other.keyboard.press("Control+End")
    expect(editor(other)).to_contain_text("# shared with ñ and 日本")
    expect(chip(other)).to_have_text("waiting")
    expect(other.locator("#now")).to_have_text(page.locator("#now").inner_text())
    other.close()


def test_the_page_can_be_used_by_keyboard_alone(page: Page) -> None:
    page.locator("h1").click()

    def tab_to(selector: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                page.wait_for_function(f"() => ({FOCUS})() !== 'none'")  # the editor draws it a moment later
                return
        pytest.fail(f"Tab does not reach {selector}")

    tab_to("#editor")
    tab_to("[data-transition=ask]")
    page.keyboard.press("Enter")
    expect(chip(page)).to_have_text("waiting")
    tab_to("#time")
    before = page.locator("#now").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#now")).not_to_have_text(before)
    tab_to("#next-due")
    page.keyboard.press("Space")
    expect(page.locator("#now")).to_have_text("Wed 2026-11-25 10:00:00 +0100")
    expect(page.locator("#announcement")).to_have_attribute("aria-live", "polite")


def test_a_check_can_be_stopped(page: Page, server: Server) -> None:
    """A hundred timers take long to check. The ticket can be acted on all the same."""
    timers = "".join(
        f"""
[[automations]]
id = "rule-{number}"
when = {{ after = {{ span = {{ elapsed = {{ hours = {number + 1} }} }}, since = "created" }} }}
then = [{{ send_message = {{ template = "x", to = "customer" }} }}]
"""
        for number in range(100)
    )
    document = f"""
format = "rules/1"
name = "slow"
calendars.default = {{ zone = "Europe/Madrid", week = "mon-fri 09:00-18:00" }}
templates = [{{ name = "x", texts = {{ en = "x" }} }}]
[workflow]
states = [{{ name = "open" }}, {{ name = "closed", category = "closed" }}]
transitions = [{{ name = "close", sources = ["open"], target = "closed", may = ["agent"] }}]
{timers}"""
    page.goto(f"{server.url}#{shared([1, document, None, None, None])}")
    expect(page.locator("#name")).to_have_text("slow")
    page.locator("#stop").click()
    expect(page.locator("#findings")).to_contain_text("was not checked: it was stopped")
    command(page, "close").click()
    expect(chip(page)).to_have_text("closed")
    choose(page, "first")
    expect(page.locator("#findings")).to_contain_text("No findings")


def test_what_a_document_says_is_never_markup(page: Page, server: Server) -> None:
    evil = "<img src=x onerror=document.title='hacked'>"
    document = f"""
format = "rules/1"
name = {json.dumps(evil)}
calendars.default = {{ zone = "Europe/Madrid", week = "mon-fri 09:00-18:00" }}
[workflow]
states = [
    {{ name = "open", labels = {{ en = {json.dumps(evil)} }} }},
    {{ name = "closed", category = "closed" }},
]
[[workflow.transitions]]
name = "close"
sources = ["open"]
target = "closed"
may = ["agent"]
labels = {{ en = {json.dumps(evil)} }}
"""
    page.goto(f"{server.url}#{shared([1, document, None, None, None])}")
    expect(page.locator("#name")).to_have_text(evil)
    expect(chip(page)).to_have_text(evil)
    expect(page.locator("#workflow")).to_contain_text("<img")
    assert page.locator("img").count() == 0
    assert page.title() == "ticketflow playground"


@pytest.mark.parametrize(
    ("fragment", "why"),
    [
        ("%3Cscript%3E", "other characters"),
        ("AAAA", "damaged"),
        (shared([1, "x" * 30_000_000, None, None, None]), "too large"),
        (shared([2, "x"]), "another version"),
        (shared([1, {"format": 1}]), "no document"),
        (shared({"a": 1}), "another version"),
    ],
)
def test_a_bad_link_is_refused_kindly(page: Page, server: Server, fragment: str, why: str) -> None:
    page.goto(f"{server.url}#{fragment}")
    expect(page.locator("#notice")).to_contain_text("The link cannot be opened")
    expect(page.locator("#notice")).to_contain_text(why)
    expect(editor(page)).to_contain_text("first desk")


def test_commands_in_a_link_are_not_trusted(page: Page, server: Server) -> None:
    document = 'format = "rules/1"\nname = "tiny"\nextends = "posponer"\n'
    page.goto(
        f"{server.url}#{shared([1, document, [{'do': 'shutdown'}], 1, {'role': 'root', 'id': 'x', 'groups': []}])}"
    )
    expect(page.locator("#name")).to_have_text("tiny")
    expect(page.locator("#notice")).to_contain_text("The ticket cannot be shown")


def test_a_rule_set_that_never_ends_is_stopped(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = opened(context, server.url)
    page.clock.install()
    minute = {"elapsed": {"minutes": 1}}
    when = {"after": {"since": "created", "span": minute, "every": minute}}
    rules = [{"id": f"r{number}", "when": when, "then": [{"emit": "x"}]} for number in range(150)]
    slow = {"format": "rules/1", "name": "slow", "extends": "servicenow", "automations": rules}
    document = json.dumps({**slow, "occurrences_per_call": 10_000})
    by = {"role": "agent", "id": "ana", "groups": []}
    later = [
        {"format": "command/1", "do": "open", "ticket": "T-1", "at": "2026-11-23T10:00:00Z", "by": by},
        {"format": "command/1", "do": "assign", "assignee": "ana", "at": "2027-11-23T10:00:00Z", "by": by},
    ]
    page.goto(f"{server.url}#{shared([1, document, later, 1_800_000_000_000, by])}")
    expect(page.locator("#name")).to_have_text("slow")
    page.clock.fast_forward(11_000)
    expect(page.locator("#notice")).to_contain_text("The ticket cannot be shown: it took longer than 10 seconds.")
    page.clock.resume()
    page.get_by_label("Start from").select_option("first")
    expect(chip(page)).to_have_text("open")
    context.close()


def test_the_page_works_offline_afterwards(browser: Browser, folder: Path) -> None:
    own = Server(folder)
    context = browser.new_context()
    page = opened(context, own.url)
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    own.stop()
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("[data-ready]", state="attached")
    expect(chip(page)).to_have_text("open")
    context.close()


def test_a_phone_scrolls_down_only_and_axe_finds_nothing(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="light", bypass_csp=True)
    page = opened(context, server.url)
    expect(page.locator("#findings")).to_contain_text("No findings")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    page.add_script_tag(path=HERE / "node_modules" / "axe-core" / "axe.min.js")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(AXE)
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    context.close()


def test_a_document_can_be_json(page: Page, server: Server) -> None:
    document = json.dumps({"format": "rules/1", "name": "json desk", "extends": "posponer"}, indent=1)
    page.goto(f"{server.url}#{shared([1, document, None, None, None])}")
    expect(page.locator("#name")).to_have_text("json desk")
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    page.keyboard.type(',\n"worklow": {}')
    expect(page.locator("#problem-list")).to_contain_text("no key 'worklow'; did you mean 'workflow'?")


def test_the_screenshot_is_small(page: Page) -> None:
    command(page, "ask").click()
    expect(chip(page)).to_have_text("waiting")
    page.locator("#time").press("PageUp")
    expect(page.locator("#findings")).to_contain_text("No findings")
    page.set_viewport_size({"width": 1200, "height": 820})
    page.evaluate("scrollTo(0, 0)")
    page.locator("h1").click()
    target = HERE.parent / "build" / "playground.png"  # docs/pictures/playground.png is a copy
    page.screenshot(path=target)
    assert target.stat().st_size < 200_000
