// What the name of a Postgres's host tells of it. Pure functions.
'use strict';

const { isIPv4 } = process.getBuiltinModule?.('node:net') ?? require('node:net');

/**
 * Whether only this machine answers there. Other names below `localhost` are a resolver's word.
 * @param {string} host
 */
function isLoopback(host) {
  const isAddress = (isIPv4(host) && host.startsWith('127.')) || host === '::1';
  return isAddress || host.toLowerCase() === 'localhost';
}

/**
 * Whether it is the host of the connection pooler, which knows no tokens:
 * https://docs.databricks.com/aws/en/oltp/projects/connection-pooling
 * @param {string} host
 */
function isPooled(host) {
  const [first = ''] = host.split('.');
  return first.endsWith(POOLED);
}

/**
 * The same endpoint without the pooler.
 * @param {string} host
 */
function direct(host) {
  const [first = '', ...rest] = host.split('.');
  return [first.slice(0, -POOLED.length), ...rest].join('.');
}

const POOLED = '-pooler';

module.exports = { direct, isLoopback, isPooled };
