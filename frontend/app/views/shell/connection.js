/** What is shown is never stale without saying so. */
import { html } from '../../dom.js';
import { clock, integer } from '../../format.js';
import { t } from '../../i18n.js';
import { connection } from '../../socket.js';
import { Icon } from '../parts.js';

/** @param {{reconnect(): void}} props */
export function ConnectionBar({ reconnect }) {
  const { state, since, attempt } = connection.value;
  const lost = state === 'lost' && since !== null;
  return html`<div class="connection" role="status">
    ${lost &&
    html`<div class="connection-bar">
      <${Icon} name="unplug" />
      <p>${t('connection.lost', { time: clock(since) })} <span class="soft" aria-hidden="true">${t('connection.attempt', { attempt: integer(attempt) })}</span></p>
      <button type="button" class="button small" onClick=${reconnect}>${t('connection.now')}</button>
    </div>`}
  </div>`;
}
