/** Sentences for what the server sends as codes: errors, reasons, places of episodes. */
import { bytes, duration, moment } from './format.js';
import { has, t } from './i18n.js';
import { stats } from './state.js';

/** @typedef {import('./types.js').ErrorData} ErrorData */

/** @param {ErrorData} error @returns {string} a sentence that says what to do; the server's own for a code this page does not know */
export function errorWords(error) {
  const values = readable(error.params ?? {});
  const special = `error.${error.code}.${error.params?.missing === '' ? 'unknown' : error.params?.status}`;
  if (has(special)) return t(special, values);
  return has(`error.${error.code}`) ? t(`error.${error.code}`, values) : error.text || error.code;
}

/**
 * Why a row waits. That the whole queue is paused is told once, not for each of its episodes, so it is asked here.
 * @param {import('./rows.js').Row} row
 */
export function reasonWords(row) {
  let code = row.$('reason').value;
  const text = row.$('reason_text').value;
  if (!code) return '';
  if (code === 'slot' || code === 'queue_paused') code = stats.$('queue_paused').value ? 'queue_paused' : 'slot';
  return has(`reason.${code}`) ? t(`reason.${code}`) : text || code;
}

/** Which version a file is, where it is not the one that was wished for most; else nothing. @param {any} taken */
export function takenWords(taken) {
  const wished = [taken?.instead_of_language, taken?.instead_of_provider].filter(Boolean).join(' · ');
  if (!wished) return '';
  return t('version.instead', { taken: [taken.language, taken.provider].filter(Boolean).join(' · '), wished });
}

/** What an episode still waits for. @param {any} standing */
export function standingWords({ wanted, next_at: next, until, error }) {
  const words = t('version.waits', { wanted, next: moment(next), until: moment(until) });
  return error ? `${words} ${t('version.look_failed', { reason: errorWords(error) })}` : words;
}

/** @param {ErrorData} notice what people must know about the whole queue */
export function noticeWords({ code, params, text }) {
  return has(`notice.${code}`) ? t(`notice.${code}`, params) : (text ?? code);
}

/** Sizes, times and codes among the values of a sentence, as people read them. @param {Record<string, unknown>} params */
export function readable(params) {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, readableValue(name, value)]));
}

/** @param {string} name @param {unknown} value */
function readableValue(name, value) {
  if (typeof value === 'number' && name.endsWith('_bytes')) return bytes(value);
  if (typeof value === 'number' && name.endsWith('_s')) return duration(value);
  if (name === 'status' && typeof value === 'number') return String(value);
  if (['status', 'action', 'what', 'field'].includes(name) && has(`${name}.${value}`)) return t(`${name}.${value}`);
  if (name === 'value' && value === '') return t('error.empty_value');
  if (name === 'missing' && value === '') return t('error.missing_unknown');
  return value;
}

/** @param {{season?: number | null, number?: number | null, position?: number}} episode @returns {string} S01E04, else the place in the list */
export function placeWords(episode) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  if (episode.number !== null && episode.number !== undefined) return `S${two(episode.season ?? 1)}E${two(episode.number)}`;
  return t('episode.position', { number: episode.position ?? 1 });
}
