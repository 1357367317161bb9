"""Sends spans and log records with the official SDK for Python, which knows no more than the environment says: SPANS LOGS."""

import logging
import sys

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

spans, logs = int(sys.argv[1]), int(sys.argv[2])

tracing = TracerProvider()
tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=spans + 1))
trace.set_tracer_provider(tracing)
tracer = trace.get_tracer("sender")

records = LoggerProvider()
records.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(), max_queue_size=logs + 1))
set_logger_provider(records)
log = logging.getLogger("sender")
log.addHandler(LoggingHandler(logger_provider=records))
log.setLevel(logging.INFO)

with tracer.start_as_current_span("order") as order:
    print(format(order.get_span_context().trace_id, "032x"), flush=True)
    for i in range(spans - 2):
        with tracer.start_as_current_span("item", attributes={"index": i, "größe": "XL", "fast": True}):
            pass
    try:
        with tracer.start_as_current_span("pay", kind=trace.SpanKind.CLIENT):
            raise ValueError("no money")
    except ValueError:
        log.exception("cannot pay")
    for i in range(logs - 1):
        log.warning("pythonsender line %d", i)

tracing.shutdown()
records.shutdown()
