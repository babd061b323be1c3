/** What takes time begins here, while the rest of the page is still on its way: the words and the live connection. */
import { keyWanted, request } from './api.js';
import { preferredLanguage, useLanguage } from './i18n.js';
import { openLive } from './socket.js';

export const words = useLanguage(preferredLanguage());
/** What it hears waits until somebody takes it. */
export const live = openLive(probe);

/** @returns {Promise<'locked' | 'reachable' | 'unreachable'>} */
async function probe() {
  try {
    await request('GET', 'settings', { timeoutMs: 5_000 });
    return 'reachable';
  } catch {
    return keyWanted.peek() ? 'locked' : 'unreachable';
  }
}
