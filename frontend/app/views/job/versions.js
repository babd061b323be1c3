/** Which version of an episode was taken, which better one it waits for, and why other sources failed. */
import { request } from '../../api.js';
import { html, useSignal, useSignalEffect } from '../../dom.js';
import { integer, moment } from '../../format.js';
import { t } from '../../i18n.js';
import { errorWords, standingWords, takenWords } from '../../words.js';
import { Icon } from '../parts.js';

/** What is to be said of a finished file that is not what was wished for most. @param {{row: import('../../rows.js').Row}} props */
export function VersionMark({ row }) {
  const taken = takenWords(row.$('taken').value);
  const standing = row.$('standing').value;
  if (!taken && !standing) return null;
  return html`<p class="item-words icon-line words version-mark" dir="auto"><${Icon} name="languages" /><span>${taken}${taken && standing ? ' ' : ''}${standing && standingWords(standing)}</span></p>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
export function FailedSources({ row }) {
  const failed = useSignal(/** @type {any[]} */ ([]));
  const fault = useSignal('');
  const read = async () => {
    try {
      failed.value = (await request('GET', `episodes/${row.id}/sources`)).failed;
      fault.value = '';
    } catch (error) {
      fault.value = errorWords(/** @type {any} */ (error));
    }
  };
  useSignalEffect(() => {
    if (row.$('status').value && row.$('attempt').value >= 0 && row.$('standing').value !== undefined) read(); // an attempt or a look ends
  });
  if (fault.value) return html`<p class="fault words" role="alert">${fault.value}</p>`;
  if (failed.value.length === 0) return null;
  return html`<h4>${t('job.failed_sources')}</h4>
    <ol class="timeline failed-sources">${failed.value.map((each) => html`<li key=${`${each.at} ${each.source} ${each.language}`} data-status="failed">
      <p class="attempt-head"><span class="words" dir="auto"><strong>${each.source}</strong>${each.language && ` · ${each.language}`}</span>
        <span class="soft">${t('job.attempt', { number: integer(each.attempt) })} · <time datetime=${each.at}>${moment(each.at)}</time></span></p>
      <p class="fault words" dir="auto">${errorWords(each.error)}</p>
    </li>`)}</ol>`;
}
