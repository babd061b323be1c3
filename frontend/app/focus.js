/** Giving the focus to what is not drawn yet. */

const FRAMES_TO_WAIT = 120;

/** Wait until something is drawn, then give it the focus and bring it into sight. @param {string} selector @param {number} [frames] how many more to wait */
export function focusSoon(selector, frames = FRAMES_TO_WAIT) {
  const found = /** @type {HTMLElement | null} */ (document.querySelector(selector));
  if (found) {
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusSoon(selector, frames - 1));
}
