/** What lies above the page: a question before something is lost, notes. Native dialogs keep the focus. */
import { html, useEffect, useRef } from '../../dom.js';
import { t } from '../../i18n.js';
import { dismiss, notes, question } from '../../notices.js';
import { Icon, IconButton } from '../parts.js';

/**
 * A dialog that gives the focus back to where it was.
 * @param {{labelledby: string, onCancel(event: Event): void, kind?: string, children?: any}} props
 */
export function Modal({ labelledby, onCancel, kind = '', children }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${labelledby} onCancel=${onCancel}>${children}</dialog>`;
}

export function QuestionDialog() {
  const asked = question.value;
  if (!asked) return null;
  return html`<${Modal} key=${asked.text} labelledby="question-title" onCancel=${() => asked.answer(false)}>
    <h2 id="question-title">${asked.title}</h2>
    <p class="words" dir="auto">${asked.text}</p>
    <div class="dialog-actions">
      <button type="button" class="button" autofocus onClick=${() => asked.answer(false)}>${t('ask.back')}</button>
      <button type="button" class="button danger" onClick=${() => asked.answer(true)}>${asked.confirm}</button>
    </div>
  <//>`;
}

export function Notes() {
  return html`<div class="notes" role="log" aria-label=${t('app.notes')}>
    ${notes.value.map(
      (note) => html`<div key=${note.id} class="note" data-kind=${note.kind} data-note=${note.id}>
        <${Icon} name=${note.kind === 'error' ? 'circle-alert' : 'circle-check'} />
        <p class="words">${note.text}</p>
        ${note.action && html`<${NoteAction} note=${note} action=${note.action} />`}
        <${IconButton} icon="x" label=${t('app.close')} onClick=${() => dismiss(note.id)} />
      </div>`,
    )}
  </div>`;
}

/** @param {{note: import('../../notices.js').Note, action: import('../../notices.js').NoteAction}} props */
function NoteAction({ note, action }) {
  if (action.href) return html`<a class="button small" href=${action.href} onClick=${() => dismiss(note.id)}>${action.label}</a>`;
  return html`<button type="button" class="button small" onClick=${action.run}>${action.label}</button>`;
}
