// What a test told the emulator to do to the next requests of one step.
'use strict';

const { faults } = require('./answers.js');
const { cuts, deliveries } = require('./delivery.js');

/**
 * @typedef {import('lakebase-token/testing').Fault} Fault
 * @typedef {import('lakebase-token/testing').FaultName} FaultName
 */

/** A script: the faults the next requests of one step meet, in order. */
class Script {
  /** @type {(Fault & { times: number })[]} */
  #left = [];

  /** @param {FaultName | Fault | readonly (FaultName | Fault)[] | null} scripted */
  replace(scripted) {
    this.#left = [scripted ?? []]
      .flat()
      .map(known)
      .map((fault) => ({ ...fault, times: fault.times ?? 1 }));
  }

  next() {
    const [fault] = this.#left;
    if (fault !== undefined && --fault.times <= 0) {
      this.#left.shift();
    }
    return fault;
  }
}

/** @param {FaultName | Fault} fault @returns {Fault} */
function known(fault) {
  /** @type {Fault} */
  const found = typeof fault === 'string' ? faults[fault] : fault;
  if (found === undefined || found === null || typeof found !== 'object') {
    const names = Object.keys(faults).join(', ');
    throw new TypeError(`There is no fault named ${fault}. Use one of ${names}, or an object.`);
  }
  for (const field of Object.keys(found)) {
    if (!FIELDS.includes(field)) {
      throw new TypeError(`A fault has no field ${field}. Use ${FIELDS.join(', ')}.`);
    }
  }
  const { delivery = 'whole' } = found;
  if (!Object.hasOwn(cuts, delivery) && !Object.hasOwn(deliveries, delivery)) {
    const names = [...Object.keys(cuts), ...Object.keys(deliveries)].join(', ');
    throw new TypeError(`There is no delivery named ${delivery}. Use one of ${names}.`);
  }
  if (found.times !== undefined && !(found.times >= 1)) {
    throw new TypeError(`times must be 1 or more, not ${found.times}.`);
  }
  return found;
}

const FIELDS = ['status', 'headers', 'body', 'delivery', 'everyMs', 'bytes', 'delayMs', 'times'];

module.exports = { Script };
