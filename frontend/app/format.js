/** Numbers, sizes, rates and times in the page's language, by Intl. Each reads the language, so what uses it follows a change. */
import { region } from './i18n.js';

/** @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat>} */
const formatters = new Map();
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
const PERCENT = /** @type {const} */ ({ style: 'percent' });
const WHOLE = { maximumFractionDigits: 0 };
export const NONE = '–';

/** @param {Intl.NumberFormatOptions} options @param {string} [name] tells it from others, where it is asked for often @returns {Intl.NumberFormat} */
function numbers(options, name = JSON.stringify(options)) {
  const key = region.value + name;
  let made = formatters.get(key);
  if (!made) formatters.set(key, (made = new Intl.NumberFormat(region.value, options)));
  return /** @type {Intl.NumberFormat} */ (made);
}

/** @param {Intl.DateTimeFormatOptions} options @returns {Intl.DateTimeFormat} */
function dates(options) {
  const key = region.value + JSON.stringify(options);
  let made = formatters.get(key);
  if (!made) formatters.set(key, (made = new Intl.DateTimeFormat(region.value, options)));
  return /** @type {Intl.DateTimeFormat} */ (made);
}

/** @param {number} value @param {string} suffix */
function scaled(value, suffix) {
  let step = 0;
  let size = value;
  while (size >= 999.5 && step < UNITS.length - 1) {
    size /= 1000;
    step += 1;
  }
  const digits = step > 0 && size < 99.95 ? 1 : 0;
  const options = { style: /** @type {const} */ ('unit'), unit: UNITS[step] + suffix, maximumFractionDigits: digits, minimumFractionDigits: digits };
  return numbers(options, `${options.unit}${digits}`).format(size);
}

/** @param {number | null | undefined} value */
export function bytes(value) {
  return value === null || value === undefined ? NONE : scaled(value, '');
}

/** @param {number | null | undefined} value bytes per second */
export function speed(value) {
  return value ? scaled(value, '-per-second') : NONE;
}

/** Whole percent, rounded down: 100 % is said when it is true. @param {number | null | undefined} value 0 to 100 */
export function percent(value) {
  return numbers(PERCENT, 'percent').format(Math.floor(value ?? 0) / 100);
}

/** @param {number} value */
export function integer(value) {
  return numbers(WHOLE, 'whole').format(value);
}

/** The two largest units. @param {number | null | undefined} seconds */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return NONE;
  const whole = Math.max(0, Math.round(seconds));
  const parts = /** @type {[number, string][]} */ ([
    [Math.floor(whole / 86400), 'day'],
    [Math.floor(whole / 3600) % 24, 'hour'],
    [Math.floor(whole / 60) % 60, 'minute'],
    [whole % 60, 'second'],
  ]);
  const first = Math.max(0, parts.findIndex(([amount]) => amount > 0));
  const from = whole === 0 ? 3 : first;
  const chosen = parts.slice(from, from + (from === 2 && whole >= 600 ? 1 : 2)).filter(([amount], index) => amount > 0 || index === 0);
  return chosen.map(([amount, unit]) => numbers({ style: 'unit', unit, unitDisplay: 'short' }).format(amount)).join(' ');
}

/** Time of day with seconds. @param {Date} when */
export function clock(when) {
  return dates({ timeStyle: 'medium' }).format(when);
}

/** Time of day without seconds. @param {Date} when */
export function dayTime(when) {
  return dates({ timeStyle: 'short' }).format(when);
}

/** Time of day, with the date unless it is today. @param {string | null | undefined} iso RFC 3339 */
export function moment(iso) {
  if (!iso) return NONE;
  const when = new Date(iso);
  const today = when.toDateString() === new Date().toDateString();
  return dates(today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }).format(when);
}

/** @param {number} day from Monday @param {'short' | 'long'} [length] */
export function dayName(day, length = 'short') {
  return dates({ weekday: length, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + day))); // a Monday
}
