"""What the rules of hidden trouble look at (contract C1), gathered from a record: series of readings, wear, incidents, jams, stocks, backups, trainings."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from caixue.events import Event
from caixue.journal import Followed
from caixue.ops.inspection import Inspection
from caixue.ops.inspection_items import How, State
from caixue.ops.inspection_known import Known
from caixue.ops.monitor import NURSE_CLEARS
from caixue.ops.orders import Orders
from caixue.ops.stock import Stock
from caixue.ops.thresholds import THRESHOLDS
from caixue.ops.trend import Sample, Trend, Worse, trend_of
from caixue.ops.trouble import Facts, Jams, Moving, Shelf, Wearing
from caixue.ops.wear import LIVES
from caixue.units import US_PER_DAY

MONTH_US = 30 * US_PER_DAY
LEAST_DAYS = 7  # of a record from which a use per day is told; assumed: docs/assumptions.md A-226
KEPT = 1000  # readings of one series, the latest ones
KINDS = (
    *("inspection.read", "reading.noted", "reading.out-of-limit", "incident.opened", "alarm.raised"),
    *("stock.issued", "stock.returned", "training.opened", "training.passed"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """One reading over time; `restarts`: it begins again when it falls, as wear does with a new part."""

    name: str
    unit: str
    limit: float | None
    worse: Worse
    restarts: bool
    samples: deque[Sample]

    @property
    def trend(self) -> Trend:
        """Its trend."""
        return trend_of(list(self.samples), self.limit, self.worse)


class Evidence:
    """Its state is what its events say; `stock` and `orders` are asked, not kept."""

    def __init__(self, inspection: Inspection, known: Known, stock: Stock, orders: Orders, followed: Followed | None = None) -> None:
        self.inspection = inspection
        self.known = known
        self.stock = stock
        self.orders = orders
        self.series: dict[str, Series] = {}
        gauges = [point for point in inspection.points.values() if point.item.how is How.GAUGE]
        self._names = {f"{point.item.reading}@{point.about}": point.name for point in gauges}  # the monitor's readings that are items
        self._incidents: list[tuple[int, str]] = []
        self._jams: defaultdict[str, list[int]] = defaultdict(list)  # by window
        self._used: list[tuple[int, str, int]] = []
        self._sheets: dict[str, tuple[str, str]] = {}  # training: person and topic
        self._valid: dict[tuple[str, str], date] = {}
        if followed is not None:
            followed.follow(self.hear, KINDS)

    def hear(self, event: Event) -> None:
        """Take one event."""
        data, at_us, subject = event.data, event.at_us, event.subject
        match event.kind:
            case "inspection.read":
                self._read(event)
            case "reading.noted" | "reading.out-of-limit":
                row, name = THRESHOLDS.get(data["reading"]), f"{data['reading']}@{subject}"
                self._sample(self._names.get(name, name), event, row.worse if row else "above")
            case "incident.opened" if not data.get("drill"):
                self._incidents.append((at_us, data["device"] or data["window"]))
            case "alarm.raised" if data["alarm"] in NURSE_CLEARS:
                device = self.inspection.site.devices.get(subject)
                if device is not None and device.window:
                    self._jams[device.window].append(at_us)
            case "stock.issued" | "stock.returned":
                self._used.append((at_us, subject, data["quantity"] if event.kind == "stock.issued" else -data["quantity"]))
            case "training.opened":
                self._sheets[subject] = data["person"], data["topic"]
            case "training.passed" if subject in self._sheets:
                self._valid[self._sheets[subject]] = date.fromisoformat(data["valid_until"])

    def facts(self, now_us: int) -> Facts:
        """What is known now; the month is the last 30 days."""
        today = self.inspection.day(now_us)
        people = {person.name for person in self.inspection.site.people}
        recent = Counter(device for at_us, device in self._incidents if at_us > now_us - MONTH_US)
        return Facts(
            wearing=self._wearing(),
            moving=[
                Moving(one.name, one.unit, one.limit, one.trend)
                for one in self.series.values()
                if one.limit is not None and not one.restarts
            ],
            incidents=recent,
            jams=self._jammed(now_us),
            shelves=self._shelves(now_us, today),
            backups=self._backups(now_us),
            trainings={key: (until - today).days for key, until in self._valid.items() if key[0] in people},
            unknown=self._unknown(),
            findings={one.number: (today - date.fromisoformat(one.until)).days for one in self.inspection.overdue_findings()},
        )

    def _read(self, event: Event) -> None:
        point = self.inspection.points.get(event.data["item"])
        if point is not None and point.item.how is not How.GAUGE:  # that is the monitor's own reading again
            self._sample(point.name, event, point.item.worse, point.item.how is How.WEAR)

    def _sample(self, name: str, event: Event, worse: Worse, restarts: bool = False) -> None:
        value = event.data["value"]
        if value is None:
            return
        known = self.series.get(name)
        samples: deque[Sample] = deque(maxlen=KEPT) if known is None else known.samples
        if restarts and samples and value < samples[-1].value:
            samples.clear()
        samples.append(Sample(event.at_us, value))
        self.series[name] = Series(name, event.data["unit"], event.data["limit"], worse, restarts, samples)

    def _wearing(self) -> list[Wearing]:
        rows = []
        for device in self.inspection.site.devices.values():
            for life in (life for life in LIVES if life.kind == device.kind):
                used = self.known.wear.of_part(device.name, life.part, life.counter)
                if used is not None:
                    rows.append(
                        Wearing(device.name, life.part, used, life.limit, self.known.wear.meters[device.name, life.counter].per_day)
                    )
        return rows

    def _jammed(self, now_us: int) -> list[Jams]:
        """Between the first and the last reading of the tube counter of a window in the month."""
        rows = []
        for device in self.inspection.site.devices.values():
            meter = self.known.wear.meters.get((device.name, "tubes"))
            if device.kind != "tube-dispenser" or not device.window or meter is None:
                continue
            read = [(at_us, run) for at_us, run in meter.history if at_us > now_us - MONTH_US - LEAST_DAYS * US_PER_DAY]
            if len(read) > 1 and read[-1][1] > read[0][1]:
                count = sum(read[0][0] < at_us <= read[-1][0] for at_us in self._jams[device.window])
                rows.append(Jams(device.window, count, read[-1][1] - read[0][1]))
        return rows

    def _shelves(self, now_us: int, today: date) -> list[Shelf]:
        days = min(MONTH_US, now_us) / US_PER_DAY
        if days < LEAST_DAYS:
            return []
        used: Counter[str] = Counter()
        for at_us, item, quantity in self._used:
            if at_us > now_us - MONTH_US:
                used[item] += quantity
        return [
            Shelf(
                name,
                self.stock.usable(name, today),
                item.minimum,
                max(0, used[name]) / days,
                item.lead_time_us / US_PER_DAY,
                self.orders.on_order(name),
            )
            for name, item in self.stock.items.items()
        ]

    def _backups(self, now_us: int) -> Mapping[str, float | None]:
        made = {one.name: self.known.backed_up_us(one.name) for one in self.inspection.site.software if one.folder}
        made["ledger"] = self.known.ledger_backed_up_us
        return {what: None if at_us is None else (now_us - at_us) / US_PER_DAY for what, at_us in made.items()}

    def _unknown(self) -> list[str]:
        """What came to nothing in the last two rounds that were finished, and still belongs to the site."""
        last = [one for one in self.inspection.rounds.values() if one.finished_us is not None][-2:]
        if len(last) < 2:
            return []
        dark = [{name for name, result in one.results.items() if result.state is State.UNKNOWN} for one in last]
        return [name for name in self.inspection.points if name in dark[0] & dark[1]]
