/** What is followed: series and feeds whose new episodes are queued by themselves. */
import { html, useEffect, useSignal } from '../../dom.js';
import { followed } from '../../following.js';
import { focusSoon } from '../../focus.js';
import { t } from '../../i18n.js';
import { snapshots } from '../../state.js';
import { Empty, Icon } from '../parts.js';
import { FollowForm } from './form.js';
import { Entry } from './entry.js';

/** The view. */
export function View() {
  const adding = useSignal(false);
  const items = followed.value;
  useEffect(() => {
    if (adding.value) focusSoon('#follow-new-url');
  }, [adding.value]);
  const done = () => {
    adding.value = false;
    focusSoon('#follow-add');
  };
  return html`<section class="view following" aria-labelledby="follow-title">
    <div class="view-head">
      <h2 id="follow-title" class="view-title">${t('view.subscriptions')}</h2>
      ${(items.length > 0 || adding.value) && html`<${AddButton} adding=${adding} />`}
    </div>
    ${adding.value && html`<${FollowForm} of=${null} done=${done} />`}
    ${items.length > 0 && html`<ul class="followed-list" aria-label=${t('view.subscriptions')}>${items.map((of) => html`<${Entry} key=${of.id} of=${of} />`)}</ul>`}
    ${items.length === 0 && !adding.value && html`<${Nothing} adding=${adding} />`}
  </section>`;
}

/** @param {{adding: import('../../types.js').Signal<boolean>}} props */
function AddButton({ adding }) {
  return html`<button id="follow-add" type="button" class="button ${adding.value ? '' : 'primary'}" aria-expanded=${adding.value} onClick=${() => (adding.value = !adding.value)}>
    <${Icon} name=${adding.value ? 'x' : 'plus'} />${t(adding.value ? 'follow.close' : 'follow.add')}
  </button>`;
}

/** @param {{adding: import('../../types.js').Signal<boolean>}} props */
function Nothing({ adding }) {
  if (snapshots.value === 0) return html`<p class="loading" role="status">${t('connection.first')}</p>`;
  return html`<${Empty} icon="calendar-clock" title=${t('follow.empty.title')} text=${t('follow.empty.text')}><${AddButton} adding=${adding} /><//>`;
}
