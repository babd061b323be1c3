/** The frame: header, what is lost, the side with what can be done, the view, and what lies above it all. */
import { html, useEffect } from '../dom.js';
import { finishedTotal, totals } from '../finished.js';
import { integer } from '../format.js';
import { t } from '../i18n.js';
import { announcement } from '../notices.js';
import { VIEWS, view } from '../router.js';
import { connection } from '../socket.js';
import { activeJobs } from '../state.js';
import { AddForm } from './add.js';
import { ConnectionBar } from './connection.js';
import { QueueControls } from './controls.js';
import { KeyDialog, Notes, QuestionDialog } from './dialogs.js';
import { FinishedView } from './finished.js';
import { Header } from './header.js';
import { Icon } from './parts.js';
import { QueueView } from './queue.js';

/** @param {{reconnect(): void}} props */
export function App({ reconnect }) {
  const stale = connection.value.state === 'lost';
  useEffect(() => {
    document.documentElement.toggleAttribute('data-stale', stale);
  }, [stale]);
  return html`
    <a class="skip" href="#main" onClick=${skip}>${t('app.skip')}</a>
    <header class="top">
      <${Header} />
      <${ConnectionBar} reconnect=${reconnect} />
    </header>
    <div class="page">
      <aside class="side" aria-label=${t('app.side')}>
        <${AddForm} />
        <${QueueControls} />
      </aside>
      <main class="main" id="main" tabindex="-1">
        <${Tabs} />
        ${view.value === 'finished' ? html`<${FinishedView} />` : html`<${QueueView} />`}
      </main>
    </div>
    <${Notes} />
    <${QuestionDialog} />
    <${KeyDialog} />
    <div class="unseen" role="status" aria-live="polite" data-testid="announcement">${announcement}</div>
  `;
}

/** The fragment names the view, so the link must not change it. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Tabs() {
  /** @type {Record<string, number>} */
  const counts = { queue: activeJobs.value.length, finished: finishedTotal.value };
  const failed = totals.value.failed ?? 0;
  return html`<nav class="tabs" aria-label=${t('app.views')}>
    ${VIEWS.map(
      (name) => html`<a key=${name} class="tab" href="#/${name}" aria-current=${view.value === name ? 'page' : null}>
        ${t(`view.${name}`)}
        <span class="count">${integer(counts[name])}</span>
        ${name === 'finished' && failed > 0 && html`<span class="count bad" title=${t('view.failed', { count: failed })}><${Icon} name="circle-alert" /><span aria-hidden="true">${integer(failed)}</span><span class="unseen">${t('view.failed', { count: failed })}</span></span>`}
      </a>`,
    )}
  </nav>`;
}
