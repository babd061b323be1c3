/** Keys in the grid: arrows go from row to row and unfold; Tab goes through what a row offers. */

const STEPS = /** @type {Record<string, (rows: HTMLElement[], at: number) => HTMLElement | undefined>} */ ({
  ArrowDown: (rows, at) => rows[at + 1],
  ArrowUp: (rows, at) => rows[at - 1],
  Home: (rows) => rows[0],
  End: (rows) => rows.at(-1),
});

/** @param {KeyboardEvent} event */
export function arrowKeys(event) {
  const row = /** @type {HTMLElement} */ (event.target);
  const grid = /** @type {HTMLElement} */ (event.currentTarget);
  if (!row.matches('[data-key]') || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') return unfold(row, event);
  const step = STEPS[event.key];
  if (!step) return;
  const rows = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[data-key]')]);
  const next = step(rows, rows.indexOf(row));
  event.preventDefault();
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

/** Right unfolds, left folds; left on an episode goes to its job. @param {HTMLElement} row @param {KeyboardEvent} event */
function unfold(row, event) {
  event.preventDefault();
  const open = row.getAttribute('aria-expanded');
  if (open === null) {
    if (event.key === 'ArrowLeft') /** @type {HTMLElement | null} */ (row.parentElement?.querySelector('[aria-expanded][data-key]'))?.focus();
  } else if ((open === 'true') === (event.key === 'ArrowLeft')) {
    /** @type {HTMLElement | null} */ (row.querySelector('.unfold'))?.click();
  }
}
