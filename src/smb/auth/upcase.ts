/**
 * Upper case as MS-NLMP needs it for user names: every UTF-16 unit is mapped on its own to one
 * unit, Unicode's simple mapping. `toUpperCase` on the whole would turn `ß` into `SS` and so
 * change the key; units that have no single upper-case unit stay as they are.
 */
export function simpleUpperCase(text: string): string {
  let result = '';
  for (let i = 0; i < text.length; i++) result += upperUnit(text.charCodeAt(i));
  return result;
}

function upperUnit(unit: number): string {
  const upper = GREEK_TITLE.get(unit) ?? String.fromCharCode(unit).toUpperCase();
  return upper.length === 1 ? upper : String.fromCharCode(unit);
}

/**
 * Greek letters with iota subscript: JavaScript spells their upper case with two letters, the
 * simple mapping is the title-case letter of the same block.
 */
const GREEK_TITLE: ReadonlyMap<number, string> = new Map([
  ...[0x1f80, 0x1f90, 0x1fa0].flatMap((first) =>
    Array.from({ length: 8 }, (_, i): [number, string] => [
      first + i,
      String.fromCharCode(first + i + 8),
    ]),
  ),
  ...[0x1fb3, 0x1fc3, 0x1ff3].map((unit): [number, string] => [
    unit,
    String.fromCharCode(unit + 9),
  ]),
]);
