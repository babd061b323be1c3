/** What the page remembers on this device. A browser may refuse storage; then nothing is remembered, and nothing breaks. */

const PREFIX = 'aniworld-dl.';

/** @param {'localStorage' | 'sessionStorage'} kind @returns {Storage | null} */
function area(kind) {
  try {
    return window[kind];
  } catch {
    return null;
  }
}

/** @param {string} name @returns {string | null} the value of this tab, else that of this device */
export function recall(name) {
  return area('sessionStorage')?.getItem(PREFIX + name) ?? area('localStorage')?.getItem(PREFIX + name) ?? null;
}

/**
 * @param {string} name
 * @param {string | null} value null forgets
 * @param {{forTab?: boolean}} [options] forTab: forget when the tab is closed
 */
export function remember(name, value, { forTab = false } = {}) {
  for (const kind of /** @type {const} */ (['sessionStorage', 'localStorage'])) area(kind)?.removeItem(PREFIX + name);
  if (value === null) return;
  try {
    area(forTab ? 'sessionStorage' : 'localStorage')?.setItem(PREFIX + name, value);
  } catch {
    // full or refused: the choice holds until the page is closed
  }
}
