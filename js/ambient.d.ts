// Names that the types of Node 20 do not have.

/** What bundlers put in the place of these: js/index.js tells one bundler from another by them. */
declare const __webpack_require__: unknown;
declare const __non_webpack_require__: (
  name: 'lakebase-token/native',
) => typeof import('./native.js');

declare namespace NodeJS {
  interface Process {
    /** Replaced with `true` by Turbopack. */
    turbopack?: boolean;
  }

  interface ProcessReport {
    /** Since Node 20.13. */
    excludeNetwork?: boolean;
  }
}

declare module 'tls' {
  /** Since Node 22.15. */
  const getCACertificates: ((type: 'default') => string[]) | undefined;
}

/** Next.js has it built in; elsewhere nothing need be installed. */
declare module 'server-only';
