import { promises } from 'node:fs';
import * as tokens from 'lakebase-token';
import * as testing from 'lakebase-token/testing';
import isOfThisRealm from '../realm.cjs';

test('promises, dates and errors are those of this realm', async () => {
  // Else this shows nothing.
  expect(promises.stat('.')).not.toBeInstanceOf(Promise);
  await isOfThisRealm(tokens, testing);
});
