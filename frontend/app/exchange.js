/** The whole queue as a file: given away and taken in. */
import { address, apiKey, request, utf8 } from './api.js';
import { t } from './i18n.js';
import { notify } from './notices.js';
import { errorWords } from './words.js';

const TIMEOUT_MS = 600_000;
const EXPORT = 'api/queue/export';
const FILE_NAME = 'aniworld-dl-queue.json';

/** Where the queue is to be had as a file, with what has ended. */
export function exportAddress() {
  return address(EXPORT, { ended: 'true' }).href;
}

/** A link sends no key: with one, the file is fetched by the page. @param {Event} event */
export async function exportQueue(event) {
  const key = apiKey.peek();
  if (!key) return;
  event.preventDefault();
  try {
    const response = await fetch(exportAddress(), { headers: { 'X-Api-Key': utf8(key) } });
    if (!response.ok) throw new Error(String(response.status));
    save(await response.blob());
  } catch {
    notify('error', t('error.unreachable'));
  }
}

/** @param {Blob} file */
function save(file) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = FILE_NAME;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), TIMEOUT_MS);
}

/** Add what another queue has exported, and say what came of it. @param {File} file */
export async function importQueue(file) {
  try {
    const { jobs, episodes, skipped } = await request('POST', `queue/import`, { body: file, timeoutMs: TIMEOUT_MS });
    const words = [t('history.imported', { jobs: t('history.jobs', { count: jobs }), episodes: t('history.episodes', { count: episodes }) })];
    if (skipped > 0) words.push(t('history.import_skipped', { count: skipped }));
    notify('info', words.join(' '));
  } catch (error) {
    notify('error', errorWords(/** @type {any} */ (error)));
  }
}
