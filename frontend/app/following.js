/** What can be done with subscriptions. Each asks the server; the live connection brings the new state. */
import { run } from './actions.js';
import { request } from './api.js';
import { computed } from './dom.js';
import { t } from './i18n.js';
import { ask, notify } from './notices.js';
import { subscriptions } from './state.js';

/**
 * @typedef {object} Wanted
 * @property {string} anime_title
 * @property {string} url
 * @property {string | null} language
 * @property {string | null} provider
 * @property {string} episodes
 * @property {boolean} specials
 * @property {boolean} only_new
 * @property {number} interval_s
 * @property {boolean} paused
 *
 * @typedef {'take' | 'taken' | 'queued' | 'exists' | 'before' | 'waiting' | 'filtered' | 'repeated'} Verdict
 *
 * @typedef {Wanted & {id: number, status: 'active' | 'checking' | 'paused' | 'failing', counts: Record<Verdict, number>,
 *   checked_at: string | null, succeeded_at: string | null, next_check_at: string | null, failures: number,
 *   error: import('./types.js').ErrorData | null}} Subscription
 *
 * @typedef {{url: string, title: string | null, season: number | null, number: number | null, verdict: Verdict, languages: string[], job_id: number | null}} Followed
 * @typedef {{totals: Record<string, number>, items: Followed[], error: import('./types.js').ErrorData | null}} Plan
 */

const HOUR_S = 3600;
/** How often an address can be looked at, in seconds. */
export const INTERVALS = [HOUR_S / 4, HOUR_S / 2, HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 12 * HOUR_S, 24 * HOUR_S, 168 * HOUR_S];
const USUAL_INTERVAL_S = 6 * HOUR_S;
const PLAN_TIMEOUT_MS = 150_000;

/** By their titles. */
export const followed = computed(() => /** @type {Subscription[]} */ (Object.values(subscriptions.value)).sort((a, b) => a.anime_title.localeCompare(b.anime_title) || a.id - b.id));

/** Why something is not queued, in the order in which it is told. @type {Verdict[]} */
export const VERDICTS = ['take', 'taken', 'waiting', 'queued', 'exists', 'before', 'filtered', 'repeated'];

/** What a form begins with. @param {Subscription | null} of */
export function fieldsOf(of) {
  return {
    url: of?.url ?? '',
    anime_title: of?.anime_title ?? '',
    language: of?.language ?? '',
    provider: of?.provider ?? '',
    episodes: of?.episodes ?? '',
    specials: of?.specials ?? false,
    only_new: of?.only_new ?? false,
    interval_s: of?.interval_s ?? USUAL_INTERVAL_S,
  };
}

/** @param {ReturnType<typeof fieldsOf>} fields @param {boolean} isNew @returns {Record<string, unknown>} what the server is asked for */
export function bodyOf({ url, anime_title: title, language, provider, ...rest }, isNew) {
  const body = { ...rest, language: language.trim() || null, provider: provider.trim() || null, ...(title.trim() && { anime_title: title.trim() }) };
  return isNew ? { ...body, url: url.trim() } : body;
}

/** @param {Record<string, unknown>} body @param {number | null} id null: a new one @returns {Promise<Subscription>} */
export function save(body, id) {
  return id === null ? request('POST', 'subscriptions', { body }) : request('PATCH', `subscriptions/${id}`, { body });
}

/** What a check would queue. @param {Record<string, unknown> | number} of a request, or the id of a subscription @returns {Promise<Plan>} */
export function plan(of) {
  const options = { timeoutMs: PLAN_TIMEOUT_MS };
  return typeof of === 'number' ? request('POST', `subscriptions/${of}/plan`, options) : request('POST', 'subscriptions/plan', { body: of, ...options });
}

/** The name in `busy` of something that is done to one. @param {number} id @param {string} what */
export function busyName(id, what) {
  return `subscription:${id}/${what}`;
}

/** @param {Subscription} of @param {'check' | 'pause' | 'resume'} what */
export function act(of, what) {
  return run(busyName(of.id, what), () => request('POST', `subscriptions/${of.id}/${what}`));
}

/** @param {Subscription} of */
export async function unfollow(of) {
  const words = { title: t('follow.remove.title', { title: of.anime_title }), text: t('follow.remove.text'), confirm: t('follow.remove.confirm') };
  if (!(await ask(words))) return;
  if (await run(busyName(of.id, 'remove'), () => request('DELETE', `subscriptions/${of.id}`))) notify('info', t('follow.removed', { title: of.anime_title }));
}
