/** Shows the view that the address names. All but the queue are fetched when first needed. */
import { html, signal, useEffect } from '../../dom.js';
import { t } from '../../i18n.js';
import { route } from '../../router.js';
import { View as QueueView } from '../queue/view.js';

/** @typedef {(props: {id: number | null, query: URLSearchParams}) => any} View */

/** @type {Record<string, () => Promise<{View: View}>>} */
const LATER = {
  add: () => import('../add/view.js'),
  subscriptions: () => import('../subscriptions/view.js'),
  job: () => import('../job/view.js'),
  history: () => import('../history/view.js'),
  settings: () => import('../settings/view.js'),
  status: () => import('../status/view.js'),
};
const views = signal(/** @type {Record<string, View>} */ ({ queue: QueueView }));
const failed = signal('');

/** @param {string} name */
async function fetchView(name) {
  if (views.peek()[name]) return;
  try {
    const { View } = await LATER[name]();
    views.value = { ...views.peek(), [name]: View };
    failed.value = '';
  } catch {
    failed.value = name; // a module that failed once fails for good in this page: only loading it anew helps
  }
}

export function Outlet() {
  const { view, id, query } = route.value;
  useEffect(() => void fetchView(view), [view]);
  const View = views.value[view];
  if (View) return html`<${View} key=${`${view}/${id}`} id=${id} query=${query} />`;
  if (failed.value !== view) return html`<p class="loading" role="status">${t('connection.first')}</p>`;
  return html`<div class="empty" role="alert"><p>${t('view.not_loaded')}</p>
    <button type="button" class="button" onClick=${() => location.reload()}>${t('view.reload')}</button></div>`;
}
