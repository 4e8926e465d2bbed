// How long callers waited, over a minute in which the token is renewed every few seconds.
import { binned, layer, panelChart } from './panels.mjs';

export function rotation({ rotation: rows }) {
  const { bins, binMs } = rows.find(({ bins }) => bins !== undefined);
  return panelChart({
    title: [
      'How long callers wait while the token rotates',
      'The longest wait of each quarter of a second, at 100 calls per second.',
      'A token lives for 6 s, a request takes 150 ms.',
    ],
    values: binned(bins, (waitMs, bin) => ({ waitMs, second: (bin * binMs) / 1000 })),
    height: 64,
    ...layer({
      mark: { type: 'area', interpolate: 'step-after', line: { strokeWidth: 1.2 }, opacity: 0.35 },
      x: { field: 'second', title: 'seconds' },
      y: { field: 'waitMs', title: 'ms' },
    }),
  });
}
