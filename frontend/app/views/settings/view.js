/** All settings: those that change while everything runs, those of this page, and the rest with where to set it. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { t } from '../../i18n.js';
import { GROUPS } from '../../setting_fields.js';
import { settings, snapshots } from '../../state.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';
import { AccessCard } from './access.js';
import { FixedSettings } from './fixed.js';
import { LiveSetting } from './live.js';
import { Preferences } from './preferences.js';

/** @typedef {import('../../setting_fields.js').Setting} Setting */

/** The view. */
export function View() {
  const details = useSignal(/** @type {Setting[]} */ ([]));
  const fault = useSignal('');
  useEffect(() => {
    if (snapshots.value === 0) return;
    request('GET', 'settings/details').then(
      (page) => {
        details.value = page.items;
        fault.value = '';
      },
      (error) => {
        fault.value = errorWords(error);
      },
    );
  }, [snapshots.value, settings.value]);
  const live = details.value.filter((setting) => setting.live);
  const grouped = new Set(/** @type {string[]} */ (GROUPS.flatMap((group) => group.fields)));
  const others = live.filter((setting) => !grouped.has(setting.name));
  const known = (/** @type {readonly string[]} */ names) => names.flatMap((name) => live.filter((setting) => setting.name === name));
  return html`<section class="view settings" aria-labelledby="settings-title">
    <h2 id="settings-title" class="view-title">${t('view.settings')}</h2>
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    <div class="cards">
      ${live.length > 0 && GROUPS.slice(0, 2).map(({ name, icon, fields }) => html`<${Group} key=${name} name=${name} icon=${icon} settings=${known(fields)} />`)}
      <${Card} name="page" icon="monitor"><${Preferences} /><//>
      <${Card} name="access" icon="key-round"><${AccessCard} /><//>
      ${live.length > 0 && GROUPS.slice(2).map(({ name, icon, fields }) => html`<${Group} key=${name} name=${name} icon=${icon} settings=${known(fields)} />`)}
      ${others.length > 0 && html`<${Group} name="more" icon="settings" settings=${others} />`}
    </div>
    ${details.value.length > 0 && html`<${FixedSettings} settings=${details.value.filter((setting) => !setting.live)} />`}
  </section>`;
}

/** @param {{name: string, icon: string, settings: Setting[]}} props */
function Group({ name, icon, settings: shown }) {
  return html`<${Card} name=${name} icon=${icon}>${shown.map((setting) => html`<${LiveSetting} key=${setting.name} setting=${setting} />`)}<//>`;
}

/** @param {{name: string, icon: string, children?: any}} props */
function Card({ name, icon, children }) {
  const id = `settings-${name}`;
  return html`<section class="card" data-group=${name} aria-labelledby=${id}>
    <h3 id=${id} class="card-title"><${Icon} name=${icon} />${t(`settings.group.${name}`)}</h3>
    ${children}
  </section>`;
}
