// A login with pg.
'use strict';

const { codeOf } = require('../foreseen.js');
const { APPLICATION, QUESTION } = require('./question.js');

/**
 * @param {typeof import('pg')} library
 * @param {import('./drivers.js').Login} login
 * @returns {import('./drivers.js').Attempt}
 */
function withPg({ Client }, login) {
  const client = new Client({ ...login, application_name: APPLICATION });
  // Errors of the connection after the query do not matter.
  client.on('error', () => {});
  return {
    greeting: greetingOf(client),
    close: () => client.end(),
    destroy: () => client.connection?.stream?.destroy(),
  };
}

/**
 * @param {import('pg').Client} client
 * @returns {Promise<import('./drivers.js').Greeting>}
 */
async function greetingOf(client) {
  try {
    await client.connect();
    const { rows } = await client.query(QUESTION);
    return rows[0];
  } catch (error) {
    // pg has no code for a server that closes the connection before it is ready.
    const { _ended: hasEnded } = /** @type {{ _ended?: boolean }} */ (client);
    if (hasEnded && !codeOf(error))
      Object.assign(/** @type {Error} */ (error), { code: 'ECONNRESET' });
    throw error;
  }
}

module.exports = { withPg };
