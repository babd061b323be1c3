/** Progress in the tab's title: over all jobs that have not ended, weighted by their episodes. */
import { effect } from './dom.js';
import { percent, speed } from './format.js';
import { t } from './i18n.js';
import { connection } from './socket.js';
import { activeJobs, stats } from './state.js';

/** Keep `document.title` up to date. */
export function watchTitle() {
  effect(() => {
    document.title = words();
  });
}

function words() {
  const name = t('app.name');
  if (connection.value.state === 'lost') return t('title.lost', { name });
  const rate = stats.$('speed_bytes_per_s').value;
  const running = stats.$('running').value;
  if (!running) return name;
  let weight = 0;
  let done = 0;
  for (const row of activeJobs.value) {
    const size = Math.max(1, row.data.total_episodes);
    weight += size;
    done += size * row.data.progress_percentage;
  }
  const share = percent(weight ? done / weight : 0);
  return rate ? t('title.running', { percent: share, speed: speed(rate), name }) : t('title.starting', { percent: share, name });
}
