/** How many jobs of each status fit the search. */
import { request } from '../../api.js';
import { signal } from '../../dom.js';
import { keepFresh } from '../../fresh.js';
import { activeJobs, endings, snapshots } from '../../state.js';
import { ACTIVE, wanted } from './listing.js';

const SETTLE_MS = 300;

/** By status, and under '' all that have not ended. @type {import('../../types.js').Signal<Record<string, number>>} */
export const counts = signal({});

/** Keep the counts up to date while somebody looks. @returns {() => void} to end it */
export function watchCounts() {
  const someKnown = () => wanted.value.q.length + endings.value + activeJobs.value.length >= 0 && snapshots.value > 0;
  return keepFresh({ wanted: someKnown, ask: count, settleMs: SETTLE_MS });
}

async function count() {
  const { q } = wanted.peek();
  const all = await request('GET', 'jobs/counts', { query: { q: q.trim() } });
  if (q === wanted.peek().q) counts.value = { ...all, '': ACTIVE.reduce((sum, status) => sum + all[status], 0) };
}
