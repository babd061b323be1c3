/** The player: a dialog with the browser's own controls, what is here of the episode, and what it waits for. */
import { html, render, useComputed, useEffect, useRef, useState } from '../../dom.js';
import { percent } from '../../format.js';
import { locale, t } from '../../i18n.js';
import { hasEnded } from '../../state.js';
import { Playback } from '../../playback.js';
import { canWatch } from '../../watch.js';
import { Icon, IconButton } from '../parts.js';
import { titleOf } from './button.js';

export { canWatch };

const STEP_S = 10;
let close = () => {};

/** Play an episode. One at a time: an open player is closed. @param {import('../../rows.js').Row} row */
export function openPlayer(row) {
  close();
  const host = document.createElement('div');
  document.body.append(host);
  close = () => {
    close = () => {};
    render(null, host);
    host.remove();
  };
  render(html`<${Player} row=${row} onClose=${() => close()} />`, host);
}

/** @param {{row: import('../../rows.js').Row, onClose(): void}} props */
function Player({ row, onClose }) {
  const [playback] = useState(() => new Playback(row.id));
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    if (video.current) playback.open(video.current);
    video.current?.focus();
    return () => {
      playback.close();
      before?.focus?.();
    };
  }, []);
  return html`<dialog ref=${dialog} class="player" aria-labelledby="player-title" onClose=${onClose} onKeyDown=${(/** @type {KeyboardEvent} */ event) => steer(event, video.current)}>
    <header class="player-head">
      <h2 id="player-title" class="words" dir="auto">${titleOf(row)}</h2>
      <${IconButton} icon="x" label=${t('watch.close')} onClick=${() => dialog.current?.close()} />
    </header>
    <div class="player-screen" data-state=${playback.state}>
      <video ref=${video} controls playsinline tabindex="0" aria-label=${titleOf(row)}></video>
      <${Message} playback=${playback} row=${row} />
    </div>
    <${Here} playback=${playback} row=${row} />
    <div class="player-foot">
      <${Choices} label=${t('watch.sound')} list=${playback.sounds} chosen=${playback.sound} least=${2} onChoose=${(/** @type {number} */ id) => playback.chooseSound(id)} />
      <${Choices} label=${t('watch.text')} list=${playback.texts} chosen=${playback.text} least=${1} none=${t('watch.text_none')} onChoose=${(/** @type {number} */ id) => playback.chooseText(id)} />
      <p class="player-keys">${t('watch.keys')}</p>
    </div>
  </dialog>`;
}

/** What it waits for, or why there is nothing to see. @param {{playback: Playback, row: import('../../rows.js').Row}} props */
function Message({ playback, row }) {
  const state = playback.state.value;
  const refused = state === 'refused';
  return html`<div class="player-message" role="status">
    ${refused && html`<p class="words"><${Icon} name="circle-alert" /><span>${t(`watch.reason.${playback.reason.value}`)}</span></p>`}
    ${refused && html`<button type="button" class="button" onClick=${() => playback.load(0)}><${Icon} name="rotate-ccw" />${t('watch.again')}</button>`}
    ${state === 'waiting' && html`<p class="words"><${Icon} name="hourglass" /><span>${waitingWords(row)}</span></p>`}
    ${state === 'opening' && html`<p class="words"><${Icon} name="hourglass" /><span>${t('watch.opening')}</span></p>`}
  </div>`;
}

/** @param {import('../../rows.js').Row} row */
function waitingWords(row) {
  const status = row.$('status').value;
  if (status === 'downloading') return t('watch.fetching');
  return hasEnded(status) && status !== 'failed' ? t('watch.loading') : t('watch.stopped');
}

/** How much of it is on the server, how much in the player, and where it plays. @param {{playback: Playback, row: import('../../rows.js').Row}} props */
function Here({ playback, row }) {
  const share = useComputed(() => playback.stored.value.reduce((sum, [start, stop]) => sum + stop - start, 0) * 100);
  const words = useComputed(() => (row.$('status').value === 'completed' ? t('watch.whole') : t('watch.here', { share: percent(share.value) })));
  return html`<div class="player-here">
    <svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label=${words}>
      ${playback.stored.value.map(([start, stop]) => html`<rect class="here-stored" x=${start * 1000} width=${(stop - start) * 1000} y="0" height="10" />`)}
      ${playback.buffered.value.map(([start, stop]) => html`<rect class="here-buffered" x=${start * 1000} width=${(stop - start) * 1000} y="3" height="4" />`)}
      <rect class="here-position" x=${Math.max(0, playback.position.value * 1000 - 2)} width="4" y="0" height="10" />
    </svg>
    <p aria-hidden="true">${words}</p>
  </div>`;
}

/**
 * @param {{label: string, list: import('../../types.js').Signal<import('../../playback.js').Choice[]>, chosen: import('../../types.js').Signal<number>,
 *   least: number, none?: string, onChoose(id: number): void}} props least: with fewer there is nothing to choose
 */
function Choices({ label, list, chosen, least, none, onChoose }) {
  if (list.value.length < least) return null;
  return html`<label class="player-choice"><span>${label}</span>
    <select value=${String(chosen.value)} onChange=${(/** @type {any} */ event) => onChoose(Number(event.currentTarget.value))}>
      ${none && html`<option value="-1">${none}</option>`}
      ${list.value.map((choice) => html`<option key=${choice.id} value=${String(choice.id)}>${choiceWords(choice)}</option>`)}
    </select>
  </label>`;
}

/** The language in the reader's words, and what the episode calls it where that says more. @param {import('../../playback.js').Choice} choice */
function choiceWords({ language, name }) {
  let spoken = '';
  try {
    spoken = language ? (new Intl.DisplayNames([locale.value], { type: 'language' }).of(language) ?? '') : '';
  } catch {
    spoken = language; // no tag: shown as it is
  }
  return [...new Set([spoken, name === language || name === 'Audio' || name === 'Subtitles' ? '' : name])].filter(Boolean).join(' – ') || t('watch.track');
}

/** The usual keys of players, wherever the focus is; fields and buttons keep theirs. @param {KeyboardEvent} event @param {HTMLVideoElement | null} video */
function steer(event, video) {
  event.stopPropagation(); // the page's own keys are not for what lies below
  if (!video || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
  const isButton = event.target instanceof HTMLButtonElement;
  const seek = (/** @type {number} */ by) => (video.currentTime = Math.max(0, Math.min(video.currentTime + by, video.duration || 0)));
  /** @type {Record<string, () => unknown>} */
  const keys = {
    ' ': () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    ArrowLeft: () => seek(-STEP_S),
    ArrowRight: () => seek(STEP_S),
    f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen().catch(() => {})),
    m: () => (video.muted = !video.muted),
  };
  if (!(event.key in keys) || (isButton && event.key === ' ')) return;
  event.preventDefault();
  keys[event.key]();
}
