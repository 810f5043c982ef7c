"""The engine of the simple registers, over a small form and over every form there is: what is allowed is noted, what is not leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import caixue.ops.forms
from caixue.clock import SHANGHAI, SystemClock
from caixue.discovery import modules
from caixue.errors import UsageError
from caixue.events import KINDS, Event
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ledger import Ledger, LedgerRecorder, open_ledger
from caixue.ops.sheets import OPENED, Asked, Field, Form, Sheet, Sheets, Step, Type
from caixue.roles import ROLES, allow
from tests.caixue.ops.incident_bench import WallClock

MODULES = {module.__name__.rpartition(".")[2]: module for module in modules(caixue.ops.forms, "caixue.ops.forms")}
FORMS: Mapping[str, Form] = {name: module.FORM for name, module in MODULES.items()}
PEOPLE = {"nurse-1": "nurse", "engineer-1": "engineer", "engineer-2": "engineer", "head-1": "head", "maker-1": "maker", "facilities-1": "hospital"}
RESERVED = {"self", "by", "op", "step", "number", "kind", "subject", "actor", "cause", "class"}  # what the engine and every event call their own
NOW_US = 1_000_000_000_000


def _not_seven(asked: Asked) -> str:
    if asked.values.get("count") == 7:
        return "seven is unlucky"
    return "the opener does not close" if asked.step.name == "closed" and asked.sheet and asked.by == asked.sheet.opened_by else ""


SMALL = Form(
    "slip",
    "条子",
    "slip",
    (
        Step(
            OPENED,
            "开立",
            "opened",
            (
                Field("text", "文字", "text"),
                Field("count", "数", "count", Type.WHOLE, required=False, low=0, high=9),
                Field("share", "比例", "share", Type.NUMBER, required=False, low=0, high=1),
                Field("engineer", "工程师", "engineer", Type.PERSON, required=False, roles=("engineer",)),
                Field("day", "哪天", "day", Type.DATE, required=False),
                Field("at_us", "何时", "when", Type.INSTANT, required=False),
                Field("sort", "种类", "sort", Type.CHOICE, required=False, choices=("a", "b")),
                Field("urgent", "急", "urgent", Type.FLAG, required=False),
                Field("names", "名字", "names", Type.NAMES, required=False),
            ),
        ),
        Step("changed", "改", "changed", (Field("text", "文字", "text", required=False),), (OPENED,), OPENED),
        Step("held", "留", "held", (Field("names", "名字", "names", Type.NAMES),), (OPENED, "held")),
        Step("closed", "关", "closed", (), (OPENED, "held")),
    ),
    _not_seven,
)
EVERY = {"slip": SMALL, **FORMS}

FIT: Mapping[Type, list[Any]] = {
    Type.TEXT: ["0311-12345", "abc", "第 2 张"],
    Type.DATE: [date(2026, 11, 23), "2026-11-30", "2027-01-04"],
    Type.INSTANT: [NOW_US - 60_000_000, NOW_US, NOW_US + 3_600_000_000],
    Type.NUMBER: [0, 1, 0.5, 20, 99.5],
    Type.WHOLE: [0, 1, 7, 20],
    Type.FLAG: [True, False],
    Type.NAMES: [["a", "b"], ("c",), ["incident-0001"]],
    Type.ROWS: [[{"check": "a", "passed": True}], ({"figure": "wait", "passed": False}, {"passed": True})],
}
UNFIT: Mapping[Type, list[Any]] = {
    Type.TEXT: ["  ", 3, ["a"]],
    Type.CHOICE: ["no such word", 3, ["a"]],
    Type.PERSON: ["nobody", 3, ["engineer-1"]],
    Type.DATE: ["2026-02-30", "tomorrow", 3, datetime(2026, 11, 23, tzinfo=SHANGHAI)],
    Type.INSTANT: ["now", 1.5, True],
    Type.NUMBER: [float("nan"), float("inf"), "1", True],
    Type.WHOLE: [1.5, "1", False],
    Type.FLAG: [1, "yes"],
    Type.NAMES: ["a", [""], [3], [" "]],
    Type.ROWS: ["a", ["a"], {"a": 1}],
}


def fitting(field: Field) -> list[Any]:
    """Some values that fit the field."""
    if field.type is Type.CHOICE:
        return list(field.choices)
    if field.type is Type.PERSON:
        return [name for name, role in PEOPLE.items() if not field.roles or role in field.roles]
    if field.type in (Type.NUMBER, Type.WHOLE):
        low, high = (field.low if field.low is not None else 0), (field.high if field.high is not None else 10**6)
        return [value for value in (*FIT[field.type], int(low)) if low <= value <= high]
    return FIT[field.type]


def unfit(field: Field) -> list[Any]:
    """Some values that do not: of another type, out of bounds, a person of another role, and nothing where something is required."""
    bounds = [*([field.low - 1] if field.low is not None else []), *([field.high + 1] if field.high is not None else [])]
    others = [name for name, role in PEOPLE.items() if role not in field.roles] if field.roles else []
    return [*UNFIT[field.type], *bounds, *others, *([None, "", [], ()] if field.required else [])]


def kept(field: Field, value: Any) -> Any:
    """A fitting value as an event holds it."""
    return value.isoformat() if isinstance(value, date) else list(value) if field.type in (Type.NAMES, Type.ROWS) else value


@st.composite
def fillings(draw: st.DrawFn, step: Step) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What somebody says with a step, and what an event would hold of it; None where it does not fit."""
    said = {field.name: draw(st.sampled_from(fitting(field))) for field in step.fields if field.required or draw(st.booleans())}
    right = {field.name: kept(field, said[field.name]) for field in step.fields if field.name in said}
    wrong = draw(st.sampled_from(("", "", "", "", "", "value", "field")))
    if wrong == "field":
        return {**said, "no_such_field": "x"}, None
    if wrong == "value" and step.fields:
        field = draw(st.sampled_from(step.fields))
        return {**said, field.name: draw(st.sampled_from(unfit(field)))}, None
    return said, right


