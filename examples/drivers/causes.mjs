/** An error and what caused it: every library wraps errors in its own way. */
export function causes(error) {
  const { code, message, cause, parent } = error ?? {};
  return error ? `${code} ${message}; ${causes(cause ?? parent)}` : '';
}
