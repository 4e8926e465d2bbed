// Another copy of the package, as bundlers make them: of this realm or of a vm context's.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createContext, runInContext, runInThisContext } from 'node:vm';

const nodeRequire = createRequire(import.meta.url);

/**
 * @typedef {typeof import('lakebase-token')} Api
 *
 * @param {string} root the folder of its package.json
 * @returns {Api}
 */
export function packageCopy(root) {
  return load(root, (source, filename) => runInThisContext(source, { filename }));
}

/** With the globals that test runners give theirs and the package uses. @param {string} root @returns {{ context: object, api: Api, isOfIt: (promise: unknown) => boolean }} */
export function packageInContext(root) {
  const context = createContext({ process, AbortController });
  const api = load(root, (source, filename) => runInContext(source, context, { filename }));
  const isOfIt = runInContext('(promise) => promise instanceof Promise', context);
  return { context, api, isOfIt };
}

/** @param {string} root @param {(source: string, file: string) => Function} evaluate */
function load(root, evaluate) {
  /** @type {Map<string, { exports: any }>} */
  const modules = new Map();
  const load = (/** @type {string} */ file) => {
    if (!file.endsWith('.js')) return nodeRequire(file);
    const known = modules.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    modules.set(file, module);
    const folder = path.dirname(file);
    const own = (/** @type {string} */ name) =>
      load(name.startsWith('.') ? path.join(folder, name) : name);
    const source = `(function (exports, require, module, __dirname) {${readFileSync(file)}\n})`;
    evaluate(source, file)(module.exports, own, module, folder);
    return module.exports;
  };
  return load(path.join(root, 'js/index.js'));
}
