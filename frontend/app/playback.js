/** Playing an episode that is being downloaded, interrupted or finished. hls.js is loaded when the first one is opened. */
import { address, apiKey, ApiError, keyWanted, request, utf8 } from './api.js';
import { signal } from './dom.js';

/** @typedef {[number, number]} Span from and to, as shares of the whole from 0 to 1 */
/** @typedef {{id: number, language: string, name: string}} Choice a sound or subtitles */
/** @typedef {'opening' | 'playing' | 'waiting' | 'refused'} PlaybackState */

const ASK_EVERY_MS = 2_000;
/** What is left of the buffer when a file takes the place of its segments. */
const SWITCH_BELOW_S = 1.5;
const WRONG_CODECS = new Set(['manifestIncompatibleCodecsError', 'bufferAddCodecError', 'bufferIncompatibleCodecsError', 'fragParsingError']);
/** The service holds an answer back for up to 30 s while it fetches the part; then it is asked again, as long as the player is open. */
const PATIENCE = {
  default: {
    maxTimeToFirstByteMs: 45_000,
    maxLoadTimeMs: 300_000,
    timeoutRetry: { maxNumRetry: 10_000, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 10_000, retryDelayMs: 1_000, maxRetryDelayMs: 2_000 },
  },
};

/** One open player: what it shows, and what it asks of the service. It remembers nothing. */
export class Playback {
  /** @param {number} id the episode's */
  constructor(id) {
    this.id = id;
    /** @type {import('./types.js').Signal<PlaybackState>} */
    this.state = signal('opening');
    /** Why there is nothing to play, as a code. @type {import('./types.js').Signal<string>} */
    this.reason = signal('');
    /** What is on the server's disk. @type {import('./types.js').Signal<Span[]>} */
    this.stored = signal([]);
    /** What the player has. @type {import('./types.js').Signal<Span[]>} */
    this.buffered = signal([]);
    /** Where it plays, as a share. @type {import('./types.js').Signal<number>} */
    this.position = signal(0);
    /** @type {import('./types.js').Signal<Choice[]>} */
    this.sounds = signal([]);
    this.sound = signal(-1);
    /** @type {import('./types.js').Signal<Choice[]>} */
    this.texts = signal([]);
    this.text = signal(-1);
    /** @type {HTMLVideoElement | null} */
    this.video = null;
    /** @type {any} */
    this.hls = null;
    /** What is played: the address that the service gave. */
    this.address = '';
    this.duration = 0;
    this.isStale = false;
    this.isLoading = false;
    this.isClosed = false;
    this.hasRecovered = false;
    this.timer = 0;
    this.listeners = new AbortController();
  }

  /** @param {HTMLVideoElement} video */
  async open(video) {
    this.video = video;
    const heard = { signal: this.listeners.signal };
    for (const name of ['playing', 'canplay', 'seeked']) video.addEventListener(name, () => this.settle(), heard);
    for (const name of ['waiting', 'seeking', 'stalled']) video.addEventListener(name, () => this.settle(), heard);
    for (const name of ['timeupdate', 'progress', 'seeking', 'durationchange']) video.addEventListener(name, () => this.measure(), heard);
    video.addEventListener('error', () => this.fileFailed(), heard);
    await this.load(0);
    this.look();
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.listeners.abort();
    this.unload();
    this.video = null;
  }

  /** Choose a sound. @param {number} id */
  chooseSound(id) {
    if (this.hls) this.hls.audioTrack = id;
    this.sound.value = id;
  }

  /** Choose subtitles. @param {number} id -1: none */
  chooseText(id) {
    if (this.hls) this.hls.subtitleTrack = id;
    this.text.value = id;
  }

  /** Ask what there is and play it from a time on. @param {number} from seconds */
  async load(from) {
    if (this.isLoading || this.isClosed) return;
    this.isLoading = true;
    try {
      const answer = await request('GET', `episodes/${this.id}/watch`);
      if (this.isClosed) return;
      this.take(answer);
      if (answer.kind) await this.play(answer, from);
      else this.refuse(answer.reason);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refuse(error.code === 'not_found' ? 'removed' : 'network');
    } finally {
      this.isLoading = false;
    }
  }

  /** @param {any} answer @param {number} from */
  async play(answer, from) {
    const video = /** @type {HTMLVideoElement} */ (this.video);
    const goesOn = !this.address || !video.paused;
    this.unload();
    this.address = answer.address;
    this.isStale = false;
    this.state.value = 'opening';
    const url = address(`api/episodes/${this.id}/${answer.address}`).href;
    if (answer.kind === 'file') this.playFile(url, from);
    else await this.playList(url, from);
    if (goesOn) this.video?.play().catch(() => {}); // a browser may want a click first: the controls are there
  }

  /** @param {string} url @param {number} from */
  playFile(url, from) {
    const video = /** @type {HTMLVideoElement} */ (this.video);
    video.src = url;
    if (from) video.addEventListener('loadedmetadata', () => (video.currentTime = from), { once: true, signal: this.listeners.signal });
  }

