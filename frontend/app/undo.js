/** Taking back what was cancelled, removed or cleared: what this page did by a key, what anybody did from a list. */
import { run } from './actions.js';
import { request } from './api.js';
import { t } from './i18n.js';
import { dismiss, notify } from './notices.js';
import { errorWords } from './words.js';

/** @typedef {{id: number, action: 'cancel' | 'remove' | 'clear', jobs: number, episodes: number, files: boolean, created_at: string, until: string}} Undo */
/** @typedef {{undo: Undo, note: number}} Offer */

/** What this page did and has not taken back, the newest last. @type {Offer[]} */
let offers = [];

/** Say what was done, with a button that takes it back. @param {Undo} undo @param {string} words */
export function offerUndo(undo, words) {
  const note = notify('info', words, { action: { label: t('hands.undo'), run: () => takeBack(undo.id) } });
  offers.push({ undo, note });
}

/** Take back what this page did last. @returns {Promise<boolean>} false when there is nothing to take back */
export async function undoLast() {
  const now = Date.now();
  offers = offers.filter(({ undo }) => Date.parse(undo.until) > now);
  const last = offers.at(-1);
  return last ? takeBack(last.undo.id) : false;
}

/** @param {number} id @returns {Promise<boolean>} */
export async function takeBack(id) {
  /** @type {Undo & {refused: import('./types.js').ErrorData[]} | undefined} */
  let back;
  const done = await run(`undo/${id}`, async () => (back = await request('POST', `undo/${id}`)));
  const offer = offers.find(({ undo }) => undo.id === id);
  if (!back) return done;
  offers = offers.filter((other) => other !== offer);
  if (offer) dismiss(offer.note);
  notify('info', t('hands.undone', { count: back.episodes }));
  if (back.refused.length > 0) notify('error', back.refused.map(errorWords).join(' '));
  return done;
}

/** What can still be undone, by whomever it was done, the newest first. @returns {Promise<Undo[]>} @throws {import('./api.js').ApiError} */
export async function readUndoable() {
  return (await request('GET', 'undo', { query: { limit: 20 } })).items;
}
