/** How those who host episodes have done lately: who does badly is asked later. */
import { request } from '../../api.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { integer, moment, percent } from '../../format.js';
import { t } from '../../i18n.js';
import { endings, snapshots } from '../../state.js';
import { errorWords } from '../../words.js';

const SHOWN = 20;

export function Sources() {
  const sources = useSignal(/** @type {any[] | null} */ (null));
  const fault = useSignal('');
  useEffect(() => {
    if (snapshots.value === 0) return;
    const take = (/** @type {any} */ page) => {
      sources.value = page.items.flatMap((/** @type {any} */ { name, sources: found }) => found.map((/** @type {any} */ each) => ({ provider: name, ...each })));
      fault.value = '';
    };
    request('GET', 'providers').then(take, (error) => (fault.value = errorWords(error)));
  }, [snapshots.value, endings.value]);
  const found = [...(sources.value ?? [])].sort((one, other) => one.score - other.score).slice(0, SHOWN);
  return html`<p class="hint">${t('status.sources_hint')}</p>
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    ${sources.value && found.length === 0 && html`<p class="soft">${t('status.no_sources')}</p>`}
    ${found.length > 0 &&
    html`<table class="hosts">
      <thead><tr><th scope="col">${t('status.source')}</th><th scope="col">${t('status.source_health')}</th><th scope="col">${t('status.source_last')}</th></tr></thead>
      <tbody>${found.map((each) => html`<${Source} key=${`${each.provider} ${each.source}`} source=${each} />`)}</tbody>
    </table>`}`;
}

/** @param {{source: any}} props */
function Source({ source }) {
  const { error, failed_at: failedAt, failures, provider, score, successes } = source;
  return html`<tr>
    <th scope="row" class="words"><span dir="auto">${source.source}</span> <span class="soft">${provider}</span></th>
    <td class="figure">${percent(score * 100)}<span class="soft"> ${t('status.source_counts', { successes: integer(successes), failures: integer(failures) })}</span></td>
    <td class="words">${error && html`<time datetime=${failedAt}>${moment(failedAt)}</time> <span dir="auto">${errorWords(error)}</span>`}</td>
  </tr>`;
}
