// What a call into an addon costs that does nothing, by the loops of calls.mjs: the floor of a cached call.
//
//   node empty_calls.mjs ADDON SECONDS
import { createRequire } from 'node:module';
import { loopsOf } from '../calls.mjs';

const [addon, seconds] = process.argv.slice(2);
const { empty } = createRequire(import.meta.url)(addon);
if (empty() !== undefined) throw new Error('It is not empty.');
console.log(JSON.stringify(await loopsOf(empty).measure(Number(seconds))));
