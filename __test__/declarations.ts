// What the entries export, held against their declarations by the compiler alone: `npm run check` fails
// where one has a function more, or less, than index.d.ts, otel.d.ts, pg.d.ts or testing.d.ts says, or one of another type.

type Declared = typeof import('lakebase-token');
type DeclaredForOtel = typeof import('lakebase-token/otel');
type DeclaredForPg = typeof import('lakebase-token/pg');
type DeclaredForTests = typeof import('lakebase-token/testing');

type NothingElse<Declaration, Entry> = {
  [name in keyof Entry]: name extends keyof Declaration ? Declaration[name] : never;
};

/** An error of the compiler, unless `Entry` exports what `Declaration` says and nothing else. */
type Keeps<Declaration, Entry extends Declaration & NothingElse<Declaration, Entry>> = Entry;

export type Entries = [
  Keeps<Declared, typeof import('../js/index.js')>,
  Keeps<Declared, typeof import('../js/edge.js')>,
  Keeps<Declared, typeof import('../js/browser.js')>,
  Keeps<DeclaredForOtel, typeof import('../js/otel.js')>,
  Keeps<DeclaredForOtel, typeof import('../js/otel_stub.js')>,
  Keeps<DeclaredForPg, typeof import('../js/pg.js')>,
  Keeps<DeclaredForPg, typeof import('../js/pg_stub.js')>,
  Keeps<DeclaredForPg, typeof import('../js/pg_browser.js')>,
  Keeps<DeclaredForTests, typeof import('../js/testing.js')>,
];
