"""Every metric that a server exposes."""

from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tools.reference.markdown import Page, code, codes
from tools.reference.server import Told

LEAD: Final = """\
`GET /metrics` answers in the text form of Prometheus. It is open to callers on the same machine
that come directly, without a proxy, and to API tokens (`Authorization: Bearer TOKEN`); the
setting `metrics_open` opens it to everybody. All counters begin at zero when the server starts."""

SUFFIXES: Final = {"counter": "_total"}
INTERNAL: Final = frozenset({"le"})  # a histogram's own


def metrics_page(told: Told) -> str:
    page = Page("Metrics", LEAD)
    rows = []
    for family in text_string_to_metric_families(told.metrics):
        labels = sorted({name for sample in family.samples for name in sample.labels} - INTERNAL)
        name = family.name + SUFFIXES.get(family.type, "")
        rows.append((code(name), family.type, f"{family.documentation}.", codes(labels)))
    page.table(("metric", "kind", "meaning", "labels"), rows)
    page.add(
        "The reasons in `ogniwo_connections_refused_total` are the codes on the page about "
        "[refusals](refusals.md). `ogniwo_commit_seconds` has the usual `_bucket`, `_sum` and "
        "`_count`."
    )
    return page.text