def folded(events: list[Event], form: Form) -> dict[str, Sheet]:
    """The sheets by a fold that is not the engine's."""
    found: dict[str, Sheet] = {}
    for number in dict.fromkeys(event.subject for event in events):
        mine = tuple(event for event in events if event.subject == number)
        values = {key: value for event in mine for key, value in event.data.items()}
        state = next(step.state or step.name for step in form.steps if mine[-1].kind == f"{form.name}.{step.name}")
        found[number] = Sheet(number, state, values, mine[0].at_us, mine[0].actor, mine)
    return found


class Desk(RuleBasedStateMachine):
    """People take steps on sheets of one form, rightly and wrongly."""

    form: Form

    def __init__(self) -> None:
        super().__init__()
        self.clock = WallClock(datetime(2026, 11, 23, 7, tzinfo=SHANGHAI))
        self.clock.advance_to(NOW_US)
        self.journal = MemoryJournal()
        self.sheets = Sheets(self.form, Recorder(self.journal, self.clock), PEOPLE, self.journal)

    @rule(data=st.data(), by=st.sampled_from(sorted(PEOPLE)), after_s=st.sampled_from((0, 1, 600)))
    def act(self, data: st.DataObject, by: str, after_s: int) -> None:
        self.clock.advance_to(self.clock.monotonic_us() + after_s * 1_000_000)
        step = data.draw(st.sampled_from(self.form.steps))
        there = sorted(self.sheets.sheets)
        number = None if step is self.form.steps[0] else data.draw(st.sampled_from((*there, "99999", "x", "9" * 5000))) if there else "1"
        said, right = data.draw(fillings(step))
        allowed = self._allowed(step, number, right, by)
        before = len(self.journal.events)
        try:
            if number is None:
                self.sheets.open(by=by, **said)
            else:
                self.sheets.take(step.name, number.rpartition("-")[2] if data.draw(st.booleans()) else number, by=by, **said)
        except UsageError:
            assert not allowed
            assert len(self.journal.events) == before
            return
        assert allowed
        (event,) = self.journal.events[before:]
        expected = number or f"{self.form.name}-{len(there) + 1:04d}"
        assert (event.kind, event.subject, event.actor, event.data) == (f"{self.form.name}.{step.name}", expected, by, right)

    def _allowed(self, step: Step, number: str | None, right: dict[str, Any] | None, by: str) -> bool:
        if right is None:
            return False
        sheets = folded(self.journal.events, self.form)
        sheet = None if number is None else sheets.get(number)
        if number is not None and (sheet is None or sheet.state not in step.after):
            return False
        return not self.form.objection(Asked(step, sheet, right, by, self.clock.monotonic_us(), sheets, PEOPLE))

    @invariant()
    def the_sheets_are_what_the_journal_says(self) -> None:
        assert self.sheets.sheets == folded(self.journal.events, self.form)

    @invariant()
    def who_reads_the_journal_later_knows_the_same(self) -> None:
        assert Sheets(self.form, self.sheets.recorder, PEOPLE, self.journal).sheets == self.sheets.sheets

    @invariant()
    def numbers_never_repeat(self) -> None:
        opened = [event.subject for event in self.journal.events if event.kind == self.form.kinds[0]]
        assert opened == [f"{self.form.name}-{number:04d}" for number in range(1, len(opened) + 1)]


