/** How a state looks: a colour, a pattern and a height of its own, so that none is told by colour alone. */
import { colour } from './palette.js';

/** @typedef {'solid' | 'up' | 'dots' | 'bars' | 'cross' | 'rows'} Pattern */
/** @typedef {{ground: string, ink: string, pattern: Pattern, height: number}} Look tokens; the height is a share of the whole */

/** @type {Record<import('./runs.js').State, Look>} */
export const SEGMENT_LOOKS = {
  done: { ground: '--good-bar', ink: '--good-bar', pattern: 'solid', height: 1 },
  retried: { ground: '--good-bar', ink: '--surface', pattern: 'up', height: 1 },
  repaired: { ground: '--accent-ground', ink: '--surface', pattern: 'dots', height: 1 },
  missing: { ground: '--calm-bar', ink: '--calm-bar', pattern: 'solid', height: 0.2 },
  failed: { ground: '--bad-bar', ink: '--surface', pattern: 'cross', height: 0.5 },
  running: { ground: '--warn-bar', ink: '--surface', pattern: 'bars', height: 0.75 },
};

/** @type {Record<typeof import('./runs.js').STRIP[number], Look>} */
export const EPISODE_LOOKS = {
  completed: { ground: '--good-bar', ink: '--good-bar', pattern: 'solid', height: 1 },
  downloading: { ground: '--accent-ground', ink: '--surface', pattern: 'bars', height: 1 },
  queued: { ground: '--calm-bar', ink: '--calm-bar', pattern: 'solid', height: 0.35 },
  paused: { ground: '--warn-bar', ink: '--surface', pattern: 'rows', height: 0.7 },
  failed: { ground: '--bad-bar', ink: '--surface', pattern: 'cross', height: 1 },
  cancelled: { ground: '--calm-bar', ink: '--surface', pattern: 'up', height: 0.35 },
};

const TILE = 6;
/** @type {Record<Pattern, (context: CanvasRenderingContext2D) => void>} */
const STROKES = {
  solid: () => {},
  up: (context) => line(context, [0, TILE, TILE, 0], [-1, 1, 1, -1], [TILE - 1, TILE + 1, TILE + 1, TILE - 1]),
  cross: (context) => line(context, [0, TILE, TILE, 0], [0, 0, TILE, TILE]),
  bars: (context) => line(context, [TILE / 2, 0, TILE / 2, TILE]),
  rows: (context) => line(context, [0, TILE / 2, TILE, TILE / 2]),
  dots: (context) => context.fillRect(TILE / 2 - 1, TILE / 2 - 1, 2, 2),
};

/** @param {CanvasRenderingContext2D} context @param {[number, number, number, number][]} lines */
function line(context, ...lines) {
  context.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.stroke();
}

/**
 * Fill a part of a canvas with how something looks; it stands on the lower edge.
 * @param {CanvasRenderingContext2D} context @param {Look} look @param {{x: number, width: number, height: number}} place
 */
export function fill(context, look, { x, width, height }) {
  const tall = Math.max(1, Math.round(height * look.height));
  context.fillStyle = colour(look.ground);
  context.fillRect(x, height - tall, width, tall);
  if (look.pattern === 'solid' || width < 2) return; // what is narrower is told by its height
  context.fillStyle = tile(context, look);
  context.fillRect(x, height - tall, width, tall);
}

/** @param {CanvasRenderingContext2D} context @param {Look} look @returns {CanvasPattern} */
function tile(context, look) {
  const ratio = context.getTransform().a;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.round(TILE * ratio);
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  brush.scale(canvas.width / TILE, canvas.height / TILE);
  brush.strokeStyle = brush.fillStyle = colour(look.ink);
  brush.lineWidth = 1;
  STROKES[look.pattern](brush);
  const made = /** @type {CanvasPattern} */ (context.createPattern(canvas, 'repeat'));
  made.setTransform(new DOMMatrix().scale(TILE / canvas.width));
  return made;
}
