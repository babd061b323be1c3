/** Small things every view is made of. */
import { html, useComputed, useState } from '../dom.js';
import { percent } from '../format.js';
import { t } from '../i18n.js';
import { busy } from '../actions.js';
import { icon } from './icons.js';

/** @type {Record<string, string>} */
export const STATUS_ICONS = {
  queued: 'clock',
  downloading: 'download',
  paused: 'circle-pause',
  completed: 'circle-check',
  failed: 'circle-alert',
  cancelled: 'ban',
};

/** Decoration: what it means stands beside it in words. @param {{name: string}} props */
export function Icon({ name }) {
  return icon(name);
}

/**
 * @param {{icon: string, label: string, onClick(): void, name?: string, kind?: string}} props
 *   name: that of the action in `busy`; label: what it does and to what, for those who see only the icon or nothing
 */
export function IconButton({ icon, label, onClick, name = '', kind = '' }) {
  const waits = busy.value.has(name);
  return html`<button type="button" class="icon-button ${kind}" aria-label=${label} title=${label} aria-disabled=${waits} onClick=${() => waits || onClick()}>
    <${Icon} name=${icon} />
  </button>`;
}

/** @param {{row: import('../rows.js').Row}} props */
export function Badge({ row }) {
  const status = row.$('status').value;
  const phase = status === 'downloading' ? row.$('phase').value : null;
  const icon = STATUS_ICONS[status] ?? 'clock';
  return html`<span class="badge" data-status=${status}><${Icon} name=${icon} />${phase ? t(`phase.${phase}`) : t(`status.${status}`)}</span>`;
}

/** A bar and its number, both bound to one signal. @param {{row: import('../rows.js').Row, label: string}} props */
export function Progress({ row, label }) {
  const value = row.$('progress_percentage');
  const words = useComputed(() => percent(value.value));
  return html`<div class="bar">
    <progress max="100" value=${value} aria-label=${label}></progress>
    <span class="bar-number" aria-hidden="true">${words}</span>
  </div>`;
}

/** A figure that follows one field. @param {{row: import('../rows.js').Row, field: string, as(value: any): string}} props */
export function Figure({ row, field, as }) {
  const words = useComputed(() => as(row.$(field).value));
  return html`<span class="figure">${words}</span>`;
}

const WIDE = '(min-width: 62rem)';

/** A panel that folds; on a narrow screen it begins folded, so that the downloads come first. @param {{id: string, title: string, icon: string, children?: any}} props */
export function Panel({ id, title, icon, children }) {
  const [open] = useState(() => matchMedia(WIDE).matches);
  return html`<details class="panel" id=${id} open=${open}>
    <summary><${Icon} name=${icon} /><h2 id=${`${id}-title`}>${title}</h2><${Icon} name="chevron-down" /></summary>
    <div class="panel-content">${children}</div>
  </details>`;
}

/** What to do when there is nothing. @param {{icon: string, title: string, text: string, children?: any}} props */
export function Empty({ icon, title, text, children }) {
  return html`<div class="empty">
    <${Icon} name=${icon} />
    <h3>${title}</h3>
    <p>${text}</p>
    ${children}
  </div>`;
}
