/** The colours of the page's tokens as a canvas takes them: for the theme that is shown now. */
import { signal } from '../../dom.js';
import { theme } from '../../theme.js';
import { effect } from '../../dom.js';

/** Counts changes of the theme: what is drawn has to be drawn anew. @type {import('../../types.js').Signal<number>} */
export const themeChanges = signal(0);

/** @type {Map<string, string>} */
const known = new Map();

function changed() {
  known.clear();
  themeChanges.value = themeChanges.peek() + 1;
}

effect(() => {
  if (theme.value) queueMicrotask(changed); // after the element has it
});
for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)']) {
  matchMedia(query).addEventListener('change', changed);
}

/** @param {string} token such as `--accent` @returns {string} */
export function colour(token) {
  let found = known.get(token);
  if (!found) {
    const probe = document.createElement('span'); // a custom property itself is not computed: light-dark() stays in it
    probe.style.color = `var(${token})`;
    probe.hidden = true;
    document.body.append(probe);
    known.set(token, (found = getComputedStyle(probe).color));
    probe.remove();
  }
  return found;
}
