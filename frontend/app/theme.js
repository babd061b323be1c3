/** Light, dark, or what the system says. */
import { effect, signal } from './dom.js';
import { recall, remember } from './storage.js';

export const THEMES = /** @type {const} */ (['auto', 'light', 'dark']);
/** @type {import('./types.js').Signal<string>} */
export const theme = signal(recall('theme') ?? 'auto');

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});

/** Go on to the next theme and remember it. */
export function nextTheme() {
  const index = THEMES.indexOf(/** @type {any} */ (theme.value));
  theme.value = THEMES[(index + 1) % THEMES.length];
  remember('theme', theme.value);
}
