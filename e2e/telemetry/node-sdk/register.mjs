import { trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';

export function register(instrumentation) {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  const sdk = new NodeSDK({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    metricReaders: [reader],
    instrumentations: [instrumentation],
  });
  sdk.start();
  return {
    tracer: trace.getTracer('app'),
    async told() {
      await reader.forceFlush();
      return { spans: spans.getFinishedSpans(), metrics: metrics.getMetrics() };
    },
    end: () => sdk.shutdown(),
  };
}
