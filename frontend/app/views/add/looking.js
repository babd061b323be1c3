/** The plan: asked for, kept while the request stays the same, and what is chosen of it. */
import { request } from '../../api.js';
import { computed, signal } from '../../dom.js';
import { asked, addresses, bodyOf } from './draft.js';
import { chosenAddresses, firstChoice } from './plan.js';

const TIMEOUT_MS = 60_000;

/** @typedef {{plan: import('./plan.js').Plan, addresses: string[], asked: string}} Looked */
export const looked = signal(/** @type {Looked | null} */ (null));
export const chosen = signal(/** @type {ReadonlySet<number>} */ (new Set()));
export const looking = signal(false);
/** Whether the plan is one of what is typed now. */
export const isCurrent = computed(() => looked.value !== null && looked.value.asked === asked.value);

/** Ask what would be queued. @throws {import('../../api.js').ApiError} */
export async function look() {
  if (looking.peek()) return;
  looking.value = true;
  const now = { asked: asked.peek(), addresses: addresses.peek() };
  const { anime_title: title, ...body } = bodyOf(now.addresses);
  try {
    const plan = await request('POST', 'plan', { body: { ...body, ...(title !== '' && { anime_title: title }) }, timeoutMs: TIMEOUT_MS });
    looked.value = { ...now, plan };
    chosen.value = firstChoice(plan);
  } finally {
    looking.value = false;
  }
}

/** Forget the plan. */
export function forget() {
  looked.value = null;
  chosen.value = new Set();
}

/** What to ask for: the addresses as typed, or what is chosen of their plan. @returns {(string | Record<string, unknown>)[]} */
export function wanted() {
  const found = looked.peek();
  if (!found || !isCurrent.peek()) return addresses.peek();
  return chosenAddresses(found.addresses, found.plan, chosen.peek());
}

/** @param {Iterable<number>} indexes @param {boolean} yes */
export function choose(indexes, yes) {
  const now = new Set(chosen.peek());
  for (const index of indexes) {
    if (yes) now.add(index);
    else now.delete(index);
  }
  chosen.value = now;
}
