import { parseArgs } from 'node:util';

/** What a check is told: `[--only TEXT] [TARBALL...]`. */
export function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string', default: '' } },
  });
  return { only: String(values.only), named: positionals };
}
