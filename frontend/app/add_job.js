/** What the form for new downloads knows: reading addresses, guessing a title, laying a refusal at the field it speaks of. */
import { errorWords } from './words.js';

export const LANGUAGE_CHOICES = ['German Sub', 'German Dub', 'English Sub', 'English Dub'];
export const HOSTER_CHOICES = ['VOE', 'Vidoza', 'Doodstream', 'Filemoon', 'Vidmoly', 'Streamtape'];
const NO_TITLE = new Set(['master', 'index', 'playlist', 'video', 'stream', 'anime', 'serie', 'series', 'watch', 'hls', 'media', 'live', 'download']);
const FIELDS = /** @type {Record<string, string>} */ ({
  no_provider: 'episode_urls',
  url_invalid: 'episode_urls',
  address_refused: 'episode_urls',
  no_episodes: 'episode_urls',
});

/** @param {string} text one address a line; the same one twice counts once @returns {string[]} */
export function readAddresses(text) {
  return [...new Set(text.split(/\s+/).filter(Boolean))];
}

/** A title read from an address, empty when it says none. @param {string} address */
export function guessTitle(address) {
  let path;
  try {
    path = decodeURIComponent(new URL(address).pathname);
  } catch {
    return '';
  }
  const parts = path.split('/').filter(Boolean).map(withoutPlace);
  const named = parts.find((part) => /\p{L}{2}/u.test(part) && !NO_TITLE.has(part.toLowerCase()));
  return named ? named.replace(/(^|\s)\p{Ll}/gu, (start) => start.toUpperCase()).slice(0, 200) : '';
}

/** @param {string} part of a path */
function withoutPlace(part) {
  return part
    .replace(/\.[a-z0-9]{2,4}$/i, '')
    .replace(/[-_.\s]*(s\d+e\d+|\d+x\d+|(staffel|season|episode|folge|ep)[-_.\s]*\d+|\d+p).*$/i, '')
    .replace(/[-_.+]+/g, ' ')
    .trim();
}

/** @param {FormData} form @returns {Record<string, unknown>} the body of the request */
export function readJob(form) {
  const text = (/** @type {string} */ name) => String(form.get(name) ?? '').trim();
  return {
    anime_title: text('anime_title'),
    episode_urls: readAddresses(text('episode_urls')),
    language: text('language') || null,
    provider: text('provider') || null,
    paused: form.has('paused'),
  };
}

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
  const name = FIELDS[code] ?? String(params?.field ?? '').split('.')[0];
  return ['anime_title', 'episode_urls', 'language', 'provider'].includes(name) ? name : 'form';
}
