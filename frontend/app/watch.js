/** Watching an episode: whether that can be, and how the player is opened, which is loaded only then. */
import { t } from './i18n.js';
import { notify } from './notices.js';

/** Whether there may be something to play of an episode. @param {import('./rows.js').Row} row */
export function canWatch(row) {
  const status = row.$('status').value;
  if (status === 'completed') return true;
  if (status === 'downloading') return row.$('phase').value !== 'resolving';
  return (status === 'paused' || status === 'failed') && row.$('progress_percentage').value > 0;
}

/** Open the player. @param {import('./rows.js').Row} row */
export async function watch(row) {
  try {
    const { openPlayer } = await import('./views/watch/player.js');
    openPlayer(row);
  } catch (error) {
    notify('error', t('watch.unreachable'));
    throw error;
  }
}
