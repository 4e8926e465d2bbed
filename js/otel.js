// Spans and metrics of OpenTelemetry from what the package publishes on the channels of node:diagnostics_channel. It
// imports nothing of OpenTelemetry: whoever registers it hands over the providers.
'use strict';

const { channel, subscribe, unsubscribe } =
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
  #config = {};
  #isEnabled = false;
  /** @type {ReturnType<TracerProvider['getTracer']> | undefined} */
  #tracer;
  /** @type {ReturnType<typeof instruments> | undefined} */
  #instruments;
  /**
   * Those that have not ended, by their contexts.
   * @type {Map<object, { span: Span, resent: number }>}
   */
  #spans = new Map();
  /**
   * The expiry of the latest token of each endpoint that a fetch on this thread was for.
   * @type {Map<string, { attributes: Attributes, expiresAt: Date | undefined, seenAt: number }>}
   */
  #expiries = new Map();
  /** Bun lets go of channels that nobody holds, and of their subscribers. */
  #held = /** @type {unknown[]} */ ([]);
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
    this.setConfig(config);
    if (this.#config.enabled) this.enable();
  }

  enable() {
    if (this.#isEnabled) return;
    this.#isEnabled = true;
    this.#held = this.#subscribers.map(([name]) => channel(name));
    for (const [name, listener] of this.#subscribers) subscribe(name, listener);
  }

  disable() {
    if (!this.#isEnabled) return;
    this.#isEnabled = false;
    for (const [name, listener] of this.#subscribers) unsubscribe(name, listener);
    this.#held = [];
    this.#expiries.clear();
    // Nobody will hear of their end.
    for (const { span } of this.#spans.values()) span.end();
    this.#spans.clear();
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
    this.#config = { ...config, enabled: config?.enabled ?? true };
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
    if (span) this.#spans.set(fetch, { span, resent: 0 });
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
    this.#instruments?.fetchDuration.record(seconds(fetch), defined(attributes));
    if (outcome !== undefined) this.#remember(fetch, token?.expiresAt);
    const { span, resent } = this.#take(fetch);
    span?.setAttributes(
      defined({
        'lakebase.token.fetch.outcome': outcome,
        'http.request.resend_count': resent || undefined,
      }),
    );
    if (span) end(span, error, endedAt);
  }

  /** @param {Wait} wait */
  #waitStarts(wait) {
    const options = { kind: INTERNAL, startTime: wait.startedAt, attributes: place(wait) };
    const span = this.#tracer?.startSpan('lakebase-token wait', options);
    if (span) this.#spans.set(wait, { span, resent: 0 });
  }

  /** @param {Wait} wait */
  #waitEnds(wait) {
    const { endedAt, error, outcome } = wait;
    // Whoever got the token of before was served.
    const failure = outcome === 'failed' ? error : undefined;
    const attributes = { 'lakebase.token.wait.outcome': outcome, 'error.type': failure?.code };
    const all = defined({ ...place(wait), ...attributes });
    this.#instruments?.waitDuration.record(seconds(wait), all);
    const { span } = this.#take(wait);
    span?.setAttributes(defined({ 'lakebase.token.wait.outcome': outcome }));
    if (span) end(span, failure, endedAt);
  }

  /** @param {object} context @returns {{ span?: Span, resent?: number }} */
  #take(context) {
    const told = this.#spans.get(context);
    this.#spans.delete(context);
    return told ?? {};
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
    told.span.addEvent('attempt failed', defined(attributes), at);
  }

  /** @param {Rejected} rejected */
  #rejected(rejected) {
    this.#instruments?.rejections.add(1, place(rejected));
    const at = place(rejected);
    for (const known of this.#expiries.values()) {
      const { attributes } = known;
      if (Object.entries(at).every(([name, value]) => attributes[name] === value)) {
        known.expiresAt = undefined;
      }
    }
  }

  /** @param {Fetch} fetch @param {Date | undefined} expiresAt */
  #remember(fetch, expiresAt) {
    // Of variables that are wrong it is not known whose token there is none.
    if (fetch.endpoint === undefined) return;
    const attributes = { ...place(fetch), 'lakebase.token.identity': fetch.identity };
    this.#expiries.set(JSON.stringify(attributes), { attributes, expiresAt, seenAt: Date.now() });
  }

  /** @param {{ observe(value: number, attributes?: Attributes): void }} result */
  #observeExpiries = (result) => {
    for (const [key, { attributes, expiresAt, seenAt }] of this.#expiries) {
      // Nobody asks for it any more, of a provider that is gone perhaps.
      if (Date.now() - seenAt > FORGOTTEN_MS) this.#expiries.delete(key);
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
    const { code, status } = error;
    span.setAttributes(defined({ 'error.type': code, 'http.response.status_code': status }));
    span.setStatus({ code: ERROR, message: error.message });
  }
  span.end(at);
}

/**
 * An attribute that is there and has no value is exported as one.
 * @param {Attributes} attributes
 * @returns {Attributes}
 */
function defined(attributes) {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/** @param {{ workspace?: string, endpoint?: string }} about @returns {Attributes} */
function place({ workspace, endpoint }) {
  return { 'server.address': workspace, 'lakebase.endpoint': endpoint };
}

/** @param {{ startedAt: Date, endedAt?: Date }} span */
function seconds({ startedAt, endedAt }) {
  return Math.max(0, Number(endedAt) - Number(startedAt)) / 1000;
}

/** Two lives of a token. */
const FORGOTTEN_MS = 2 * 60 * 60 * 1000;

/** `SpanKind` and `SpanStatusCode` of @opentelemetry/api. */
const INTERNAL = 0;
const CLIENT = 2;
const ERROR = 2;

/** From a hit on another thread's heels to a flight's whole budget. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
