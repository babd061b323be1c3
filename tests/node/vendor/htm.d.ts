/** What the page uses of htm. */
declare const htm: { bind(make: Function): (strings: TemplateStringsArray, ...values: unknown[]) => any };
export default htm;
