// What the workspace is asked in each outage, and how many calls failed.
import { binned, layer, panelChart } from './panels.mjs';

export function outage({ outage: rows }) {
  const asked = rows.filter(({ bins }) => bins !== undefined);
  const values = asked.flatMap(({ group, bins, down: [from, until] }) => {
    const { values: failed } = rows.find(
      (row) => row.group === group && row.what === 'calls that failed',
    );
    return binned(bins, (requests, second, candidate) => ({
      group,
      second,
      requests,
      from,
      until,
      failed: failed[candidate] === 0 ? '' : `${failed[candidate].toLocaleString('en')} failed`,
    }));
  });
  const groups = asked.map(({ group }) => group);
  return panelChart({
    title: [
      'Requests during an outage, and calls that failed',
      'Requests per second, at 100 calls per second. A token lives for a minute;',
      'the workspace answers 503 where the ground is red.',
    ],
    values,
    facet: { column: { field: 'group', type: 'nominal', sort: groups, title: null, header: null } },
    width: 190,
    height: 60,
    layer: [ground, requests, failures],
  });
}

const ONCE = [{ filter: 'datum.second === 0' }];

const ground = {
  transform: ONCE,
  mark: { type: 'rect', opacity: 0.12, color: { expr: 'bandColor' } },
  encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'until' } },
};

const requests = layer({
  transform: [{ filter: 'datum.requests > 0' }],
  mark: { type: 'bar', width: 1.2, align: 'left' },
  x: { field: 'second', title: 'seconds', axis: { grid: false, tickCount: 4 } },
  y: { field: 'requests', title: null },
});

const failures = {
  transform: ONCE,
  mark: { type: 'text', align: 'left', baseline: 'top', dx: 3, dy: 3, fontSize: 11 },
  encoding: {
    x: { value: 0 },
    y: { value: 0 },
    text: { field: 'failed' },
    color: { value: { expr: 'textColor' } },
  },
};
