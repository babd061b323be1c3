/** Which jobs are unfolded, and what stands under each: all episodes of an unfolded one, else those that failed and that run. */
import { computed, effect, signal } from '../../dom.js';
import { EpisodeList, failedEpisodes } from '../../episodes.js';
import { episodes } from '../../rows.js';
import { listeners, snapshots } from '../../state.js';

/** @typedef {import('../../rows.js').Row} Row */

const FAILED_SHOWN = 3;
/** So many unfolded jobs keep what was read of their episodes; beyond, those longest out of view are read again when needed. */
const MOST_LISTS = 80;

/** Whether those are unfolded that are not in `others`. */
const all = signal(false);
const others = signal(/** @type {ReadonlySet<number>} */ (new Set()));
/** Grows when a list has another length than was known. */
export const lengths = signal(0);

/** @type {Map<number, EpisodeList>} */
const lists = new Map();
/** @type {WeakMap<Row, import('../../types.js').Signal<Row[]>>} */
const failures = new WeakMap();

/** @param {number} id */
export function isOpen(id) {
  return others.value.has(id) !== all.value;
}

/** @param {number} id */
export function toggle(id) {
  const changed = new Set(others.peek());
  if (!changed.delete(id)) changed.add(id);
  others.value = changed;
}

/** @param {boolean} open */
export function toggleAll(open) {
  others.value = new Set();
  all.value = open;
}

export const allOpen = computed(() => all.value && others.value.size === 0);

/** The list of an unfolded job, read as soon as somebody wants it. @param {Row} job */
export function listOf(job) {
  let list = lists.get(job.id);
  if (list) lists.delete(job.id);
  else {
    list = new EpisodeList(job.id);
    follow(list);
  }
  lists.set(job.id, list);
  if (lists.size > MOST_LISTS) forget(/** @type {number} */ (lists.keys().next().value));
  return list;
}

/** @param {EpisodeList} list */
function follow(list) {
  const reading = list.load();
  reading.finally(() => (lengths.value += 1));
}

/** @param {number} id */
function forget(id) {
  lists.get(id)?.close();
  lists.delete(id);
}

/** Read again what is stale: after a new snapshot nothing here may be believed. */
effect(() => {
  if (snapshots.value > 1) for (const list of lists.values()) follow(list);
});

listeners.episodesReordered = (jobId) => {
  const list = lists.get(jobId);
  if (!list) return;
  queueMicrotask(() => {
    list.reorder();
    lengths.value += 1;
  });
};

/** The episodes that stand under a job, as far as they have been read. @param {Row} job @returns {Row[]} */
export function shownRows(job) {
  if (isOpen(job.id)) return lists.get(job.id)?.rows.value ?? [];
  return [...(failures.get(job)?.value ?? []), ...(job.runs?.value ?? [])];
}

/** How many episode rows a job takes. @param {Row} job */
export function shownCount(job) {
  if (isOpen(job.id)) return lists.get(job.id)?.total.peek() ?? job.data.total_episodes;
  return failedCount(job) + (job.runs?.peek().length ?? 0);
}

/** @param {Row} job */
export function failedCount(job) {
  return Math.min(FAILED_SHOWN, job.data.failed_episodes ?? 0);
}

/** The first failed episodes of a folded job. @param {Row} job @returns {import('../../types.js').Signal<Row[]>} */
export function failuresOf(job) {
  let found = failures.get(job);
  if (!found) failures.set(job, (found = signal(/** @type {Row[]} */ ([]))));
  return found;
}

/** @param {Row} job */
export async function readFailures(job) {
  const found = failuresOf(job);
  const wished = failedCount(job);
  if (wished === 0) return void (found.value = []);
  try {
    const rows = await episodes.putRead(() => failedEpisodes(job.id, wished));
    for (const row of rows) row.listed = true;
    found.value = rows;
  } catch {
    found.value = []; // the job's own words say what went wrong; the next change tries again
  }
}
