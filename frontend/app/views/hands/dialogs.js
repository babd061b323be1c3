/** Asking for a number, a title, or what to forget. */
import { clearEnded, nameOf, rename, setLimit, setPriority } from '../../acting.js';
import { closeDialog } from '../../dialogs.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { Icon } from '../parts.js';
import { Modal } from '../shell/dialogs.js';

/** @typedef {import('../../selection.js').Target} Target */

const MEGABYTE = 1_000_000;
const LEAST_LIMIT = 1024;
const LARGEST_PRIORITY = 1_000_000;
const ENDINGS = /** @type {const} */ (['completed', 'failed', 'cancelled']);

/** @param {readonly Target[]} targets */
function meantWords(targets) {
  return targets.length === 1 ? nameOf(targets[0]) : t('hands.entries', { count: targets.length });
}

/** The value that all of them have, else nothing. @param {readonly Target[]} targets @param {string} field */
function common(targets, field) {
  const values = new Set(targets.map(({ row }) => row.data[field] ?? null));
  return values.size === 1 ? [...values][0] : null;
}

/** @param {{title: string, icon: string, submit: string, danger?: boolean, onSubmit(form: FormData): unknown, children?: any}} props */
function Form({ title, icon, submit, danger = false, onSubmit, children }) {
  const give = (/** @type {any} */ event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    closeDialog();
    onSubmit(form);
  };
  return html`<${Modal} labelledby="hands-title" onCancel=${closeDialog}>
    <form class="hands-form" onSubmit=${give}>
      <h2 id="hands-title"><${Icon} name=${icon} />${title}</h2>
      ${children}
      <div class="dialog-actions">
        <button type="button" class="button" onClick=${closeDialog}>${t('hands.leave')}</button>
        <button type="submit" class=${danger ? 'button danger' : 'button primary'}>${submit}</button>
      </div>
    </form>
  <//>`;
}

/** @param {{targets: readonly Target[]}} props */
export function LimitDialog({ targets }) {
  const limit = common(targets, 'bandwidth_limit_bytes_per_s');
  const set = (/** @type {FormData} */ form) => {
    const wished = Number(form.get('limit'));
    return setLimit(targets, wished > 0 ? Math.round(wished * MEGABYTE) : null);
  };
  return html`<${Form} title=${t('command.limit')} icon="gauge" submit=${t('hands.set')} onSubmit=${set}>
    <p class="words" dir="auto">${meantWords(targets)}</p>
    <label for="hands-limit">${t('controls.limit')}</label>
    <div class="with-unit">
      <input id="hands-limit" name="limit" type="number" inputmode="decimal" min=${LEAST_LIMIT / MEGABYTE} step="any" autofocus placeholder=${t('controls.no_limit')}
        value=${limit === null ? '' : limit / MEGABYTE} aria-describedby="hands-limit-hint" />
      <span class="unit" aria-hidden="true">MB/s</span>
    </div>
    <p class="hint" id="hands-limit-hint">${t('hands.limit.hint')}</p>
  <//>`;
}

/** @param {{targets: readonly Target[]}} props */
export function PriorityDialog({ targets }) {
  const step = (/** @type {MouseEvent} */ event, /** @type {number} */ by) => {
    const field = /** @type {HTMLInputElement} */ (/** @type {HTMLElement} */ (event.currentTarget).closest('form')?.elements.namedItem('priority'));
    field.value = String((field.valueAsNumber || 0) + by);
  };
  return html`<${Form} title=${t('command.priority')} icon="chevron-up" submit=${t('hands.set')} onSubmit=${(/** @type {FormData} */ form) => setPriority(targets, Number(form.get('priority')))}>
    <p class="words" dir="auto">${meantWords(targets)}</p>
    <label for="hands-priority">${t('command.priority')}</label>
    <div class="stepper">
      <button type="button" class="icon-button" aria-label=${t('hands.priority.lower')} onClick=${(/** @type {MouseEvent} */ event) => step(event, -1)}><${Icon} name="minus" /></button>
      <input id="hands-priority" name="priority" type="number" inputmode="numeric" step="1" min=${-LARGEST_PRIORITY} max=${LARGEST_PRIORITY} required autofocus
        value=${common(targets, 'priority') ?? 0} aria-describedby="hands-priority-hint" />
      <button type="button" class="icon-button" aria-label=${t('hands.priority.higher')} onClick=${(/** @type {MouseEvent} */ event) => step(event, 1)}><${Icon} name="plus" /></button>
    </div>
    <p class="hint" id="hands-priority-hint">${t('hands.priority.hint')}</p>
  <//>`;
}

/** @param {{targets: readonly Target[]}} props */
export function RenameDialog({ targets: [target] }) {
  return html`<${Form} title=${t('command.rename')} icon="file-text" submit=${t('hands.set')} onSubmit=${(/** @type {FormData} */ form) => rename(target, String(form.get('title')).trim())}>
    <label for="hands-name">${t('field.anime_title')}</label>
    <input id="hands-name" name="title" dir="auto" required maxlength="500" autofocus autocomplete="off" value=${target.row.data.anime_title} aria-describedby="hands-name-hint" />
    <p class="hint" id="hands-name-hint">${t('hands.rename.hint')}</p>
  <//>`;
}

export function ClearDialog() {
  const clear = (/** @type {FormData} */ form) => clearEnded(form.getAll('status').map(String), { files: form.has('files') });
  return html`<${Form} title=${t('hands.clear')} icon="trash-2" submit=${t('hands.clear.do')} danger onSubmit=${clear}>
    <p>${t('hands.clear.text')}</p>
    ${ENDINGS.map((status) => html`<label key=${status} class="check"><input type="checkbox" name="status" value=${status} checked autofocus=${status === 'completed'} />${t(`status.${status}`)}</label>`)}
    <label class="check"><input type="checkbox" name="files" />${t('hands.clear.files')}</label>
  <//>`;
}
