import type { NameMatches } from './name-matches.ts';
import type { SearchPlan } from './search-plan.ts';
import type { TreeViews } from './tree-views.ts';

/** What one search works with. */
export interface PassInput {
  readonly tree: TreeViews;
  readonly plan: SearchPlan;
  readonly names: NameMatches;
  /** Attributes of entries that are not to be found, nor what is below them. */
  readonly excluded: number;
  /** Gets what each entry is worth, above `WORTH_SHIFT`. */
  readonly worths: Uint16Array;
}

/** Tells what the path of each entry has, from what the path of its parent has. */
export interface SearchPass {
  /** The root. */
  begin(): void;
  /** One entry, whose parent was told. */
  tell(id: number): void;
  /** One entry that is not to be found, nor what is below it. */
  rule(id: number): void;
  /** All entries in order; what was told of entries that come later than their children holds. */
  run(): void;
}
