// Prints what why-is-node-running has to say: `waiting`, while somebody waits for a token; or `after` that. Run it where the package is installed.
import { createRequire } from 'node:module';
import why from 'why-is-node-running';

const { getLakebaseCredential } = createRequire(`${process.cwd()}/`)('lakebase-token');
const leaving = new AbortController();
const call = getLakebaseCredential({ signal: leaving.signal });
const lines = [];
const look = (when) => when === process.argv[2] && why({ error: (line = '') => lines.push(line) });
look('waiting');
leaving.abort();
await call.catch(() => {});
look('after');
console.log(JSON.stringify(lines));
