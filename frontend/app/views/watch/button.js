/** The button that opens the player, where there is something to play. */
import { html, useComputed } from '../../dom.js';
import { t } from '../../i18n.js';
import { jobs } from '../../rows.js';
import { canWatch, watch } from '../../watch.js';
import { placeWords } from '../../words.js';
import { IconButton } from '../parts.js';

/** @param {{row: import('../../rows.js').Row}} props row: an episode's */
export function WatchButton({ row }) {
  const fits = useComputed(() => canWatch(row));
  return fits.value ? html`<${IconButton} icon="film" label=${t('watch.open', { title: titleOf(row) })} onClick=${() => watch(row)} />` : null;
}

/** Series, place and title of an episode. @param {import('../../rows.js').Row} row */
export function titleOf(row) {
  const series = jobs.rows.get(row.data.job_id)?.data.anime_title;
  const place = placeWords({ season: row.$('season').value, number: row.$('number').value, position: row.data.position });
  return [series, place, row.$('title').value].filter(Boolean).join(' · ');
}
