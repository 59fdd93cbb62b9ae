/**
 * Paths as they stand on the file server of an engineering company: departments, years, projects made from a
 * template, folders that people named themselves. About 6 levels and 70 characters; names repeat as they do
 * where templates are copied, a quarter is anybody's own. The same for the same number, whoever asks.
 */
export function companyPaths(count: number): string[] {
  const random = new Random(count);
  const paths: string[] = [];
  const add = (path: string): boolean => {
    if (paths.length >= count) return false;
    paths.push(flat(path));
    return true;
  };
  for (const department of DEPARTMENTS) add(department);
  for (let project = 1; ; project += 1) {
    const department = random.pick(DEPARTMENTS);
    const year = 2004 + random.below(23);
    const home = `${department}/${year}`;
    if (project <= DEPARTMENTS.length * 40 && !paths.includes(home) && !add(home)) return paths;
    const number = String(project).padStart(5, '0');
    const customer = `${random.pick(SURNAMES)} ${random.pick(TRADES)} ${random.pick(FORMS)}`;
    const folder = `${home}/${year}-${number} ${customer}`;
    if (!add(folder)) return paths;
    for (const path of projectPaths(folder, year, random)) if (!add(path)) return paths;
  }
}

/** Every name another one: the worst there is for what keeps each name once. */
export function distinctPaths(count: number): string[] {
  const random = new Random(count);
  const paths: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const above = i < 64 ? undefined : paths[random.below(Math.min(i, 200_000))]!;
    const name = `${random.word()}-${i.toString(36)}`;
    paths.push(flat(above === undefined || above.length > 120 ? name : `${above}/${name}`));
  }
  return paths;
}

/** A string in one piece: put together, V8 would keep its parts, which takes more memory and time. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function* projectPaths(folder: string, year: number, random: Random): Generator<string> {
  for (const part of TEMPLATE) {
    const path = `${folder}/${part}`;
    yield path;
    if (part === '03 Drawings') yield* drawingPaths(path, random);
    if (part === '05 Photos') {
      for (let i = random.below(4); i > 0; i -= 1) {
        const month = String(1 + random.below(12)).padStart(2, '0');
        yield `${path}/${year}-${month}-${10 + random.below(18)} ${random.pick(OCCASIONS)}`;
      }
    }
    for (let i = random.below(3); i > 0; i -= 1) {
      const own = `${path}/${random.title()}`;
      yield own;
      if (random.below(3) === 0) yield `${own}/${random.pick(OFTEN)}`;
    }
  }
}

function* drawingPaths(path: string, random: Random): Generator<string> {
  for (const discipline of DISCIPLINES) {
    if (random.below(3) === 0) continue;
    yield `${path}/${discipline}`;
    for (let i = 0; i < random.below(4); i += 1) {
      const revision = `${path}/${discipline}/Rev ${'ABCDE'[i]}`;
      yield revision;
      for (const kind of ['CAD', 'PDF']) yield `${revision}/${kind}`;
    }
  }
}

/** Numbers that come in the same order every time (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  word(): string {
    let word = '';
    for (let i = 2 + this.below(2); i > 0; i -= 1) word += this.pick(SYLLABLES);
    return word;
  }

  title(): string {
    const words = Array.from({ length: 1 + this.below(3) }, () => this.word());
    return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join(' ');
  }
}

const DEPARTMENTS = [
  ...['Engineering', 'Sales', 'Purchasing', 'Quality', 'Service', 'Production', 'Research'],
  ...['Marketing', 'Finance', 'Legal', 'Human Resources', 'IT', 'Logistics', 'Büro Köln'],
];
const TEMPLATE = [
  ...['01 Offer', '02 Contract', '03 Drawings', '04 Correspondence', '05 Photos'],
  ...['06 Calculation', '07 Minutes', '08 Delivery', '.archive'],
];
const DISCIPLINES = ['Mechanical', 'Electrical', 'Hydraulics', 'Layout', 'Assembly'];
const OCCASIONS = ['Site visit', 'Acceptance', 'Assembly', 'Damage'];
const OFTEN = ['Archive', 'Old', 'Backup', 'Final', 'Draft', 'Incoming', 'Outgoing', 'Scans'];
const SURNAMES = [
  ...['Müller', 'Schmidt', 'Weber', 'Becker', 'Hoffmann', 'Schäfer', 'Koch', 'Richter', 'Klein'],
  ...[
    'Wolf',
    'Schröder',
    'Neumann',
    'Braun',
    'Zimmermann',
    'Krüger',
    'Hartmann',
    'Lange',
    'Krause',
  ],
  ...['Smith', 'Johnson', 'Walker', 'Hughes', 'Martin', 'Bernard', 'Dubois', 'Rossi', 'Ferrari'],
  ...['Novák', 'Kowalski', 'Nielsen', 'Hansen', 'Lindström', 'García', 'Fernández', 'Silva'],
];
const TRADES = [
  ...['Maschinenbau', 'Stahl', 'Logistik', 'Chemie', 'Automotive', 'Tools', 'Packaging', 'Foods'],
  ...['Energie', 'Robotics', 'Pumpen', 'Hydraulik', 'Glas', 'Papier', 'Textil', 'Optik'],
];
const FORMS = ['GmbH', 'AG', 'KG', 'Ltd', 'Inc', 'SA', 'SpA', 'Oy'];
const SYLLABLES = [
  ...['ba', 'ber', 'ca', 'con', 'da', 'der', 'di', 'el', 'en', 'fa', 'fe', 'gen', 'ha', 'in'],
  ...['ka', 'ko', 'la', 'len', 'li', 'lo', 'ma', 'men', 'mi', 'na', 'ner', 'no', 'or', 'pa'],
  ...['per', 'pro', 'ra', 're', 'ro', 'sa', 'sen', 'si', 'sta', 'ta', 'ter', 'ti', 'to', 'tra'],
  ...['ul', 'un', 'va', 'ver', 'vi', 'wa', 'wen', 'zi'],
];
