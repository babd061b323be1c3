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

/** Of each canvas. One observer for all of them costs less than one each. @type {WeakMap<Element, Easel>} */
const easels = new WeakMap();
const sight = new IntersectionObserver((entries) => entries.forEach((entry) => easels.get(entry.target)?.seen(entry.isIntersecting)));
const sizes = new ResizeObserver((entries) => entries.forEach((entry) => easels.get(entry.target)?.resize(entry.contentRect)));

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
    easels.set(canvas, this);
    sight.observe(canvas);
    sizes.observe(canvas);
  }

  /** @param {Draw} draw */
  use(draw) {
    this.draw = draw;
    this.ask();
  }

  close() {
    this.forget();
    sight.unobserve(this.canvas);
    sizes.unobserve(this.canvas);
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
