/** What the page uses of preact; what a template becomes is nobody's business. */
export function h(type: unknown, props: unknown, ...children: unknown[]): any;
export function render(vnode: any, parent: Element | DocumentFragment): void;
