/** The form for new downloads. What was typed stays until it is queued. */
import { addJob, newIdempotencyKey } from '../../actions.js';
import { HOSTER_CHOICES, LANGUAGE_CHOICES, fieldWords, guessTitle, readAddresses, readJob } from '../../add_job.js';
import { request } from '../../api.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { notify } from '../../notices.js';
import { show } from '../../router.js';
import { snapshots } from '../../state.js';
import { Icon, Panel } from '../parts.js';

/** A request for new downloads. */
export function View() {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const faults = useSignal(/** @type {Record<string, string>} */ ({}));
  const sending = useSignal(false);
  const count = useSignal(0);
  const guessed = useRef('');
  const key = useRef(newIdempotencyKey());

  const typed = () => {
    key.current = newIdempotencyKey();
  };
  const pasted = (/** @type {any} */ event) => {
    const addresses = readAddresses(event.currentTarget.value);
    count.value = addresses.length;
    const title = /** @type {HTMLInputElement} */ (form.current?.elements.namedItem('anime_title'));
    if (title.value !== '' && title.value !== guessed.current) return;
    title.value = guessed.current = addresses.length ? guessTitle(addresses[0]) : '';
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!form.current || sending.value) return;
    sending.value = true;
    const job = readJob(new FormData(form.current));
    try {
      const added = await addJob(job, key.current);
      notify('info', t('add.done', { title: added.anime_title }));
      faults.value = {};
      empty(form.current);
      count.value = 0;
      guessed.current = '';
      typed();
      show('queue');
    } catch (error) {
      faults.value = fieldWords(/** @type {import('../../api.js').ApiError} */ (error));
      focusFault(form.current, faults.value);
    } finally {
      sending.value = false;
    }
  };

  return html`<${Panel} id="add" icon="plus" title=${t('add.title')}>
    <form ref=${form} onSubmit=${send} onInput=${typed} novalidate>
      <${Field} name="episode_urls" id="urls" label=${t('add.urls')} hint=${count.value > 0 ? t('add.urls_hint', { count: count.value }) : t('add.urls_none')} fault=${faults.value.episode_urls}>
        ${(/** @type {any} */ shared) => html`<textarea ...${shared} rows="3" required spellcheck="false" autocapitalize="off" autocomplete="off" placeholder="https://…" onInput=${pasted}></textarea>`}
      <//>
      <${Field} name="anime_title" id="title" label=${t('add.name')} fault=${faults.value.anime_title}>
        ${(/** @type {any} */ shared) => html`<input ...${shared} type="text" required maxlength="500" dir="auto" autocomplete="off" />`}
      <//>
      <div class="pair">
        <${Field} name="language" id="language" label=${t('add.language')} fault=${faults.value.language}>
          ${(/** @type {any} */ shared) => html`<input ...${shared} type="text" list="languages" placeholder=${t('add.any')} autocomplete="off" />`}
        <//>
        <${Field} name="provider" id="provider" label=${t('add.provider')} fault=${faults.value.provider}>
          ${(/** @type {any} */ shared) => html`<input ...${shared} type="text" list="providers" placeholder=${t('add.any')} autocomplete="off" />`}
        <//>
      </div>
      <datalist id="languages">${LANGUAGE_CHOICES.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
      <${ProviderChoices} />
      <label class="check"><input type="checkbox" name="paused" />${t('add.paused')}</label>
      ${faults.value.form && html`<p class="fault words" role="alert">${faults.value.form}</p>`}
      <button type="submit" class="button primary wide" aria-disabled=${sending}><${Icon} name="plus" />${t('add.submit')}</button>
    </form>
  <//>`;
}

/** A labelled field with its hint and its fault. @param {{name: string, id: string, label: string, hint?: string, fault?: string, children?: any}} props */
function Field({ name, id, label, hint, fault, children }) {
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  const shared = { name, id, 'aria-describedby': described || null, 'aria-invalid': fault ? 'true' : null };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children(shared)}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${fault && html`<p class="fault words" id=${`${id}-fault`} role="alert">${fault}</p>`}
  </div>`;
}

/** Installed providers first, then known hosters; any other name can be typed. */
function ProviderChoices() {
  const installed = useSignal(/** @type {string[]} */ ([]));
  useEffect(() => {
    if (snapshots.value === 0) return;
    const read = (/** @type {any} */ page) => (installed.value = page.items.map((/** @type {any} */ provider) => provider.name));
    request('GET', 'providers').then(read, () => (installed.value = []));
  }, [snapshots.value]);
  const names = [...new Set([...installed.value, ...HOSTER_CHOICES])];
  return html`<datalist id="providers">${names.map((name) => html`<option key=${name} value=${name} />`)}</datalist>`;
}

/** Language and provider stay: the next request is often of the same kind. @param {HTMLFormElement} form */
function empty(form) {
  for (const name of ['episode_urls', 'anime_title']) /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).value = '';
  /** @type {HTMLInputElement} */ (form.elements.namedItem('paused')).checked = false;
}

/** @param {HTMLFormElement} form @param {Record<string, string>} faults */
function focusFault(form, faults) {
  const first = ['episode_urls', 'anime_title', 'language', 'provider'].find((name) => faults[name]);
  if (first) /** @type {HTMLInputElement} */ (form.elements.namedItem(first)).focus();
}
