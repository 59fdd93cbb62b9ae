/**
 * One spelling for all that a search takes for equal: Unicode full case folding, and composed (NFC) however
 * the name was written (canonical caseless matching, Unicode 3.13 D145). Accents stay.
 */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return foldOnce(foldOnce(text));
}

/** Lower, upper, lower: `ẞ` becomes `ß`, then `SS`, then `ss`, as full case folding wants it. */
function foldOnce(text: string): string {
  const decomposed = text.normalize('NFD');
  let folded = '';
  for (const char of decomposed) {
    folded += char === 'ı' ? char : char.toLowerCase().toUpperCase().toLowerCase();
  }
  return folded.replaceAll('ς', 'σ').normalize('NFC');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