  /** @param {string} url @param {number} from */
  async playList(url, from) {
    const { default: Hls } = await import('../vendor/hls.js');
    if (this.isClosed) return;
    if (!Hls.isSupported()) return this.refuse('unsupported');
    const hls = new Hls({
      enableWorker: false, // a worker from a blob is what the security policy forbids
      startPosition: from || 0,
      backBufferLength: 60,
      fragLoadPolicy: PATIENCE,
      xhrSetup: (/** @type {XMLHttpRequest} */ xhr) => {
        const key = apiKey.peek();
        if (key) xhr.setRequestHeader('X-Api-Key', utf8(key));
      },
    });
    this.hls = hls;
    hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {any} */ data) => this.listFailed(data));
    hls.on(Hls.Events.AUDIO_TRACKS_UPDATED, () => {
      this.sounds.value = choices(hls.audioTracks);
      this.sound.value = hls.audioTrack;
    });
    hls.on(Hls.Events.AUDIO_TRACK_SWITCHED, () => (this.sound.value = hls.audioTrack));
    hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => {
      this.texts.value = choices(hls.subtitleTracks);
      hls.subtitleTrack = this.text.value = -1;
    });
    hls.loadSource(url);
    hls.attachMedia(this.video);
  }

  unload() {
    this.hls?.destroy();
    this.hls = null;
    this.sounds.value = [];
    this.texts.value = [];
    if (this.video?.hasAttribute('src')) {
      this.video.removeAttribute('src');
      this.video.load();
    }
  }

  /** @param {any} data what hls.js says of an error */
  listFailed(data) {
    const status = data.response?.code;
    if (status === 409 || status === 404) return this.changed();
    if (status === 401) keyWanted.value = true;
    if (!data.fatal) return;
    if (data.type === 'mediaError' && !this.hasRecovered && !WRONG_CODECS.has(data.details)) {
      this.hasRecovered = true;
      return this.hls.recoverMediaError();
    }
    this.refuse(data.type === 'mediaError' ? 'codec' : 'network');
  }

  /** The file cannot be read on: it is another one by now, or none. */
  async fileFailed() {
    const video = this.video;
    if (!video?.error || this.hls || this.isLoading) return;
    const { code } = video.error;
    const before = this.address;
    await this.load(video.currentTime);
    if (this.address === before) this.refuse(code === MediaError.MEDIA_ERR_NETWORK ? 'network' : 'codec');
  }

  /** What is played is something else by now, as when the episode is finished. What is buffered is played first. */
  changed() {
    this.isStale = true;
    this.hls?.stopLoad();
    this.follow();
  }

  /** Take up what the episode is now, when there is no time left to wait with that. */
  follow() {
    const video = this.video;
    if (!video || !this.isStale || ahead(video) > SWITCH_BELOW_S) return;
    this.isStale = false;
    this.load(video.currentTime);
  }

  /** @param {string} reason */
  refuse(reason) {
    this.unload();
    this.address = '';
    this.reason.value = reason;
    this.state.value = 'refused';
  }

  /** Look from time to time what has come. */
  look() {
    if (this.isClosed) return;
    this.timer = window.setTimeout(async () => {
      try {
        const answer = await request('GET', `episodes/${this.id}/watch`);
        if (this.isClosed) return;
        this.take(answer);
        if (!this.address && answer.kind && this.reason.value !== 'codec' && this.reason.value !== 'unsupported') await this.load(this.video?.currentTime ?? 0);
        else if (this.address && answer.kind && answer.address !== this.address) this.changed();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error; // the next look may find it again
      }
      this.look();
    }, ASK_EVERY_MS);
  }

  /** @param {any} answer */
  take(answer) {
    this.stored.value = answer.stored;
    if (answer.duration_s) this.duration = answer.duration_s;
    this.measure();
  }

  /** Note whether it plays or waits. */
  settle() {
    this.follow();
    if (!this.video || this.state.value === 'refused') return;
    const waits = this.video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
    if (!waits) this.state.value = 'playing';
    else if (this.state.value === 'playing' || this.video.seeking) this.state.value = 'waiting';
  }

  measure() {
    this.follow();
    const video = this.video;
    const whole = video && Number.isFinite(video.duration) && video.duration > 0 ? video.duration : this.duration;
    if (!video || !whole) return;
    this.position.value = video.currentTime / whole;
    this.buffered.value = Array.from({ length: video.buffered.length }, (_, index) => /** @type {Span} */ ([video.buffered.start(index) / whole, video.buffered.end(index) / whole]));
  }
}

/** Seconds that can be played from here without waiting. @param {HTMLVideoElement} video */
function ahead(video) {
  for (let index = 0; index < video.buffered.length; index += 1) {
    if (video.buffered.start(index) <= video.currentTime + 0.1 && video.currentTime <= video.buffered.end(index)) return video.buffered.end(index) - video.currentTime;
  }
  return 0;
}

/** Without the number that keeps two of one name apart. @param {any[]} tracks @returns {Choice[]} */
function choices(tracks) {
  return tracks.map((track, id) => ({ id, language: track.lang ?? '', name: String(track.name ?? '').replace(/ \(\d+\)$/, '') }));
}
