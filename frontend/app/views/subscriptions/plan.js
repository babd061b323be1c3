/** What a check would queue, and why not more; also what was listed so far. */
import { html } from '../../dom.js';
import { VERDICTS } from '../../following.js';
import { integer } from '../../format.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { errorWords, placeWords } from '../../words.js';
import { Icon } from '../parts.js';

/** @typedef {import('../../following.js').Followed} Followed */

const SHOWN = 200;

/** @param {{plan: import('../../following.js').Plan}} props */
export function PlanWords({ plan }) {
  if (plan.error) return html`<p class="fault words icon-line"><${Icon} name="circle-alert" /><span>${errorWords(plan.error)}</span></p>`;
  const { take = 0, listed } = plan.totals;
  return html`<p class="plan-sum"><strong>${t('follow.would', { count: take })}</strong> ${t('follow.of_listed', { count: listed })}</p>
    <${EpisodeTable} items=${plan.items} caption=${t('follow.plan')} />`;
}

/** Those that matter most first, then in the order of the series. @param {Followed} a @param {Followed} b */
function inOrder(a, b) {
  return VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict) || (a.season ?? -1) - (b.season ?? -1) || (a.number ?? -1) - (b.number ?? -1);
}

/** @param {{items: Followed[], caption: string}} props */
export function EpisodeTable({ items, caption }) {
  const shown = [...items].sort(inOrder).slice(0, SHOWN);
  if (items.length === 0) return html`<p class="soft">${t('follow.nothing_listed')}</p>`;
  return html`<div class="follow-table" role="region" tabindex="0" aria-label=${caption}><table>
      <thead><tr><th scope="col">${t('add.column.episode')}</th><th scope="col">${t('add.column.verdict')}</th><th scope="col">${t('add.column.language')}</th></tr></thead>
      <tbody>${shown.map((item) => html`<${Line} key=${item.url} item=${item} />`)}</tbody>
    </table></div>
    ${items.length > SHOWN && html`<p class="hint">${t('follow.more', { count: items.length - SHOWN, number: integer(items.length - SHOWN) })}</p>`}`;
}

/** @param {{item: Followed}} props */
function Line({ item }) {
  const words = t(`verdict.${item.verdict}`);
  return html`<tr data-verdict=${item.verdict}>
    <th scope="row" class="words"><span class="place">${placeWords(item)}</span>${item.title && html` <span class="soft" dir="auto">${item.title}</span>`}</th>
    <td class="words">${item.job_id === null ? words : html`<a href=${href('job', item.job_id)}>${words}</a>`}</td>
    <td class="words" dir="auto">${item.languages.join(', ')}</td>
  </tr>`;
}