@pytest.mark.parametrize("form", EVERY.values(), ids=EVERY)
def test_what_is_allowed_is_noted_and_what_is_not_leaves_no_trace(form: Form):
    machine = type(f"DeskOf{form.name}", (Desk,), {"form": form})
    effort = 40 if form is SMALL else 6
    quick = settings(
        max_examples=effort,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),  # twenty steps can be read; making them fewer takes minutes
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)


# On a ledger.


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    place: Path = tmp_path_factory.mktemp("sheets") / "site.ledger.db"
    clock = WallClock(datetime(2026, 11, 23, 7, tzinfo=SHANGHAI))
    with open_ledger(str(place), site="site", people=PEOPLE, clock=clock) as opened:
        clock.advance_to(NOW_US)
        yield opened


def first_sheet(sheets: Sheets, op: str) -> tuple[str, dict[str, Any]]:
    """Open a sheet with whatever words are allowed; gives who opened it and the words."""
    chance, step = Random(sheets.form.name), sheets.form.steps[0]
    for _ in range(2000):
        by = chance.choice(sorted(PEOPLE))
        said = {field.name: chance.choice(fitting(field)) for field in step.fields if field.required or chance.random() < 0.5}
        try:
            allow(sheets.form.kinds[0], by, PEOPLE[by])
            sheets.open(by=by, op=op, **said)
            return by, said
        except UsageError:
            continue
    raise AssertionError(f"nothing opens a sheet of {sheets.form.name}")


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_on_a_ledger_the_same_operation_is_noted_once_and_another_act_under_its_name_is_refused(form: Form, ledger: Ledger):
    sheets = Sheets(form, LedgerRecorder(ledger), PEOPLE, ledger)
    op = f"op-{form.name}"
    by, said = first_sheet(sheets, op)
    noted = ledger.next_seq()
    (again,) = sheets.open(by=by, op=op, **said)
    assert (again.kind, again.subject, ledger.next_seq()) == (form.kinds[0], f"{form.name}-0001", noted)
    others = ((field, value) for field in form.steps[0].fields for value in fitting(field) if kept(field, value) != again.data.get(field.name))
    field, value = next(others)
    with pytest.raises(UsageError, match=op):
        sheets.open(by=by, op=op, **{**said, field.name: value})
    assert ledger.next_seq() == noted
    assert Sheets(form, LedgerRecorder(ledger), PEOPLE, ledger).sheets == sheets.sheets


