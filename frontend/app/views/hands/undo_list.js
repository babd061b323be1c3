/** What can still be taken back, by whomever it was done. */
import { closeDialog } from '../../dialogs.js';
import { html, useEffect, useSignal } from '../../dom.js';
import { moment } from '../../format.js';
import { t } from '../../i18n.js';
import { readUndoable, takeBack } from '../../undo.js';
import { errorWords } from '../../words.js';
import { Icon } from '../parts.js';
import { Modal } from '../shell/dialogs.js';

/** @typedef {import('../../undo.js').Undo} Undo */

export function UndoDialog() {
  const found = useSignal(/** @type {Undo[] | null} */ (null));
  const failure = useSignal('');
  useEffect(() => {
    readUndoable().then((items) => (found.value = items), (error) => (failure.value = errorWords(error)));
  }, []);
  const back = async (/** @type {number} */ id) => {
    if (await takeBack(id)) found.value = (found.peek() ?? []).filter((undo) => undo.id !== id);
  };
  return html`<${Modal} labelledby="undo-title" onCancel=${closeDialog}>
    <h2 id="undo-title"><${Icon} name="undo-2" />${t('hands.undo_list')}</h2>
    <p class="hint">${t('hands.undo_list.hint')}</p>
    ${failure.value && html`<p class="fault words" role="alert">${failure.value}</p>`}
    ${found.value?.length === 0 && html`<p class="undo-none" role="status">${t('hands.undo_list.none')}</p>`}
    <ul class="undo-list">
      ${(found.value ?? []).map((undo) => html`<li key=${undo.id}>
        <p>${t(`hands.was.${undo.action}`, { count: undo.episodes })}${undo.files && html` <span class="tag">${t('hands.was.files')}</span>`}
          <span class="hint">${t('hands.was.when', { time: moment(undo.created_at), until: moment(undo.until) })}</span></p>
        <button type="button" class="button small" onClick=${() => back(undo.id)}><${Icon} name="undo-2" />${t('hands.undo')}</button>
      </li>`)}
    </ul>
    <div class="dialog-actions"><button type="button" class="button primary" autofocus onClick=${closeDialog}>${t('app.close')}</button></div>
  <//>`;
}
