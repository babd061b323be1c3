/** The weekly schedule as a grid of hours and days, painted by mouse, finger or keyboard; and as text. */
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { dayName, integer, speed } from '../../format.js';
import { t } from '../../i18n.js';
import { DAYS, HOURS, gridOf, readRule, rulesOf } from '../../schedule.js';
import { sameValue } from '../../setting_fields.js';
import { stats } from '../../state.js';
import { Icon } from '../parts.js';

/** @typedef {import('../../schedule.js').Cell} Cell */

const MEGABYTE = 1_000_000;
const BRUSHES = /** @type {const} */ (['stop', 'none', 'usual', 'limit']);
const MARKS = /** @type {Record<string, string>} */ ({ stop: '✕', none: '∞' });
/** Below this the days stand beside each other, so that a finger meets each cell. */
const NARROW = '(max-width: 52rem)';
const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });

/** @param {{rules: string[], save(rules: string[]): Promise<boolean>, shared: Record<string, any>}} props */
export function ScheduleEditor({ rules, save, shared }) {
  const draft = useSignal(/** @type {string[] | null} */ (null));
  const brush = useSignal(/** @type {string} */ ('stop'));
  const limit = useSignal(2 * MEGABYTE);
  const shown = draft.value ?? rules ?? [];
  const { cells, exact } = gridOf(shown);
  const bad = shown.filter((rule) => !readRule(rule));
  const dirty = draft.value !== null && !sameValue(draft.value, rules);
  const wished = () => /** @type {Cell} */ (brush.value === 'limit' ? limit.value : brush.value === 'usual' ? null : brush.value);
  const paint = (/** @type {[number, number][]} */ places) => {
    const next = gridOf(draft.peek() ?? rules ?? []).cells;
    for (const [day, hour] of places) next[day][hour] = wished();
    draft.value = rulesOf(next);
  };
  const apply = async () => {
    if (await save(shown)) draft.value = null;
  };
  return html`<div class="schedule" role="group" aria-labelledby=${`${shared.id}-label`}>
    <${Now} />
    ${exact &&
    html`<div class="brushes" role="radiogroup" aria-label=${t('settings.schedule.brush')}>
      ${BRUSHES.map((name) => html`<label key=${name} class="check brush" data-brush=${name}><input type="radio" name="brush" checked=${brush.value === name} onChange=${() => (brush.value = name)} /><span class="swatch" aria-hidden="true">${MARKS[name] ?? ''}</span>${t(`settings.schedule.${name}`)}</label>`)}
      <div class="with-unit brush-limit"><input type="number" min="0.01" step="any" aria-label=${t('settings.schedule.limit_of')} value=${limit.value / MEGABYTE}
        onInput=${(/** @type {any} */ event) => { if (event.currentTarget.valueAsNumber > 0.002) limit.value = Math.round(event.currentTarget.valueAsNumber * MEGABYTE); brush.value = 'limit'; }} /><span class="unit" aria-hidden="true">MB/s</span></div>
    </div>
    <${Grid} cells=${cells} paint=${paint} />`}
    ${!exact && html`<p class="hint">${t('settings.schedule.inexact')}</p>`}
    <details class="as-text" open=${!exact}>
      <summary>${t('settings.schedule.as_text')}</summary>
      <textarea ...${shared} aria-label=${t('settings.schedule.rules')} rows="4" spellcheck="false" autocapitalize="off" value=${shown.join('\n')} placeholder="mon-fri 08:00-18:00 500K"
        onChange=${(/** @type {any} */ event) => (draft.value = event.currentTarget.value.split('\n').map((/** @type {string} */ line) => line.trim()).filter(Boolean))}></textarea>
    </details>
    ${bad.length > 0 && html`<p class="fault words" role="alert">${t('settings.schedule.bad', { rule: bad[0] })}</p>`}
    ${dirty &&
    html`<div class="schedule-actions">
      <button type="button" class="button primary" disabled=${bad.length > 0} onClick=${apply}><${Icon} name="check" />${t('settings.schedule.apply')}</button>
      <button type="button" class="button" onClick=${() => (draft.value = null)}>${t('settings.schedule.discard')}</button>
    </div>`}
  </div>`;
}

