"""From a table of steps to a sequence for one site: each step after everything that it needs, otherwise as the table has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain, islice

from caixue.errors import UsageError
from caixue.events import Event
from caixue.lang import tr
from caixue.ops.runs import DONE, FAILED, RESULTS
from caixue.ops.steps import Procedure, StepRow
from caixue.site import DeviceSpec, Site
from caixue.units import nearest


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One row of the table at one place; `window` is empty for what all windows share."""

    name: str  # such as host-ready@window-1.collection-host
    row: StepRow
    window: str
    devices: tuple[str, ...]
    needs: tuple[str, ...] = ()  # names of steps that must be done before
    after: tuple[str, ...] = ()  # names of steps that must have been tried before


def plan(site: Site, procedure: Procedure, windows: Collection[str] = ()) -> tuple[PlannedStep, ...]:
    """The steps of `procedure` for the devices of `site`, in order; for `windows` alone if any are named, without what is shared.

    A row that no device needs passes what it needs on to those that name it. Raises UsageError for an unknown window and for
    a table that names unknown rows, a row twice, or rows in a circle.
    """
    rows = rows_in_order(procedure)
    _check_windows(site, windows)
    placed = {row.name: list(_places(site, row, windows)) for row in rows}
    by_name = {row.name: row for row in rows}

    def found(name: str, step: PlannedStep) -> list[str]:
        meant = _meant(step, placed[name])
        return meant or [each for need in by_name[name].needs for each in found(need, step)]

    def joined(step: PlannedStep) -> PlannedStep:
        needs, after = (
            tuple(dict.fromkeys(chain.from_iterable(found(name, step) for name in names))) for names in (step.row.needs, step.row.after)
        )
        return PlannedStep(step.name, step.row, step.window, step.devices, needs, after)

    return tuple(joined(step) for row in rows for step in placed[row.name])


def rows_in_order(procedure: Procedure) -> list[StepRow]:
    """Each row after those that it names, otherwise as in the table. Raises UsageError like `plan`."""
    left, ordered, done = list(procedure.rows), [], set[str]()
    names = [row.name for row in left]
    for name in chain(names, *(row.needs + row.after for row in left)):
        if names.count(name) != 1:
            raise UsageError(tr(f"{procedure.zh}表里 {name!r} 应有且仅有一行", f"{procedure.en}: {name!r} must be one row"))
    while left:
        row = next((row for row in left if done.issuperset(row.needs + row.after)), None)
        if row is None:
            circle = ", ".join(row.name for row in left)
            raise UsageError(tr(f"{procedure.zh}表里的先后成了圈：{circle}", f"{procedure.en}: a circle among {circle}"))
        left.remove(row)
        ordered.append(row)
        done.add(row.name)
    return ordered


def remaining(steps: Iterable[PlannedStep], done: Collection[str]) -> tuple[PlannedStep, ...]:
    """The steps that are not in `done`, in their order."""
    return tuple(step for step in steps if step.name not in done)


def out_of_order(steps: Iterable[PlannedStep], events: Iterable[Event]) -> list[str]:
    """What the events of one run did too early: before a step that it needs was done, or one that goes before it was tried."""
    by_name, results, wrong = {step.name: step for step in steps}, dict[str, str](), list[str]()
    for event in events:
        if event.kind != "sequence.step":
            continue
        step, result = by_name[event.data["step"]], event.data["result"]
        if result in (DONE, FAILED):
            wrong += [f"{step.name} before {need} was done" for need in step.needs if results.get(need) != DONE]
            wrong += [f"{step.name} before {other} was tried" for other in step.after if other not in results]
        if result in RESULTS:
            results[step.name] = result
    return wrong


def _check_windows(site: Site, windows: Collection[str]) -> None:
    known = _window_names(site)
    for window in windows:
        if window not in known:
            raise UsageError(tr(f"现场没有窗口 {window!r}", f"the site has no window {window!r}") + nearest(window, known))


def _window_names(site: Site) -> tuple[str, ...]:
    """Every window, and the manual station where devices stand there."""
    return tuple(dict.fromkeys(chain((window.name for window in site.windows), (spec.window for spec in site.devices.values() if spec.window))))


def _places(site: Site, row: StepRow, windows: Collection[str]) -> Iterator[PlannedStep]:
    """Where the row applies: the room, each such device, or each window that has all of them."""
    wanted = [spec for spec in site.devices.values() if not windows or spec.window in windows]
    if not row.kinds:
        if not windows:
            yield PlannedStep(row.name, row, "", ())
    elif len(row.kinds) == 1:
        for spec in _of_kind(wanted, row.kinds[0]):
            yield PlannedStep(f"{row.name}@{spec.name}", row, spec.window, (spec.name,))
    else:
        for window in _window_names(site):
            here = [spec for spec in wanted if spec.window == window]
            devices = tuple(spec.name for kind in row.kinds for spec in islice(_of_kind(here, kind), 1))
            if len(devices) == len(row.kinds):
                yield PlannedStep(f"{row.name}@{window}", row, window, devices)


def _of_kind(specs: Iterable[DeviceSpec], kind: str) -> Iterator[DeviceSpec]:
    return (spec for spec in specs if fnmatchcase(spec.kind, kind))


def _meant(step: PlannedStep, others: Sequence[PlannedStep]) -> list[str]:
    """Which steps of a row `step` means when it names the row: those of its own devices, else of its window, else what is shared.

    What is shared means those of all windows.
    """
    near = [other.name for other in others if set(other.devices) & set(step.devices)]
    near = near or [other.name for other in others if step.window and other.window == step.window]
    return near or [other.name for other in others if not (step.window and other.window)]

