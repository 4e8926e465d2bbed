// What a fleet of a thousand asks of its workspace, at its start and at every renewal.
import { binned, layer, panelChart } from './panels.mjs';

export function fleet({ herd: rows }) {
  const { bins } = rows.find(({ bins }) => bins !== undefined);
  return panelChart({
    title: [
      'A thousand instances that start within a second',
      'Requests to the workspace in the busiest second of each minute, simulated.',
      'The official client renews as the recipe.',
    ],
    values: binned(bins, (requests, minute) => ({ requests, minute })),
    ...layer({
      transform: [{ filter: 'datum.requests > 0' }],
      mark: { type: 'bar', width: 2.4, align: 'left' },
      x: { field: 'minute', title: 'minutes' },
      y: { field: 'requests', title: 'requests/s' },
    }),
  });
}
