/** settings */
import { html } from '../../dom.js';
import { t } from '../../i18n.js';

export function View() {
  return html`<section class="view" aria-labelledby="settings-title"><h2 id="settings-title">${t('view.settings')}</h2></section>`;
}
