// What the workspace is asked in each outage, and how many calls failed.
import { COLOR, NAMES, panels } from './theme.mjs';

export function outage({ outage: rows }) {
  const groups = [];
  const values = rows
    .filter(({ bins }) => bins !== undefined)
    .flatMap(({ group, bins, down: [from, until] }) => {
      const { values: failed } = rows.find(
        (row) => row.group === group && row.what === 'calls that failed',
      );
      groups.push(group);
      return NAMES.flatMap((name, candidate) =>
        bins[candidate].map((requests, second) => ({
          name,
          group,
          second,
          requests,
          from,
          until,
          failed: failed[candidate] === 0 ? '' : `${failed[candidate].toLocaleString('en')} failed`,
        })),
      );
    });
  return {
    title: [
      'Requests during an outage, and calls that failed',
      'Requests per second, at 100 calls per second. A token lives for a minute;',
      'the workspace answers 503 where the ground is red.',
    ],
    data: { values },
    facet: {
      row: panels(),
      column: { field: 'group', type: 'nominal', sort: groups, title: null, header: null },
    },
    spec: {
      width: 190,
      height: 60,
      layer: [ground, requests, failures],
    },
  };
}

const ONCE = [{ filter: 'datum.second === 0' }];

const ground = {
  transform: ONCE,
  mark: { type: 'rect', opacity: 0.12, color: { expr: 'bandColor' } },
  encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'until' } },
};

const requests = {
  transform: [{ filter: 'datum.requests > 0' }],
  mark: { type: 'bar', width: 1.2, align: 'left' },
  encoding: {
    x: {
      field: 'second',
      type: 'quantitative',
      title: 'seconds',
      scale: { nice: false },
      axis: { grid: false, tickCount: 4 },
    },
    y: { field: 'requests', type: 'quantitative', title: null, axis: { tickCount: 3 } },
    color: COLOR,
  },
};

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
