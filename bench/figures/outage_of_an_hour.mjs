// With tokens of an hour: how many calls fail, by the minute in which the outage begins.
import { binned, layer, panelChart } from './panels.mjs';

export function outageOfAnHour({ herd: rows }) {
  const { bins } = rows.find(({ what }) => what === 'calls that failed, on average');
  return panelChart({
    title: [
      'Calls that fail in an outage of 36 minutes',
      'By the minute of an hour in which it begins, at a call a second.',
      'Tokens live for an hour. Simulated.',
    ],
    values: binned(bins, (failed, minute) => ({ minute, failed })),
    ...layer({
      mark: { type: 'bar', width: 10, align: 'left' },
      x: { field: 'minute', title: 'minute in which it begins', scale: { domain: [0, 60] } },
      y: { field: 'failed', title: 'failed calls' },
    }),
  });
}
