// What a fleet of a thousand asks of its workspace, at its start and at every renewal.
import { COLOR, NAMES, panels } from './theme.mjs';

export function fleet({ herd: rows }) {
  const { bins } = rows.find(({ bins }) => bins !== undefined);
  const values = NAMES.flatMap((name, candidate) =>
    (bins[candidate] ?? []).map((requests, minute) => ({ name, requests, minute })),
  );
  return {
    title: [
      'A thousand instances that start within a second',
      'Requests to the workspace in the busiest second of each minute, simulated.',
      'The official client renews as the recipe.',
    ],
    data: { values },
    facet: { row: panels() },
    spec: {
      width: 720,
      height: 80,
      transform: [{ filter: 'datum.requests > 0' }],
      mark: { type: 'bar', width: 2.4, align: 'left' },
      encoding: {
        x: {
          field: 'minute',
          type: 'quantitative',
          title: 'minutes',
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
  };
}
