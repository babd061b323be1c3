/** What the server's plan means for the form: which episodes are chosen, and what is asked for then. Needs no page. */

/**
 * @typedef {import('../../types.js').ErrorData} ErrorData
 * @typedef {'new' | 'existing' | 'duplicate' | 'repeated' | 'clash'} Verdict
 *
 * @typedef {object} PlannedEpisode
 * @property {number} address which of the request's addresses it comes from
 * @property {string} url
 * @property {string | null} series
 * @property {number | null} season
 * @property {number | null} number
 * @property {string | null} title
 * @property {string | null} provider
 * @property {Verdict} verdict
 * @property {{job_id: number, episode_id: number, status: string} | null} duplicate
 * @property {string | null} path
 * @property {boolean} looked_at
 * @property {number | null} height
 * @property {string[]} audio_languages
 * @property {string[]} subtitle_languages
 * @property {number | null} estimated_bytes
 * @property {boolean} live
 * @property {{language: string | null, provider: string | null, text: string} | null} [taken]
 * @property {ErrorData | null} error
 *
 * @typedef {{address: number, url: string, series: boolean, listed: boolean, episodes: number, error: ErrorData | null}} PlannedAddress
 * @typedef {Record<string, any>} Totals
 * @typedef {{anime_title: string, addresses: PlannedAddress[], episodes: PlannedEpisode[], totals: Totals}} Plan
 */

/** Whether an episode can be chosen: what is queued already is not queued again. @param {PlannedEpisode} episode */
export function canChoose(episode) {
  return ['new', 'existing', 'clash'].includes(episode.verdict);
}

/** Whether single episodes can be chosen: not where the plan shows only the first of them. @param {Plan} plan */
export function isWhole(plan) {
  return plan.episodes.length === plan.totals.episodes;
}

/** What is chosen at first: what is new. @param {Plan} plan @returns {Set<number>} indexes of episodes */
export function firstChoice(plan) {
  return new Set(plan.episodes.flatMap((episode, index) => (episode.verdict === 'new' ? [index] : [])));
}

/**
 * What to ask for. An address all of whose episodes are chosen is asked for as it was given, so that the job lists it itself.
 * @param {string[]} addresses as they were given @param {Plan} plan @param {ReadonlySet<number>} chosen
 * @returns {(string | Record<string, unknown>)[]}
 */
export function chosenAddresses(addresses, plan, chosen) {
  const useless = new Set(plan.addresses.filter(({ series, error }) => !series && error).map(({ address }) => address));
  /** @type {Map<number, number[]>} */
  const byAddress = new Map();
  plan.episodes.forEach((episode, index) => {
    const found = byAddress.get(episode.address);
    if (found) found.push(index);
    else byAddress.set(episode.address, [index]);
  });
  return addresses.flatMap(askedOf);

  /** @param {string} address @param {number} index @returns {(string | Record<string, unknown>)[]} */
  function askedOf(address, index) {
    if (useless.has(index)) return [];
    if (!isWhole(plan)) return [address];
    const possible = (byAddress.get(index) ?? []).filter((number) => canChoose(plan.episodes[number]));
    if (!byAddress.has(index) || (possible.length > 0 && possible.every((number) => chosen.has(number)))) return [address];
    return possible.filter((number) => chosen.has(number)).map((number) => asked(plan.episodes[number]));
  }
}

/** @param {PlannedEpisode} episode */
function asked({ url, series, season, number, title }) {
  return { url, ...(series && { series }), ...(season !== null && { season }), ...(number !== null && { number }), ...(title && { title }) };
}

/** How large the chosen episodes are; those of unknown size are taken to be like the others. @param {Plan} plan @param {ReadonlySet<number>} chosen @returns {number | null} */
export function chosenBytes(plan, chosen) {
  const sizes = plan.episodes.map(({ estimated_bytes: size }) => size).filter((size) => size !== null);
  if (sizes.length === 0) return null;
  const usual = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return Math.round([...chosen].reduce((sum, index) => sum + (plan.episodes[index].estimated_bytes ?? usual), 0));
}

/** Whether so much more fits, null where that is not known. @param {Totals} totals @param {number | null} wanted bytes of the chosen episodes, finished */
export function fits(totals, wanted) {
  if (wanted === null || totals.free_bytes === null) return null;
  const meanwhile = totals.estimated_bytes ? Math.max(totals.needed_bytes - totals.estimated_bytes, 0) : 0; // what runs is there twice
  return wanted + Math.min(meanwhile, wanted) + totals.reserved_bytes <= totals.free_bytes - totals.reserve_bytes;
}
