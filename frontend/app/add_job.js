/** What the form for new downloads offers, and how a refusal is laid at the field it speaks of. */
import { errorWords } from './words.js';

export const LANGUAGE_CHOICES = ['German Sub', 'German Dub', 'English Sub', 'English Dub', 'German Dub > German Sub > any'];
export const HOSTER_CHOICES = ['VOE', 'Vidoza', 'Doodstream', 'Filemoon', 'Vidmoly', 'Streamtape', 'VOE > Vidoza > any'];
/** In the order in which the form has them. */
export const FIELDS = ['episode_urls', 'anime_title', 'language', 'provider', 'priority', 'bandwidth_limit_bytes_per_s'];
const OF_ADDRESSES = new Set(['no_provider', 'url_invalid', 'address_refused', 'no_episodes']);

/**
 * Words for each field that the server refused; what speaks of no field of the form is under `form`.
 * @param {import('./api.js').ApiError} error @returns {Record<string, string>}
 */
export function fieldWords(error) {
  const found = error.fields.length > 0 ? error.fields.map((params) => ({ code: error.code, params })) : [error];
  /** @type {Record<string, string>} */
  const words = {};
  for (const fault of found) words[fieldOf(fault)] ??= errorWords(/** @type {any} */ (fault));
  return words;
}

/** @param {{code: string, params?: any}} fault */
function fieldOf({ code, params }) {
  const name = OF_ADDRESSES.has(code) ? 'episode_urls' : String(params?.field ?? '').split('.')[0];
  return FIELDS.includes(name) ? name : 'form';
}
