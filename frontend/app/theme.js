/** Light, dark, or what the system says. */
import { effect, signal } from './dom.js';
import { recall, remember } from './storage.js';

export const THEMES = /** @type {const} */ (['auto', 'light', 'dark']);
/** @type {import('./types.js').Signal<string>} */
export const theme = signal(recall('theme') ?? 'auto');

/** Of the browser's own frame: the surface of each theme, as in `styles/tokens.css`. */
const FRAME_COLOURS = /** @type {Record<string, string>} */ ({ light: '#ffffff', dark: '#171b22' });

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  for (const meta of /** @type {NodeListOf<HTMLMetaElement>} */ (document.querySelectorAll('meta[name="theme-color"]'))) {
    meta.content = FRAME_COLOURS[theme.value] ?? FRAME_COLOURS[meta.media.includes('dark') ? 'dark' : 'light'];
  }
});

/** Show the page in a theme and remember it. @param {string} name one of `THEMES` */
export function chooseTheme(name) {
  theme.value = name;
  remember('theme', name);
}

/** Go on to the next theme. */
export function nextTheme() {
  const index = THEMES.indexOf(/** @type {any} */ (theme.value));
  chooseTheme(THEMES[(index + 1) % THEMES.length]);
}
