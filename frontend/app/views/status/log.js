/** The tail of the service's log: it follows what comes, can be held, narrowed and copied. */
import { request } from '../../api.js';
import { html, useEffect, useRef, useSignal } from '../../dom.js';
import { clock } from '../../format.js';
import { t } from '../../i18n.js';
import { LEVELS, atLeast, fieldsText, lineText, withNew } from '../../log_lines.js';
import { notify } from '../../notices.js';
import { snapshots } from '../../state.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';

/** @typedef {import('../../log_lines.js').LogLine} LogLine */

const READ_EVERY_MS = 2_000;
const AT_END_PX = 24;

export function LogTail() {
  const lines = useSignal(/** @type {LogLine[]} */ ([]));
  const level = useSignal('info');
  const held = useSignal(false);
  const fault = useSignal('');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const atEnd = useRef(true);
  useEffect(() => {
    if (snapshots.value === 0 || held.value) return;
    let closed = false;
    const read = async () => {
      if (document.hidden) return;
      try {
        const answer = await request('GET', 'log', { query: { after: lines.peek().at(-1)?.seq ?? 0, limit: 500 } });
        const restarted = answer.last < (lines.peek().at(-1)?.seq ?? 0);
        if (!closed) lines.value = withNew(lines.peek(), restarted ? await request('GET', 'log', { query: { limit: 500 } }) : answer);
        fault.value = '';
      } catch (error) {
        fault.value = errorWords(/** @type {any} */ (error));
      }
    };
    read();
    const timer = setInterval(read, READ_EVERY_MS);
    return () => {
      closed = true;
      clearInterval(timer);
    };
  }, [snapshots.value, held.value]);
  const shown = atLeast(lines.value, level.value);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length, level.value]);
  const scrolled = (/** @type {any} */ event) => {
    const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
    atEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
  };
  const copy = () => copied(shown.map(lineText).join('\n'));
  return html`<div class="log">
    <div class="log-bar">
      <label class="log-level"><span>${t('log.level')}</span>
        <select onChange=${(/** @type {any} */ event) => (level.value = event.currentTarget.value)}>${LEVELS.map((name) => html`<option key=${name} value=${name} selected=${level.value === name}>${t(`log.from.${name}`)}</option>`)}</select>
      </label>
      <button type="button" class="button small" aria-pressed=${held} onClick=${() => (held.value = !held.value)}><${Icon} name=${held.value ? 'play' : 'pause'} />${t(held.value ? 'log.follow' : 'log.hold')}</button>
      <button type="button" class="button small" onClick=${copy}><${Icon} name="copy" />${t('log.copy')}</button>
    </div>
    ${fault.value && html`<p class="fault words" role="alert">${fault.value}</p>`}
    <div class="log-lines" ref=${box} role="log" aria-live="off" aria-label=${t('status.log')} tabindex="0" onScroll=${scrolled}>
      ${shown.length === 0 && html`<p class="soft">${t('log.empty')}</p>`}
      ${shown.map((line) => html`<p key=${line.seq} class="log-line" data-level=${line.level}><time datetime=${line.at}>${clock(new Date(line.at))}</time> <span class="log-mark">${line.level}</span> <span class="log-event">${line.event}</span> <span class="words">${fieldsText(line)}</span></p>`)}
    </div>
  </div>`;
}

/** A page on an origin that is not secure has no clipboard; then the text is selected in a field to copy from. @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
  notify('info', t('log.copied'));
}