/** Which rule holds now. */
function Now() {
  const now = stats.$('schedule').value;
  if (!now) return null;
  return html`<p class="schedule-now"><${Icon} name="calendar-clock" />${now.rule ? t('settings.schedule.now', { rule: now.rule }) : t('settings.schedule.now_none')}</p>`;
}

/** @param {{cells: Cell[][], paint(places: [number, number][]): void}} props */
function Grid({ cells, paint }) {
  const grid = useRef(/** @type {HTMLElement | null} */ (null));
  const at = useSignal(/** @type {[number, number]} */ ([0, 0]));
  const painting = useRef(false);
  useEffect(() => {
    const end = () => (painting.current = false);
    window.addEventListener('pointerup', end);
    return () => window.removeEventListener('pointerup', end);
  }, []);
  const go = (/** @type {number} */ day, /** @type {number} */ hour) => {
    at.value = [day, hour];
    /** @type {HTMLElement | null | undefined} */ (grid.current?.querySelector(`[data-place="${day}-${hour}"]`))?.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const [day, hour] = at.peek();
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      paint([[day, hour]]);
      return;
    }
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const [days, hours] = matchMedia(NARROW).matches ? [step[1], step[0]] : step;
    const next = /** @type {[number, number]} */ ([Math.min(6, Math.max(0, day + days)), Math.min(23, Math.max(0, hour + hours))]);
    if (event.shiftKey) paint([at.peek(), next]);
    go(...next);
  };
  const press = (/** @type {PointerEvent} */ event, /** @type {[number, number]} */ place) => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    painting.current = event.pointerType === 'mouse';
    at.value = place;
    if (painting.current) paint([place]);
  };
  return html`<div class="week" role="grid" ref=${grid} aria-label=${t('settings.schedule.grid')} aria-describedby="week-hint" onKeyDown=${onKeyDown}>
      <div class="week-row week-head" role="row">
        <span class="week-day" role="columnheader"><span class="unseen">${t('settings.schedule.day')}</span></span>
        ${HOURS.map((hour) => html`<span key=${hour} class="week-hour" role="columnheader">${integer(hour)}</span>`)}
      </div>
      ${DAYS.map(
        (_, day) => html`<div key=${day} class="week-row" role="row">
          <span class="week-day" role="rowheader">${dayName(day)}</span>
          ${HOURS.map((hour) => {
            const cell = cells[day][hour];
            const here = at.value[0] === day && at.value[1] === hour;
            return html`<span key=${hour} class="week-cell" role="gridcell" data-place=${`${day}-${hour}`} data-cell=${typeof cell === 'number' ? 'limit' : (cell ?? 'usual')} tabindex=${here ? 0 : -1}
              aria-label=${t('settings.schedule.cell', { day: dayName(day, 'long'), from: integer(hour), to: integer(hour + 1), what: cellWords(cell) })}
              onPointerDown=${(/** @type {any} */ event) => press(event, [day, hour])}
              onPointerEnter=${() => painting.current && paint([[day, hour]])}
              onClick=${(/** @type {any} */ event) => event.pointerType !== 'mouse' && paint([[day, hour]])}>${mark(cell)}</span>`;
          })}
        </div>`,
      )}
    </div>
    <p class="hint" id="week-hint">${t('settings.schedule.hint')}</p>`;
}

/** @param {Cell} cell */
function cellWords(cell) {
  if (cell === null) return t('settings.schedule.usual');
  return typeof cell === 'number' ? speed(cell) : t(`settings.schedule.${cell}`);
}

/** @param {Cell} cell */
function mark(cell) {
  if (cell === null) return '';
  return typeof cell === 'number' ? String(Number((cell / MEGABYTE).toPrecision(2))) : MARKS[cell];
}
