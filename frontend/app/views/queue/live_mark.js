/** Small, in the toolbar: that what is seen comes another way than the best, because something on the way to the service breaks that. */
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { connection } from '../../socket.js';
import { Icon } from '../parts.js';

export function LiveMark() {
  const { state, way } = connection.value;
  if (state !== 'live' || way === 'socket') return null;
  return html`<p class="live-mark" title=${t(`queue.way.${way}.hint`)}><${Icon} name="network" /><span>${t(`queue.way.${way}`)}</span><span class="unseen"> ${t(`queue.way.${way}.hint`)}</span></p>`;
}
