// From the first line of a fresh process to the first token.
import { COLOR, panelChart, panels } from './panels.mjs';
import { NAMES } from './theme.mjs';

export function coldStart({ cold: rows }) {
  const firstTokens = rows.filter(
    ({ what, group }) => what === 'import + first token' && group.startsWith('https'),
  );
  const values = firstTokens.flatMap((row) =>
    NAMES.map((name, candidate) => ({
      name,
      situation: situationOf(row),
      ms: row.values[candidate],
    })),
  );
  return panelChart({
    title: [
      'From a fresh process to the first token',
      'Import and first token over https, on loopback and with added latency.',
    ],
    values,
    facet: { row: panels('situation', firstTokens.map(situationOf)) },
    width: 560,
    height: { step: 22 },
    encoding: {
      x: { field: 'ms', type: 'quantitative', title: 'milliseconds', axis: { tickCount: 6 } },
      y: {
        field: 'name',
        type: 'nominal',
        sort: null,
        scale: { domain: NAMES },
        title: null,
        axis: { domain: false, ticks: false, labelFontSize: 12, labelLimit: 200 },
      },
    },
    layer: [
      { mark: { type: 'bar', height: 15, cornerRadiusEnd: 2 }, encoding: { color: COLOR } },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 12, color: { expr: 'textColor' } },
        encoding: { text: { field: 'ms', type: 'quantitative', format: ',.0f' } },
      },
    ],
  });
}

function situationOf({ group }) {
  const [, latencyMs] = /, (\d+) ms/.exec(group);
  return latencyMs === '0' ? 'loopback' : `+ ${latencyMs} ms per request`;
}
