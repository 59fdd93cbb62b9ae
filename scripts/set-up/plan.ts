import type { Need } from './needs.ts';

/** What is known about machine and caller when something is missing. */
export interface Situation {
  readonly missing: readonly Pick<Need, 'what' | 'debianPackage'>[];
  readonly apt: boolean;
  readonly root: boolean;
  readonly sudo: boolean;
  /** Somebody sits at a terminal and can be asked. */
  readonly terminal: boolean;
  /** TIDEWATCH_SETUP=1: the answer is yes. */
  readonly agreed: boolean;
}

export type Plan =
  | { readonly action: 'nothing' }
  | { readonly action: 'install' | 'ask'; readonly sudo: boolean; readonly packages: string[] }
  | { readonly action: 'refuse'; readonly message: string };

/**
 * Decides whether missing packages are installed: as root always, with sudo after a yes, given on the
 * terminal or by TIDEWATCH_SETUP=1, otherwise never.
 */
export function planSetUp(situation: Situation): Plan {
  const { missing, apt, root, sudo, terminal, agreed } = situation;
  if (missing.length === 0) return { action: 'nothing' };
  const packages = missing.map((need) => need.debianPackage);
  if (apt && root) return { action: 'install', sudo: false, packages };
  if (apt && sudo && agreed) return { action: 'install', sudo: true, packages };
  if (apt && sudo && terminal) return { action: 'ask', sudo: true, packages };
  return { action: 'refuse', message: refusal(missing, packages, apt) };
}

function refusal(missing: Situation['missing'], packages: readonly string[], apt: boolean): string {
  const needed = `Missing: ${missing.map((need) => need.what).join(', ')}.`;
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!apt) {
    return `${needed}\nInstall them with the means of this system; on Debian and Ubuntu:\n  ${command}`;
  }
  return [
    `${needed}\nInstall them as root:\n  ${command}`,
    'or run this again with TIDEWATCH_SETUP=1 where sudo works.',
  ].join('\n');
}
