import { expect, test } from 'vitest';
import { effectOf } from '../js/cli/ssl_mode.js';

const AWAY = { PGHOST: 'ep-a.database.test' };
const HERE = { PGHOST: 'localhost' };

test.each<[string, 'pg' | 'postgres', string | undefined]>([
  ['require', 'pg', undefined],
  ['verify-ca', 'pg', undefined],
  ['verify-full', 'pg', undefined],
  ['', 'postgres', undefined],
  ['', 'pg', 'pg encrypts only where PGSSLMODE or its option ssl says so'],
  ['prefer', 'pg', 'psql checks nobody'],
])('PGSSLMODE=%s is fine for %s, and of it is said: %s', (PGSSLMODE, driver, advice) => {
  const effect = effectOf({ ...AWAY, PGSSLMODE }, driver);
  expect(effect).toMatchObject({ encrypts: true, isRefused: false });
  expect(effect.what).toBeUndefined();
  if (advice === undefined) expect(effect.advice).toBeUndefined();
  else expect(effect.advice).toContain(advice);
});

test.each<[string, 'pg' | 'postgres' | undefined, boolean, string]>([
  ['disable', 'pg', true, 'Lakebase takes nothing without TLS'],
  ['disable', 'postgres', true, 'Lakebase takes nothing without TLS'],
  ['disable', undefined, true, 'Lakebase takes nothing without TLS'],
  ['allow', 'pg', true, 'pg does not encrypt'],
  ['allow', 'postgres', false, 'pg does not encrypt'],
  ['no-verify', 'pg', false, 'psql refuses it'],
  ['requried', 'pg', true, 'an unknown value'],
  ['Require', 'postgres', true, 'an unknown value'],
  ['verify-full ', 'pg', true, 'an unknown value'],
  ['"require"', 'pg', true, 'is in quotes: docker --env-file keeps them'],
])('PGSSLMODE=%j with %s is refused: %s, because %s', (PGSSLMODE, driver, isRefused, what) => {
  const effect = effectOf({ ...AWAY, PGSSLMODE }, driver);
  expect(effect).toMatchObject({ encrypts: true, isRefused });
  expect(effect.what).toContain(what);
  expect(effect.advice).toMatch(/Set PGSSLMODE(=| to )verify-full/);
  expect(`${effect.what} ${effect.advice}`).not.toContain('requried');
});

test.each(['disable', 'allow'])('a Postgres on this machine is tried with %s', (PGSSLMODE) => {
  expect(effectOf({ ...HERE, PGSSLMODE }, 'pg')).toMatchObject({
    encrypts: false,
    isRefused: false,
  });
});
