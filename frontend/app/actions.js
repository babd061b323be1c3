/** What a user can do with the whole queue. Each asks the server; a refusal is shown in words. The live connection brings the new state. */
import { request } from './api.js';
import { signal } from './dom.js';
import { t } from './i18n.js';
import { notify, notifyLate } from './notices.js';
import { settings, stats } from './state.js';
import { errorWords } from './words.js';

/** Names of the actions under way, so that their buttons wait. @type {import('./types.js').Signal<ReadonlySet<string>>} */
export const busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** Slots wished for and not yet confirmed. @type {import('./types.js').Signal<number | null>} */
export const wishedSlots = signal(null);

/**
 * Do something that may be refused.
 * @param {string} name in `busy` meanwhile
 * @param {() => Promise<any>} work
 * @returns {Promise<boolean>} whether it worked
 */
export async function run(name, work) {
  if (busy.value.has(name)) return false;
  busy.value = new Set([...busy.value, name]);
  try {
    await waited(work);
    return true;
  } catch (error) {
    notify('error', errorWords(/** @type {import('./api.js').ApiError} */ (error)));
    return false;
  } finally {
    busy.value = new Set([...busy.value].filter((other) => other !== name));
  }
}

/** Do something, and say so when it takes long. @template Result @param {() => Promise<Result>} work @returns {Promise<Result>} */
export async function waited(work) {
  const over = notifyLate(t('app.late'));
  try {
    return await work();
  } finally {
    over();
  }
}

/** @param {boolean} paused */
export function pauseQueue(paused) {
  return run('queue', async () => {
    await request('POST', paused ? 'queue/pause' : 'queue/resume');
    stats.patch({ queue_paused: paused });
  });
}

/** The last wish wins, however fast the clicks come. @param {number} slots */
export async function setSlots(slots) {
  const first = wishedSlots.value === null;
  wishedSlots.value = slots;
  if (!first) return;
  for (let sent = null; sent !== wishedSlots.value; ) {
    sent = wishedSlots.value;
    if (!(await changeSettings({ max_concurrent_downloads: sent }))) break;
  }
  wishedSlots.value = null;
}

/** Let the server find the best number itself. */
export function setAutoSlots() {
  return changeSettings({ max_concurrent_downloads: 'auto' });
}

/** @param {number | null} bytesPerSecond null: no limit */
export function setBandwidthLimit(bytesPerSecond) {
  return changeSettings({ bandwidth_limit_bytes_per_s: bytesPerSecond });
}

/** @param {Record<string, unknown>} changes */
function changeSettings(changes) {
  return run(`settings/${Object.keys(changes)}`, async () => {
    settings.value = { ...settings.value, ...(await request('PATCH', 'settings', { body: changes })) };
    if (Number.isInteger(changes.max_concurrent_downloads)) stats.patch({ slots: settings.value.max_concurrent_downloads });
  });
}

/** @param {Record<string, unknown>} job @param {string} idempotencyKey the same for a repeated try, so that it is queued once */
export function addJob(job, idempotencyKey) {
  return waited(() => request('POST', 'jobs', { body: job, headers: { 'Idempotency-Key': idempotencyKey } }));
}

/** A random name; `crypto.randomUUID` exists only on secure origins, and a service in the home network is none. */
export function newIdempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
