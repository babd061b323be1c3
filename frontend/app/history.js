/** Ended jobs: pages over REST, read again when a job ends, comes back or is removed. */
import { ApiError, request } from './api.js';
import { computed, effect, signal } from './dom.js';
import { route } from './router.js';
import { jobs } from './rows.js';
import { endings, hasEnded } from './state.js';

export const ENDINGS = /** @type {const} */ (['completed', 'failed', 'cancelled']);
const PAGE = 30;
const SETTLE_MS = 150;

/** 'all' or one of ENDINGS. @type {import('./types.js').Signal<string>} */
export const filter = signal('all');
/** How many there are of each. @type {import('./types.js').Signal<Record<string, number>>} */
export const totals = signal({});
export const failure = signal(/** @type {ApiError | null} */ (null));
export const cursor = signal(/** @type {string | null} */ (null));
export const loaded = signal(false);
export const loading = signal(false);
const rows = signal(/** @type {import('./rows.js').Row[]} */ ([]));
/** Those loaded that are still ended: one that is retried leaves at once. */
export const finishedJobs = computed(() => rows.value.filter((row) => isShown(row.$('status').value)));
export const finishedTotal = computed(() => ENDINGS.reduce((sum, status) => sum + (totals.value[status] ?? 0), 0));

/** @param {string} status */
function isShown(status) {
  return filter.value === 'all' ? hasEnded(status) : status === filter.value;
}

let asked = 0;
let timer = 0;

/** Keep totals and, while it is shown, the list up to date. */
export function watchEndings() {
  effect(() => {
    const stale = endings.value > 0;
    const listed = route.value.view === 'history' && filter.value;
    clearTimeout(timer);
    if (stale) timer = window.setTimeout(() => refresh(Boolean(listed)), SETTLE_MS);
  });
}

/** @param {boolean} listed whether the list is wanted beside the totals */
async function refresh(listed) {
  const mine = (asked += 1);
  try {
    const counted = ENDINGS.map(async (status) => [status, (await request('GET', 'jobs', { query: { status, limit: 1 } })).total]);
    const list = listed ? page(null, Math.max(PAGE, rows.value.length)) : null;
    const [found, first] = [Object.fromEntries(await Promise.all(counted)), await list];
    if (mine !== asked) return;
    totals.value = found;
    failure.value = null;
    if (first) replace(first);
  } catch (error) {
    if (mine === asked) failure.value = /** @type {ApiError} */ (error);
  }
}

/** @param {Listed} first */
function replace(first) {
  const fresh = new Set(first.rows);
  for (const row of rows.value) if (!fresh.has(row) && hasEnded(row.data.status)) jobs.rows.delete(row.id);
  rows.value = first.rows;
  cursor.value = first.cursor;
  loaded.value = true;
}

/** Read the next page. */
export async function loadMore() {
  if (loading.value || !cursor.value) return;
  loading.value = true;
  try {
    const next = await page(cursor.value, PAGE);
    rows.value = [...new Set([...rows.value, ...next.rows])];
    cursor.value = next.cursor;
  } catch (error) {
    failure.value = /** @type {ApiError} */ (error);
  } finally {
    loading.value = false;
  }
}

/**
 * @typedef {{rows: import('./rows.js').Row[], cursor: string | null}} Listed
 * @param {string | null} from @param {number} limit @returns {Promise<Listed>}
 */
async function page(from, limit) {
  const status = filter.value === 'all' ? ENDINGS.join(',') : filter.value;
  let next = null;
  const read = await jobs.putRead(async () => {
    const found = await request('GET', 'jobs', { query: { status, limit: Math.min(limit, 200), cursor: from } });
    next = found.next_cursor;
    return found.items;
  });
  return { rows: read, cursor: next };
}
