// What the workspace is asked while it is down, in the outage that costs the recipe the most calls.
import { COLOR, NAMES, panels } from './theme.mjs';

export function outage({ outage: rows }) {
  const failures = rows.filter(({ what }) => what === 'calls that failed');
  const worst = failures.reduce((one, other) => (other.values[0] > one.values[0] ? other : one));
  const { bins, down } = rows.find(({ group, bins }) => group === worst.group && bins);
  const name = (candidate) => {
    const failed = worst.values[candidate];
    return `${NAMES[candidate]}: ${failed === 0 ? 'no' : failed.toLocaleString('en')} calls failed`;
  };
  const values = NAMES.flatMap((_, candidate) =>
    bins[candidate].map((requests, second) => ({
      name: NAMES[candidate],
      panel: name(candidate),
      second,
      requests,
      from: down[0],
      until: down[1],
    })),
  );
  return {
    title: [
      'Requests during an outage',
      'Per second, at 100 calls per second. The workspace answers 503 where the ground is red; ' +
        'a token lives for a minute.',
      'Of the outages in results.json, the one in which the most calls of the recipe failed.',
    ],
    data: { values },
    facet: { row: { ...panels(), field: 'panel', sort: NAMES.map((_, index) => name(index)) } },
    spec: {
      width: 720,
      height: 64,
      layer: [
        {
          transform: [{ filter: 'datum.second === 0' }],
          mark: { type: 'rect', opacity: 0.12, color: { expr: 'bandColor' } },
          encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'until' } },
        },
        {
          transform: [{ filter: 'datum.requests > 0' }],
          mark: { type: 'bar', width: 3, align: 'left' },
          encoding: {
            x: {
              field: 'second',
              type: 'quantitative',
              title: 'seconds',
              scale: { nice: false },
              axis: { grid: false },
            },
            y: {
              field: 'requests',
              type: 'quantitative',
              title: 'requests/s',
              axis: { tickCount: 3 },
            },
            color: COLOR,
          },
        },
      ],
    },
  };
}
