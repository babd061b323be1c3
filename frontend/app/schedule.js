/**
 * The weekly schedule of the bandwidth: its rules as text, and as a grid of days and hours. Knows no page.
 *
 * A cell is what holds in an hour: null (the usual limit), `stop`, `none` (no limit) or bytes per second.
 * @typedef {null | 'stop' | 'none' | number} Cell
 * @typedef {{days: number[], start: number, stop: number, effect: Cell}} Rule minutes since midnight, days from Monday
 */
export const DAYS = /** @type {const} */ (['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const DAY_MIN = 1440;
const UNITS = /** @type {Record<string, number>} */ ({ '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 });

/** @param {string} text such as `mon-fri 08:00-18:00 2M` @returns {Rule | null} null for what is no rule */
export function readRule(text) {
  const words = text.trim().toLowerCase().split(/\s+/);
  if (words.length !== 3) return null;
  const days = readDays(words[0]);
  const span = /^(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)$/.exec(words[1]);
  const effect = readEffect(words[2]);
  if (!days || !span || effect === undefined) return null;
  const [start, stop] = [Number(span[1]) * 60 + Number(span[2]), Number(span[3]) * 60 + Number(span[4])];
  return start >= DAY_MIN || stop > DAY_MIN ? null : { days, start, stop, effect };
}

/** @param {string} words @returns {number[] | null} */
function readDays(words) {
  if (words === 'daily') return [0, 1, 2, 3, 4, 5, 6];
  const found = new Set();
  for (const part of words.split('+')) {
    const [first, last = first, more] = part.split('-').map((name) => DAYS.indexOf(/** @type {any} */ (name)));
    if (first < 0 || last < 0 || more !== undefined) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === last) break;
    }
  }
  return [...found].sort();
}

/** @param {string} text @returns {Cell | undefined} */
function readEffect(text) {
  if (text === 'stop' || text === 'none') return text;
  const found = /^(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?(?:\/s)?$/.exec(text);
  if (!found) return undefined;
  const bytes = Math.floor(Number(found[1]) * UNITS[found[2].toUpperCase()]);
  return bytes >= 1024 ? bytes : undefined;
}

/** What holds in each hour. `exact` is false when a rule begins or ends within an hour. @param {string[]} texts */
export function gridOf(texts) {
  const rules = texts.map(readRule);
  const known = /** @type {Rule[]} */ (rules.filter(Boolean));
  const exact = known.length === rules.length && known.every((rule) => rule.start % 60 === 0 && rule.stop % 60 === 0);
  const cells = DAYS.map((_, day) => HOURS.map((hour) => known.find((rule) => holds(rule, day, hour * 60))?.effect ?? null));
  return { cells, exact };
}

/** @param {Rule} rule @param {number} day @param {number} minute */
function holds({ days, start, stop }, day, minute) {
  if (start < stop) return days.includes(day) && start <= minute && minute < stop;
  return (days.includes(day) && minute >= start) || (days.includes((day + 6) % 7) && minute < stop);
}

/** The rules of a grid: equal spans of several days are one rule. @param {Cell[][]} cells @returns {string[]} */
export function rulesOf(cells) {
  /** @type {Map<string, {days: number[], span: string, effect: Cell}>} */
  const spans = new Map();
  cells.forEach((hours, day) => {
    for (let start = 0, stop = 0; start < 24; start = stop) {
      for (stop = start + 1; stop < 24 && hours[stop] === hours[start]; ) stop += 1;
      if (hours[start] === null) continue;
      const span = `${two(start)}:00-${two(stop)}:00`;
      const key = `${span} ${hours[start]}`;
      const known = spans.get(key);
      if (known) known.days.push(day);
      else spans.set(key, { days: [day], span, effect: hours[start] });
    }
  });
  return [...spans.values()].map(({ days, span, effect }) => `${writeDays(days)} ${span} ${effect}`);
}

/** @param {number[]} days in order */
function writeDays(days) {
  if (days.length === 7) return 'daily';
  const parts = [];
  for (let at = 0, end = 0; at < days.length; at = end + 1) {
    for (end = at; days[end + 1] === days[end] + 1; ) end += 1;
    if (end - at >= 2) parts.push(`${DAYS[days[at]]}-${DAYS[days[end]]}`);
    else for (let each = at; each <= end; each += 1) parts.push(DAYS[days[each]]);
  }
  return parts.join('+');
}

/** @param {number} value */
function two(value) {
  return String(value).padStart(2, '0');
}
