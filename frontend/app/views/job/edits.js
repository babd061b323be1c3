/** What of a job can be changed: title, priority, its own bandwidth limit. All take effect at once. */
import { run } from '../../actions.js';
import { request } from '../../api.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { IconButton } from '../parts.js';

/** @typedef {import('../../rows.js').Row} Row */

const MEGABYTE = 1_000_000;
const LEAST_BYTES = 1_024;

/** @param {number} id @param {Record<string, unknown>} changes */
function changeJob(id, changes) {
  return run(`job:${id}/${Object.keys(changes)}`, () => request('PATCH', `jobs/${id}`, { body: changes }));
}

/** @param {{row: Row}} props */
export function Title({ row }) {
  const editing = useSignal(false);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const button = useRef(/** @type {HTMLElement | null} */ (null));
  const title = row.$('anime_title').value;
  useEffect(() => {
    if (editing.value) field.current?.select();
  }, [editing.value]);
  const close = () => {
    editing.value = false;
    setTimeout(() => button.current?.querySelector('button')?.focus());
  };
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wished = field.current?.value.trim() ?? '';
    if (wished === '' || wished === title || (await changeJob(row.id, { anime_title: wished }))) close();
  };
  if (!editing.value) {
    return html`<div class="job-name" ref=${button}>
      <h2 id="job-title" class="words" dir="auto">${title}</h2>
      <${IconButton} icon="pencil" label=${t('job.rename')} onClick=${() => (editing.value = true)} />
    </div>`;
  }
  return html`<form class="job-name" onSubmit=${save} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && close()}>
    <h2 id="job-title" class="unseen">${title}</h2>
    <input ref=${field} type="text" dir="auto" required maxlength="500" defaultValue=${title} aria-label=${t('add.name')} />
    <button type="submit" class="button primary">${t('job.save')}</button>
    <button type="button" class="button" onClick=${close}>${t('job.back')}</button>
  </form>`;
}

/** A number that is sent when it is left or Enter is pressed; refused, it shows what is true again. @param {{row: Row}} props */
export function Priority({ row }) {
  const priority = row.$('priority').value;
  const change = async (/** @type {any} */ event) => {
    const field = event.currentTarget;
    const wished = field.valueAsNumber;
    const fine = Number.isInteger(wished) && field.validity.valid;
    // sent also where it seems to be so already: what was changed a moment ago may not be known here yet
    if (!fine || !(await changeJob(row.id, { priority: wished })) || wished === priority) field.value = String(priority);
  };
  return html`<div class="control">
    <label for="job-priority">${t('add.priority')}</label>
    <input id="job-priority" type="number" inputmode="numeric" step="1" min="-1000000" max="1000000" value=${priority} aria-describedby="job-priority-hint" onChange=${change} />
    <p class="hint" id="job-priority-hint">${t('add.priority_hint')}</p>
  </div>`;
}

/** @param {{row: Row}} props */
export function Limit({ row }) {
  const limit = row.$('bandwidth_limit_bytes_per_s').value;
  const shown = limit === null ? '' : String(limit / MEGABYTE);
  const change = async (/** @type {any} */ event) => {
    const field = event.currentTarget;
    const wished = Number.isNaN(field.valueAsNumber) || field.valueAsNumber <= 0 ? null : Math.max(LEAST_BYTES, Math.round(field.valueAsNumber * MEGABYTE));
    if (!(await changeJob(row.id, { bandwidth_limit_bytes_per_s: wished })) || wished === limit) field.value = shown;
  };
  return html`<div class="control">
    <label for="own-limit">${t('add.limit')}</label>
    <div class="with-unit">
      <input id="own-limit" type="number" inputmode="decimal" min="0" step="any" placeholder=${t('add.no_limit')} value=${shown} aria-describedby="own-limit-hint" onChange=${change} />
      <span class="unit" aria-hidden="true">MB/s</span>
    </div>
    <p class="hint" id="own-limit-hint">${t('add.limit_hint')}</p>
  </div>`;
}
