/** The form for what is followed: a new one, or one that is changed. Looking first shows what would be queued. */
import { HOSTER_CHOICES, LANGUAGE_CHOICES } from '../../add_job.js';
import { html, useRef, useSignal } from '../../dom.js';
import { INTERVALS, bodyOf, fieldsOf, plan, save } from '../../following.js';
import { duration } from '../../format.js';
import { t } from '../../i18n.js';
import { notify } from '../../notices.js';
import { errorWords } from '../../words.js';
import { Field } from '../add/fields.js';
import { Icon } from '../parts.js';
import { PlanWords } from './plan.js';

/** @typedef {import('../../following.js').Subscription} Subscription */

const FIELDS = ['url', 'anime_title', 'language', 'provider', 'episodes', 'interval_s'];
const OF_ADDRESS = new Set(['no_provider', 'url_invalid', 'address_refused', 'no_episodes']);
const PROVIDERS = ['feed', 'ytdlp', ...HOSTER_CHOICES];

/** @param {{of: Subscription | null, done(): void}} props of: null for a new one */
export function FollowForm({ of, done }) {
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const fields = useSignal(fieldsOf(of));
  const faults = useSignal(/** @type {Record<string, string>} */ ({}));
  const found = useSignal(/** @type {import('../../following.js').Plan | null} */ (null));
  const busy = useSignal('');
  const type = (/** @type {Record<string, unknown>} */ change) => {
    fields.value = { ...fields.peek(), ...change };
    found.value = null;
  };
  const refuse = (/** @type {Record<string, string>} */ words) => {
    faults.value = words;
    const first = FIELDS.find((name) => words[name]);
    if (first) /** @type {HTMLElement | null} */ (form.current?.querySelector(`[name="${first}"]`))?.focus();
  };
  const send = async (/** @type {'look' | 'save'} */ what) => {
    if (busy.value) return;
    const missing = of === null && fields.value.url.trim() === '';
    refuse(missing ? { url: t('follow.url_missing') } : {});
    if (missing) return;
    busy.value = what;
    try {
      if (what === 'look') found.value = await plan(bodyOf({ ...fields.value, url: of?.url ?? fields.value.url }, true));
      else {
        const saved = await save(bodyOf(fields.value, of === null), of?.id ?? null);
        notify('info', t(of ? 'follow.changed' : 'follow.added', { title: saved.anime_title }));
        done();
      }
    } catch (error) {
      refuse(fieldWords(/** @type {import('../../api.js').ApiError} */ (error)));
    } finally {
      busy.value = '';
    }
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    send('save');
  };
  const leave = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') done();
  };
  const id = `follow-${of?.id ?? 'new'}`;
  return html`<form ref=${form} class="sheet follow-form" aria-label=${of ? t('follow.change_of', { title: of.anime_title }) : t('follow.add')} novalidate onSubmit=${submit} onKeyDown=${leave}>
    <${Fields} id=${id} isNew=${of === null} fields=${fields.value} faults=${faults.value} type=${type} />
    ${faults.value.form && html`<p class="fault words" role="alert">${faults.value.form}</p>`}
    <div class="follow-actions">
      <button type="button" class="button" aria-disabled=${busy.value !== ''} onClick=${() => send('look')}><${Icon} name="eye" />${t(busy.value === 'look' ? 'add.looking' : 'add.look')}</button>
      <button type="submit" class="button primary" aria-disabled=${busy.value !== ''}><${Icon} name=${of ? 'check' : 'plus'} />${t(of ? 'follow.save' : 'follow.submit')}</button>
    </div>
    <div role="status">${found.value && html`<${PlanWords} plan=${found.value} />`}</div>
  </form>`;
}

/** @param {{id: string, isNew: boolean, fields: ReturnType<typeof fieldsOf>, faults: Record<string, string>, type(change: Record<string, unknown>): void}} props */
function Fields({ id, isNew, fields, faults, type }) {
  const text = (/** @type {'url' | 'anime_title' | 'language' | 'provider' | 'episodes'} */ name, /** @type {Record<string, unknown>} */ more, hint = '') => html`<${Field} name=${name} id=${`${id}-${name}`} label=${t(`follow.${name}`)} hint=${hint} fault=${faults[name]}>
    ${(/** @type {any} */ shared) => html`<input ...${shared} ...${more} type="text" autocomplete="off" value=${fields[name]} onInput=${(/** @type {any} */ event) => type({ [name]: event.currentTarget.value })} />`}
  <//>`;
  const check = (/** @type {'specials' | 'only_new'} */ name) => html`<label class="check"><input type="checkbox" checked=${fields[name]} onChange=${(/** @type {any} */ event) => type({ [name]: event.currentTarget.checked })} />${t(`follow.${name}`)}</label>`;
  return html`
    ${isNew && text('url', { inputmode: 'url', required: true, maxlength: 4096, spellcheck: false, autocapitalize: 'off', placeholder: 'https://…' }, t('follow.url_hint'))}
    <div class="follow-fields">
      ${text('anime_title', { maxlength: 500, dir: 'auto', placeholder: isNew ? t('follow.title_read') : null })}
      ${text('language', { maxlength: 500, list: `${id}-languages`, placeholder: t('add.any') }, t('follow.language_hint'))}
      ${text('provider', { maxlength: 500, list: `${id}-providers`, placeholder: t('add.any') })}
      ${text('episodes', { maxlength: 500, spellcheck: false, placeholder: t('follow.all') }, t('follow.episodes_hint'))}
      <${Field} name="interval_s" id=${`${id}-interval`} label=${t('follow.interval')} fault=${faults.interval_s}>
        ${(/** @type {any} */ shared) => html`<select ...${shared} onChange=${(/** @type {any} */ event) => type({ interval_s: Number(event.currentTarget.value) })}>
          ${intervals(fields.interval_s).map((seconds) => html`<option key=${seconds} value=${seconds} selected=${seconds === fields.interval_s}>${duration(seconds)}</option>`)}
        </select>`}
      <//>
    </div>
    <div class="follow-checks">${check('only_new')}${check('specials')}</div>
    <datalist id=${`${id}-languages`}>${['German Dub > German Sub', ...LANGUAGE_CHOICES].map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    <datalist id=${`${id}-providers`}>${PROVIDERS.map((name) => html`<option key=${name} value=${name} />`)}</datalist>`;
}

/** The usual ones, and that which someone has set by other means. @param {number} present */
function intervals(present) {
  return [...new Set([...INTERVALS, present])].sort((a, b) => a - b);
}

/** @param {import('../../api.js').ApiError} error @returns {Record<string, string>} */
function fieldWords(error) {
  const all = error.fields.length > 0 ? error.fields.map((params) => ({ code: error.code, params })) : [error];
  /** @type {Record<string, string>} */
  const words = {};
  for (const fault of all) {
    const named = OF_ADDRESS.has(fault.code) ? 'url' : String(/** @type {any} */ (fault.params)?.field ?? '').split('.')[0];
    words[FIELDS.includes(named) ? named : 'form'] ??= errorWords(/** @type {any} */ (fault));
  }
  return words;
}
