import { metrics, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { registerOTel } from '@vercel/otel';
import { exported } from './exported.mjs';

export function register(instrumentation) {
  const spans = new InMemorySpanExporter();
  const { reader, told } = exported(spans);
  registerOTel({
    serviceName: 'app',
    spanProcessors: [new SimpleSpanProcessor(spans)],
    metricReaders: [reader],
    instrumentations: ['auto', instrumentation],
  });
  return {
    tracer: trace.getTracer('app'),
    told,
    async end() {
      trace.disable();
      metrics.disable();
    },
  };
}
