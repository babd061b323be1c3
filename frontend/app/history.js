/** How many jobs have ended, and how: asked anew when a job ends, comes back or is removed. */
import { request } from './api.js';
import { computed, signal } from './dom.js';
import { keepFresh } from './fresh.js';
import { endings } from './state.js';

export const ENDINGS = /** @type {const} */ (['completed', 'failed', 'cancelled']);
const SETTLE_MS = 150;

/** How many there are of each. @type {import('./types.js').Signal<Record<string, number>>} */
export const totals = signal({});
export const finishedTotal = computed(() => ENDINGS.reduce((sum, status) => sum + (totals.value[status] ?? 0), 0));

/** Keep the totals up to date. */
export function watchEndings() {
  keepFresh({ wanted: () => endings.value > 0, ask: count, settleMs: SETTLE_MS });
}

async function count() {
  totals.value = await countEndings('jobs', '');
}

/** @param {string} path of the list @param {string} q @returns {Promise<Record<string, number>>} @throws {import('./api.js').ApiError} */
export async function countEndings(path, q) {
  if (path === 'jobs') return request('GET', 'jobs/counts', { query: { q } });
  const counted = ENDINGS.map(async (status) => [status, (await request('GET', path, { query: { status, q, limit: 1 } })).total]);
  return Object.fromEntries(await Promise.all(counted));
}
