/** The frame: header with the way to every view, what is lost, the view, and what lies above it all. */
import { html, useEffect } from '../../dom.js';
import { t } from '../../i18n.js';
import { announcement } from '../../notices.js';
import { connection } from '../../socket.js';
import { Hands } from '../hands/hands.js';
import { ConnectionBar } from './connection.js';
import { Notes, QuestionDialog } from './dialogs.js';
import { Header } from './header.js';
import { LoginDialog } from './login.js';
import { Outlet } from './outlet.js';

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
    <main class="main" id="main" tabindex="-1"><${Outlet} /></main>
    <${Hands} />
    <${Notes} />
    <${QuestionDialog} />
    <${LoginDialog} />
    <div class="unseen" role="status" aria-live="polite" data-testid="announcement">${announcement}</div>
  `;
}

/** The fragment names the view, so the link must not change it. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
