/**
 * `lakebase-token/otel`: spans and metrics of OpenTelemetry for what lakebase-token does.
 *
 * ```ts
 * import { registerOTel } from '@vercel/otel';
 * import { LakebaseTokenInstrumentation } from 'lakebase-token/otel';
 *
 * registerOTel({ instrumentations: ['auto', new LakebaseTokenInstrumentation()] });
 * ```
 *
 * It imports nothing of OpenTelemetry: it is what `NodeSDK`, `registerOTel` and `registerInstrumentations` take as an
 * instrumentation, of any version.
 *
 * Spans: `lakebase-token fetch` (client), a token obtained or renewed, with an event for each attempt that failed; a renewal
 * in the background is the root of a trace of its own. `lakebase-token wait` (internal), a call that did not get a token at
 * once, below the span of whoever called.
 *
 * Metrics, durations in seconds:
 *
 * | | | attributes |
 * |---|---|---|
 * | `lakebase.token.fetch.duration` | histogram | `lakebase.token.fetch.outcome` (`obtained`, `kept`, `failed`), `lakebase.token.fetch.reason`, `lakebase.token.identity`, `error.type` |
 * | `lakebase.token.wait.duration` | histogram | `lakebase.token.wait.outcome` (`token`, `fallback`, `failed`, `aborted`), `error.type` |
 * | `lakebase.token.time_to_expiry` | gauge | `lakebase.token.identity`; 0 without a token. Of fetches that this thread began |
 * | `lakebase.token.rejections` | counter | tokens that Postgres refused |
 *
 * All have `server.address`, the host name of the workspace, and `lakebase.endpoint`. `error.type` is a code such as
 * `ERR_LAKEBASE_UNAVAILABLE`.
 *
 * In an Edge runtime and in a browser nothing happens.
 */
export class LakebaseTokenInstrumentation {
  constructor(config?: { enabled?: boolean | undefined });
  readonly instrumentationName: string;
  readonly instrumentationVersion: string;
  /** Listens from now on. The constructor does it, unless its `enabled` is false. */
  enable(): void;
  disable(): void;
  setTracerProvider(provider: TracerProvider): void;
  setMeterProvider(provider: MeterProvider): void;
  /** Does not change whether it listens, as those of OpenTelemetry do not. */
  setConfig(config: InstrumentationConfig): void;
  getConfig(): InstrumentationConfig;
}

export interface InstrumentationConfig {
  /** Default true. */
  enabled?: boolean;
}

/** What is used here of the interfaces of `@opentelemetry/api` with these names. */
export interface TracerProvider {
  getTracer(name: string, version?: string): Tracer;
}

export interface MeterProvider {
  getMeter(name: string, version?: string): Meter;
}

export interface Attributes {
  [name: string]: string | number | boolean | undefined;
}

interface Tracer {
  startSpan(name: string, options?: SpanOptions): Span;
}

interface SpanOptions {
  kind?: number;
  root?: boolean;
  startTime?: Date;
  attributes?: Attributes;
}

interface Span {
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number; message?: string }): unknown;
  addEvent(name: string, attributes?: Attributes, startTime?: Date): unknown;
  end(endTime?: Date): void;
}

interface Meter {
  createHistogram(
    name: string,
    options?: MetricOptions,
  ): {
    record(value: number, attributes?: Attributes): void;
  };
  createCounter(
    name: string,
    options?: MetricOptions,
  ): {
    add(value: number, attributes?: Attributes): void;
  };
  createObservableGauge(
    name: string,
    options?: MetricOptions,
  ): {
    addCallback(callback: (result: ObservableResult) => void): void;
    removeCallback(callback: (result: ObservableResult) => void): void;
  };
}

interface MetricOptions {
  description?: string;
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

interface ObservableResult {
  observe(value: number, attributes?: Attributes): void;
}
