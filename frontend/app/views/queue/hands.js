/** The grid lent to the hands: the keys of its rows in order, and how to come to one that is not in the page. */
import { computed } from '../../dom.js';
import { focusSoon } from '../../focus.js';
import { episodes, jobs } from '../../rows.js';
import { keyOf } from '../../selection.js';
import { heights, laid } from './grid.js';
import { isOpen, shownRows, toggle } from './unfolding.js';

/** @param {boolean} words whether rows of words count, which have the focus and are not selected */
function keys(words) {
  const { jobs: shown, items } = laid.value;
  return shown.flatMap((job, index) => [
    keyOf('job', job.id),
    ...(words && items[index].words ? [`words:${job.id}`] : []),
    ...shownRows(job).map((row) => keyOf('episode', row.id)),
  ]);
}

/** @param {string} key @returns {[kind: string, id: number]} */
function parts(key) {
  const [kind, id] = key.split(':');
  return [kind, Number(id)];
}

/** @param {string} key @returns {number} the id of the job that it belongs to */
function jobOf(key) {
  const [kind, id] = parts(key);
  return kind === 'episode' ? episodes.rows.get(id)?.data.job_id : id;
}

/** @param {string} key @returns {number | null} how far below the first row it begins, in CSS pixels */
function topOf(key) {
  const { jobs: shown, items, tops } = laid.peek();
  const [kind, id] = parts(key);
  const index = shown.findIndex((job) => job.id === jobOf(key));
  if (index < 0) return null;
  if (kind === 'job') return tops[index];
  const { job, words, episode } = heights.peek();
  if (kind === 'words') return tops[index] + job;
  const place = shownRows(shown[index]).findIndex((row) => row.id === id);
  return tops[index] + job + (items[index].words ? words : 0) + place * episode;
}

/** @param {string} key @returns {string} */
const selectorOf = (key) => `main [data-key="${key}"]`;

const listedIds = computed(() => new Set(laid.value.keys));

/** @type {import('../../list.js').List} */
export const GRID = {
  order: () => keys(false),
  places: () => keys(true),
  holds(key) {
    const [kind, id] = parts(key);
    const job = jobs.rows.get(jobOf(key));
    if (!job || !listedIds.value.has(job.id)) return false;
    return kind !== 'episode' || shownRows(job).some((row) => row.id === id);
  },
  first: () => (laid.value.jobs.length > 0 ? keyOf('job', laid.value.jobs[0].id) : null),
  focus(key) {
    const top = topOf(key);
    const space = document.querySelector('.grid-space');
    if (!document.querySelector(selectorOf(key)) && top !== null && space) scrollBy(0, space.getBoundingClientRect().top + top - innerHeight / 2);
    focusSoon(selectorOf(key));
  },
  unfold(key, open) {
    const [kind, id] = parts(key);
    if (kind === 'job' && (open === null || isOpen(id) !== open)) toggle(id);
    else if (kind !== 'job' && open === false) GRID.focus(keyOf('job', jobOf(key)));
    else return false;
    return true;
  },
};