def test_on_a_ledger_a_step_that_is_sent_twice_is_noted_once(ledger: Ledger):
    sheets = Sheets(FORMS["contact"], LedgerRecorder(ledger), PEOPLE, ledger)
    (opened,) = sheets.open(by="engineer-1", name="甲", role="工程师", telephone="0311-9", what_for="备件")
    for _ in range(3):
        sheets.take("withdrawn", opened.subject, by="engineer-1", op="gone", reason="离职")
    assert [event.kind for event in sheets.named(opened.subject).history] == ["contact.opened", "contact.withdrawn"]
    with pytest.raises(UsageError, match="gone"):
        sheets.take("withdrawn", opened.subject, by="engineer-1", op="gone", reason="别的")


def test_two_programs_on_one_ledger_never_give_one_number_twice(ledger: Ledger):
    here, there = (Sheets(FORMS["conduct"], LedgerRecorder(ledger), PEOPLE) for _ in range(2))
    ledger.follow(here.hear, here.form.kinds)
    ledger.follow(there.hear, there.form.kinds)
    said = {"about": "engineer-1", "matter": "commendation", "what": "好", "day": "2026-11-23", "said_by": "护士长"}
    numbers = [sheets.open(by="head-1", **said)[0].subject for sheets in (here, there, here)]
    assert len(set(numbers)) == 3


# The forms.


def problems(form: Form, kinds: Mapping[str, tuple[str, tuple[str, ...]]]) -> list[str]:
    """What is wrong with a form and with its kinds in the vocabulary."""
    fields = {f"{form.name}.{step.name}": tuple(field.name for field in step.fields) for step in form.steps}
    found = [f"{kind}: not in KINDS" for kind in fields if kind not in kinds]
    found += [f"{kind}: {kinds[kind][1]} in KINDS, {names} on the form" for kind, names in fields.items() if kind in kinds and kinds[kind][1] != names]
    found += [f"{kind}: no step of the form" for kind in kinds if kind.startswith(f"{form.name}.") and kind not in fields]
    states = {step.leads_to for step in form.steps}
    for step in form.steps:
        found += [f"{step.name}: can never be taken" for _ in [0] if step is not form.steps[0] and not states.intersection(step.after)]
        for field in step.fields:
            found += [f"{field.name}: the engine's own word" for _ in [0] if field.name in RESERVED]
            found += [f"{field.name}: choices" for _ in [0] if bool(field.choices) != (field.type is Type.CHOICE)]
            found += [f"{field.name}: ends in _us" for _ in [0] if field.type is Type.INSTANT and not field.name.endswith("_us")]
            found += [f"{field.name}: is no time" for _ in [0] if field.name.endswith("_us") and field.type not in (Type.INSTANT, Type.WHOLE)]
            found += [f"{field.name}: no such role {role}" for role in field.roles if role not in ROLES]
    return found + [f"{form.steps[0].name}: does not open a sheet" for _ in [0] if form.steps[0].after]


@pytest.mark.parametrize("name", FORMS)
def test_a_forms_kinds_stand_in_the_vocabulary_with_exactly_the_fields_of_its_steps(name: str):
    assert problems(FORMS[name], KINDS) == []
    assert FORMS[name].name == name, "a form is called like its module"


CONTACT = FORMS["contact"]
PLANTED = {
    "a step that no kind is for": (replace(CONTACT, steps=(*CONTACT.steps, Step("burnt", "烧", "burnt", (), (OPENED,)))), KINDS),
    "a kind that no step is for": (CONTACT, {**KINDS, "contact.burnt": ("sheet", ())}),
    "a key that no field is for": (CONTACT, {**KINDS, "contact.withdrawn": ("sheet", ("reason", "more"))}),
    "a field that no key is for": (CONTACT, {**KINDS, "contact.withdrawn": ("sheet", ())}),
    "a form that the vocabulary does not know": (SMALL, KINDS),
    "a field called like a part of every event": (
        replace(SMALL, steps=(Step(OPENED, "开", "opened", (Field("kind", "种", "kind"),)),)),
        {"slip.opened": ("sheet", ("kind",))},
    ),
    "a step after a state that never is": (
        replace(SMALL, steps=(Step(OPENED, "开", "opened"), Step("closed", "关", "closed", (), ("held",)))),
        {"slip.opened": ("sheet", ()), "slip.closed": ("sheet", ())},
    ),
}


