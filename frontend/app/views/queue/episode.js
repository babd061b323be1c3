/** Episodes: the bar of one that runs, and the unfolded list of all. */
import { html, useComputed, useEffect, useSignalEffect, useState } from '../../dom.js';
import { EpisodeList } from '../../episodes.js';
import { duration, percent, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { settings, snapshots } from '../../state.js';
import { errorWords, placeWords, reasonWords } from '../../words.js';
import { WatchButton } from '../watch/button.js';
import { Moves } from './moves.js';
import { Badge, Figure, Icon, Progress } from '../parts.js';

const MOST_FOLDERS = 5;

/** @param {{row: import('../../rows.js').Row}} props */
function Name({ row }) {
  const title = row.$('title').value;
  const place = placeWords({ season: row.$('season').value, number: row.$('number').value, position: row.data.position });
  return html`<p class="episode-name"><span class="place">${place}</span>${title && html` <span class="episode-title" dir="auto">${title}</span>`}</p>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
export function RunningEpisode({ row }) {
  const phase = useComputed(() => t(`phase.${row.$('phase').value ?? 'resolving'}`));
  return html`<li class="running-episode" data-phase=${row.$('phase')}>
    <div class="running-head">
      <${Name} row=${row} />
      <p class="running-facts">
        <span class="phase">${phase}</span>
        <${Figure} row=${row} field="speed_bytes_per_s" as=${speed} />
        <${Figure} row=${row} field="eta_seconds" as=${duration} />
      </p>
    </div>
    <${Progress} row=${row} label=${t('episode.progress', { title: placeWords(row.data) })} />
  </li>`;
}

/** @param {{job: import('../../rows.js').Row}} props */
export function EpisodeRows({ job }) {
  const [list] = useState(() => new EpisodeList(job.id));
  const total = useComputed(() => job.$('total_episodes').value);
  useSignalEffect(() => {
    if (snapshots.value >= 0 && total.value >= 0) list.load();
  });
  useEffect(() => () => list.close(), []);
  return html`<div class="episodes" id=${`episodes-${job.id}`}>
    ${list.failure.value && html`<p class="fault words" role="alert">${errorWords(list.failure.value)}</p>`}
    <${Folders} rows=${list.rows.value} />
    <ul class="episode-list" aria-label=${t('job.all_episodes', { title: job.data.anime_title })}>
      ${list.rows.value.map((row) => html`<${EpisodeRow} key=${row.key} row=${row} />`)}
    </ul>
    ${list.cursor.value && html`<button type="button" class="button more small" disabled=${list.loading} onClick=${() => list.more()}>${t('episode.more', { shown: list.rows.value.length, total: list.total.value })}</button>`}
  </div>`;
}

/** Where the finished files are; nearly always one folder. @param {{rows: import('../../rows.js').Row[]}} props */
function Folders({ rows }) {
  const paths = rows.map((row) => row.$('path').value).filter(Boolean);
  const folders = [...new Set(paths.map(folderOf))].slice(0, MOST_FOLDERS);
  const root = settings.value.download_dir;
  return html`${folders.map((folder) => html`<p key=${folder} class="path folder words"><${Icon} name="folder" /><span><span class="unseen">${t('episode.folder')} </span>${root ? `${root}/${folder}` : folder}</span></p>`)}`;
}

/** @param {string} path */
function folderOf(path) {
  return path.split('/').slice(0, -1).join('/');
}

/** @param {{row: import('../../rows.js').Row}} props */
function EpisodeRow({ row }) {
  return html`<li class="episode" data-status=${row.$('status')}>
    <div class="episode-line">
      <${Name} row=${row} />
      <p class="episode-state"><${Percent} row=${row} /><${Badge} row=${row} /></p>
      <${WatchButton} row=${row} />
      <${Moves} kind="episodes" row=${row} title=${placeWords(row.data)} />
    </div>
    <${EpisodeWords} row=${row} />
  </li>`;
}

/** How far one is that is neither done nor untouched. @param {{row: import('../../rows.js').Row}} props */
function Percent({ row }) {
  const words = useComputed(() => {
    const value = row.$('progress_percentage').value;
    return row.$('status').value !== 'completed' && value > 0 ? percent(value) : '';
  });
  return html`<span class="figure soft">${words}</span>`;
}

/** @param {{row: import('../../rows.js').Row}} props */
function EpisodeWords({ row }) {
  const status = row.$('status').value;
  const error = row.$('error').value;
  const path = row.$('path').value;
  const reason = status === 'queued' || status === 'paused' ? reasonWords(row) : '';
  return html`${reason && html`<p class="reason">${reason}</p>`}
    ${error && status !== 'completed' && html`<p class="fault words" dir="auto">${errorWords(error)}</p>`}
    ${status === 'completed' && path && html`<p class="path words" title=${path}>${row.$('existing').value && html`<span class="tag">${t('episode.existing')}</span> `}${path.split('/').at(-1)}</p>`}`;
}
