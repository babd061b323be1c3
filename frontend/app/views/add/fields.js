/** The fields of the form: each with its label, hint and fault. */
import { HOSTER_CHOICES, LANGUAGE_CHOICES } from '../../add_job.js';
import { request } from '../../api.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { snapshots } from '../../state.js';
import { Icon } from '../parts.js';
import { withoutWrong } from './addresses.js';
import { addresses, draft, type, typeAddresses, wrong } from './draft.js';

const FEWEST_LINES = 5;
const MOST_LINES = 18;
const WRONG_SHOWN = 3;

/** A labelled field with its hint and its fault. @param {{name: string, id: string, label: string, hint?: string, fault?: string, children?: any}} props */
export function Field({ name, id, label, hint, fault, children }) {
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  const shared = { name, id, 'aria-describedby': described || null, 'aria-invalid': fault ? 'true' : null };
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children(shared)}
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${fault && html`<p class="fault words" id=${`${id}-fault`} role="alert">${fault}</p>`}
  </div>`;
}

/** The addresses, with a margin that numbers the lines and marks those that are none. @param {{fault?: string}} props */
export function AddressField({ fault }) {
  const margin = useRef(/** @type {HTMLElement | null} */ (null));
  const lines = draft.value.urls.split('\n').length;
  const rows = Math.min(MOST_LINES, Math.max(FEWEST_LINES, lines + 1));
  const count = addresses.value.length;
  const follow = (/** @type {any} */ event) => {
    if (margin.current) margin.current.scrollTop = event.currentTarget.scrollTop;
  };
  return html`<${Field} name="episode_urls" id="urls" label=${t('add.urls')} hint=${count > 0 ? t('add.urls_hint', { count }) : t('add.urls_none')} fault=${fault}>
    ${(/** @type {any} */ shared) => html`<div class="numbered">
        <div class="margin" ref=${margin} aria-hidden="true"><${Margin} lines=${lines} /></div>
        <textarea ...${shared} rows=${rows} required spellcheck="false" autocapitalize="off" autocomplete="off" placeholder="https://…"
          value=${draft.value.urls} onInput=${(/** @type {any} */ event) => typeAddresses(event.currentTarget.value)} onScroll=${follow}></textarea>
      </div>
      <${WrongLines} />`}
  <//>`;
}

/** @param {{lines: number}} props */
function Margin({ lines }) {
  const marked = new Set(wrong.value.map(({ number }) => number));
  const numbers = Array.from({ length: lines }, (_, index) => index + 1);
  if (marked.size === 0) return html`${numbers.join('\n')}`;
  return numbers.map((number) => (marked.has(number) ? html`<b key=${number}>${`✕ ${number}\n`}</b>` : `${number}\n`));
}

function WrongLines() {
  const found = wrong.value;
  return html`<div class="wrong" role="status">
    ${found.length > 0 &&
    html`<ul>
        ${found.slice(0, WRONG_SHOWN).map(({ number, text }) => html`<li key=${number} class="words">${t('add.wrong_line', { line: number, text: text.slice(0, 80) })}</li>`)}
        ${found.length > WRONG_SHOWN && html`<li>${t('add.wrong_more', { count: found.length - WRONG_SHOWN })}</li>`}
      </ul>
      <button type="button" class="button small" onClick=${() => typeAddresses(withoutWrong(draft.value.urls))}><${Icon} name="x" />${t('add.wrong_remove')}</button>`}
  </div>`;
}

/** @param {{faults: Record<string, string>}} props */
export function Wishes({ faults }) {
  const bind = (/** @type {'title' | 'language' | 'provider' | 'priority' | 'limit'} */ name) => ({
    value: draft.value[name],
    onInput: (/** @type {any} */ event) => type({ [name]: event.currentTarget.value }),
  });
  return html`<${Field} name="anime_title" id="title" label=${t('add.name')} fault=${faults.anime_title}>
      ${(/** @type {any} */ shared) => html`<input ...${shared} ...${bind('title')} type="text" required maxlength="500" dir="auto" autocomplete="off" />`}
    <//>
    <div class="pair">
      <${Field} name="language" id="language" label=${t('add.language')} hint=${t('add.chain_hint')} fault=${faults.language}>
        ${(/** @type {any} */ shared) => html`<input ...${shared} ...${bind('language')} type="text" maxlength="500" list="languages" placeholder=${t('add.any')} autocomplete="off" />`}
      <//>
      <${Field} name="provider" id="provider" label=${t('add.provider')} hint=${t('add.chain_hint_provider')} fault=${faults.provider}>
        ${(/** @type {any} */ shared) => html`<input ...${shared} ...${bind('provider')} type="text" maxlength="500" list="providers" placeholder=${t('add.any')} autocomplete="off" />`}
      <//>
      <${Field} name="priority" id="priority" label=${t('add.priority')} hint=${t('add.priority_hint')} fault=${faults.priority}>
        ${(/** @type {any} */ shared) => html`<input ...${shared} ...${bind('priority')} type="number" inputmode="numeric" step="1" min="-1000000" max="1000000" placeholder="0" autocomplete="off" />`}
      <//>
      <${Field} name="bandwidth_limit_bytes_per_s" id="job-limit" label=${t('add.limit')} hint=${t('add.limit_hint')} fault=${faults.bandwidth_limit_bytes_per_s}>
        ${(/** @type {any} */ shared) => html`<div class="with-unit">
          <input ...${shared} ...${bind('limit')} type="number" inputmode="decimal" min="0.002" step="any" placeholder=${t('add.no_limit')} autocomplete="off" />
          <span class="unit" aria-hidden="true">MB/s</span>
        </div>`}
      <//>
    </div>
    <datalist id="languages">${LANGUAGE_CHOICES.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    <${ProviderChoices} />
    <label class="check"><input type="checkbox" name="paused" checked=${draft.value.paused} onChange=${(/** @type {any} */ event) => type({ paused: event.currentTarget.checked })} />${t('add.paused')}</label>
    <label class="check"><input type="checkbox" name="standing" checked=${draft.value.standing} onChange=${(/** @type {any} */ event) => type({ standing: event.currentTarget.checked })} />${t('add.standing')}</label>`;
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
