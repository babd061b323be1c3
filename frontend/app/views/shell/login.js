/** Asks who one is, over all that is shown: at a login provider, with a password, with a key. What was open stays where it was. */
import { apiKey, keyWanted, useKey } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { has, t } from '../../i18n.js';
import { cameBack, logIn, logInElsewhere, readSession, session } from '../../session.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';
import { Modal } from './dialogs.js';

export function LoginDialog() {
  useEffect(() => {
    if (keyWanted.value) readSession();
  }, [keyWanted.value]);
  if (!keyWanted.value || !session.value) return null;
  const { key, password, oidc } = session.value.ways;
  const title = password || oidc ? 'login.title' : 'key.title';
  return html`<${Modal} key=${`${apiKey.value}/${password}`} kind="login" labelledby="login-title" onCancel=${(/** @type {Event} */ event) => event.preventDefault()}>
    <h2 id="login-title"><${Icon} name="key-round" />${t(password || key || oidc ? title : 'login.outside')}</h2>
    ${oidc && html`<${ProviderButton} name=${oidc} />`}
    ${password && (oidc ? html`<${Other} words=${t('login.otherwise')}><${PasswordForm} /><//>` : html`<${PasswordForm} />`)}
    ${key && (password || oidc ? html`<${Other} words=${t('login.with_key')}><${KeyForm} /><//>` : html`<${KeyForm} first />`)}
    ${!password && !key && !oidc && html`<p>${t('login.outside_text')}</p><div class="dialog-actions"><button type="button" class="button primary" onClick=${() => location.reload()}>${t('view.reload')}</button></div>`}
  <//>`;
}

/** @param {{words: string, children?: any}} props a way that is not the first */
function Other({ words, children }) {
  return html`<details class="login-other"><summary><${Icon} name="chevron-right" />${words}</summary>${children}</details>`;
}

/** @param {{name: string}} props */
function ProviderButton({ name }) {
  const fault = useSignal('');
  const busy = useSignal(false);
  const go = async () => {
    if (busy.peek()) return;
    busy.value = true;
    fault.value = cameBack.value = '';
    try {
      await logInElsewhere();
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
      busy.value = false;
    }
  };
  const why = `login.came_back.${cameBack.value}`;
  const words = fault.value || (has(why) ? t(why) : '');
  return html`${words && html`<p class="fault words" role="alert">${words}</p>`}
    <div class="dialog-actions"><button type="button" class="button primary" autofocus aria-disabled=${busy} onClick=${go}>${t('login.with_provider', { name })}</button></div>`;
}

function PasswordForm() {
  const fault = useSignal('');
  const busy = useSignal(false);
  const give = async (/** @type {any} */ event) => {
    event.preventDefault();
    if (busy.peek()) return;
    const form = event.currentTarget;
    const given = new FormData(form);
    busy.value = true;
    fault.value = '';
    try {
      await logIn(String(given.get('username')).trim(), String(given.get('password')));
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
      form.elements.password.select();
    } finally {
      busy.value = false;
    }
  };
  return html`<form class="key-form" method="post" onSubmit=${give}>
    <label for="login-name">${t('login.name')}</label>
    <input id="login-name" name="username" type="text" required autofocus autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="100" />
    <label for="login-password">${t('login.password')}</label>
    <input id="login-password" name="password" type="password" required autocomplete="current-password" maxlength="1024" aria-describedby=${fault.value ? 'login-fault' : null} />
    ${fault.value && html`<p class="fault words" id="login-fault" role="alert">${fault.value}</p>`}
    <div class="dialog-actions"><button type="submit" class="button primary" aria-disabled=${busy}>${t('login.log_in')}</button></div>
  </form>`;
}

/** @param {{first?: boolean}} props first: the only way */
function KeyForm({ first = false }) {
  const give = (/** @type {any} */ event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    useKey(String(form.get('key')).trim(), form.has('keep'));
  };
  return html`<form class="key-form" onSubmit=${give}>
    <p>${t('key.text')}</p>
    <label for="key">${t('key.label')}</label>
    <input id="key" name="key" type="password" required autofocus=${first} autocomplete=${first ? 'current-password' : 'off'} />
    <label class="check"><input type="checkbox" name="keep" />${t('key.keep')}</label>
    <div class="dialog-actions"><button type="submit" class="button primary">${t('key.use')}</button></div>
  </form>`;
}