@pytest.mark.parametrize(("form", "kinds"), PLANTED.values(), ids=PLANTED)
def test_a_planted_mistake_between_form_and_vocabulary_is_caught(form: Form, kinds: Mapping[str, tuple[str, tuple[str, ...]]]):
    assert len(problems(form, kinds)) >= 1


def test_every_form_there_is_was_found():
    files = {path.stem for path in Path(caixue.ops.forms.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(FORMS) == files >= {"contact", "attendance", "handover", "conduct", "export", "exception"}


# Small promises.


@pytest.fixture
def slips() -> Sheets:
    journal = MemoryJournal()
    return Sheets(SMALL, Recorder(journal, SystemClock()), PEOPLE, journal)


def test_check_says_what_take_would_say_and_notes_nothing(slips: Sheets):
    slips.open(by="nurse-1", text="a")
    with pytest.raises(UsageError, match="does not close"):
        slips.check("closed", "1", by="nurse-1")
    slips.check("closed", "1", by="head-1")
    assert slips.named("1").state == OPENED


@pytest.mark.parametrize("number", ["2", "0", "slip-1", "", "9" * 5000, "²", "incident-0001"])
def test_a_number_that_no_sheet_has_is_refused(slips: Sheets, number: str):
    slips.open(by="nurse-1", text="a")
    with pytest.raises(UsageError):
        slips.named(number)


def test_a_number_may_be_written_short_or_whole(slips: Sheets):
    slips.open(by="nurse-1", text="a")
    assert slips.named("1") is slips.named("0001") is slips.named("slip-0001")


def test_after_the_9999th_sheet_comes_the_10000th(slips: Sheets):
    slips.hear(Event(0, 0, "slip.opened", "slip-9999", "nurse-1", None, {"text": "a"}))
    assert slips._next_number() == "slip-10000"


def test_the_refusal_names_the_field_in_the_users_language(slips: Sheets):
    with pytest.raises(UsageError, match="文字"):
        slips.open(by="nurse-1")
    with pytest.raises(UsageError, match="engineer-1"):
        slips.open(by="nurse-1", text="a", engineer="enginer-1")


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in SMALL.steps[0].fields for value in unfit(field)])
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_noted(slips: Sheets, field: Field, value: Any):
    with pytest.raises(UsageError):
        slips.open(by="nurse-1", **{"text": "a", field.name: value})
    assert slips.sheets == {} and slips.recorder.journal.next_seq() == 0


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in SMALL.steps[0].fields for value in fitting(field) if value != 7])
def test_a_value_that_fits_is_kept_as_an_event_holds_it(slips: Sheets, field: Field, value: Any):
    (event,) = slips.open(by="nurse-1", **{"text": "a", field.name: value})
    assert event.data[field.name] == kept(field, value)


def test_an_event_that_was_heard_before_changes_nothing(slips: Sheets):
    (event,) = slips.open(by="nurse-1", text="a")
    before = dict(slips.sheets)
    slips.hear(event)
    assert slips.sheets == before


def test_who_took_a_step_and_when_is_the_last_word(slips: Sheets):
    slips.open(by="nurse-1", text="a")
    slips.take("held", "1", by="nurse-1", names=["x"])
    (second,) = slips.take("held", "1", by="head-1", names=["y"])
    sheet = slips.named("1")
    assert (sheet.by("held"), sheet.when_us("held"), sheet.by("closed"), sheet.when_us("closed")) == ("head-1", second.at_us, "", None)
