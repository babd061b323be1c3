/** How this page looks and speaks on this device. */
import { html } from '../../dom.js';
import { LANGUAGES, locale, t, useLanguage } from '../../i18n.js';
import { singleKeys, useSingleKeys } from '../../keys.js';
import { notify } from '../../notices.js';
import { notifying, turnOffNotifications, turnOnNotifications } from '../../notifications.js';
import { THEMES, chooseTheme, theme } from '../../theme.js';

export function Preferences() {
  const speak = (/** @type {any} */ event) => {
    useLanguage(event.currentTarget.value, { keep: true }).catch(() => notify('error', t('error.unreachable')));
  };
  return html`<div class="setting">
      <div class="setting-head"><label for="setting-theme">${t('settings.theme')}</label></div>
      <select id="setting-theme" aria-describedby="setting-theme-hint" onChange=${(/** @type {any} */ event) => chooseTheme(event.currentTarget.value)}>
        ${THEMES.map((name) => html`<option key=${name} value=${name} selected=${theme.value === name}>${t(`theme.${name}`)}</option>`)}
      </select>
      <p class="hint" id="setting-theme-hint">${t('settings.hint.theme')}</p>
    </div>
    <div class="setting">
      <div class="setting-head"><label for="setting-language">${t('app.language')}</label></div>
      <select id="setting-language" onChange=${speak}>
        ${Object.entries(LANGUAGES).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag} selected=${tag === locale.value}>${name}</option>`)}
      </select>
    </div>
    <div class="setting" data-wide="true">
      <label class="check"><input type="checkbox" checked=${notifying.value === 'on'} aria-describedby="setting-notify-hint" onChange=${tell} />${t('hands.notify')}</label>
      <p class="hint" id="setting-notify-hint">${t(`hands.notify.${notifying.value}`)}</p>
    </div>
    <div class="setting" data-wide="true">
      <label class="check"><input type="checkbox" checked=${singleKeys.value} aria-describedby="setting-keys-hint" onChange=${(/** @type {any} */ event) => useSingleKeys(event.currentTarget.checked)} />${t('hands.help.single')}</label>
      <p class="hint" id="setting-keys-hint">${t('hands.help.single_hint')}</p>
    </div>`;
}

/** Where they are not possible the box stays empty, and the hint says why. @param {any} event */
async function tell(event) {
  const box = event.currentTarget;
  if (box.checked) await turnOnNotifications();
  else turnOffNotifications();
  box.checked = notifying.value === 'on';
}
