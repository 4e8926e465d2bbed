// The instrumentation where the package itself does not run: Next.js compiles instrumentation.ts for the Edge runtime
// too. Nothing happens there that could be told.
'use strict';

exports.LakebaseTokenInstrumentation = class LakebaseTokenInstrumentation {
  instrumentationName = 'lakebase-token';
  instrumentationVersion = '0.0.0';
  #config;

  constructor(config = {}) {
    this.#config = { enabled: true, ...config };
  }

  enable() {}
  disable() {}
  setTracerProvider() {}
  setMeterProvider() {}

  /** @param {import('lakebase-token/otel').InstrumentationConfig} config */
  setConfig(config) {
    this.#config = { enabled: true, ...config };
  }

  getConfig() {
    return this.#config;
  }
};
