"""Counts and measures with the official SDK for Python, which knows no more than the environment says: ROUNDS. Prints the counts as JSON."""

import json
import sys
import time

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=3_600_000)
provider = MeterProvider(metric_readers=[reader])
meter = provider.get_meter("sender")
orders = meter.create_counter("python.orders", description="Orders")
took = meter.create_histogram("python.took", unit="ms")

count = 0
for round in range(int(sys.argv[1])):
    for i in range(5):
        orders.add(i, {"region": "eu"})
        took.record(2**i)
        count += i
    time.sleep(0.01)
    reader.force_flush()
provider.shutdown()
print(json.dumps({"orders": count, "took": int(sys.argv[1]) * 5, "milliseconds": int(sys.argv[1]) * 31}))
