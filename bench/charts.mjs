// The charts of results.json, each for a light and for a dark page: charts/NAME-light.svg.
//
//   node bench/charts.mjs     draws them anew
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { coldStart } from './figures/cold_start.mjs';
import { fleet } from './figures/fleet.mjs';
import { fleetStarts } from './figures/fleet_starts.mjs';
import { outage } from './figures/outage.mjs';
import { outageOfAnHour } from './figures/outage_of_an_hour.mjs';
import { rotation } from './figures/rotation.mjs';
import { THEMES, themed } from './figures/theme.mjs';

const CHARTS = {
  rotation,
  'cold-start': coldStart,
  outage,
  'outage-of-an-hour': outageOfAnHour,
  fleet,
  'fleet-starts': fleetStarts,
};

export async function drawCharts({ results }) {
  const folder = new URL('charts/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [name, chart] of Object.entries(CHARTS)) {
    for (const [themeName, theme] of Object.entries(THEMES)) {
      const { spec } = compile(themed(chart(results), theme));
      const svg = await new View(parse(spec), { renderer: 'none' }).toSVG();
      writeFileSync(new URL(`${name}-${themeName}.svg`, folder), `${svg}\n`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await drawCharts(JSON.parse(readFileSync(new URL('results.json', import.meta.url), 'utf8')));
}
