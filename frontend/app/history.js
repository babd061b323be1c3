/** How many jobs have ended, and how: asked anew when a job ends, comes back or is removed. */
import { request } from './api.js';
import { computed, effect, signal } from './dom.js';
import { endings } from './state.js';

export const ENDINGS = /** @type {const} */ (['completed', 'failed', 'cancelled']);
const SETTLE_MS = 150;

/** How many there are of each. @type {import('./types.js').Signal<Record<string, number>>} */
export const totals = signal({});
export const finishedTotal = computed(() => ENDINGS.reduce((sum, status) => sum + (totals.value[status] ?? 0), 0));

let asked = 0;
let timer = 0;

/** Keep the totals up to date. */
export function watchEndings() {
  effect(() => {
    const stale = endings.value > 0;
    clearTimeout(timer);
    if (stale) timer = window.setTimeout(count, SETTLE_MS);
  });
}

async function count() {
  const mine = (asked += 1);
  try {
    const found = await countEndings('jobs', '');
    if (mine === asked) totals.value = found;
  } catch {
    // the connection is gone, which the bar says; with the next one they are asked again
  }
}

/** @param {string} path of the list @param {string} q @returns {Promise<Record<string, number>>} @throws {import('./api.js').ApiError} */
export async function countEndings(path, q) {
  if (path === 'jobs') return request('GET', 'jobs/counts', { query: { q } });
  const counted = ENDINGS.map(async (status) => [status, (await request('GET', path, { query: { status, q, limit: 1 } })).total]);
  return Object.fromEntries(await Promise.all(counted));
}
