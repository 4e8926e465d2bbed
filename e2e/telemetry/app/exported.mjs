// What an SDK exports, kept: its spans and, by a reader that it is given, its metrics.
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** @param spans an `InMemorySpanExporter` of the SDK's own */
export function exported(spans) {
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  return {
    reader,
    async told() {
      await reader.forceFlush();
      return { spans: spans.getFinishedSpans(), metrics: metrics.getMetrics() };
    },
  };
}
