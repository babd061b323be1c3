/** A job's episodes: how far each is, what can be done, and on demand what became of every attempt. */
import { EpisodeList } from '../../episodes.js';
import { html, useComputed, useEffect, useSignal, useSignalEffect, useState } from '../../dom.js';
import { bytes, duration, integer, percent, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { plainList } from '../../plain_list.js';
import { keyOf } from '../../selection.js';
import { listeners, settings, snapshots } from '../../state.js';
import { errorWords, placeWords, reasonWords } from '../../words.js';
import { useRows } from '../hands/rows.js';
import { Badge, Figure, Icon, Progress } from '../parts.js';
import { SegmentMap } from '../pictures/segment_map.js';
import { Tick } from '../tick.js';
import { EpisodeActions } from './actions.js';
import { Timeline } from './timeline.js';
import { FailedSources, VersionMark } from './versions.js';

/** @typedef {import('../../rows.js').Row} Row */

/** @param {{job: Row, wanted: number}} props wanted: the one that is shown first */
export function Episodes({ job, wanted }) {
  const [list] = useState(() => new EpisodeList(job.id));
  const open = useSignal(/** @type {ReadonlySet<string>} */ (new Set([keyOf('episode', wanted)])));
  const toggle = (/** @type {string} */ key, /** @type {boolean | null} */ wish = null) => {
    const now = new Set(open.peek());
    if (wish ?? !now.has(key)) now.add(key);
    else now.delete(key);
    open.value = now;
    return true;
  };
  const [shown] = useState(() => plainList(() => list.rows.value.map((row) => keyOf('episode', row.id)), toggle));
  const total = useComputed(() => job.$('total_episodes').value);
  const hands = useRows(shown);
  useSignalEffect(() => {
    if (snapshots.value > 0 && total.value >= 0) list.load();
  });
  useEffect(() => followOrder(list), []);
  const rows = list.rows.value;
  const isThere = rows.some(({ id }) => id === wanted);
  useEffect(() => {
    if (isThere) shown.focus(keyOf('episode', wanted));
  }, [isThere]);
  return html`<section class="sheet job-episodes" aria-labelledby="episodes-title">
    <h3 id="episodes-title">${t('job.episodes')}</h3>
    ${list.failure.value && html`<p class="fault words" role="alert">${errorWords(list.failure.value)}</p>`}
    ${rows.length === 0 && !list.failure.value && html`<p class="soft">${t(list.loading.value ? 'connection.first' : 'job.no_episodes')}</p>`}
    <ul aria-label=${t('job.all_episodes', { title: job.$('anime_title').value })} ...${hands}>
      ${rows.map((row) => html`<${EpisodeItem} key=${row.key} row=${row} open=${open.value.has(keyOf('episode', row.id))} toggle=${toggle} />`)}
    </ul>
    ${list.cursor.value && html`<button type="button" class="button more" disabled=${list.loading} onClick=${() => list.more()}>${t('episode.more', { shown: rows.length, total: list.total.value })}</button>`}
  </section>`;
}

/** Keep the order of a list while it is shown. @param {EpisodeList} list @returns {() => void} to end it */
function followOrder(list) {
  const before = listeners.episodesReordered;
  listeners.episodesReordered = (jobId) => {
    before(jobId);
    if (jobId === list.jobId) list.reorder();
  };
  return () => {
    listeners.episodesReordered = before;
    list.close();
  };
}

/** @param {{row: Row, open: boolean, toggle(key: string): void}} props */
function EpisodeItem({ row, open, toggle }) {
  const key = keyOf('episode', row.id);
  const place = placeWords({ season: row.$('season').value, number: row.$('number').value, position: row.data.position });
  const title = row.$('title').value;
  const label = t(open ? 'job.details_hide' : 'job.details', { title: place });
  const runs = row.$('status').value === 'downloading';
  return html`<li class="item" data-key=${key} data-status=${row.$('status')} data-phase=${row.$('phase')}>
    <div class="item-line">
      <${Tick} of=${key} label=${t('history.choose', { title: place })} />
      <button type="button" class="icon-button unfold-item" aria-expanded=${open} aria-controls=${`details-${row.id}`} aria-label=${label} title=${label} onClick=${() => toggle(key)}><${Icon} name="chevron-right" /></button>
      <p class="item-name words"><span class="place">${place}</span>${title && html` <span class="soft" dir="auto">${title}</span>`}</p>
      <p class="item-state"><${Share} row=${row} /><${Badge} row=${row} /></p>
      <${EpisodeActions} row=${row} title=${place} />
    </div>
    ${runs && html`<${Running} row=${row} place=${place} />`}
    <${Words} row=${row} />
    <${VersionMark} row=${row} />
    ${open && html`<${Details} row=${row} />`}
  </li>`;
}

/** @param {{row: Row, place: string}} props */
function Running({ row, place }) {
  const segments = useComputed(() => {
    const total = row.$('segments_total').value;
    return total ? t('job.segments', { done: integer(row.$('segments_done').value ?? 0), total: integer(total) }) : '';
  });
  return html`<div class="item-running">
    <${Progress} row=${row} label=${t('episode.progress', { title: place })} />
    <p class="soft item-rates"><${Figure} row=${row} field="speed_bytes_per_s" as=${speed} /> <${Figure} row=${row} field="eta_seconds" as=${duration} /> <span class="figure">${segments}</span></p>
  </div>`;
}

/** How far one is that is neither done nor running. @param {{row: Row}} props */
function Share({ row }) {
  const words = useComputed(() => {
    const value = row.$('progress_percentage').value;
    return !['completed', 'downloading'].includes(row.$('status').value) && value > 0 ? percent(value) : '';
  });
  return html`<span class="figure soft">${words}</span>`;
}

/** @param {{row: Row}} props */
function Words({ row }) {
  const status = row.$('status').value;
  const error = row.$('error').value;
  const path = row.$('path').value;
  const reason = status === 'queued' || status === 'paused' ? reasonWords(row) : '';
  const page = row.$('reason').value === 'needs_person' ? String(row.$('reason_params').value?.url ?? '') : '';
  return html`${reason && html`<p class="reason item-words">${reason}${/^https?:/.test(page) && html` <a href=${page} target="_blank" rel="noopener noreferrer">${t('follow.open_page')}</a>`}</p>`}
    ${error && status !== 'completed' && html`<p class="fault words item-words icon-line" dir="auto"><${Icon} name="circle-alert" /><span>${errorWords(error)}</span></p>`}
    ${status === 'completed' && path && html`<p class="path words item-words" title=${path}>${row.$('existing').value && html`<span class="label-tag">${t('episode.existing')}</span> `}${path.split('/').at(-1)}</p>`}`;
}

/** @param {{row: Row}} props */
function Details({ row }) {
  const path = row.$('path').value;
  const size = row.$('total_bytes').value ?? row.$('bytes_downloaded').value;
  const root = settings.value.download_dir;
  return html`<div class="item-details" id=${`details-${row.id}`}>
    <dl class="details">
      <div><dt>${t('job.address')}</dt><dd class="words path">${row.data.url}</dd></div>
      ${path && html`<div><dt>${t('job.file')}</dt><dd class="words path">${root ? `${root}/${path}` : path}</dd></div>`}
      ${size > 0 && html`<div><dt>${t('job.size')}</dt><dd>${bytes(size)}</dd></div>`}
    </dl>
    <${SegmentMap} episode=${row} />
    <${FailedSources} row=${row} />
    <${Timeline} row=${row} />
  </div>`;
}
