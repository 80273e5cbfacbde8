"""The HTTP door: what it answers, to whom, and what it refuses."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from support import free_port, readme_script
from ticketflow_service.databases import open_engine
from ticketflow_service.desk import Desk
from ticketflow_service.http import routes
from ticketflow_service.http.app import MOST_BYTES, make_app
from ticketflow_service.http.backend import Backend
from ticketflow_service.storage import SqlStore
from ticketflow_service.tokens import issue_token, revoke_token

import ticketflow as tf
from ticketflow import commands, plot, presets
from ticketflow.errors import BadValueError, ConflictError, UnknownHolidaysError

ANA, BEA, BRUNO, CARLA = (
    tf.Actor("agent", "ana"),
    tf.Actor("agent", "bea"),
    tf.Actor("customer", "bruno"),
    tf.Actor("customer", "carla"),
)


class Caller:
    """An actor with a token."""

    def __init__(self, app: FastAPI, engine: Engine, actor: tf.Actor) -> None:
        self.token = issue_token(engine, actor)
        self.client = TestClient(app, headers={"Authorization": f"Bearer {self.token}"}, raise_server_exceptions=False)

    def get(self, path: str, status: int = 200) -> Any:  # noqa: ANN401 -- JSON
        return checked(self.client.get(path), status)

    def post(self, path: str, status: int, body: object, key: str | None = None) -> Any:  # noqa: ANN401 -- JSON
        return checked(self.client.post(path, json=body, headers={"Idempotency-Key": key} if key else {}), status)

    def open(self, **more: object) -> str:
        """Open a ticket and return its path."""
        message = {"subject": "Printer", "text": "It is on fire."}
        fields = {"nature": "incident"}
        answer = self.post("/tickets", 201, {"do": "open", "message": message, "fields": fields, **more})
        return f"/tickets/{answer['ticket']['ticket']}"


def checked(answer: Response, status: int) -> Any:  # noqa: ANN401 -- JSON
    assert answer.status_code == status, answer.text
    kind = answer.headers["content-type"]
    assert kind == ("application/problem+json" if status >= 400 else "application/json")
    found = answer.json()
    assert status < 400 or found["status"] == status
    return found


@pytest.fixture
def app(store: SqlStore) -> FastAPI:
    store.put_in_force(presets.senior())
    return make_app(Backend(store.engine, store.queue))


@pytest.fixture
def ana(app: FastAPI, engine: Engine) -> Caller:
    return Caller(app, engine, ANA)


@pytest.fixture
def bruno(app: FastAPI, engine: Engine) -> Caller:
    return Caller(app, engine, BRUNO)


@pytest.fixture
def carla(app: FastAPI, engine: Engine) -> Caller:
    return Caller(app, engine, CARLA)


class TestTickets:
    def test_a_ticket_is_opened_and_worked_on(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        note = {"do": "add_message", "message": {"public": False, "text": "He is angry."}}
        ana.post(f"{path}/commands", 200, note)
        asked = {"do": "move", "transition": "ask_for_information", "message": {"text": "Which printer?"}}
        answer = ana.post(f"{path}/commands", 200, asked | {"expected_version": 2})
        assert answer["ticket"]["state"] == "waiting_for_customer"
        assert answer["ticket"]["requester"] == "bruno"
        assert ana.get(path) == answer["ticket"]
        texts = [each["text"] for each in ana.get(f"{path}/messages")]
        assert texts == ["It is on fire.", "He is angry.", "Which printer?"]
        assert [each["text"] for each in ana.get(f"{path}/messages?after=1&limit=1")] == ["He is angry."]
        assert [each["text"] for each in bruno.get(f"{path}/messages")] == ["It is on fire.", "Which printer?"]

    def test_questions_are_answered_as_the_library_does(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        options = {each["transition"] or each["command"]: each for each in ana.get(f"{path}/available")}
        assert options["inform_solution"]["needs"] == ["message"]
        assert options["inform_solution"]["target"] == "customer_validation"
        assert [each["kind"] for each in options["follow_up"]["reasons"]] == ["guard"]
        explained = {each["explanation"]["rule"]: each for each in ana.get(f"{path}/explain?language=es")}
        assert explained["analysis-on-assignment"]["explanation"]["verdict"] == "awaits_event"
        assert explained["analysis-on-assignment"]["text"] == "analysis-on-assignment: espera su evento"
        assert ana.get(f"{path}/timeline?language=es&limit=1") == ["  hasta aquí: Nuevo; nada más ocurrirá por sí solo"]
        [entry] = ana.get(f"{path}/history")
        assert entry["format"] == "entry/1"
        assert ana.get(f"{path}/history?after=0") == []
        picture = ana.client.get(f"{path}/picture?language=es")
        assert picture.headers["content-type"] == "image/svg+xml"
        assert "<svg" in picture.text

    def test_a_closed_ticket_is_followed_up(self, store: SqlStore, bruno: Caller) -> None:
        desk, past = Desk(store), datetime.now(UTC) - timedelta(days=60)
        desk.give(commands.Open("T-1", {"nature": "incident"}, tf.Message("m-1"), requester="bruno", at=past, by=ANA))
        desk.give(commands.Move("ask_for_information", tf.Message("m-2"), at=past, by=ANA), "T-1")  # nobody answers
        assert bruno.get("/tickets/T-1")["category"] == "closed"
        again = {"do": "follow_up", "message": {"text": "It burns again."}}
        opened = bruno.post("/tickets/T-1/commands", 200, again, key="again")["opened"]
        assert bruno.get(f"/tickets/{opened}")["follows"] == "T-1"
        assert bruno.post("/tickets/T-1/commands", 200, again, key="again")["opened"] == opened

    def test_ids_can_have_any_character(self, store: SqlStore, ana: Caller) -> None:
        name = "2026/00123@desk?#%41"
        Desk(store).give(commands.Open(name, {"nature": "incident"}, at=datetime.now(UTC), by=ANA))
        path = f"/tickets/{quote(name, safe='')}"
        assert ana.get(path)["ticket"] == name
        ana.post(f"{path}/commands", 200, {"do": "assign", "assignee": "ana"})

    def test_lists_have_pages(self, ana: Caller, bruno: Caller, carla: Caller) -> None:
        paths = sorted([bruno.open(), bruno.open(), carla.open()])
        first = ana.get("/tickets?limit=2")
        rest = ana.get(f"/tickets?limit=2&after={first['after']}")
        assert [f"/tickets/{each['ticket']}" for each in first["tickets"] + rest["tickets"]] == paths
        assert rest["after"] is None
        assert len(ana.get("/tickets?requester=bruno&state=new&category=open")["tickets"]) == 2
        assert ana.get("/tickets?assignee=bea")["tickets"] == []
        for wrong in ("limit=0", "limit=201", "colour=red", "requester=%00", "category=odd"):
            assert ana.get(f"/tickets?{wrong}", 422)["errors"]


class TestWhoSeesWhat:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_nobody_gets_in_without_a_valid_token(self, app: FastAPI, engine: Engine, ana: Caller) -> None:
        name, _, secret = ana.token.partition(".")
        for wrong in ("", "Bearer", f"Bearer {name}", f"Bearer {name}.{secret[::-1]}", f"Basic {ana.token}"):
            client = TestClient(app, headers={"Authorization": wrong})
            for path in ("/tickets", "/tickets/T-1/picture"):
                answer = client.get(path)
                assert checked(answer, 401)["title"] == "not authenticated"
                assert answer.headers["www-authenticate"] == "Bearer"
        assert revoke_token(engine, name)
        assert not revoke_token(engine, name)
        ana.get("/tickets", 401)

    def test_the_database_has_no_secrets(self, engine: Engine, ana: Caller) -> None:
        with engine.connect() as connection:
            [row] = connection.execute(text("SELECT * FROM tokens")).mappings()
        assert ana.token.partition(".")[2] not in str(row)
        with pytest.raises(BadValueError, match="the system cannot have a token"):
            issue_token(engine, tf.Actor("system", "ticketflow"))

    def test_a_token_has_the_groups_of_its_actor(self, app: FastAPI, engine: Engine) -> None:
        consultant = Caller(app, engine, tf.Actor("agent", "ada", groups={"consultant", "night"}))
        path = consultant.open(requester="bruno")
        [entry] = consultant.get(f"{path}/history")
        assert entry["actor"] == {"role": "agent", "id": "ada", "groups": ["consultant", "night"]}

    def test_somebody_elses_ticket_is_not_found(self, ana: Caller, bruno: Caller, carla: Caller) -> None:
        path = bruno.open()
        missing = carla.get("/tickets/T-0", 404)
        for more in ("", "/available", "/explain", "/timeline", "/history", "/messages", "/picture"):
            found = carla.get(f"{path}{more}", 404)
            name = path.removeprefix("/tickets/")
            assert found == missing | {"detail": f"there is no ticket '{name}'"}
        carla.post(f"{path}/commands", 404, {"do": "add_message", "message": {"text": "?"}})
        assert carla.get("/tickets")["tickets"] == carla.get("/tickets?requester=bruno")["tickets"] == []
        assert len(ana.get("/tickets")["tickets"]) == 1

    def test_a_third_party_sees_what_is_assigned_to_it(
        self, app: FastAPI, engine: Engine, ana: Caller, bruno: Caller
    ) -> None:
        path, maker = bruno.open(), Caller(app, engine, tf.Actor("third_party", "maker"))
        maker.get(path, 404)
        ana.post(f"{path}/commands", 200, {"do": "assign", "assignee": "maker"})
        maker.get(path)
        assert len(maker.get("/tickets")["tickets"]) == 1

    def test_customers_are_told_nothing_internal(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        for more in ("/explain", "/timeline", "/history", "/picture"):
            bruno.get(f"{path}{more}", 403)
        note = {"do": "add_message", "message": {"public": False, "text": "He is angry."}}
        ana.post(f"{path}/commands", 200, note)
        stale = {"do": "add_message", "message": {"text": "Hello?"}, "expected_version": 1}
        what = "version 1 is expected but the ticket has version 2"
        assert bruno.post(f"{path}/commands", 409, stale)["detail"] == what
        assert ana.post(f"{path}/commands", 409, stale)["detail"] == f"{what}; in between: MessageAdded"

    def test_nobody_acts_as_another(self, bruno: Caller, ana: Caller) -> None:
        path, hello = bruno.open(), {"do": "add_message", "message": {"text": "Hello"}}
        by = {"role": "agent", "id": "ana"}
        given = {"by": by, "at": "2020-01-01T00:00:00Z", "event_id": "e-1", "message": {"id": "m-1"}}
        found = bruno.post(f"{path}/commands", 422, hello | given)
        assert [each["pointer"] for each in found["errors"]] == ["/at", "/by", "/event_id", "/message/id"]
        assert bruno.post("/tickets", 403, {"do": "open", "requester": "carla"})["reasons"][0]["kind"] == "not_allowed"
        assert ana.get(path)["version"] == 1


class TestRefusals:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_a_refusal_has_every_reason(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        found = bruno.post(f"{path}/commands", 403, {"do": "move", "transition": "close"})
        assert found["type"] == "/problems#refused"
        assert [each["kind"] for each in found["reasons"]] == ["no_such_transition", "not_allowed"]
        found = ana.post(f"{path}/commands", 422, {"do": "move", "transition": "inform_solution"})
        assert [each["lacks"] for each in found["reasons"]] == [["message"]]
        assert ana.get("/problems")["refused"]

    def test_an_unseen_change_is_a_conflict(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        late = {"do": "assign", "assignee": "ana", "expected_version": 7}
        found = ana.post(f"{path}/commands", 409, late)
        assert (found["type"], found["version"]) == ("/problems#stale", 1)
        ana.post(f"{path}/commands", 200, late | {"expected_version": found["version"]})

    def test_a_ticket_that_changes_all_the_time_is_a_conflict(
        self, ana: Caller, bruno: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = bruno.open()

        def commit(*_: object) -> None:
            raise ConflictError(path.removeprefix("/tickets/"), 1)

        with monkeypatch.context() as patched:
            patched.setattr(SqlStore, "commit", commit)
            found = ana.post(f"{path}/commands", 409, {"do": "assign", "assignee": "ana"}, key="k")
        assert (found["type"], found["version"]) == ("/problems#conflict", 1)
        ana.post(f"{path}/commands", 200, {"do": "assign", "assignee": "ana"}, key="k")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"do": "assign", "assignee": 4}, "/assignee"),
            ({"do": "assign"}, "/assignee"),
            ({"do": "fly"}, "/do"),
            ({}, "/do"),
            ({"do": "assign", "assignee": "ana", "colour": "red"}, "/colour"),
            ({"do": "add_message", "message": {"text": 4}}, "/message/text"),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_wrong_body_is_refused_with_its_place(
        self, ana: Caller, bruno: Caller, body: object, pointer: str
    ) -> None:
        found = ana.post(f"{bruno.open()}/commands", 422, body)
        assert (found["type"], found["errors"][0]["pointer"]) == ("/problems#bad-request", pointer)

    def test_what_is_no_json_is_refused(self, ana: Caller, bruno: Caller) -> None:
        path = f"{bruno.open()}/commands"
        for wrong in (
            b"",
            b"{",
            b'{"do": "fly\\ud800"}',
            b"\xff",
            b'{"a": NaN}',
            b"[" * 60_000,
            b"1" * 60_000,
            b'{"do": 1e999}',
        ):
            answer = ana.client.post(path, content=wrong, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), answer.text
            assert checked(answer, answer.status_code)["title"]
        assert ana.client.post(path, content=b"do=assign").status_code == 422
        assert ana.client.delete("/tickets").status_code == 405
        ana.get("/nothing", 404)

    def test_an_opening_belongs_to_the_list_and_nothing_else_does(self, ana: Caller, bruno: Caller) -> None:
        ana.post(f"{bruno.open()}/commands", 422, {"do": "open"})
        ana.post("/tickets", 422, {"do": "assign", "assignee": "ana"})

    def test_texts_can_have_zero_bytes(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open(message={"subject": "a\0b", "text": "\0"})
        [message] = ana.get(f"{path}/messages")
        assert (message["subject"], message["text"]) == ("a\N{REPLACEMENT CHARACTER}b", "\N{REPLACEMENT CHARACTER}")


class TestIdempotency:
    def test_a_repeated_request_has_the_same_answer(self, ana: Caller, bruno: Caller, engine: Engine) -> None:
        opening = {"do": "open", "message": {"text": "Hello"}, "fields": {"nature": "request"}}
        first = bruno.post("/tickets", 201, opening, key="k-1")
        path = f"/tickets/{first['ticket']['ticket']}"
        assign = {"do": "assign", "assignee": "ana"}
        answer = ana.post(f"{path}/commands", 200, assign, key='"k-1"')
        ana.post(f"{path}/commands", 200, {"do": "add_message", "message": {"text": "Hello"}})
        assert bruno.post("/tickets", 201, opening, key="k-1") == first
        assert ana.post(f"{path}/commands", 200, assign, key="k-1") == answer
        ids = [each["cause"]["by_command"]["event_id"] for each in ana.get(f"{path}/history")[:2]]
        assert [name.partition("@")[0] for name in ids] == ["k-1", "k-1"]
        with engine.begin() as connection:  # as if the service was killed before it kept the answers
            connection.execute(text("DELETE FROM requests"))
        again = bruno.post("/tickets", 201, opening, key="k-1")
        assert again["ticket"]["ticket"] == first["ticket"]["ticket"]
        ana.post(f"{path}/commands", 200, assign, key="k-1")
        assert ana.get(path)["version"] == 4  # the assignment began the analysis

    def test_a_refusal_is_repeated_too(self, ana: Caller, bruno: Caller) -> None:
        path = bruno.open()
        assign = {"do": "assign", "assignee": "ana", "expected_version": 2}
        first = ana.post(f"{path}/commands", 409, assign, key="k-1")
        ana.post(f"{path}/commands", 200, {"do": "add_message", "message": {"text": "Hello"}})
        assert ana.post(f"{path}/commands", 409, assign, key="k-1") == first
        ana.post(f"{path}/commands", 200, assign, key="k-2")

    def test_a_key_belongs_to_one_request_of_one_sender(self, ana: Caller, bruno: Caller) -> None:
        path, hello = bruno.open(), {"do": "add_message", "message": {"text": "Hello"}}
        ana.post(f"{path}/commands", 200, hello, key="k-1")
        other = {"do": "add_message", "message": {"text": "Bye"}}
        assert ana.post(f"{path}/commands", 422, other, key="k-1")["type"] == "/problems#key-was-used"
        assert ana.post(f"{bruno.open()}/commands", 422, hello, key="k-1")["type"] == "/problems#key-was-used"
        bruno.post(f"{path}/commands", 200, other, key="k-1")
        assert [each["text"] for each in ana.get(f"{path}/messages")][1:] == ["Hello", "Bye"]
        for wrong in ("", " ", "a@b", "x" * 65):
            answer = ana.client.post(f"{path}/commands", json=hello, headers={"Idempotency-Key": wrong})
            assert answer.status_code == 422


class TestLimits:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.mark.parametrize(
        ("announced", "read"), [([(b"content-length", b"65537")], 0), ([], MOST_BYTES // 1024 + 1)]
    )
    def test_a_large_body_is_refused_before_it_is_read(
        self, app: FastAPI, ana: Caller, announced: list[tuple[bytes, bytes]], read: int
    ) -> None:
        taken, sent = count(), list[Any]()

        async def receive() -> Any:  # noqa: ANN401 -- a message of ASGI
            next(taken)
            return {"type": "http.request", "body": b" " * 1024, "more_body": True}

        async def send(message: Any) -> None:  # noqa: ANN401 -- likewise
            sent.append(message)

        headers = [
            (b"authorization", f"Bearer {ana.token}".encode()),
            (b"content-type", b"application/json"),
            *announced,
        ]
        where = {"path": "/tickets", "raw_path": b"/tickets", "query_string": b"", "root_path": ""}
        scope = {"type": "http", "method": "POST", "scheme": "http", "http_version": "1.1", "headers": headers, **where}
        asyncio.run(app(scope, receive, send))
        assert sent[0]["status"] == 413
        assert json.loads(sent[1]["body"])["type"] == "/problems#too-large"
        assert next(taken) == read

    def test_a_ticket_far_behind_is_not_carried_out_at_once(self, store: SqlStore, ana: Caller) -> None:
        daily = tf.After(tf.Elapsed(timedelta(days=1)), tf.Created(), every=tf.Elapsed(timedelta(days=1)))
        reminder = tf.Automation("daily", daily, (tf.actions.SendMessage("still-open"),))
        rules = presets.senior()
        rules = attrs.evolve(rules, automations=(*rules.automations, reminder), occurrences_per_call=3)
        store.put_in_force(rules)
        opening = commands.Open("T-1", {"nature": "incident"}, at=datetime.now(UTC) - timedelta(days=9), by=ANA)
        store.commit(tf.transact(None, opening, rules))
        assert ana.get("/tickets/T-1")["version"] == 4
        assert ana.post("/tickets/T-1/commands", 200, {"do": "assign", "assignee": "ana"})["ticket"]["version"] > 9

    def test_what_needs_unknown_holidays_is_a_problem(
        self, ana: Caller, bruno: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def plot_ticket(*_: object, **__: object) -> None:
            raise UnknownHolidaysError("CL", 2000, 2030, 2031)

        monkeypatch.setattr(plot, "plot_ticket", plot_ticket)
        assert "public holidays of CL" in ana.get(f"{bruno.open()}/picture", 422)["detail"]

    def test_a_long_ticket_is_not_drawn(self, ana: Caller, bruno: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        path = bruno.open()
        with monkeypatch.context() as patched:
            patched.setattr(routes, "MOST_ENTRIES", 0)
            ana.get(f"{path}/picture", 422)
        with monkeypatch.context() as patched:
            patched.setattr(routes, "DRAWING_WAITS", 0.0)
            with routes.drawing:
                ana.get(f"{path}/picture", 503)
        assert ana.client.get(f"{path}/picture").status_code == 200

    def test_answers_are_not_stored_and_not_guessed_at(self, ana: Caller) -> None:
        headers = ana.client.get("/tickets").headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


class TestFaults:
    @pytest.fixture
    def url(self, sqlite_url: str) -> str:
        return sqlite_url

    def test_no_database_is_there(self) -> None:
        app = make_app(Backend(open_engine("postgresql://nobody@127.0.0.1:1/desk")))
        headers = {"Authorization": f"Bearer {'0' * 16}.{'a' * 43}"}
        answer = TestClient(app, headers=headers).get("/tickets")
        assert checked(answer, 503)["detail"] == "the database does not answer; send the request again"
        assert answer.headers["retry-after"] == "2"

    def test_a_database_that_is_down_is_said_to_be(
        self, ana: Caller, bruno: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = bruno.open()

        def load(*_: object) -> None:
            raise OperationalError("SELECT secret", {}, Exception("the server closed the connection"))

        monkeypatch.setattr(SqlStore, "load", load)
        answer = ana.client.get(path)
        found = checked(answer, 503)
        assert found["type"] == "/problems#unavailable"
        assert answer.headers["retry-after"] == "2"
        assert "secret" not in answer.text

    def test_no_answer_has_a_stack_trace(self, ana: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        def rows(*_: object) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr(SqlStore, "rows", rows)
        answer = ana.client.get("/tickets")
        assert checked(answer, 500)["title"] == "internal error"
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text

    def test_without_rules_the_service_is_unavailable(self, engine: Engine) -> None:
        ana = Caller(make_app(Backend(engine)), engine, ANA)
        found = ana.post("/tickets", 503, {"do": "open"})
        assert found["detail"] == "no rules are in force; put a rule set in force with the command 'rules'"


class TestOpenApi:
    @pytest.fixture
    def url(self, postgres_url: str) -> str:  # it refuses more than SQLite does
        return postgres_url

    @pytest.mark.parametrize("mode", GenerationMode)
    def test_the_document_is_kept(self, app: FastAPI, engine: Engine, mode: GenerationMode) -> None:
        name = Caller(app, engine, BRUNO).open().removeprefix("/tickets/")
        headers = {"Authorization": f"Bearer {issue_token(engine, ANA)}"}
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        assert len(operations) == 11
        for operation in operations:
            if mode is GenerationMode.NEGATIVE and operation.path == "/problems":
                continue  # no request is wrong there

            @settings(
                max_examples=30 if operation.method == "post" else 8,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def check(case: schemathesis.Case[Any]) -> None:
                if mode is GenerationMode.POSITIVE and case.path_parameters:
                    case.path_parameters["ticket"] = name
                case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

            check()


def test_the_commands_of_the_readme_work(tmp_path: Path) -> None:
    rest = readme_script("HTTP", tmp_path, {"8000": str(free_port())}, until="curl -sf localhost:8000/openapi.json")
    answers, rest = [], rest[rest.index("{") :]
    while rest:
        answer, end = json.JSONDecoder().raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].strip()
    assigned, refused, lines = answers
    assert assigned["ticket"]["state"] == "in_analysis"
    assert (refused["status"], refused["version"]) == (409, 3)
    assert lines[-1].startswith("  so far: in analysis")
