/** What was typed for new downloads: kept over faults, changes of the view and reloads, until it is queued or the tab is closed. */
import { newIdempotencyKey } from '../../actions.js';
import { computed, effect, signal } from '../../dom.js';
import { recall, remember } from '../../storage.js';
import { guessTitle, readAddresses, wrongLines } from './addresses.js';

const MEGABYTE = 1_000_000;
const SAVE_AFTER_MS = 250;
/** `guessed`: the title that was last proposed. `limit`: as typed, in megabytes per second. */
const EMPTY = { urls: '', title: '', guessed: '', language: '', provider: '', priority: '', limit: '', paused: false, standing: false };

/** @typedef {typeof EMPTY} Draft @type {import('../../types.js').Signal<Draft>} */
export const draft = signal({ ...EMPTY, ...kept() });
export const addresses = computed(() => readAddresses(draft.value.urls));
export const wrong = computed(() => wrongLines(draft.value.urls));
/** What a plan depends on: with another one it is of no use any more. */
export const asked = computed(() => JSON.stringify([addresses.value, draft.value.title.trim(), draft.value.language.trim(), draft.value.provider.trim()]));

let key = newIdempotencyKey();
let timer = 0;

effect(() => {
  const text = JSON.stringify(draft.value);
  clearTimeout(timer);
  timer = window.setTimeout(() => remember('draft', text, { forTab: true }), SAVE_AFTER_MS);
});
window.addEventListener('pagehide', () => remember('draft', JSON.stringify(draft.peek()), { forTab: true }));

/** @returns {Partial<Draft>} */
function kept() {
  try {
    const found = JSON.parse(recall('draft') ?? '{}');
    return Object.fromEntries(Object.entries(found).filter(([name, value]) => typeof value === typeof EMPTY[/** @type {keyof Draft} */ (name)]));
  } catch {
    return {};
  }
}

/** Change what is typed. @param {Partial<Draft>} changes */
export function type(changes) {
  key = newIdempotencyKey();
  draft.value = { ...draft.peek(), ...changes };
}

/** Change the addresses, and propose a title until somebody has typed another one. @param {string} urls */
export function typeAddresses(urls) {
  const { title, guessed } = draft.peek();
  if (title !== '' && title !== guessed) return type({ urls });
  const proposed = guessTitle(readAddresses(urls)[0] ?? '');
  type({ urls, title: proposed, guessed: proposed });
}

/** Language, provider and limits stay: the next request is often of the same kind. */
export function empty() {
  type({ urls: '', title: '', guessed: '', paused: false });
}

/** The same for a repeated try, so that it is queued once. */
export function currentKey() {
  return key;
}

/** @param {(string | Record<string, unknown>)[]} urls @returns {Record<string, unknown>} the body of the request */
export function bodyOf(urls) {
  const { title, language, provider, priority, limit, paused, standing } = draft.peek();
  const rate = Number(limit);
  return {
    anime_title: title.trim(),
    episode_urls: urls,
    language: language.trim() || null,
    provider: provider.trim() || null,
    ...(priority !== '' && { priority: Number(priority) }),
    ...(limit !== '' && rate > 0 && { bandwidth_limit_bytes_per_s: Math.round(rate * MEGABYTE) }),
    paused,
    ...(standing && { standing }),
  };
}
