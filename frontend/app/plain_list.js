/** A list all of whose rows are in the page, lent to the hands: their keys in order, and how to come to one. */
import { focusSoon } from './focus.js';

/**
 * @param {() => readonly string[]} keys of the rows, in order
 * @param {(key: string, open: boolean | null) => boolean} [unfold] null: the other way round; false where nothing unfolds
 * @returns {import('./list.js').List}
 */
export function plainList(keys, unfold = () => false) {
  return {
    order: keys,
    places: keys,
    holds: (key) => keys().includes(key),
    first: () => keys()[0] ?? null,
    focus: (key) => focusSoon(`main [data-key="${key}"] .tick input`),
    unfold,
  };
}
