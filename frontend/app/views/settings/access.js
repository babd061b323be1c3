/** Who one is to the service, and the keys for others. */
import { apiKey, request } from '../../api.js';
import { copyText } from '../../clipboard.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { moment } from '../../format.js';
import { t } from '../../i18n.js';
import { ask, notify } from '../../notices.js';
import { SCOPES, logOut, mayAdminister, readSession, session } from '../../session.js';
import { errorWords } from '../../words.js';
import { Icon, IconButton } from '../parts.js';

/** @typedef {{id: number, name: string, scope: import('../../session.js').Scope, created_at: string, last_used_at: string | null}} Key */

export function AccessCard() {
  return html`<${Who} />${mayAdminister() && html`<${Keys} />`}`;
}

function Who() {
  const caller = session.value?.caller;
  if (!caller) return null;
  const out = (/** @type {boolean} */ everywhere) => () => logOut({ everywhere }).catch((error) => notify('error', errorWords(error)));
  const inSession = ['password', 'oidc'].includes(caller.way) && !apiKey.value;
  return html`<div class="setting" data-wide="true">
    <p class="words">${caller.way === 'open' ? t('access.open') : t('access.you', { name: caller.name, scope: t(`access.scope.${caller.scope}`) })}</p>
    <div class="access-actions">
      ${inSession && html`<button type="button" class="button small" onClick=${out(false)}>${t('access.log_out')}</button>`}
      ${inSession && html`<button type="button" class="button small" onClick=${out(true)}>${t('access.log_out_everywhere')}</button>`}
      ${apiKey.value && html`<button type="button" class="button small" onClick=${out(false)}>${t('access.forget_key')}</button>`}
    </div>
  </div>`;
}

function Keys() {
  const keys = useSignal(/** @type {Key[]} */ ([]));
  const made = useSignal('');
  const fault = useSignal('');
  const read = async () => {
    keys.value = (await request('GET', 'keys')).items;
  };
  const trying = async (/** @type {() => Promise<void>} */ work) => {
    try {
      await work();
      fault.value = '';
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    }
  };
  useEffect(() => void trying(read), []);
  const make = (/** @type {any} */ event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const { name, scope } = Object.fromEntries(new FormData(form));
    trying(async () => {
      const { key } = await request('POST', 'keys', { body: { name, scope } });
      made.value = key;
      form.reset();
      if (session.peek()?.caller?.way === 'open') await readSession();
      else await read();
    });
  };
  const revoke = async (/** @type {Key} */ { id, name }) => {
    if (!(await ask({ title: t('access.revoke'), text: t('access.revoke_ask', { name }), confirm: t('access.revoke') }))) return;
    await trying(async () => {
      await request('DELETE', `keys/${id}`);
      await read();
    });
  };
  return html`<div class="setting" data-wide="true">
    <h4 id="access-keys">${t('access.keys')}</h4>
    <p class="hint">${t('access.keys_hint')}</p>
    ${keys.value.length > 0 && html`<ul class="access-keys" aria-labelledby="access-keys">${keys.value.map((key) => html`<${KeyRow} key=${key.id} stored=${key} revoke=${revoke} />`)}</ul>`}
    ${made.value && html`<div class="access-made" role="status">
      <label for="access-made">${t('access.made')}</label>
      <input id="access-made" type="text" readonly value=${made.value} onFocus=${(/** @type {any} */ event) => event.currentTarget.select()} />
      <button type="button" class="button small" onClick=${() => copied(made.value)}><${Icon} name="copy" />${t('access.copy')}</button>
    </div>`}
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    <form class="access-form" onSubmit=${make}>
      <label for="access-name">${t('access.name')}</label>
      <input id="access-name" name="name" type="text" required maxlength="100" autocomplete="off" />
      <label for="access-scope">${t('access.scope')}</label>
      <select id="access-scope" name="scope">${SCOPES.map((name) => html`<option key=${name} value=${name}>${t(`access.scope.${name}`)}</option>`)}</select>
      <button type="submit" class="button small"><${Icon} name="plus" />${t('access.make')}</button>
    </form>
  </div>`;
}

/** @param {{stored: Key, revoke(key: Key): void}} props */
function KeyRow({ stored, revoke }) {
  const used = stored.last_used_at ? t('access.used', { time: moment(stored.last_used_at) }) : t('access.unused');
  return html`<li class="access-key">
    <span class="words"><strong>${stored.name}</strong> <span class="tag">${t(`access.scope.${stored.scope}`)}</span> <span class="soft">${used}</span></span>
    <${IconButton} icon="trash-2" label=${t('access.revoke_named', { name: stored.name })} onClick=${() => revoke(stored)} />
  </li>`;
}

/** @param {string} text */
async function copied(text) {
  if (await copyText(text)) notify('info', t('access.copied'));
}
