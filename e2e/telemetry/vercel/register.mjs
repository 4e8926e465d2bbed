import { metrics as metricsApi, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { registerOTel } from '@vercel/otel';

export function register(instrumentation) {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  registerOTel({
    serviceName: 'app',
    spanProcessors: [new SimpleSpanProcessor(spans)],
    metricReaders: [reader],
    instrumentations: ['auto', instrumentation],
  });
  return {
    tracer: trace.getTracer('app'),
    async told() {
      await reader.forceFlush();
      return { spans: spans.getFinishedSpans(), metrics: metrics.getMetrics() };
    },
    async end() {
      trace.disable();
      metricsApi.disable();
    },
  };
}
