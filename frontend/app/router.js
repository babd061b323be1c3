/** Which view is shown, kept in the address's fragment: deep links and the browser's back button work. */
import { signal } from './dom.js';

export const VIEWS = /** @type {const} */ (['queue', 'finished']);
/** @type {import('./types.js').Signal<string>} */
export const view = signal(fromAddress());

window.addEventListener('hashchange', () => {
  view.value = fromAddress();
});

function fromAddress() {
  const name = location.hash.replace(/^#\/?/, '');
  return VIEWS.find((known) => known === name) ?? 'queue';
}

/** @param {string} name */
export function show(name) {
  location.hash = `#/${name}`;
}
