/**
 * What people type into a box that finds directories: whole and half words, several of them, parts of paths,
 * numbers, very short and broad ones, and some that find nothing.
 */
export const QUERIES = [
  ...['müller', 'drawings', '2019', 'rev a', 'site visit', 'archive', 'electr', 'hydr'],
  ...['engineering/2015', '2019/2019', 'draw/mech', 'cad', 'koch glas', 'wolf robotics photos'],
  ...['becker 2011 cad', '03 draw pdf', 'lindström', 'berlo', 'konta', 'invoice', 'zzzz'],
  ...['an', 'e', 's', 'sales', 'büro', '00123', 'final', 'schröder stahl minutes', 'off'],
];

/** Words with errors, abbreviations, and right ones: what fuzzy is for. */
export const FUZZY_QUERIES = [
  ...['mueller', 'drawigns', 'hydrualics', 'site vsit', 'archvie', 'electrcal', 'asembly'],
  ...['hoffman photos', 'shcmidt', 'lindstrom', 'mintues', 'corespondence', 'koch glsa', 'hr'],
  ...['becker 2011 cad', 'wolf robotcs', 'rev a', 'kowalsky', 'calcluation', 'sales', 'delivry'],
];
