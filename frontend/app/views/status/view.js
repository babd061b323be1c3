/** status */
import { html } from '../../dom.js';
import { t } from '../../i18n.js';

export function View() {
  return html`<section class="view" aria-labelledby="status-title"><h2 id="status-title">${t('view.status')}</h2></section>`;
}
