// A fleet that starts at once, with a store and without one: requests, and who gets no token in an outage.
import { COLOR, panelChart, panels } from './panels.mjs';
import { NAMES } from './theme.mjs';

const [RECIPE, , OURS] = NAMES;
const SHARED = 'the same, with a store';
const PANELS = {
  requests: 'requests when all start at once',
  'without a token': 'processes without a token while the workspace is down',
};

export function fleetStarts({ 'fleet-starts': rows }) {
  const [{ group }] = rows;
  const values = Object.entries(PANELS).flatMap(([what, panel]) => {
    const isIt = (row) => (what === 'requests') === (row.group === group);
    const of = (name) => rows.filter(isIt).find((row) => row.what === name).values;
    const [recipe, , ours] = of(what);
    const shared = of(`${what}, with a store`).at(-1);
    return [
      { panel, setup: RECIPE, name: RECIPE, count: recipe },
      { panel, setup: OURS, name: OURS, count: ours },
      { panel, setup: SHARED, name: OURS, count: shared },
    ];
  });
  return panelChart({
    title: [`A fleet of ${group}`, 'That start at once. Counted, on one machine.'],
    values,
    facet: { row: panels('panel', Object.values(PANELS)) },
    width: 520,
    height: { step: 22 },
    encoding: {
      x: { field: 'count', type: 'quantitative', title: null, axis: { tickCount: 5 } },
      y: {
        field: 'setup',
        type: 'nominal',
        sort: [RECIPE, OURS, SHARED],
        title: null,
        axis: { domain: false, ticks: false, labelFontSize: 12, labelLimit: 220 },
      },
    },
    layer: [
      { mark: { type: 'bar', height: 15, cornerRadiusEnd: 2 }, encoding: { color: COLOR } },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 12, color: { expr: 'textColor' } },
        encoding: { text: { field: 'count', type: 'quantitative', format: ',.0f' } },
      },
    ],
  });
}
