/** What would be queued, as a table: episodes can be left out before they are. */
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { bytes, integer } from '../../format.js';
import { region, t } from '../../i18n.js';
import { href } from '../../router.js';
import { errorWords, placeWords } from '../../words.js';
import { Icon } from '../parts.js';
import { choose, chosen } from './looking.js';
import { canChoose, chosenBytes, fits, isWhole } from './plan.js';

const PAGE = 100;
const ICONS = { new: 'cloud-download', existing: 'circle-check', duplicate: 'layers', repeated: 'copy', clash: 'triangle-alert' };

/** @param {{looked: import('./looking.js').Looked, stale: boolean, again(): void}} props */
export function PlanTable({ looked: { plan }, stale, again }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), [plan]);
  return html`<section class="sheet plan" aria-labelledby="plan-title" data-old=${stale}>
    <div class="plan-head">
      <h3 id="plan-title" ref=${heading} tabindex="-1">${t('add.plan')}</h3>
      <${Sums} plan=${plan} />
    </div>
    ${stale && html`<p class="plan-stale" role="status"><${Icon} name="triangle-alert" />${t('add.plan_old')} <button type="button" class="button small" onClick=${again}>${t('add.look_again')}</button></p>`}
    <${Space} plan=${plan} />
    <${Faults} plan=${plan} />
    ${plan.episodes.length > 0 && html`<${Rows} plan=${plan} disabled=${stale || !isWhole(plan)} />`}
  </section>`;
}

/** @param {{plan: import('./plan.js').Plan}} props */
function Sums({ plan }) {
  const { totals } = plan;
  const sums = /** @type {const} */ ([
    ['add.sum_new', totals.new],
    ['add.sum_existing', totals.existing],
    ['add.sum_duplicates', totals.duplicates],
    ['add.sum_clashes', totals.clashes],
  ]);
  return html`<p class="tags">
    <span class="label-tag">${t('history.episodes', { count: totals.episodes })}</span>
    ${sums.filter(([, count]) => count > 0).map(([key, count]) => html`<span key=${key} class="label-tag">${t(key, { count })}</span>`)}
  </p>`;
}

/** @param {{plan: import('./plan.js').Plan}} props */
function Space({ plan }) {
  const { totals } = plan;
  const wanted = isWhole(plan) ? chosenBytes(plan, chosen.value) : totals.estimated_bytes;
  const fitting = fits(totals, wanted);
  const guessed = totals.new - totals.sized;
  return html`<p class="plan-space" data-fits=${String(fitting)}>
    <${Icon} name=${fitting === false ? 'triangle-alert' : 'hard-drive'} />
    <span>
      ${wanted === null ? t('add.size_unknown') : t('add.size', { size: bytes(wanted) })}${' '}
      ${totals.free_bytes !== null && t(fitting === false ? 'add.no_room' : 'add.room', { free: bytes(totals.free_bytes), reserve: bytes(totals.reserve_bytes) })}${' '}
      ${wanted !== null && guessed > 0 && html`<span class="soft">${t('add.size_guessed', { count: guessed })}</span>`}
    </span>
  </p>`;
}

/** Addresses of which nothing comes, or not yet. @param {{plan: import('./plan.js').Plan}} props */
function Faults({ plan }) {
  const bad = plan.addresses.filter(({ error }) => error);
  const { unlisted_addresses: unlisted } = plan.totals;
  if (bad.length === 0 && unlisted === 0 && isWhole(plan)) return null;
  return html`<ul class="plan-faults">
    ${bad.map(
      (address) => html`<li key=${address.address} class="fault words">
        <${Icon} name="circle-alert" /><span>${errorWords(/** @type {any} */ (address.error))} ${t(address.series ? 'add.series_later' : 'add.left_out')}</span>
      </li>`,
    )}
    ${unlisted > 0 && html`<li class="soft">${t('add.unlisted', { count: unlisted })}</li>`}
    ${!isWhole(plan) && html`<li class="soft">${t('add.too_many', { shown: plan.episodes.length })}</li>`}
  </ul>`;
}

