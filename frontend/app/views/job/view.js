/** job */
import { html } from '../../dom.js';
import { t } from '../../i18n.js';

export function View() {
  return html`<section class="view" aria-labelledby="job-title"><h2 id="job-title">${t('view.job')}</h2></section>`;
}
