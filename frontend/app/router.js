/** Which view is shown, kept in the address's fragment (`#/job/12?q=…`): deep links and the browser's back button work. */
import { signal } from './dom.js';

/** Those that the navigation leads to. */
export const MAIN_VIEWS = /** @type {const} */ (['queue', 'add', 'subscriptions', 'history', 'settings', 'status']);
const VIEWS = [...MAIN_VIEWS, 'job'];

/** @typedef {{view: string, id: number | null, query: URLSearchParams}} Route */
/** @type {import('./types.js').Signal<Route>} */
export const route = signal(readRoute(location.hash));

window.addEventListener('hashchange', () => {
  route.value = readRoute(location.hash);
});

/** @param {string} hash @returns {Route} the queue for what is no view */
export function readRoute(hash) {
  const [, name = '', id = '', query = ''] = /^#?\/?([a-z]*)(?:\/(\d+))?(?:\?(.*))?$/.exec(hash) ?? [];
  const view = VIEWS.includes(name) ? name : 'queue';
  return { view, id: id ? Number(id) : null, query: new URLSearchParams(query) };
}

/** @param {string} view @param {number | null} [id] @param {Record<string, string>} [query] @returns {string} the fragment that shows it */
export function href(view, id = null, query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return `#/${view}${id === null ? '' : `/${id}`}${search ? `?${search}` : ''}`;
}

/** Go there. @param {string} view @param {number | null} [id] @param {Record<string, string>} [query] */
export function show(view, id = null, query = {}) {
  location.hash = href(view, id, query);
}

/** Change the query of what is shown, without a step in the browser's history. @param {Record<string, string>} query */
export function replaceQuery(query) {
  const { view, id } = route.peek();
  window.history.replaceState(null, '', href(view, id, query));
  route.value = readRoute(location.hash);
}
