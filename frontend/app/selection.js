/** Which rows are selected, by keys such as `job:12` and `episode:345`. Bookkeeping only: views draw it. */
import { computed, signal } from './dom.js';
import { episodes, jobs } from './rows.js';

/** @typedef {{kind: 'job' | 'episode', id: number, row: import('./rows.js').Row}} Target what a command is for */

/** @type {import('./types.js').Signal<ReadonlySet<string>>} */
export const selected = signal(/** @type {ReadonlySet<string>} */ (new Set()));

/** @type {Record<string, import('./rows.js').Table>} */
const TABLES = { job: jobs, episode: episodes };

/** Where a range begins. @type {string | null} */
let anchor = null;
/** What was selected when the range began: Ctrl and Shift together add to it. @type {ReadonlySet<string>} */
let base = new Set();

/** @param {string} key @returns {import('./types.js').Signal<boolean>} one a row, so that a row redraws only itself */
export function isSelected(key) {
  return computed(() => selected.value.has(key));
}

/** @param {Target['kind']} kind @param {number} id */
export function keyOf(kind, id) {
  return `${kind}:${id}`;
}

/**
 * What a click does: alone it selects the row alone, with Ctrl (or Cmd) it adds or takes away, with Shift it selects
 * from the last one to this one, with both it adds that range.
 * @param {string} key @param {{shift?: boolean, ctrl?: boolean}} held @param {readonly string[]} order the visible rows' keys
 */
export function select(key, { shift = false, ctrl = false }, order) {
  const from = anchor === null ? -1 : order.indexOf(anchor);
  const to = order.indexOf(key);
  if (shift && from >= 0 && to >= 0) {
    const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
    selected.value = new Set(ctrl ? [...base, ...range] : range);
    return;
  }
  selected.value = ctrl ? toggled(key) : new Set([key]);
  anchor = key;
  base = selected.value;
}

/** @param {string} key */
function toggled(key) {
  const keys = new Set(selected.peek());
  if (!keys.delete(key)) keys.add(key);
  return keys;
}

/** @param {readonly string[]} keys */
export function selectAll(keys) {
  anchor = keys[0] ?? null;
  base = new Set();
  selected.value = new Set(keys);
}

export function clearSelection() {
  selectAll([]);
}

/** Let go of rows that are shown no longer: nobody acts on what cannot be seen. @param {(key: string) => boolean} visible */
export function keepVisible(visible) {
  if (anchor !== null && !visible(anchor)) anchor = null;
  const kept = [...selected.peek()].filter(visible);
  if (kept.length < selected.peek().size) selected.value = new Set(kept);
}

/** @param {string} key @returns {Target | null} null for a row that is no more */
export function targetOf(key) {
  const [kind, id] = key.split(':');
  const row = TABLES[kind]?.rows.get(Number(id));
  return row ? { kind: /** @type {Target['kind']} */ (kind), id: row.id, row } : null;
}

/** What is selected, in the order it is listed; an episode whose job is selected too is not there twice. @returns {Target[]} */
export function selectedTargets() {
  const found = [...selected.value].map(targetOf).filter((target) => target !== null);
  return found.filter(({ kind, row }) => kind === 'job' || !selected.value.has(keyOf('job', row.data.job_id)));
}

/** @returns {{jobs: number[], episodes: number[]}} */
export function selection() {
  return idsOf(selectedTargets());
}

/** @param {readonly Target[]} targets @returns {{jobs: number[], episodes: number[]}} */
export function idsOf(targets) {
  const ids = (/** @type {Target['kind']} */ wanted) => targets.filter(({ kind }) => kind === wanted).map(({ id }) => id);
  return { jobs: ids('job'), episodes: ids('episode') };
}
