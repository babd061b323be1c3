/** What the page knows of the settings: their order, their units, and whether what was typed can be one. Knows no page. */

/** Settings that change while everything runs, in groups. What is in none of them is shown below these. */
export const GROUPS = /** @type {const} */ ([
  { name: 'parallel', icon: 'layers', fields: ['max_concurrent_downloads', 'queue_order', 'connections_per_episode', 'connections_per_host', 'retries_per_episode'] },
  { name: 'keeping', icon: 'hard-drive', fields: ['disk_reserve_bytes', 'history_days', 'history_count'] },
  { name: 'wishes', icon: 'languages', fields: ['languages', 'providers', 'standing_wishes', 'standing_check_hours', 'standing_days'] },
  { name: 'bandwidth', icon: 'gauge', fields: ['bandwidth_limit_bytes_per_s', 'bandwidth_schedule'] },
]);

/** How many of what is stored one of what is typed is. */
const SCALES = /** @type {Record<string, number>} */ ({ bandwidth_limit_bytes_per_s: 1e6, disk_reserve_bytes: 1e9 });
export const UNITS = /** @type {Record<string, string>} */ ({ bandwidth_limit_bytes_per_s: 'MB/s', disk_reserve_bytes: 'GB', history_days: 'days', standing_check_hours: 'hours', standing_days: 'days' });

/**
 * @typedef {{name: string, value: any, is_set: boolean, configured: any, default: any, source: string, live: boolean, secret: boolean,
 *   variable: string, option: string | null, kind: string, nullable: boolean, minimum: number | null, maximum: number | null,
 *   choices: any[]}} Setting
 * @typedef {{value: any} | {fault: string, values: Record<string, unknown>}} Reading
 */

/** What stands in the field for a value. @param {string} name @param {any} value @returns {string} */
export function typedOf(name, value) {
  if (value === null || value === undefined) return '';
  return typeof value === 'number' ? String(Number((value / (SCALES[name] ?? 1)).toPrecision(12))) : String(value);
}

/** The bounds in the unit of the field. @param {Setting} setting */
export function boundsOf({ name, minimum, maximum }) {
  const scale = SCALES[name] ?? 1;
  return { min: minimum === null ? null : minimum / scale, max: maximum === null ? null : maximum / scale };
}

/** Whether the steps of a field are whole. @param {string} name */
export function isWhole(name) {
  return !(name in SCALES);
}

/** The value for what was typed into a number's field. @param {Setting} setting @param {string} typed @returns {Reading} */
export function readNumber(setting, typed) {
  const { min, max } = boundsOf(setting);
  const text = typed.trim().replace(',', '.');
  if (text === '') return setting.nullable ? { value: null } : { fault: 'settings.fault.empty', values: {} };
  const number = Number(text);
  const whole = isWhole(setting.name);
  if (!Number.isFinite(number)) return { fault: 'settings.fault.number', values: {} };
  if (whole && !Number.isInteger(number)) return { fault: 'settings.fault.whole', values: {} };
  if (min !== null && number < min) return { fault: max === null ? 'settings.fault.least' : 'settings.fault.between', values: { min, max } };
  if (max !== null && number > max) return { fault: 'settings.fault.between', values: { min, max } };
  return { value: whole ? number : Math.round(number * (SCALES[setting.name] ?? 1)) };
}

/** Whether two values of a setting are the same. @param {unknown} one @param {unknown} other */
export function sameValue(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
