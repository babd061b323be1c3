/** The browser's notifications when a job ends: asked for by a button, off until then, only while nobody looks at the page. */
import { signal } from './dom.js';
import { t } from './i18n.js';
import { show } from './router.js';
import { recall, remember } from './storage.js';

/** @typedef {'on' | 'off' | 'denied' | 'insecure' | 'unsupported'} Notifying */

const REMEMBERED = 'notifications';
const GATHER_MS = 1_000;
const MOST_SINGLE = 3;

/** @type {import('./types.js').Signal<Notifying>} */
export const notifying = signal(possible() ?? (recall(REMEMBERED) === 'on' && Notification.permission === 'granted' ? 'on' : 'off'));
/** @type {import('./rows.js').Row[]} */
let ended = [];

/** Why they are not possible here. @returns {Notifying | null} */
function possible() {
  if (!window.isSecureContext) return 'insecure';
  if (!('Notification' in window)) return 'unsupported';
  return Notification.permission === 'denied' ? 'denied' : null;
}

/** Ask the reader, once; the browser remembers what was said. */
export async function turnOnNotifications() {
  const hindered = possible();
  if (!hindered) await Notification.requestPermission();
  notifying.value = possible() ?? (Notification.permission === 'granted' ? 'on' : 'off');
  if (notifying.value === 'on') remember(REMEMBERED, 'on');
}

export function turnOffNotifications() {
  notifying.value = 'off';
  remember(REMEMBERED, null);
}

/** Tell that a job has ended, if that is wanted. Many that end together are told in one. @param {import('./rows.js').Row} row */
export function notifyEnd(row) {
  if (notifying.value !== 'on' || !document.hidden) return;
  if (ended.length === 0) setTimeout(tell, GATHER_MS);
  ended.push(row);
}

function tell() {
  const rows = ended;
  ended = [];
  if (rows.length > MOST_SINGLE) {
    give(t('hands.notify.many', { count: rows.length }), 'ended', () => show('history'));
    return;
  }
  for (const { id, data } of rows) {
    give(t('announce.job', { title: data.anime_title, status: t(`status.${data.status}`) }), `job-${id}`, () => show('job', id));
  }
}

/** @param {string} text @param {string} tag the next one of the same takes its place @param {() => void} open */
function give(text, tag, open) {
  try {
    const note = new Notification(t('app.name'), { body: text, tag, icon: 'icon.svg' });
    note.onclick = () => {
      window.focus();
      open();
      note.close();
    };
  } catch {
    notifying.value = 'unsupported'; // browsers on phones have the name, and refuse to be asked without a worker
  }
}
