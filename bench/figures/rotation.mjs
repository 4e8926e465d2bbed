// How long callers waited, over a minute in which the token is renewed every few seconds.
import { COLOR, NAMES, panels } from './theme.mjs';

export function rotation({ rotation: rows }) {
  const { bins, binMs } = rows.find(({ bins }) => bins !== undefined);
  const values = NAMES.flatMap((name, candidate) =>
    bins[candidate].map((waitMs, bin) => ({ name, waitMs, second: (bin * binMs) / 1000 })),
  );
  return {
    title: [
      'How long callers wait while the token rotates',
      'The longest wait of each quarter of a second, at 100 calls per second.',
      'A token lives for 6 s, a request takes 150 ms.',
    ],
    data: { values },
    facet: { row: panels() },
    spec: {
      width: 720,
      height: 64,
      mark: { type: 'area', interpolate: 'step-after', line: { strokeWidth: 1.2 }, opacity: 0.35 },
      encoding: {
        x: {
          field: 'second',
          type: 'quantitative',
          title: 'seconds',
          scale: { nice: false },
          axis: { grid: false },
        },
        y: { field: 'waitMs', type: 'quantitative', title: 'ms', axis: { tickCount: 3 } },
        color: COLOR,
      },
    },
  };
}
