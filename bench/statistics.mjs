// What is said about many figures.

/** The figure that `part`, from 0 to 1, of them do not exceed. */
export function quantile(figures, part) {
  const sorted = Float64Array.from(figures).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

export function median(figures) {
  return quantile(figures, 0.5);
}

/** The median of each field, of records with the same fields. */
export function medians(records) {
  const fields = Object.keys(records[0]);
  return Object.fromEntries(
    fields.map((field) => [field, median(records.map((record) => record[field]))]),
  );
}

/** Four significant digits: what lies beyond is noise, and reads badly in results.json. */
export function rounded(value) {
  return Number(value.toPrecision(4));
}
