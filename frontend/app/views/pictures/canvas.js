/** A canvas that is as sharp as the screen, drawn at most once a frame, and only while it can be seen. */
import { effect, html, useEffect, useRef } from '../../dom.js';
import { themeChanges } from './palette.js';

/**
 * @typedef {(context: CanvasRenderingContext2D, size: {width: number, height: number, ratio: number}) => void} Draw
 *   in CSS pixels; what was there before is gone
 */

/**
 * Draws again when a signal that `draw` reads changes, when it is given another `draw`, when its size or the theme changes.
 * @param {{draw: Draw, class?: string, [other: string]: any}} props
 */
export function Canvas({ draw, ...others }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const easel = useRef(/** @type {Easel | null} */ (null));
  useEffect(() => {
    const made = (easel.current = new Easel(/** @type {HTMLCanvasElement} */ (canvas.current)));
    return () => made.close();
  }, []);
  useEffect(() => easel.current?.use(draw), [draw]);
  return html`<canvas ref=${canvas} ...${others}></canvas>`;
}

/** Knows when a canvas can be seen, how large it is, and what is to be drawn on it. */
class Easel {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.draw = /** @type {Draw} */ (() => {});
    this.visible = false;
    this.stale = true;
    this.frame = 0;
    this.forget = () => {};
    this.size = { width: 0, height: 0 };
    this.sight = new IntersectionObserver((entries) => this.seen(entries.at(-1)?.isIntersecting ?? false));
    this.sizes = new ResizeObserver(([entry]) => this.resize(entry.contentRect));
    this.sight.observe(canvas);
    this.sizes.observe(canvas);
  }

  /** @param {Draw} draw */
  use(draw) {
    this.draw = draw;
    this.ask();
  }

  close() {
    this.forget();
    this.sight.disconnect();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** @param {boolean} visible */
  seen(visible) {
    this.visible = visible;
    if (visible && this.stale) this.ask();
  }

  /** @param {{width: number, height: number}} size */
  resize({ width, height }) {
    this.size = { width: Math.round(width), height: Math.round(height) };
    this.ask();
  }

  ask() {
    this.stale = true;
    if (this.visible && !this.frame) this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.frame = 0;
    this.stale = false;
    this.forget();
    let first = true;
    this.forget = effect(() => {
      if (!first) return void this.ask(); // something that was read has changed: nothing is read until it is drawn
      first = false;
      if (themeChanges.value >= 0) this.drawNow();
    });
  }

  drawNow() {
    const { width, height } = this.size;
    const context = this.canvas.getContext('2d');
    if (!context || width === 0 || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw(context, { width, height, ratio });
  }
}
