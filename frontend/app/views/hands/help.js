/** What the keys do, and the switch for those that are single characters. */
import { closeDialog } from '../../dialogs.js';
import { html } from '../../dom.js';
import { t } from '../../i18n.js';
import { GROUPS, singleKeys, useSingleKeys } from '../../keys.js';
import { Icon } from '../parts.js';
import { Modal } from '../shell/dialogs.js';
import { Keys } from './chord.js';

export function HelpDialog() {
  const change = (/** @type {any} */ event) => useSingleKeys(event.currentTarget.checked);
  return html`<${Modal} labelledby="help-title" onCancel=${closeDialog}>
    <div class="help">
      <h2 id="help-title"><${Icon} name="keyboard" />${t('hands.help')}</h2>
      <label class="check"><input type="checkbox" checked=${singleKeys.value} onChange=${change} autofocus />${t('hands.help.single')}</label>
      <p class="hint">${t('hands.help.single_hint')}</p>
      <div class="help-groups" tabindex="0" role="region" aria-labelledby="help-title">
        ${GROUPS.map(({ name, bindings }) => html`<section key=${name}><h3>${t(`hands.help.${name}`)}</h3>
          <dl class="key-list">${bindings.map((binding) => html`<${Line} key=${binding.words} binding=${binding} />`)}</dl>
        </section>`)}
      </div>
      <div class="dialog-actions"><button type="button" class="button primary" onClick=${closeDialog}>${t('app.close')}</button></div>
    </div>
  <//>`;
}

/** @param {{binding: import('../../keys.js').Binding}} props */
function Line({ binding }) {
  return html`<div class="key-line"><dt>${t(binding.words)}</dt><dd>${binding.chords.map((chord) => html`<${Keys} key=${chord} chord=${chord} />`)}</dd></div>`;
}
