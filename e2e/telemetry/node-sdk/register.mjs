import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { exported } from './exported.mjs';

export function register(instrumentation) {
  const spans = new InMemorySpanExporter();
  const { reader, told } = exported(spans);
  const sdk = new NodeSDK({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    metricReaders: [reader],
    instrumentations: [instrumentation],
  });
  sdk.start();
  return { tracer: trace.getTracer('app'), told, end: () => sdk.shutdown() };
}