/** @param {{plan: import('./plan.js').Plan, disabled: boolean}} props */
function Rows({ plan, disabled }) {
  const shown = useSignal(PAGE);
  useEffect(() => {
    shown.value = PAGE;
  }, [plan]);
  const all = plan.episodes.flatMap((episode, index) => (canChoose(episode) ? [index] : []));
  const rows = plan.episodes.slice(0, shown.value);
  const languages = new Intl.DisplayNames([region.value], { type: 'language' });
  return html`<div class="plan-scroll">
      <table role="table" aria-labelledby="plan-title">
        <thead role="rowgroup"><tr role="row">
          <th role="columnheader" scope="col"><${All} indexes=${all} disabled=${disabled} /></th>
          ${['episode', 'verdict', 'language', 'picture', 'source', 'size'].map((name) => html`<th key=${name} role="columnheader" scope="col" class=${`col-${name}`}>${t(`add.column.${name}`)}</th>`)}
        </tr></thead>
        <tbody role="rowgroup">
          ${rows.map((episode, index) => html`<${PlanRow} key=${index} episode=${episode} index=${index} disabled=${disabled} languages=${languages} />`)}
        </tbody>
      </table>
    </div>
    ${rows.length < plan.episodes.length && html`<button type="button" class="button more" onClick=${() => (shown.value += PAGE)}>${t('episode.more', { shown: rows.length, total: plan.episodes.length })}</button>`}`;
}

/** @param {{indexes: number[], disabled: boolean}} props */
function All({ indexes, disabled }) {
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const count = indexes.filter((index) => chosen.value.has(index)).length;
  useEffect(() => {
    if (box.current) box.current.indeterminate = count > 0 && count < indexes.length;
  });
  const words = t('add.choose_all');
  return html`<label class="tick" title=${words}><input ref=${box} type="checkbox" aria-label=${words} checked=${count > 0 && count === indexes.length}
    disabled=${disabled || indexes.length === 0} onChange=${(/** @type {any} */ event) => choose(indexes, event.currentTarget.checked)} /></label>`;
}

/** @param {{episode: import('./plan.js').PlannedEpisode, index: number, disabled: boolean, languages: Intl.DisplayNames}} props */
function PlanRow({ episode, index, disabled, languages }) {
  const place = placeWords(episode);
  const name = [episode.series, place, episode.title].filter(Boolean).join(' ');
  const possible = canChoose(episode);
  const named = (/** @type {string[]} */ tags) => tags.map((tag) => languageName(languages, tag)).join(', ');
  const picture = [episode.height && t('add.height', { height: String(episode.height) }), episode.live && t('add.live')].filter(Boolean).join(' · ');
  return html`<tr role="row" data-verdict=${episode.verdict}>
    <td role="cell"><label class="tick"><input type="checkbox" aria-label=${t('add.choose', { name })} checked=${possible && chosen.value.has(index)} disabled=${disabled || !possible}
      onChange=${(/** @type {any} */ event) => choose([index], event.currentTarget.checked)} /></label></td>
    <td role="cell" class="col-episode"><span class="place">${place}</span> ${episode.title && html`<span dir="auto" class="words">${episode.title}</span>`}
      <span class="soft words plan-path" title=${episode.url}>${episode.series ?? episode.path?.split('/').at(-1) ?? ''}</span>
      ${episode.error && html`<span class="fault words">${errorWords(episode.error)}</span>`}</td>
    <td role="cell" class="col-verdict"><${VerdictWords} episode=${episode} /></td>
    <td role="cell" class="col-language">${episode.taken?.language ?? named(episode.audio_languages)}${episode.subtitle_languages.length > 0 && html`<span class="soft"><${Icon} name="subtitles" /><span class="unseen">${t('add.subtitles')}</span> ${named(episode.subtitle_languages)}</span>`}</td>
    <td role="cell" class="col-picture">${picture}</td>
    <td role="cell" class="col-source words">${episode.taken?.provider ?? episode.provider}</td>
    <td role="cell" class="col-size figure">${episode.estimated_bytes === null ? '' : bytes(episode.estimated_bytes)}</td>
  </tr>`;
}

/** @param {{episode: import('./plan.js').PlannedEpisode}} props */
function VerdictWords({ episode }) {
  const { verdict, duplicate } = episode;
  const words = t(`add.verdict.${verdict}`);
  return html`<span class="verdict-words"><${Icon} name=${ICONS[verdict]} />
    ${duplicate ? html`<a href=${href('job', duplicate.job_id)}>${t('add.verdict.duplicate_of', { job: integer(duplicate.job_id), status: t(`status.${duplicate.status}`) })}</a>` : words}</span>`;
}

/** @param {Intl.DisplayNames} languages @param {string} tag */
function languageName(languages, tag) {
  try {
    return languages.of(tag) ?? tag;
  } catch {
    return tag; // what a manifest calls a language need not be a tag
  }
}
