/** What has ended, newest first: looked for as one types, chosen by the box, retried, repaired and removed one by one or together. */
import { html, useEffect, useRef, useState } from '../../dom.js';
import { exportAddress, exportQueue, importQueue } from '../../exchange.js';
import { integer } from '../../format.js';
import { ENDINGS } from '../../history.js';
import { t } from '../../i18n.js';
import { plainList } from '../../plain_list.js';
import { replaceQuery } from '../../router.js';
import { clearSelection, selectAll, selected } from '../../selection.js';
import { snapshots } from '../../state.js';
import { errorWords } from '../../words.js';
import { useRows } from '../hands/rows.js';
import { Empty, Icon } from '../parts.js';
import { EndedEpisode, EndedJob } from './items.js';
import { KINDS, asked, counts, cursor, failure, keys, loadMore, loaded, loading, shown, watchList } from './listing.js';

const TYPING_MS = 200;

/** @param {{query: URLSearchParams}} props */
export function View({ query }) {
  const kind = KINDS.find((name) => name === query.get('kind')) ?? 'jobs';
  const status = ENDINGS.find((name) => name === query.get('status')) ?? '';
  const q = query.get('q') ?? '';
  useEffect(() => {
    const now = asked.peek();
    if (now.kind === kind && now.status === status && now.q === q) return;
    asked.value = { kind, q, status };
    clearSelection();
  }, [kind, status, q]);
  useEffect(watchList, []);
  return html`<section class="view history" aria-labelledby="finished-title">
    <h2 id="finished-title" class="unseen">${t('view.history')}</h2>
    <${Tools} />
    ${failure.value && html`<p class="fault words" role="alert">${errorWords(failure.value)}</p>`}
    <${List} />
    ${cursor.value && html`<${MoreButton} />`}
  </section>`;
}

/** Look for something else, and keep it in the address. @param {Partial<typeof asked.value>} change */
function look(change) {
  const { kind, q, status } = { ...asked.peek(), ...change };
  replaceQuery({ kind: kind === 'jobs' ? '' : kind, q, status });
}

function Tools() {
  const { kind, status } = asked.value;
  const all = ENDINGS.reduce((sum, name) => sum + (counts.value[name] ?? 0), 0);
  const chips = [['', 'all'], ...ENDINGS.map((name) => [name, name])];
  return html`<div class="history-tools">
    <${Search} />
    <div class="filters" role="group" aria-label=${t('history.kind')}>
      ${KINDS.map((name) => html`<button key=${name} type="button" class="chip" aria-pressed=${kind === name} onClick=${() => look({ kind: name })}>${t(`history.kind.${name}`)}</button>`)}
    </div>
    <div class="filters" role="group" aria-label=${t('finished.filter')}>
      ${chips.map(
        ([value, name]) => html`<button key=${name} type="button" class="chip" data-status=${value || null} aria-pressed=${status === value} onClick=${() => look({ status: value })}>
          ${t(`filter.${name}`)} <span class="count">${integer(value ? (counts.value[value] ?? 0) : all)}</span>
        </button>`,
      )}
    </div>
    <${Exchange} />
  </div>`;
}

function Search() {
  const timer = useRef(0);
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { q, kind } = asked.value;
  useEffect(() => {
    if (field.current && document.activeElement !== field.current) field.current.value = q;
  }, [q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const typed = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => look({ q: field.current?.value ?? '' }), TYPING_MS);
  };
  const words = t(kind === 'jobs' ? 'history.search_jobs' : 'history.search_episodes');
  return html`<div class="search" role="search"><${Icon} name="search" />
    <input ref=${field} id="history-search" type="search" defaultValue=${q} aria-label=${words} placeholder=${words} autocomplete="off" spellcheck="false" maxlength="200" dir="auto" onInput=${typed} /></div>`;
}

/** The whole queue as a file. */
function Exchange() {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const taken = async () => {
    const file = field.current?.files?.[0];
    if (!file) return;
    await importQueue(file);
    if (field.current) field.current.value = '';
  };
  return html`<p class="exchange">
    <a class="button small" href=${exportAddress()} download onClick=${exportQueue} title=${t('history.export_hint')}><${Icon} name="download" /><span>${t('history.export')}</span></a>
    <button type="button" class="button small" title=${t('history.take_in_hint')} onClick=${() => field.current?.click()}><${Icon} name="upload" /><span>${t('history.take_in')}</span></button>
    <input ref=${field} hidden type="file" accept=".json,application/json" data-testid="queue-file" onChange=${taken} />
  </p>`;
}

function List() {
  const [list] = useState(() => plainList(() => keys.value));
  const hands = useRows(list);
  const rows = shown.value;
  const Item = asked.value.kind === 'jobs' ? EndedJob : EndedEpisode;
  if (rows.length === 0) return html`<${Nothing} />`;
  return html`<${All} />
    <ul class="ended-list" aria-label=${t('view.history')} ...${hands}>${rows.map((row) => html`<${Item} key=${row.key} row=${row} />`)}</ul>`;
}

function All() {
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const count = keys.value.filter((key) => selected.value.has(key)).length;
  useEffect(() => {
    if (box.current) box.current.indeterminate = count > 0 && count < keys.value.length;
  });
  const pick = (/** @type {any} */ event) => (event.currentTarget.checked ? selectAll(keys.peek()) : clearSelection());
  return html`<label class="check choose-all"><input ref=${box} type="checkbox" checked=${count === keys.value.length} onChange=${pick} />${t('history.choose_all', { count: keys.value.length })}</label>`;
}

function Nothing() {
  if (!loaded.value) return failure.value ? null : html`<p class="loading" role="status">${t(snapshots.value > 0 ? 'history.reading' : 'connection.first')}</p>`;
  const { q, status } = asked.value;
  if (q || status) return html`<${Empty} icon="search" title=${t('queue.none_fits.title')} text=${t('queue.none_fits.text')} />`;
  return html`<${Empty} icon="history" title=${t('finished.empty.title')} text=${t('finished.empty.text')} />`;
}

/** Reads on by itself when it comes into sight. */
function MoreButton() {
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && loadMore(), { rootMargin: '300px' });
    if (button.current) watcher.observe(button.current);
    return () => watcher.disconnect();
  }, [cursor.value]);
  return html`<button ref=${button} type="button" class="button more" disabled=${loading} onClick=${loadMore}>${t('finished.more')}</button>`;
}
