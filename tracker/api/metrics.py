"""The numbers of the reminder engine for Prometheus; no label names a person, a clinic or a message."""

from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from tracker.delivery.operations import EngineFigures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def write_metrics(figures: EngineFigures, now: datetime) -> bytes:
    """Return what was seen as the text that Prometheus reads; a worker's counters begin anew when it does."""
    registry = CollectorRegistry()
    registry.register(_Seen(figures, now))
    return generate_latest(registry)


class _Seen(Collector):
    def __init__(self, figures: EngineFigures, now: datetime) -> None:
        self._figures, self._now = figures, now

    def collect(self) -> Iterator[Metric]:
        yield from self._of_database()
        yield self._ticks()
        yield self._counter("tracker_hand_overs", "Hand-overs by what came of them", ("channel", "outcome"))
        yield self._counter("tracker_messages_ended", "Messages that came to their end", ("state",))
        yield self._delays()

    def _of_database(self) -> Iterator[Metric]:
        due = GaugeMetricFamily("tracker_messages_due", "Messages that wait to leave now", labels=["purpose"])
        for purpose, rows in self._figures.due.items():
            due.add_metric([purpose], rows)
        yield due
        waiting = GaugeMetricFamily(
            "tracker_messages_waiting",
            "Messages that wait until a clinic is resumed, or for a worker outside",
            labels=["waits_for"],
        )
        for waits_for, rows in self._figures.waiting.items():
            waiting.add_metric([waits_for], rows)
        yield waiting
        oldest = GaugeMetricFamily(
            "tracker_oldest_overdue_seconds", "For how long the oldest of them has waited"
        )
        oldest.add_metric([], self._figures.oldest_overdue_seconds)
        yield oldest
        paused = GaugeMetricFamily("tracker_sending_paused", "Pauses by an operator", labels=["scope"])
        for scope in ("all", "clinic", "channel"):
            paused.add_metric([scope], sum(pause.scope == scope for pause in self._figures.pauses))
        yield paused
        dead = GaugeMetricFamily(
            "tracker_messages_dead",
            "Messages that could not be handed over, by the last channel that was tried",
            labels=["channel"],
        )
        for channel, rows in self._figures.dead.items():
            dead.add_metric([channel], rows)
        yield dead

    def _ticks(self) -> Metric:
        age = GaugeMetricFamily(
            "tracker_worker_tick_age_seconds",
            "Since the last round of a worker that has not come to an orderly end",
            labels=["worker"],
        )
        for worker in (each for each in self._figures.workers if each.ended_at is None):
            age.add_metric([_name(worker.worker_id)], (self._now - worker.last_tick_at).total_seconds())
        return age

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...]) -> Metric:
        kept = {"tracker_hand_overs": "hand_overs", "tracker_messages_ended": "ends"}[name]
        counter = CounterMetricFamily(name, meaning, labels=["worker", *labels])
        for worker in self._figures.workers:
            for key, rows in (worker.tally or {}).get(kept, {}).items():
                counter.add_metric([_name(worker.worker_id), *key.split("|")], rows)
        return counter

    def _delays(self) -> Metric:
        delays = HistogramMetricFamily(
            "tracker_delivery_delay_seconds",
            "From due to accepted by the provider",
            labels=["worker", "channel"],
        )
        for worker in self._figures.workers:
            tally = worker.tally or {}
            bounds = [*(str(float(bound)) for bound in tally.get("delay_bounds", [])), "+Inf"]
            for channel, counts in tally.get("delays", {}).items():
                buckets = list(zip(bounds, accumulate(counts), strict=True))
                delays.add_metric(
                    [_name(worker.worker_id), channel], buckets, tally["delay_sums"].get(channel, 0)
                )
        return delays


def _name(worker_id: UUID) -> str:
    return str(worker_id)[-12:]
