/** The one place that knows where the vendored libraries are. */
import { h, render } from '../vendor/preact.js';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/hooks.js';
import { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from '../vendor/signals.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
export { batch, computed, effect, render, signal, untracked, useComputed, useEffect, useLayoutEffect, useMemo, useRef, useSignal, useSignalEffect, useState };
