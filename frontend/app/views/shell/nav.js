/** The way to every view: beside the name on a wide screen, at the lower edge on a phone. */
import { html } from '../../dom.js';
import { finishedTotal, totals } from '../../history.js';
import { integer } from '../../format.js';
import { t } from '../../i18n.js';
import { MAIN_VIEWS, href, route } from '../../router.js';
import { activeJobs } from '../../state.js';
import { Icon } from '../parts.js';

const ICONS = /** @type {Record<string, string>} */ ({ queue: 'layers', add: 'plus', subscriptions: 'calendar-clock', history: 'history', settings: 'settings', status: 'activity' });

export function Nav() {
  /** @type {Record<string, number | undefined>} */
  const counts = { queue: activeJobs.value.length, history: finishedTotal.value };
  const failed = totals.value.failed ?? 0;
  return html`<nav class="nav" aria-label=${t('app.views')}>
    ${MAIN_VIEWS.map(
      (name) => html`<a key=${name} class="nav-link" href=${href(name)} aria-current=${route.value.view === name ? 'page' : null}>
        <${Icon} name=${ICONS[name]} /><span>${t(`view.${name}`)}</span>
        ${counts[name] !== undefined && html`<span class="count">${integer(counts[name])}</span>`}
        ${name === 'history' && failed > 0 && html`<span class="count bad" title=${t('view.failed', { count: failed })}><span aria-hidden="true">${integer(failed)}</span><span class="unseen">${t('view.failed', { count: failed })}</span></span>`}
      </a>`,
    )}
  </nav>`;
}
