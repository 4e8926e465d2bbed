// The one shape of every chart: panels of one width above one another, each under its name, with a
// colour for each candidate. So none needs a legend.
import { NAMES } from './theme.mjs';

/**
 * What theme.mjs draws: a panel for each candidate, unless `facet` says otherwise. `drawn` is what each
 * shows: one `layer(…)`, or `{ layer: [ … ] }` and what they have in common.
 */
export function panelChart({ title, values, facet, width = 720, height = 80, ...drawn }) {
  return {
    title,
    data: { values },
    facet: { row: panels('name', NAMES), ...facet },
    spec: { width, height, ...drawn },
  };
}

/** A panel for each value of `field`. */
export function panels(field, sort) {
  return {
    field,
    type: 'nominal',
    sort,
    title: null,
    spacing: 14,
    header: { labelOrient: 'top', labelAnchor: 'start', labelPadding: 4 },
  };
}

/** Marks over two axes of numbers, in the candidates' colours. */
export function layer({ x, y, ...more }) {
  const type = 'quantitative';
  return {
    ...more,
    encoding: {
      x: { type, scale: { nice: false }, axis: { grid: false }, ...x },
      y: { type, axis: { tickCount: 3 }, ...y },
      color: COLOR,
    },
  };
}

/** A row's bins as values: what `fields` makes of each, and the candidate's name. */
export function binned(bins, fields) {
  return NAMES.flatMap((name, candidate) =>
    (bins[candidate] ?? []).map((figure, index) => ({ name, ...fields(figure, index, candidate) })),
  );
}

export const COLOR = {
  field: 'name',
  type: 'nominal',
  sort: null,
  scale: { domain: NAMES },
  legend: null,
};
