// `npm run licenses`: THIRD-PARTY-LICENSES.txt, which every platform's package carries, by cargo-about; and with
// --check whether it names the crates that Cargo.lock has now, for which nothing has to be installed.
'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const manifest = require('../../package.json');
const { ROOT } = require('../root.js');
const { targets } = require('../targets.js');
const { checksums, linkedCrates, output } = require('./crates.js');

const FILE = path.join(ROOT, 'THIRD-PARTY-LICENSES.txt');

/** @param {string} [how] */
function main(how) {
  if (how !== '--check') {
    // Otherwise a service is asked what a crate's licence is.
    output('cargo', ['fetch', '--locked']);
    writeFileSync(
      FILE,
      output('cargo', ['about', 'generate', '--locked', '--offline', '--fail', 'about.hbs']),
    );
  }
  const named = new Set(
    Array.from(readFileSync(FILE, 'utf8').matchAll(/^ {4}(\S+) (\d\S*)$/gm), ([, name, version]) =>
      String(`${name}@${version}`),
    ),
  );
  const own = `${manifest.name}@${manifest.version}`;
  const linked = new Set(targets.flatMap(({ triple }) => [...linkedCrates(triple)]));
  const missing = [...linked].filter((crate) => !named.has(crate));
  // What only takes part in compiling may be named, too.
  const locked = checksums();
  const gone = [...named].filter((crate) => !locked.has(crate) && crate !== own);
  if (missing.length + gone.length > 0) {
    const [lacks, has] = [missing, gone].map((crates) => crates.join(', ') || 'nothing');
    throw new Error(
      `${path.basename(FILE)} lacks ${lacks}, and has ${has} that is gone. Run "cargo install cargo-about ` +
        '--locked --features cli", then "npm run licenses".',
    );
  }
  console.log(`${path.basename(FILE)} names the ${linked.size} crates that are linked.`);
}

main(process.argv[2]);
