import { DEFAULTS } from '../../src/defaults.ts';
import { ERROR_CODES } from '../../src/errors/codes.ts';
import { SMB_DEFAULTS } from '../../src/smb/defaults.ts';
import { CHARTED, chartPath, chartSvg, chartsPage } from './charts.ts';
import { commandLinePage } from './command-line.ts';
import { defaultsPage } from './defaults.ts';
import { errorsPage } from './errors.ts';
import { openApiPage } from './openapi.ts';

/** A page of the reference, or a picture of one, that is made from the sources. */
export interface GeneratedPage {
  /** Path in the checkout. */
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

export const GENERATED_PAGES: readonly GeneratedPage[] = [
  { path: 'docs/reference/errors.md', render: () => errorsPage(ERROR_CODES) },
  {
    path: 'docs/reference/defaults.md',
    render: () =>
      defaultsPage([
        { title: 'The SMB client', file: 'src/smb/defaults.ts', values: SMB_DEFAULTS },
        { title: 'The command line', file: 'src/defaults.ts', values: DEFAULTS },
      ]),
  },
  { path: 'docs/reference/openapi.json', render: openApiPage },
  { path: 'docs/reference/command-line.md', render: commandLinePage },
  { path: 'docs/reference/state-charts.md', render: chartsPage },
  ...CHARTED.map((charted) => ({ path: chartPath(charted), render: () => chartSvg(charted) })),
];
