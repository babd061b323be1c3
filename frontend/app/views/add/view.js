/** The form for new downloads: addresses, wishes, a look at what would come of them. What was typed stays until it is queued. */
import { FIELDS, fieldWords } from '../../add_job.js';
import { addJob } from '../../actions.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { notify } from '../../notices.js';
import { href, show } from '../../router.js';
import { Icon } from '../parts.js';
import { addresses, bodyOf, currentKey, draft, empty, wrong } from './draft.js';
import { AddressField, Wishes } from './fields.js';
import { FileChoice, useDrop } from './files.js';
import { forget, isCurrent, look, looked, looking, wanted } from './looking.js';
import { PlanTable } from './table.js';

/** A request for new downloads. */
export function View() {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const faults = useSignal(/** @type {Record<string, string>} */ ({}));
  const sending = useSignal(false);
  const { isOver, handlers } = useDrop();
  useEffect(() => form.current?.querySelector('textarea')?.focus({ preventScroll: true }), []);

  const refuse = (/** @type {Record<string, string>} */ found) => {
    faults.value = found;
    const first = FIELDS.find((name) => found[name]);
    if (first && form.current) /** @type {HTMLInputElement} */ (form.current.elements.namedItem(first)).focus();
  };
  const isFine = () => {
    const found = ownFaults(form.current);
    refuse(found);
    return Object.keys(found).length === 0;
  };
  const peek = async () => {
    if (!isFine()) return;
    try {
      await look();
    } catch (error) {
      refuse(fieldWords(/** @type {import('../../api.js').ApiError} */ (error)));
    }
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (sending.value || !isFine()) return;
    sending.value = true;
    try {
      told(await addJob(bodyOf(wanted()), currentKey()));
      empty();
      forget();
      show('queue');
    } catch (error) {
      refuse(fieldWords(/** @type {import('../../api.js').ApiError} */ (error)));
    } finally {
      sending.value = false;
    }
  };

  return html`<section class="view add" aria-labelledby="add-title" data-over=${isOver} ...${handlers}>
    <h2 id="add-title" class="unseen">${t('add.title')}</h2>
    <form ref=${form} class="sheet add-form" onSubmit=${send} novalidate>
      <div class="add-addresses">
        <${AddressField} fault=${faults.value.episode_urls} />
        <${FileChoice} />
      </div>
      <div class="add-wishes">
        <${Wishes} faults=${faults.value} />
        ${faults.value.form && html`<p class="fault words" role="alert">${faults.value.form}</p>`}
        <div class="add-actions">
          <button type="button" class="button" aria-disabled=${looking.value} onClick=${peek}><${Icon} name="eye" />${t(looking.value ? 'add.looking' : 'add.look')}</button>
          <button type="submit" class="button primary" aria-disabled=${sending}><${Icon} name="plus" />${t('add.submit')}</button>
        </div>
        <p class="hint">${t('add.look_hint')}</p>
      </div>
    </form>
    <div role="status" class="unseen">${looking.value ? t('add.looking') : ''}</div>
    ${looked.value && html`<${PlanTable} looked=${looked.value} stale=${!isCurrent.value} again=${peek} />`}
  </section>`;
}

/** What is wrong before anybody is asked. @param {HTMLFormElement | null} form @returns {Record<string, string>} */
function ownFaults(form) {
  /** @type {Record<string, string>} */
  const found = {};
  if (wrong.value.length > 0) {
    const [{ number, text }] = wrong.value;
    found.episode_urls = t('add.wrong_fault', { line: number, text: text.slice(0, 80) });
  } else if (addresses.value.length === 0) found.episode_urls = t('add.urls_missing');
  else if (isCurrent.value && wanted().length === 0) found.episode_urls = t('add.none_chosen');
  for (const name of ['priority', 'bandwidth_limit_bytes_per_s']) {
    const field = /** @type {HTMLInputElement | null} */ (form?.elements.namedItem(name) ?? null);
    if (field && !field.validity.valid) found[name] = t(name === 'priority' ? 'add.priority_wrong' : 'add.limit_wrong');
  }
  if (draft.value.title.trim() === '') found.anime_title = t('add.name_missing');
  return found;
}

/** @param {any} job */
function told(job) {
  const left = job.duplicates.length;
  const words = left > 0 ? t('add.done_duplicates', { title: job.anime_title, count: left }) : t('add.done', { title: job.anime_title });
  notify('info', words, { action: { href: href('job', job.id), label: t('add.show_job') } });
}

