/** The box that selects a row, for those who click, touch or press the space bar. */
import { html, useState } from '../dom.js';
import { list } from '../list.js';
import { isSelected, select } from '../selection.js';

/** @param {{of: string, label: string}} props of: the row's key */
export function Tick({ of, label }) {
  const [checked] = useState(() => isSelected(of));
  const pick = (/** @type {MouseEvent} */ event) => select(of, { ctrl: true, shift: event.shiftKey }, list.peek()?.order() ?? []);
  return html`<label class="tick"><input type="checkbox" aria-label=${label} checked=${checked} onClick=${pick} /></label>`;
}
