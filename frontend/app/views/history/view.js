/** Jobs that have ended, newest first. */
import { html } from '../../dom.js';
import { ENDINGS, cursor, failure, filter, finishedJobs, finishedTotal, loadMore, loaded, loading, totals } from '../../history.js';
import { integer } from '../../format.js';
import { t } from '../../i18n.js';
import { errorWords } from '../../words.js';
import { JobCard } from '../queue/job.js';
import { Empty } from '../parts.js';

/** What has ended. */
export function View() {
  const rows = finishedJobs.value;
  return html`<section class="view" aria-labelledby="finished-title">
    <h2 id="finished-title" class="unseen">${t('view.history')}</h2>
    <${Filters} />
    ${failure.value && html`<p class="fault words" role="alert">${errorWords(failure.value)}</p>`}
    ${rows.length > 0 && html`<ul class="jobs">${rows.map((row) => html`<${JobCard} key=${row.key} row=${row} />`)}</ul>`}
    ${rows.length === 0 && loaded.value && html`<${Empty} icon="layers" title=${t('finished.empty.title')} text=${t('finished.empty.text')} />`}
    ${cursor.value && html`<button type="button" class="button more" disabled=${loading} onClick=${loadMore}>${t('finished.more')}</button>`}
  </section>`;
}

function Filters() {
  const choices = ['all', ...ENDINGS];
  const count = (/** @type {string} */ name) => (name === 'all' ? finishedTotal.value : (totals.value[name] ?? 0));
  return html`<div class="filters" role="group" aria-label=${t('finished.filter')}>
    ${choices.map(
      (name) => html`<button key=${name} type="button" class="chip" aria-pressed=${filter.value === name} onClick=${() => (filter.value = name)}>
        ${t(`filter.${name}`)} <span class="count">${integer(count(name))}</span>
      </button>`,
    )}
  </div>`;
}
