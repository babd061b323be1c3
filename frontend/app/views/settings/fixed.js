/** What is read when the service starts: its value, where that comes from, and where to set it. */
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { Icon } from '../parts.js';
import { settingLabel, valueWords } from './live.js';

/** @typedef {import('../../setting_fields.js').Setting} Setting */

/** @param {{settings: Setting[]}} props */
export function FixedSettings({ settings }) {
  return html`<section class="card fixed" aria-labelledby="settings-fixed">
    <h3 id="settings-fixed" class="card-title"><${Icon} name="wrench" />${t('settings.group.fixed')}</h3>
    <p class="hint">${t('settings.fixed_hint')}</p>
    <ul class="fixed-list">${settings.map((setting) => html`<${Fixed} key=${setting.name} setting=${setting} />`)}</ul>
  </section>`;
}

/** @param {{setting: Setting}} props */
function Fixed({ setting }) {
  const { name, option, secret, source, variable } = setting;
  const value = secret ? t(setting.is_set ? 'settings.secret_set' : 'settings.none') : valueWords(name, setting.value);
  return html`<li class="fixed-item">
    <details>
      <summary>
        <span class="fixed-name">${settingLabel(name)}</span>
        <span class="fixed-value words" dir="auto">${value}</span>
        ${source !== 'default' && html`<span class="tag">${t(`settings.source.${source}`)}</span>`}
        <${Icon} name="chevron-down" />
      </summary>
      <dl class="places">
        <div><dt>${t('settings.place.variable')}</dt><dd><code class="words">${variable}</code></dd></div>
        <div><dt>aniworld-dl.toml</dt><dd><code class="words">${name} = …</code></dd></div>
        ${option && html`<div><dt>${t('settings.place.option')}</dt><dd><code class="words">aniworld-dl serve ${option} …</code></dd></div>`}
        ${!secret && html`<div><dt>${t('settings.place.default')}</dt><dd class="words">${valueWords(name, setting.default)}</dd></div>`}
      </dl>
    </details>
  </li>`;
}
