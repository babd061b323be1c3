/** The queue as it stands: what can be done with all of it, and every job that fits the search and the filter. */
import { html, useEffect, useSignalEffect } from '../../dom.js';
import { t } from '../../i18n.js';
import { href, route } from '../../router.js';
import { connection } from '../../socket.js';
import { snapshots } from '../../state.js';
import { errorWords } from '../../words.js';
import { Empty } from '../parts.js';
import { useRows } from '../hands/rows.js';
import { Grid } from './grid.js';
import { GRID } from './hands.js';
import { STATUSES, failure, listed, restart, unread, wanted } from './listing.js';
import { Toolbar } from './toolbar.js';

/** What an address asks for. @param {URLSearchParams} query */
function asked(query) {
  const status = query.get('status') ?? '';
  return { q: query.get('q') ?? '', status: STATUSES.includes(/** @type {any} */ (status)) ? status : '' };
}

/** @param {{query: URLSearchParams}} props */
export function View({ query }) {
  const { q, status } = asked(query);
  useEffect(() => {
    const now = asked(route.peek().query); // what is typed meanwhile stands in the address already, and not yet in `query`
    if (wanted.peek().q !== now.q || wanted.peek().status !== now.status) wanted.value = now;
  }, [q, status]);
  useSignalEffect(() => {
    if (wanted.value && snapshots.value > 0) restart();
  });
  const some = listed.value.length > 0 || unread.value > 0;
  return html`<section class="view queue" aria-labelledby="queue-title" ...${useRows(GRID)}>
    <h2 id="queue-title" class="unseen">${t('view.queue')}</h2>
    <${Toolbar} />
    ${failure.value && html`<p class="fault words" role="alert">${errorWords(failure.value)}</p>`}
    ${some ? html`<${Grid} label=${t('view.queue')} />` : html`<${Nothing} />`}
  </section>`;
}

function Nothing() {
  if (snapshots.value === 0) return html`<p class="loading" role="status">${t(connection.value.state === 'locked' ? 'key.title' : 'connection.first')}</p>`;
  const { q, status } = wanted.value;
  if (q || status) return html`<${Empty} icon="search" title=${t('queue.none_fits.title')} text=${t('queue.none_fits.text')} />`;
  return html`<${Empty} icon="cloud-download" title=${t('queue.empty.title')} text=${t('queue.empty.text')}>
    <a class="button primary" href=${href('add')}>${t('queue.empty.action')}</a>
  <//>`;
}
