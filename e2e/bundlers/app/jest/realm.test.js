const isOfThisRealm = require('../realm.cjs');

test('promises, dates and errors are those of this realm', async () => {
  // Else this shows nothing.
  expect(require('node:fs').promises.stat('.')).not.toBeInstanceOf(Promise);
  await isOfThisRealm(require('lakebase-token'), require('lakebase-token/testing'));
});
