// The class is what OpenTelemetry calls an instrumentation.
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { LakebaseTokenInstrumentation } from 'lakebase-token/otel';

export const instrumentations: Instrumentation[] = [
  new LakebaseTokenInstrumentation(),
  new LakebaseTokenInstrumentation({ enabled: false }),
];
