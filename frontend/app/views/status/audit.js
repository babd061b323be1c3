/** Who changed what, the latest first. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { moment } from '../../format.js';
import { has, t } from '../../i18n.js';
import { snapshots } from '../../state.js';
import { errorWords } from '../../words.js';

/** @typedef {{id: number, at: string, name: string, way: string, address: string, action: string, targets: Record<string, unknown>, outcome: string}} Deed */

const A_PAGE = 20;

export function Audit() {
  const deeds = useSignal(/** @type {Deed[]} */ ([]));
  const next = useSignal(/** @type {string | null} */ (null));
  const fault = useSignal('');
  const read = async (/** @type {string | null} */ cursor) => {
    try {
      const page = await request('GET', 'audit', { query: { limit: A_PAGE, cursor } });
      deeds.value = cursor ? [...deeds.peek(), ...page.items] : page.items;
      next.value = page.next_cursor;
      fault.value = '';
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    }
  };
  useEffect(() => {
    if (snapshots.value > 0) read(null);
  }, [snapshots.value]);
  return html`<div class="audit">
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    ${deeds.value.length === 0 && html`<p class="soft">${t('audit.empty')}</p>`}
    <ul class="audit-list">${deeds.value.map((deed) => html`<${Row} key=${deed.id} deed=${deed} />`)}</ul>
    ${next.value && html`<button type="button" class="button small" onClick=${() => read(next.value)}>${t('audit.more')}</button>`}
  </div>`;
}

/** @param {{deed: Deed}} props */
function Row({ deed }) {
  const way = has(`access.way.${deed.way}`) ? t(`access.way.${deed.way}`) : deed.way;
  const about = Object.entries(deed.targets).map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : value}`);
  const error = deed.outcome === 'ok' ? '' : t('audit.refused', { code: deed.outcome });
  return html`<li class="words"><time class="soft" datetime=${deed.at}>${moment(deed.at)}</time> <strong>${deed.name}</strong> <span class="soft">${[way, deed.address].filter(Boolean).join(', ')}</span><br /><code>${deed.action}</code> ${about.join('; ')} ${error && html`<span class="tag">${error}</span>`}</li>`;
}
