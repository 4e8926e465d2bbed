// Spans and metrics of OpenTelemetry from what the package publishes on the channels of node:diagnostics_channel. It
// imports nothing of OpenTelemetry: whoever registers it hands over the providers.
'use strict';

const { subscribe, unsubscribe } =
  process.getBuiltinModule?.('node:diagnostics_channel') ?? require('node:diagnostics_channel');
const { name, version } = require('../package.json');

/**
 * @typedef {import('lakebase-token').LakebaseTokenFetch} Fetch
 * @typedef {import('lakebase-token').LakebaseTokenWait} Wait
 * @typedef {import('lakebase-token').LakebaseTokenAttemptFailed} AttemptFailed
 * @typedef {import('lakebase-token').LakebaseTokenRejected} Rejected
 * @typedef {import('lakebase-token/otel').TracerProvider} TracerProvider
 * @typedef {import('lakebase-token/otel').MeterProvider} MeterProvider
 * @typedef {import('lakebase-token/otel').Attributes} Attributes
 * @typedef {import('lakebase-token/otel').InstrumentationConfig} Config
 *
 * @typedef {ReturnType<ReturnType<TracerProvider['getTracer']>['startSpan']>} Span
 */

exports.LakebaseTokenInstrumentation = class LakebaseTokenInstrumentation {
  instrumentationName = name;
  instrumentationVersion = version;
  /** @type {Config} */
  #config;
  #isEnabled = false;
  /** @type {ReturnType<TracerProvider['getTracer']> | undefined} */
  #tracer;
  /** @type {ReturnType<typeof instruments> | undefined} */
  #instruments;
  /** @type {WeakMap<object, { span: Span, resent: number }>} */
  #spans = new WeakMap();
  /**
   * The expiry of the latest token of each endpoint that a fetch on this thread was for.
   * @type {Map<string, { attributes: Attributes, expiresAt: Date | undefined }>}
   */
  #expiries = new Map();
  /** @type {readonly [string, (message: any) => void][]} */
  #subscribers = [
    ['tracing:lakebase-token:fetch:start', (context) => this.#fetchStarts(context)],
    ['tracing:lakebase-token:fetch:asyncEnd', (context) => this.#fetchEnds(context)],
    ['tracing:lakebase-token:wait:start', (context) => this.#waitStarts(context)],
    ['tracing:lakebase-token:wait:asyncEnd', (context) => this.#waitEnds(context)],
    ['lakebase-token:attempt-failed', (message) => this.#attemptFailed(message)],
    ['lakebase-token:rejected', (message) => this.#rejected(message)],
  ];

  /** @param {Config} [config] */
  constructor(config = {}) {
    this.#config = { enabled: true, ...config };
    if (this.#config.enabled) this.enable();
  }

  enable() {
    if (this.#isEnabled) return;
    this.#isEnabled = true;
    for (const [channel, listener] of this.#subscribers) subscribe(channel, listener);
  }

  disable() {
    if (!this.#isEnabled) return;
    this.#isEnabled = false;
    this.#expiries.clear();
    for (const [channel, listener] of this.#subscribers) unsubscribe(channel, listener);
  }

  /** @param {TracerProvider} provider */
  setTracerProvider(provider) {
    this.#tracer = provider.getTracer(name, version);
  }

  /** @param {MeterProvider} provider */
  setMeterProvider(provider) {
    const { timeToExpiry } = this.#instruments ?? {};
    timeToExpiry?.removeCallback(this.#observeExpiries);
    this.#instruments = instruments(provider.getMeter(name, version));
    this.#instruments.timeToExpiry.addCallback(this.#observeExpiries);
  }

  /** @param {Config} config */
  setConfig(config) {
    this.#config = { enabled: true, ...config };
  }

  getConfig() {
    return this.#config;
  }

  /** @param {Fetch} fetch */
  #fetchStarts(fetch) {
    const attributes = {
      ...place(fetch),
      'lakebase.token.identity': fetch.identity,
      'lakebase.token.fetch.reason': fetch.reason,
    };
    const span = this.#tracer?.startSpan('lakebase-token fetch', {
      kind: CLIENT,
      // The request that is served when it begins does not wait for it.
      root: fetch.isBackground,
      startTime: fetch.startedAt,
      attributes,
    });
    if (span !== undefined) this.#spans.set(fetch, { span, resent: 0 });
  }

  /** @param {Fetch} fetch */
  #fetchEnds(fetch) {
    const { endedAt, error, identity, outcome, reason, token } = fetch;
    const attributes = {
      ...place(fetch),
      'lakebase.token.identity': identity,
      'lakebase.token.fetch.reason': reason,
      'lakebase.token.fetch.outcome': outcome,
      'error.type': error?.code,
    };
    this.#instruments?.fetchDuration.record(seconds(fetch), attributes);
    if (outcome !== undefined) this.#remember(fetch, token?.expiresAt);
    const { span, resent } = this.#spans.get(fetch) ?? {};
    span?.setAttributes({
      'lakebase.token.fetch.outcome': outcome,
      'http.request.resend_count': resent || undefined,
    });
    if (span !== undefined) end(span, error, endedAt);
  }

  /** @param {Wait} wait */
  #waitStarts(wait) {
    const options = { kind: INTERNAL, startTime: wait.startedAt, attributes: place(wait) };
    const span = this.#tracer?.startSpan('lakebase-token wait', options);
    if (span !== undefined) this.#spans.set(wait, { span, resent: 0 });
  }

  /** @param {Wait} wait */
  #waitEnds(wait) {
    const { endedAt, error, outcome } = wait;
    // Whoever got the token of before was served.
    const failure = outcome === 'failed' ? error : undefined;
    const attributes = { 'lakebase.token.wait.outcome': outcome, 'error.type': failure?.code };
    this.#instruments?.waitDuration.record(seconds(wait), { ...place(wait), ...attributes });
    const { span } = this.#spans.get(wait) ?? {};
    span?.setAttributes({ 'lakebase.token.wait.outcome': outcome });
    if (span !== undefined) end(span, failure, endedAt);
  }

  /** @param {AttemptFailed} failed */
  #attemptFailed({ fetch, attempt, at, error, request, retryAt }) {
    const told = this.#spans.get(fetch);
    if (told === undefined) return;
    if (retryAt !== undefined) told.resent += 1;
    const attributes = {
      'error.type': error.code,
      'http.response.status_code': error.status,
      'lakebase.token.request': request,
      'lakebase.token.attempt': attempt,
      'exception.message': error.message,
    };
    told.span.addEvent('attempt failed', attributes, at);
  }

  /** @param {Rejected} rejected */
  #rejected(rejected) {
    this.#instruments?.rejections.add(1, place(rejected));
  }

  /** @param {Fetch} fetch @param {Date | undefined} expiresAt */
  #remember(fetch, expiresAt) {
    // Of variables that are wrong it is not known whose token there is none.
    if (fetch.endpoint === undefined) return;
    const attributes = { ...place(fetch), 'lakebase.token.identity': fetch.identity };
    this.#expiries.set(JSON.stringify(attributes), { attributes, expiresAt });
  }

  /** @param {{ observe(value: number, attributes?: Attributes): void }} result */
  #observeExpiries = (result) => {
    for (const { attributes, expiresAt } of this.#expiries.values()) {
      const left = expiresAt === undefined ? 0 : (Number(expiresAt) - Date.now()) / 1000;
      result.observe(Math.max(0, left), attributes);
    }
  };
};

/** @param {ReturnType<MeterProvider['getMeter']>} meter */
function instruments(meter) {
  const inSeconds = { unit: 's', advice: { explicitBucketBoundaries: [...BOUNDARIES] } };
  return {
    fetchDuration: meter.createHistogram('lakebase.token.fetch.duration', {
      description: 'How long obtaining or renewing a token took, with all retries.',
      ...inSeconds,
    }),
    waitDuration: meter.createHistogram('lakebase.token.wait.duration', {
      description: 'How long callers waited for whom there was no token at once.',
      ...inSeconds,
    }),
    timeToExpiry: meter.createObservableGauge('lakebase.token.time_to_expiry', {
      description: 'How long the token in use lives on; 0 without one.',
      unit: 's',
    }),
    rejections: meter.createCounter('lakebase.token.rejections', {
      description: 'Tokens that Postgres refused.',
      unit: '{rejection}',
    }),
  };
}

/** @param {Span} span @param {import('lakebase-token').LakebaseTokenError | undefined} error @param {Date} [at] */
function end(span, error, at) {
  if (error !== undefined) {
    span.setAttributes({ 'error.type': error.code, 'http.response.status_code': error.status });
    span.setStatus({ code: ERROR, message: error.message });
  }
  span.end(at);
}

/** @param {{ workspace?: string, endpoint?: string }} about @returns {Attributes} */
function place({ workspace, endpoint }) {
  return { 'server.address': workspace, 'lakebase.endpoint': endpoint };
}

/** @param {{ startedAt: Date, endedAt?: Date }} span */
function seconds({ startedAt, endedAt }) {
  return Math.max(0, Number(endedAt) - Number(startedAt)) / 1000;
}

/** `SpanKind` and `SpanStatusCode` of @opentelemetry/api. */
const INTERNAL = 0;
const CLIENT = 2;
const ERROR = 2;

/** From a hit on another thread's heels to a flight's whole budget. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
