// How every chart looks, on GitHub's light and dark pages. The page shows through.

/** The candidates as charts call them, in the order of a row's values. */
export const NAMES = ['the recipe', '@databricks/lakebase', 'lakebase-token'];

export const THEMES = {
  light: {
    text: '#1f2328',
    muted: '#59636e',
    line: '#d1d9e0',
    band: '#cf222e',
    candidates: ['#bc4c00', '#8250df', '#0969da'],
  },
  dark: {
    text: '#f0f6fc',
    muted: '#9198a1',
    line: '#3d444d',
    band: '#f85149',
    candidates: ['#f0883e', '#a371f7', '#58a6ff'],
  },
};

/**
 * A vega-lite specification that draws `chart` in the colours of `theme`. No line of its title may have
 * more than 75 characters: without a canvas Vega takes text to be wider than it is, and makes room.
 */
export function themed({ title, ...chart }, theme) {
  const [text, ...subtitle] = title;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: title.join('. '),
    background: null,
    padding: 8,
    params: [
      { name: 'bandColor', value: theme.band },
      { name: 'textColor', value: theme.text },
    ],
    title: { text, subtitle, anchor: 'start', offset: 14 },
    ...chart,
    config: {
      // Not a description of every single mark: the chart's own says what it shows.
      mark: { aria: false },
      range: { category: theme.candidates },
      font: 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
      title: {
        color: theme.text,
        subtitleColor: theme.muted,
        fontSize: 15,
        subtitleFontSize: 12,
        subtitlePadding: 6,
      },
      axis: {
        labelColor: theme.muted,
        titleColor: theme.muted,
        titleFontWeight: 'normal',
        gridColor: theme.line,
        domainColor: theme.line,
        tickColor: theme.line,
      },
      header: { labelColor: theme.text, labelFontSize: 12, labelFontWeight: 'bold' },
      view: { stroke: null },
    },
  };
}
