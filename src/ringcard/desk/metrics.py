"""How fast the card is, as figures that Prometheus can read."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_FAST_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class DeskMetrics:
    """The desk's figures. Latencies start when the PBX's report reached us."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.ring_to_sent = Histogram(
            "ringcard_ring_to_sent_seconds",
            "From the PBX's report that a phone rings to the pop's first frame to a browser.",
            registry=registry,
            buckets=_FAST_S,
        )
        self.ring_to_seen = Histogram(
            "ringcard_ring_to_seen_seconds",
            "From the PBX's report that a phone rings to a browser's confirmation that it painted the pop.",
            registry=registry,
            buckets=_FAST_S,
        )
        self.look_ups = Counter(
            "ringcard_card_look_ups_total",
            "Look-ups of a caller's number, by what our own store said.",
            ["result"],
            registry=registry,
        )
        self.live_calls = Gauge("ringcard_live_calls", "Calls that are going on now.", registry=registry)
        self.live_pops = Gauge("ringcard_pops", "Pops held now, those that linger included.", registry=registry)
        self.events = Counter("ringcard_pbx_events_total", "Events that the PBXs reported.", registry=registry)
