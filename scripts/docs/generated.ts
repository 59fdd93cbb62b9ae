/** The line at the top of every generated page. */
export const GENERATED = '<!-- Made by `npm run docs:generate`; change the source named below. -->';
