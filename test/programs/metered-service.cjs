'use strict';
// A program with the OpenTelemetry SDK for Node that counts and measures: words are ROUNDS and, for histograms with
// exponential buckets, `exponential`. Prints what it counted as JSON. Endpoint and
// temporality come from the SDK's own environment variables.

const { metrics } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const {
	AggregationType,
	MeterProvider,
	PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');

const exporters =
	process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json'
		? require('@opentelemetry/exporter-metrics-otlp-http')
		: require('@opentelemetry/exporter-metrics-otlp-proto');
const rounds = Number(process.argv[2]);
const reader = new PeriodicExportingMetricReader({
	exporter: new exporters.OTLPMetricExporter(),
	exportIntervalMillis: 3_600_000,
});
const resource = resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME, team: 'checkout' });
const views =
	process.argv[3] === 'exponential'
		? [{ instrumentName: '*.duration', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }]
		: [];
const provider = new MeterProvider({ resource, views, readers: [reader] });
metrics.setGlobalMeterProvider(provider);

const meter = metrics.getMeter('shop', '1.0');
const orders = meter.createCounter('shop.orders', { description: 'Orders that were paid', unit: '{order}' });
const open = meter.createUpDownCounter('shop.carts');
const took = meter.createHistogram('shop.order.duration', { unit: 's' });
meter.createObservableGauge('shop.stock').addCallback((result) => result.observe(42, { item: 'tea' }));

async function run() {
	const counted = { orders: 0, carts: 0, took: 0, seconds: 0 };
	for (let round = 0; round < rounds; round++) {
		for (let i = 0; i < 10; i++) {
			orders.add(i, { region: 'eu' });
			open.add(i % 3 === 0 ? -1 : 1);
			// Halves of powers of two: sums are exact.
			const seconds = 2 ** (i % 5) / 8;
			took.record(seconds);
			counted.orders += i;
			counted.carts += i % 3 === 0 ? -1 : 1;
			counted.took++;
			counted.seconds += seconds;
		}
		// Times have milliseconds: each export is one of its own.
		await new Promise((resolve) => setTimeout(resolve, 5));
		await reader.forceFlush();
	}
	await provider.shutdown();
	console.log(JSON.stringify(counted));
}

run().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
