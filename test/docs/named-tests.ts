/** Whether the source calls `describe`, or `it`, with this text; `…` stands for what varies. */
export function calls(source: string, callee: 'describe' | 'it', text: string): boolean {
  const pattern = text
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('(?:%[a-z]|\\$\\{[^}]*\\}|\\$[a-z]\\w*)');
  // Only after a table of cases there may be more between the two.
  return new RegExp(
    `\\b${callee}(?:\\(|\\.each(?:<[^>]*>)?\\([^]*?\\)\\()\\s*['\`]${pattern}['\`]`,
  ).test(source);
}
