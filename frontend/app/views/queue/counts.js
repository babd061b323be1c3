/** How many jobs of each status fit the search: asked anew when jobs change their status. */
import { request } from '../../api.js';
import { effect, signal } from '../../dom.js';
import { connection } from '../../socket.js';
import { activeJobs, endings, snapshots } from '../../state.js';
import { ACTIVE, wanted } from './listing.js';

const SETTLE_MS = 300;

/** By status, and under '' all that have not ended. @type {import('../../types.js').Signal<Record<string, number>>} */
export const counts = signal({});

let asked = 0;
let timer = 0;

/** Keep the counts up to date while somebody looks. @returns {() => void} to end it */
export function watchCounts() {
  const end = effect(() => {
    const stale = endings.value + snapshots.value + activeJobs.value.length >= 0 && wanted.value.q;
    clearTimeout(timer);
    if (snapshots.peek() > 0) timer = window.setTimeout(() => count(String(stale)), SETTLE_MS);
  });
  return () => {
    end();
    clearTimeout(timer);
  };
}

/** @param {string} q */
async function count(q) {
  const mine = (asked += 1);
  try {
    const all = await request('GET', 'jobs/counts', { query: { q: q.trim() } });
    if (mine !== asked) return;
    counts.value = { ...all, '': ACTIVE.reduce((sum, status) => sum + all[status], 0) };
  } catch {
    if (mine === asked && connection.peek().state === 'live') timer = window.setTimeout(() => count(q), 10 * SETTLE_MS);
  }
}
