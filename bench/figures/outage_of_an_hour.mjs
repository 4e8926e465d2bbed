// With tokens of an hour: how many calls fail, by the minute in which the outage begins.
import { COLOR, NAMES, panels } from './theme.mjs';

export function outageOfAnHour({ herd: rows }) {
  const { bins } = rows.find(({ what }) => what === 'calls that failed, on average');
  const values = NAMES.flatMap((name, candidate) =>
    (bins[candidate] ?? []).map((failed, minute) => ({ name, minute, failed })),
  );
  return {
    title: [
      'Calls that fail in an outage of 36 minutes',
      'By the minute of an hour in which it begins, at a call a second.',
      'Tokens live for an hour. Simulated.',
    ],
    data: { values },
    facet: { row: panels() },
    spec: {
      width: 720,
      height: 80,
      mark: { type: 'bar', width: 10, align: 'left' },
      encoding: {
        x: {
          field: 'minute',
          type: 'quantitative',
          title: 'minute in which it begins',
          scale: { domain: [0, 60] },
          axis: { grid: false },
        },
        y: {
          field: 'failed',
          type: 'quantitative',
          title: 'failed calls',
          axis: { tickCount: 3 },
        },
        color: COLOR,
      },
    },
  };
}
