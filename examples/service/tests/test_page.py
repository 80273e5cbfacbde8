"""The page: what people see and do there, in a browser too, with the keyboard, and as a screen reader hears it."""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine
from ticketflow_service.databases import migrate, open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.http.app import make_app
from ticketflow_service.http.backend import Backend
from ticketflow_service.page.inbox import MOST_READ, SHOWN
from ticketflow_service.page.words import WORDS
from ticketflow_service.storage import SqlStore
from ticketflow_service.tokens import issue_token, revoke_token

import ticketflow as tf
from ticketflow import commands, presets

ANA, BRUNO, CARLA = tf.Actor("agent", "ana"), tf.Actor("customer", "bruno"), tf.Actor("customer", "carla")
SCREENSHOT = Path(__file__).parents[1] / "page.png"
Open = Callable[..., str]


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Engine]:
    engine = open_engine(sqlite_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def backend(database: Engine, request: pytest.FixtureRequest) -> Backend:
    """Return a backend under the preset `senior`, or under the one that a test names."""
    SqlStore(database).put_in_force(presets.preset(getattr(request, "param", "senior"))())
    return Backend(database)


@pytest.fixture
def app(backend: Backend) -> FastAPI:
    return make_app(backend)


@pytest.fixture
def opens(backend: Backend) -> Open:
    def opens(subject: str = "Printer on fire", by: tf.Actor = BRUNO, text: str = "It burns.") -> str:
        body: dict[str, object] = {"do": "open", "message": {"subject": subject, "text": text}}
        if backend.rules().workflow.field("nature"):
            body["fields"] = {"nature": "incident"}
        _, answer = backend.give(body, by, None)
        return str(re.findall(r'"ticket":"(T-[\w-]+)"', answer)[0])

    return opens


class Visitor:
    """Somebody who is signed in, without a browser."""

    def __init__(self, app: FastAPI, backend: Backend, actor: tf.Actor, language: str = "en") -> None:
        self.token = issue_token(backend.engine, actor)
        self.client = TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": language})
        self.client.post("/sign-in", data={"token": self.token})

    def see(self, path: str, status: int = 200) -> str:
        return seen(self.client.get(path), status)

    def act(self, path: str, status: int = 200, /, **given: str) -> str:
        return seen(self.client.post(path, data=given), status)


def seen(answer: Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    assert "default-src 'none'; style-src 'self'" in answer.headers["content-security-policy"]
    return answer.text


@pytest.fixture
def ana(app: FastAPI, backend: Backend) -> Visitor:
    return Visitor(app, backend, ANA)


@pytest.fixture
def bruno(app: FastAPI, backend: Backend) -> Visitor:
    return Visitor(app, backend, BRUNO)


class TestSessions:
    def test_nobody_sees_anything_before_signing_in(self, app: FastAPI, opens: Open) -> None:
        client = TestClient(app)
        for path in ("/", "/inbox", "/new", f"/inbox/{opens()}"):
            assert client.get(path).url.path == "/sign-in"
        assert client.post(f"/inbox/{opens()}", data={"do": "move:start_analysis"}).url.path == "/sign-in"
        answer = client.post("/sign-in", data={"token": "x" * 60})
        assert answer.status_code == 422
        assert WORDS["en"]["token_wrong"] in answer.text

    def test_a_session_ends_with_its_token(self, ana: Visitor, backend: Backend) -> None:
        assert "Inbox" in ana.see("/inbox")
        revoke_token(backend.engine, ana.token.partition(".")[0])
        assert "Sign in" in ana.see("/inbox")

    def test_signing_in_leads_to_what_was_wanted_and_to_no_other_site(
        self, app: FastAPI, backend: Backend, opens: Open
    ) -> None:
        client, path = TestClient(app, follow_redirects=False), f"/inbox/{opens()}"
        (wanted,) = re.findall(r'name="to" value="([^"]+)">\n', client.get(path, follow_redirects=True).text)
        assert wanted == path
        token = issue_token(backend.engine, ANA)
        for to, leads in ((wanted, path), ("//evil.example", "/inbox"), ("/\\evil.example", "/inbox")):
            assert client.post("/sign-in", data={"token": token, "to": to}).headers["location"] == leads
            assert client.post("/language", data={"language": "es", "to": to}).headers["location"] == leads

    def test_signing_out_forgets_the_token(self, ana: Visitor) -> None:
        cookie = ana.client.post("/sign-in", data={"token": ana.token}, follow_redirects=False).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        ana.act("/sign-out")
        assert "session" not in ana.client.cookies

    def test_other_sites_cannot_send_forms(self, ana: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        form = {"do": "move:start_analysis"}
        answer = ana.client.post(path, data=form, headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert ana.client.post(path, data=form, headers={"Origin": "http://testserver"}).status_code == 200

    def test_what_is_no_form_is_refused(self, ana: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        for body in (b"\xff=1", b"=&=&;", b"&".join(b"a=1" for _ in range(500)), b"x"):
            assert "cannot be read" in seen(ana.client.post(path, content=body), 422)
        for form in ({}, {"do": "x"}, {"do": "move"}, {"do": "rate", "score": "5" * 60}, {"do": "open"}):
            assert "This was not done:" in ana.act(path, 422, **form)
        for form in (
            {"version": "9" * 5000},
            {"do": "rate", "score": "9" * 5000},
            {"do": "add_message", "message": " "},
        ):
            assert "This was not done:" in ana.act(path, 422, **{"do": "give_back", **form})
        assert ana.client.post(path, content=b"a=" + b"x" * 70_000).status_code == 413


class TestInbox:
    def test_lists_have_their_tickets_the_latest_active_first(self, ana: Visitor, opens: Open) -> None:
        first, second = opens("First"), opens("Second", CARLA)
        assert re.findall(r">(First|Second)</a>", ana.see("/inbox")) == ["Second", "First"]
        ana.act(f"/inbox/{first}", do="add_message", message="Hello.")
        assert re.findall(r">(First|Second)</a>", ana.see("/inbox")) == ["First", "Second"]
        ana.act(f"/inbox/{second}", do="assign", assignee="ana")
        assert re.findall(r">(First|Second)</a>", ana.see("/inbox?list=mine")) == ["Second"]
        assert re.findall(r">(First|Second)</a>", ana.see("/inbox?list=unassigned")) == ["First"]
        assert "There are no tickets here." in ana.see("/inbox?list=closed")
        assert "There is no such page" in ana.see("/inbox?list=x", 404)

    def test_customers_see_their_own_tickets(self, bruno: Visitor, opens: Open) -> None:
        opens("Mine")
        other = opens("Hers", CARLA)
        shown = bruno.see("/inbox")
        assert ">Mine</a>" in shown
        assert "Hers" not in shown
        assert "Unassigned" not in shown
        assert "There is no such page or ticket" in bruno.see(f"/inbox/{other}", 404)
        assert "There is no such page or ticket" in bruno.act(f"/inbox/{other}", 404, do="add_message", message="x")

    @pytest.mark.parametrize("backend", ["posponer"], indirect=True)
    def test_customers_do_not_learn_of_a_snooze(self, ana: Visitor, bruno: Visitor, opens: Open) -> None:
        ticket = opens("Mine")
        assert "snoozed" in ana.act(f"/inbox/{ticket}", do="snooze", choice="tomorrow")
        for path in ("/inbox", f"/inbox/{ticket}"):
            shown = bruno.see(path)
            assert "Mine" in shown
            assert not re.findall("(?i)snooze|automatic step|why", shown)
        bruno.see("/inbox?list=hidden", 404)

    @pytest.mark.parametrize("backend", ["posponer"], indirect=True)
    def test_tickets_behind_many_snoozed_ones_are_found(
        self, ana: Visitor, opens: Open, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ticketflow_service.page.inbox.MOST_READ", 2)
        opens("At the end")
        for _ in range(2):
            ana.act(f"/inbox/{opens()}", do="snooze", choice="tomorrow")
        (older,) = re.findall(r'href="(/inbox\?list=open&amp;before=[^"]+)"', ana.see("/inbox"))
        assert "At the end" in ana.see(older.replace("&amp;", "&"))

    def test_older_tickets_are_on_the_next_page(self, ana: Visitor, opens: Open) -> None:
        for number in range(SHOWN + 2):
            opens(f"Ticket {number}!")
        first = ana.see("/inbox")
        (older,) = re.findall(r'href="(/inbox\?list=open&amp;before=[^"]+)"', first)
        both = re.findall(r">(Ticket \d+!)<", first + ana.see(older.replace("&amp;", "&")))
        assert both == [f"Ticket {number}!" for number in reversed(range(SHOWN + 2))]
        for wrong in ("x", "2026-13-29 x", "9999-12-31T23:59:59-14:00 x"):
            assert ana.see(f"/inbox?before={wrong}").count("<tr>") == SHOWN + 1
        assert SHOWN < MOST_READ


class TestTickets:
    def test_text_of_people_is_only_text(self, ana: Visitor, opens: Open) -> None:
        ticket = opens("<b>bold</b>", text="<img src=x onerror=alert(1)>")
        for path in ("/inbox", f"/inbox/{ticket}"):
            shown = ana.see(path)
            assert "&lt;b&gt;bold&lt;/b&gt;" in shown
            assert "<b>" not in shown
        assert "&lt;img src=x" in ana.see(f"/inbox/{ticket}")

    def test_a_refusal_has_every_reason_and_keeps_the_text(self, app: FastAPI, backend: Backend, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        ana = Visitor(app, backend, ANA, "es-CL,es;q=0.9")
        given = {"do": "move:inform_solution", "message": "Cambie el cable."}
        assert "Hecho: Iniciar la atención." in ana.act(path, do="move:start_analysis", version="1")
        shown = ana.act(path, 409, **given, version="1")
        assert "Esto no se hizo:" in shown
        assert "el ticket cambió entretanto" in shown.lower()
        assert ">Cambie el cable.</textarea>" in shown
        assert "Hecho: " in ana.act(path, **given, version="2")

    def test_a_form_that_is_sent_twice_gives_one_command(self, ana: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        (key, *_) = re.findall(r'name="key" value="(\w+)"', ana.see(path))
        for _ in range(2):
            assert ana.act(path, do="add_message", message="Only once.", key=key).count("Only once.") == 1

    def test_internal_notes_are_for_the_support(self, ana: Visitor, bruno: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        assert "Internal note" in ana.act(path, do="add_message", message="He is angry.", internal="1")
        shown = bruno.see(path)
        assert "angry" not in shown
        assert "Internal note" not in shown
        assert bruno.client.get(f"{path}/picture").status_code == 403
        assert ana.client.get(f"{path}/picture").headers["content-type"] == "image/svg+xml"

    def test_a_note_that_is_refused_stays_internal(self, ana: Visitor, opens: Open) -> None:
        assert 'name="internal" value="1" checked' in ana.act(f"/inbox/{opens()}", 422, do="add_message", internal="1")

    def test_a_form_says_what_is_missing(self, app: FastAPI, backend: Backend, opens: Open) -> None:
        ana, path = Visitor(app, backend, ANA, "es"), f"/inbox/{opens()}"
        assert "<li>Mensaje: complete este dato</li>" in ana.act(path, 422, do="move:inform_solution")
        assert "<li>Otro ticket: complete este dato</li>" in ana.act(path, 422, do="link")
        shown = ana.act("/new", 422, do="open")
        assert re.findall(r"<li>(\w+): complete este dato</li>", shown) == ["Asunto", "Mensaje"]
        assert "no es válido (assignee &#39;a b&#39; is not a valid id" in ana.act(
            path, 422, do="assign", assignee="a b"
        )

    @pytest.mark.parametrize("backend", ["embudo", "enate"], indirect=True)
    def test_tickets_are_opened_under_other_presets(self, ana: Visitor, bruno: Visitor, backend: Backend) -> None:
        """A stage must be named, or ids must be easy to say aloud."""
        given = {"do": "open", "subject": "Call", "message": "She called."}
        if 'name="state"' in ana.see("/new"):
            given["state"] = backend.rules().workflow.ways_in[0].target
        assert "Done: New ticket." in ana.act("/new", **given)
        assert 'name="state"' not in bruno.see("/new")

    def test_ids_can_have_any_character(self, ana: Visitor, backend: Backend) -> None:
        name = "2026/1/<b>'?#"
        Desk(SqlStore(backend.engine)).give(commands.Open(name, {"nature": "incident"}, at=datetime.now(UTC), by=ANA))
        (path,) = re.findall('href="(/inbox/[^"]+)"', ana.see("/inbox"))
        assert "Done: Reply." in ana.act(path, do="add_message", message="Hello.")
        assert "&lt;b&gt;" in ana.see(path)

    def test_fields_are_set_and_emptied(self, ana: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        assert ">high</dd>" in ana.act(path, do="set_fields", **{"field.priority": "high", "field.nature": "request"})
        assert ">high</dd>" not in ana.act(path, do="set_fields", **{"field.priority": ""})

    def test_a_ticket_is_opened_for_somebody_else(self, ana: Visitor) -> None:
        given = {"do": "open", "subject": "Call", "message": "She called.", "requester": "carla"}
        shown = ana.act("/new", **given, **{"field.priority": "low"})
        assert "<dd>carla</dd>" in shown
        assert ">low</dd>" in shown
        assert "This was not done:" in ana.act("/new", 422, do="move:close")

    def test_a_fault_is_told_as_a_page(self, ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ticketflow_service.page.routes.inbox", lambda *_: 1 / 0)
        assert "The service has a fault" in ana.see("/inbox", 500)

    def test_a_rating_and_what_is_not_possible(self, ana: Visitor, bruno: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        assert "Not possible now" in ana.see(path)
        ana.act(path, do="move:inform_solution", message="Here it is.")
        assert "Rate" in bruno.see(path)
        assert "Done: Rate." in bruno.act(path, do="rate", score="5")
        assert "Score (5 is the best): fill this in" in bruno.act(path, 422, do="rate")

    @pytest.mark.parametrize("backend", ["posponer"], indirect=True)
    def test_a_snooze_until_an_exact_time_is_in_the_time_of_the_desk(self, ana: Visitor, opens: Open) -> None:
        path = f"/inbox/{opens()}"
        shown = ana.act(path, do="snooze", until="2099-03-02T08:30", choice="tomorrow")
        assert "Mon 2099-03-02 08:30" in shown
        assert "Printer" in ana.see("/inbox?list=hidden")
        assert "Printer" not in ana.see("/inbox")
        assert "This was not done:" in ana.act(path, 422, do="snooze", until="yesterday")


# -- In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium: the machine's, or else the one that Playwright has installed."""
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        with playwright.chromium.launch(executable_path=found, args=["--no-sandbox"]) as chromium:
            yield chromium


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    (socket,) = (each for each in server.servers[0].sockets)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(base_url=address, locale="en-GB", viewport={"width": 1200, "height": 1000}) as context:
        shown = context.new_page()
        problems = list[str]()
        shown.on("pageerror", lambda error: problems.append(str(error)))
        shown.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        yield shown
        assert not [each for each in problems if "status of 4" not in each]


def sign_in(page: Page, backend: Backend, actor: tf.Actor) -> None:
    page.goto("/")
    page.get_by_label("Token").fill(issue_token(backend.engine, actor))
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox")


def is_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_customer_and_an_agent_work_on_a_ticket(page: Page, backend: Backend, opens: Open) -> None:
    """Everything is done with the keyboard, and the picture of the README is taken."""
    opens("VPN is slow", CARLA)
    opens("Printer on fire", text="The printer on the second floor is on fire.")
    sign_in(page, backend, ANA)
    is_accessible(page)
    page.get_by_role("link", name="Printer on fire").press("Enter")
    page.get_by_role("textbox", name="Message").first.fill("Which one?")
    page.get_by_role("button", name="Reply").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Done: Reply.")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_role("article").last).to_contain_text("Which one?")
    page.locator("summary", has_text="Send the solution").press("Enter")
    form = page.locator("details[open] form")
    form.get_by_role("textbox", name="Message").fill("Use the one on the first floor.")
    form.get_by_role("button").press("Enter")
    expect(page.locator("dl.facts")).to_contain_text("customer validation")
    page.locator("summary", has_text="Why? What each rule does").press("Enter")
    expect(page.locator("#why")).to_contain_text("close-unanswered-solution: waits until")
    is_accessible(page)
    page.locator("summary", has_text="Why? What each rule does").press("Enter")
    picture = page.get_by_role("img", name="The history of T-")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") > 400
    page.evaluate("document.activeElement.blur()")
    shot = page.screenshot(full_page=True)
    assert len(shot) > 20_000
    if os.environ.get("SCREENSHOTS"):
        SCREENSHOT.write_bytes(shot)
    assert SCREENSHOT.stat().st_size < 300_000


def test_a_form_is_reached_and_sent_with_the_tab_key(page: Page, backend: Backend, opens: Open) -> None:
    sign_in(page, backend, BRUNO)
    page.goto(f"/inbox/{opens()}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "message":
            break
    page.keyboard.type("It is the red one.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("It is the red one.")
    is_accessible(page)


@pytest.mark.parametrize("backend", ["posponer"], indirect=True)
def test_an_agent_snoozes_in_spanish(page: Page, backend: Backend, opens: Open) -> None:
    opens("Impresora en llamas")
    sign_in(page, backend, ANA)
    page.get_by_role("button", name="Español").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("link", name="Impresora en llamas").press("Enter")
    page.locator("summary", has_text="Posponer").press("Enter")
    page.get_by_role("button", name="Posponer").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Hasta cuándo: complete este dato")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Mañana").check()
    page.get_by_role("button", name="Posponer").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Hecho: Posponer.")
    expect(page.locator("dl.facts")).to_contain_text("09:00")
    is_accessible(page)
    page.goto("/inbox?list=hidden")
    expect(page.get_by_role("link", name="Impresora en llamas")).to_be_visible()


def test_it_fits_a_phone_and_the_dark(page: Page, backend: Backend, opens: Open) -> None:
    ticket = opens("A very long subject " + "that goes on and on " * 5)
    sign_in(page, backend, ANA)
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme="dark")
    for path in ("/inbox", f"/inbox/{ticket}", "/new"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        is_accessible(page)
