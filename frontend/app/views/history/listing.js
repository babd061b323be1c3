/** What has ended and fits the search: pages over REST, read again when something ends, comes back or is removed. */
import { request } from '../../api.js';
import { computed, effect, signal } from '../../dom.js';
import { ENDINGS, countEndings } from '../../history.js';
import { episodes, jobs } from '../../rows.js';
import { keyOf } from '../../selection.js';
import { endings, hasEnded, snapshots, stats } from '../../state.js';

/** @typedef {import('../../rows.js').Row} Row @typedef {{rows: Row[], cursor: string | null}} Listed */

export const KINDS = /** @type {const} */ (['jobs', 'episodes']);
const PAGE = 50;
const MOST_AT_ONCE = 200;
const SETTLE_MS = 200;

/** What is looked for. `status` '': however it has ended. */
export const asked = signal({ kind: 'jobs', q: '', status: '' });
/** How many fit the search, by how they ended. @type {import('../../types.js').Signal<Record<string, number>>} */
export const counts = signal({});
export const failure = signal(/** @type {import('../../api.js').ApiError | null} */ (null));
export const cursor = signal(/** @type {string | null} */ (null));
export const loaded = signal(false);
export const loading = signal(false);
const rows = signal(/** @type {Row[]} */ ([]));
/** Those read that still fit: one that is retried leaves at once. */
export const shown = computed(() => rows.value.filter((row) => fits(row.$('status').value)));
export const keys = computed(() => shown.value.map((row) => keyOf(asked.value.kind === 'jobs' ? 'job' : 'episode', row.id)));

let reading = 0;
let timer = 0;

/** @param {string} status */
function fits(status) {
  return asked.value.status === '' ? hasEnded(status) : status === asked.value.status;
}

/** Keep the list up to date while somebody looks. @returns {() => void} to end it */
export function watchList() {
  let before = '';
  const end = effect(() => {
    const { kind, q, status } = asked.value;
    const moved = endings.value + snapshots.value + (kind === 'episodes' ? stats.$('running').value + stats.$('queued').value : 0);
    const now = JSON.stringify([kind, q, status]);
    clearTimeout(timer);
    if (snapshots.peek() === 0 || moved < 0) return;
    timer = window.setTimeout(refresh, now === before ? SETTLE_MS : 0);
    if (now !== before) forget();
    before = now;
  });
  return () => {
    end();
    clearTimeout(timer);
    reading += 1;
    forget();
  };
}

/** Other things are looked for: what was read says nothing about them. */
function forget() {
  letGo(rows.peek());
  rows.value = [];
  cursor.value = null;
  loaded.value = false;
}

/** Episodes that nothing else shows are forgotten. @param {Row[]} gone */
function letGo(gone) {
  for (const row of gone) {
    if (episodes.rows.get(row.id) !== row) continue;
    row.listed = false;
    if (row.data.status !== 'downloading') episodes.rows.delete(row.id);
  }
}

/** Read again as much as is shown. */
export async function refresh() {
  const mine = (reading += 1);
  const { kind, q } = asked.peek();
  try {
    const wished = Math.min(MOST_AT_ONCE, Math.max(PAGE, rows.peek().length));
    const [found, first] = await Promise.all([countEndings(pathOf(kind), q.trim()), page(null, wished)]);
    if (mine !== reading) return;
    const fresh = new Set(first.rows);
    letGo(rows.peek().filter((row) => !fresh.has(row)));
    counts.value = found;
    rows.value = first.rows;
    cursor.value = first.cursor;
    failure.value = null;
    loaded.value = true;
  } catch (error) {
    if (mine === reading) failure.value = /** @type {any} */ (error);
  }
}

/** Read the next page. */
export async function loadMore() {
  if (loading.peek() || !cursor.peek()) return;
  const mine = reading;
  loading.value = true;
  try {
    const next = await page(cursor.peek(), PAGE);
    if (mine !== reading) return;
    rows.value = [...new Set([...rows.peek(), ...next.rows])];
    cursor.value = next.cursor;
  } catch (error) {
    failure.value = /** @type {any} */ (error);
  } finally {
    loading.value = false;
  }
}

/** @param {string} kind */
function pathOf(kind) {
  return kind === 'jobs' ? 'jobs' : 'history';
}

/** @param {string | null} from @param {number} limit @returns {Promise<Listed>} */
async function page(from, limit) {
  const { kind, q, status } = asked.peek();
  let next = null;
  const table = kind === 'jobs' ? jobs : episodes;
  const read = await table.putRead(async () => {
    const found = await request('GET', pathOf(kind), { query: { status: status || ENDINGS.join(','), q: q.trim(), limit, cursor: from } });
    next = found.next_cursor;
    return found.items;
  });
  if (kind === 'episodes') for (const row of read) row.listed = true;
  return { rows: read, cursor: next };
}
