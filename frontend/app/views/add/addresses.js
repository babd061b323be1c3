/** Reading addresses: what was typed or pasted, and files of them; a title guessed from one. Needs no page. */

const NO_TITLE = new Set(['master', 'index', 'playlist', 'video', 'stream', 'anime', 'serie', 'series', 'watch', 'hls', 'media', 'live', 'download']);
const SCHEMES = new Set(['http:', 'https:']);
const LONGEST_TITLE = 200;
/** How a file of addresses may be called, for the dialog that chooses one. */
export const FILE_KINDS = '.txt,.m3u,.m3u8,.json,.csv,.list,text/plain,application/json';
export const QUEUE_FILE = 'aniworld-dl-queue';

/** @typedef {{number: number, text: string}} Line the number from 1 */

/** @param {string} text @returns {boolean} whether it can be the address of something on the web */
export function isAddress(text) {
  try {
    const url = new URL(text);
    return SCHEMES.has(url.protocol) && url.hostname !== '' && /^https?:\/\//i.test(text);
  } catch {
    return false;
  }
}

/** The words of each line; a line that begins with `#` is a remark. @param {string} text @returns {string[][]} */
function wordsOfLines(text) {
  return text.split(/\r\n|\r|\n/).map((line) => (line.trimStart().startsWith('#') ? [] : line.split(/\s+/).filter(Boolean)));
}

/** Everything that is meant as an address, in order, the same one once. @param {string} text @returns {string[]} */
export function readAddresses(text) {
  return [...new Set(wordsOfLines(text).flat())];
}

/** The lines in which something is no address. @param {string} text @returns {Line[]} */
export function wrongLines(text) {
  return wordsOfLines(text)
    .map((words, index) => ({ number: index + 1, text: words.find((word) => !isAddress(word)) ?? '' }))
    .filter(({ text: wrong }) => wrong !== '');
}

/** The text without what is no address. @param {string} text */
export function withoutWrong(text) {
  const wrong = new Set(wrongLines(text).map(({ number }) => number));
  const lines = text.split(/\r\n|\r|\n/);
  return lines.map((line, index) => (wrong.has(index + 1) ? line.split(/\s+/).filter(isAddress).join(' ') : line)).filter((line) => line.trim() !== '').join('\n');
}

/** Put addresses behind those that are there, each once. @param {string} text @param {string[]} more */
export function appended(text, more) {
  const known = new Set(readAddresses(text));
  const fresh = [...new Set(more)].filter((address) => !known.has(address));
  return { text: [text.replace(/\s+$/, ''), ...fresh].filter(Boolean).join('\n'), count: fresh.length };
}

/**
 * The addresses in a file: a list, a playlist of them, or any JSON that has some. `isQueue`: it is an exported queue.
 * @param {string} content @returns {{addresses: string[], isQueue: boolean}}
 */
export function readFile(content) {
  const text = content.replace(/^\ufeff/, '');
  if (/^\s*[[{]/.test(text)) {
    try {
      const value = JSON.parse(text);
      return { addresses: [...new Set(addressesIn(value))], isQueue: value?.format === QUEUE_FILE };
    } catch {
      // no JSON after all: read as any other text
    }
  }
  const found = text.match(/https?:\/\/[^\s"'<>;,]+/gi) ?? [];
  return { addresses: [...new Set(found.filter(isAddress))], isQueue: false };
}

/** @param {unknown} value @returns {string[]} */
function addressesIn(value) {
  if (typeof value === 'string') return isAddress(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(addressesIn);
  return value && typeof value === 'object' ? Object.values(value).flatMap(addressesIn) : [];
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
  return named ? named.replace(/(^|\s)\p{Ll}/gu, (start) => start.toUpperCase()).slice(0, LONGEST_TITLE) : '';
}

/** @param {string} part of a path */
function withoutPlace(part) {
  return part
    .replace(/\.[a-z0-9]{2,4}$/i, '')
    .replace(/[-_.\s]*(s\d+e\d+|\d+x\d+|(staffel|season|episode|folge|ep)[-_.\s]*\d+|\d+p).*$/i, '')
    .replace(/[-_.+]+/g, ' ')
    .trim();
}
