/** The list of rows that is shown: its order, and how to come to a row. A view that has one lends it here while it is shown. */
import { signal } from './dom.js';
import { select, targetOf } from './selection.js';

/**
 * @typedef {object} List
 * @property {() => readonly string[]} order the keys of the visible rows (`job:12`), those that no element stands for yet too
 * @property {() => readonly string[]} places the same, with rows that have the focus and are not selected
 * @property {(key: string) => boolean} holds whether a row is among those places
 * @property {() => string | null} first the first of them
 * @property {(key: string) => void} focus bring a row into sight and give it the focus
 * @property {(key: string, open: boolean | null) => boolean} unfold null: the other way round; false where nothing unfolds
 */

const PAGE_ROWS = 10;

export const list = signal(/** @type {List | null} */ (null));

/** The row that has the focus, or in which something has it. @returns {string | null} */
export function focusedKey() {
  return document.activeElement?.closest('[data-key]')?.getAttribute('data-key') ?? null;
}

/** @param {Element} element @returns {string | null} */
export function keyAt(element) {
  return element.closest('[data-key]')?.getAttribute('data-key') ?? null;
}

/**
 * Go to another row.
 * @param {'up' | 'down' | 'first' | 'last' | 'page_up' | 'page_down'} where @param {{extend?: boolean}} [options] extend: the selection, too
 * @returns {boolean} whether there was one to go to
 */
export function go(where, { extend = false } = {}) {
  const order = (extend ? list.value?.order() : list.value?.places()) ?? [];
  const from = focusedKey();
  if (order.length === 0 || !list.value) return false;
  const at = from === null ? -1 : order.indexOf(from);
  const to = { up: at - 1, down: at + 1, first: 0, last: order.length - 1, page_up: at - PAGE_ROWS, page_down: at + PAGE_ROWS }[where];
  const key = order[Math.min(order.length - 1, Math.max(0, to))];
  if (extend && from !== null && at >= 0) select(from, { shift: true }, order); // a range begins here where none has begun
  if (extend) select(key, { shift: true }, order);
  list.value.focus(key);
  return true;
}

/** @param {string} key of a row that is selected, or not: then it alone is meant @param {readonly import('./selection.js').Target[]} chosen */
export function meant(key, chosen) {
  const target = targetOf(key);
  if (!target) return [];
  return chosen.some(({ kind, id }) => kind === target.kind && id === target.id) ? chosen : [target];
}
