/** The tail of the log as the page keeps it. Knows no page. */

/** @typedef {{seq: number, at: string, level: string, logger: string, event: string, fields: Record<string, unknown>}} LogLine */

export const MOST_LINES = 1000;
export const LEVELS = /** @type {const} */ (['info', 'warning', 'error']);
const RANKS = /** @type {Record<string, number>} */ ({ debug: 0, info: 1, warning: 2, error: 3, critical: 4 });

/**
 * Lines with those that came since. A service that was started anew counts from the beginning: then only its lines are left.
 * @param {LogLine[]} known @param {{items: LogLine[], last: number}} read
 */
export function withNew(known, read) {
  const before = known.at(-1)?.seq ?? 0;
  if (read.last < before) return read.items;
  const fresh = read.items.filter((line) => line.seq > before);
  return fresh.length ? [...known, ...fresh].slice(-MOST_LINES) : known;
}

/** @param {LogLine[]} lines @param {string} level the least that is shown */
export function atLeast(lines, level) {
  return lines.filter((line) => (RANKS[line.level] ?? 1) >= RANKS[level]);
}

/** What happened to what, without time and level. @param {LogLine} line */
export function fieldsText(line) {
  const shown = Object.entries(line.fields).filter(([, value]) => value !== null && value !== '');
  return shown.map(([name, value]) => `${name}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`).join(' ');
}

/** One line of text, to be copied. @param {LogLine} line */
export function lineText(line) {
  return `${line.at} ${line.level.toUpperCase()} ${line.event} ${fieldsText(line)}`.trim();
}
