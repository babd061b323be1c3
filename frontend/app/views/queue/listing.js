/** Which jobs are listed: those here that fit the search and the filter; pages of the others are read as they come into view. */
import { request } from '../../api.js';
import { computed, signal } from '../../dom.js';
import { jobs } from '../../rows.js';
import { activeJobs, addJobs, hasEnded, moreWaiting, structure } from '../../state.js';

export const ACTIVE = /** @type {const} */ (['downloading', 'queued', 'paused']);
export const STATUSES = [...ACTIVE, .../** @type {const} */ (['failed', 'completed', 'cancelled'])];
const PAGE = 200;

/** What is looked for: a part of the title, and a status, '' for all that has not ended. */
export const wanted = signal({ q: '', status: '' });
/** How many there are of `wanted` on the server; null until it is known. */
const known = signal(/** @type {{total: number, cursor: string | null} | null} */ (null));
export const failure = signal(/** @type {import('../../api.js').ApiError | null} */ (null));

/** A title, or what is looked for in titles, without regard to case and width, as the server compares them. @param {string} text */
export function titleKey(text) {
  return text.normalize('NFKC').toLowerCase();
}

/** Those that are here, in order: of the queue, or the newest first where they have ended. */
export const listed = computed(() => {
  const { q, status } = wanted.value;
  const key = titleKey(q.trim());
  const fits = (/** @type {import('../../rows.js').Row} */ row) => (!status || row.data.status === status) && (!key || titleKey(row.data.anime_title).includes(key));
  if (!hasEnded(status)) return structure.value >= 0 && (status || key) ? activeJobs.value.filter(fits) : activeJobs.value;
  return structure.value >= 0 ? [...jobs.rows.values()].filter(fits).sort((a, b) => b.id - a.id) : [];
});
/** How many more there are that have not been read. */
export const unread = computed(() => (known.value?.cursor ? Math.max(1, known.value.total - listed.value.length) : 0));

let asked = 0;
let reading = false;

/** Begin anew: another search, or a new snapshot. A snapshot has the beginning of the queue, if not all of it. */
export async function restart() {
  asked += 1;
  reading = false;
  known.value = null;
  const { q, status } = wanted.peek();
  if (!hasEnded(status) && !moreWaiting.peek()) failure.value = null;
  else await readPage(q || status ? PAGE : 1);
}

/** Read on until this many are here. @param {number} count */
export async function need(count) {
  const mine = asked;
  while (mine === asked && !reading && known.value?.cursor && listed.value.length < count) await readPage();
}

/** @param {number} [limit] */
async function readPage(limit = PAGE) {
  const mine = asked;
  const { q, status } = wanted.peek();
  const order = hasEnded(status) ? null : 'queue';
  const query = { status: status || ACTIVE.join(','), q: q.trim(), order, limit, cursor: known.peek()?.cursor };
  reading = true;
  try {
    let page = /** @type {import('../../types.js').Page | null} */ (null);
    await addJobs(async () => (page = await request('GET', 'jobs', { query })).items);
    if (mine !== asked || !page) return;
    known.value = { total: page.total, cursor: page.next_cursor };
    failure.value = null;
  } catch (error) {
    if (mine === asked) failure.value = /** @type {any} */ (error);
  } finally {
    if (mine === asked) reading = false;
  }
}
