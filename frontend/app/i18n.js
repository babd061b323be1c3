/** Words: flat catalogues, plurals by Intl, values by name. */
import { computed, signal } from './dom.js';
import { recall, remember } from './storage.js';

export const LANGUAGES = /** @type {const} */ ({ en: 'English', de: 'Deutsch' });

/** The language of the page. @type {import('./types.js').Signal<string>} */
export const locale = signal('en');
/** @type {import('./types.js').Signal<Record<string, string>>} */
const catalogue = signal({});
/** The same with the reader's region where the browser tells one: English is written differently in London. */
export const region = computed(() => navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === locale.value) ?? locale.value);
const numbers = computed(() => new Intl.NumberFormat(region.value));
const plurals = computed(() => new Intl.PluralRules(locale.value));

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** @returns {string} the remembered language, else the browser's, else English */
export function preferredLanguage() {
  const wished = [recall('language'), ...navigator.languages].map((tag) => (tag ?? '').slice(0, 2).toLowerCase());
  return wished.find((tag) => tag in LANGUAGES) ?? 'en';
}

/** Load a catalogue and show the page in it. @param {string} language @param {{keep?: boolean}} [options] */
export async function useLanguage(language, { keep = false } = {}) {
  const response = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  if (!response.ok) throw new Error(`i18n/${language}.json: ${response.status}`);
  catalogue.value = await response.json();
  locale.value = language;
  document.documentElement.lang = language;
  if (keep) remember('language', language);
}

/** @param {string} key @returns {boolean} */
export function has(key) {
  return Object.hasOwn(catalogue.value, key);
}

/**
 * The words for a key. A `count` among the values chooses between `key.one` and `key.other`.
 * @param {string} key @param {Record<string, unknown>} [values]
 */
export function t(key, values = {}) {
  const words = catalogue.value;
  const plural = typeof values.count === 'number' ? words[`${key}.${plurals.value.select(values.count)}`] : undefined;
  const text = plural ?? words[key] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

/** @param {unknown} value @returns {string} */
function shown(value) {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return numbers.value.format(value);
  const text = String(value);
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}
