// The instrumentation where the package itself does not run: Next.js compiles instrumentation.ts for the Edge runtime
// too. Nothing happens there that could be told.
'use strict';

exports.LakebaseTokenInstrumentation = class LakebaseTokenInstrumentation {
  instrumentationName = 'lakebase-token';
  instrumentationVersion = '0.0.0';
  #config;

  /** @param {import('lakebase-token/otel').InstrumentationConfig} [config] */
  constructor(config = {}) {
    this.#config = { ...config, enabled: config.enabled ?? true };
  }

  enable() {}
  disable() {}
  setTracerProvider() {}
  setMeterProvider() {}

  /** @param {import('lakebase-token/otel').InstrumentationConfig} config */
  setConfig(config) {
    this.#config = { ...config, enabled: config.enabled ?? true };
  }

  getConfig() {
    return this.#config;
  }
};
