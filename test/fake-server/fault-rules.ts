import type { FaultRule } from './faults.ts';
import type { FakeRequest } from './protocol.ts';

/** Which requests go wrong: of one connection, or of all that share them. */
export class FaultRules {
  #rules: { readonly rule: FaultRule; seen: number }[] = [];

  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  /** From now on nothing goes wrong. */
  clear(): void {
    this.#rules = [];
  }

  /** The first rule that wants this request and has not had all it wants. */
  match(request: FakeRequest): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { command, skip = 0, times = 1, when } = entry.rule;
      if (command !== undefined && command !== request.header.command) continue;
      if (when?.(request) === false || entry.seen >= skip + times) continue;
      entry.seen += 1;
      if (entry.seen > skip) return entry.rule;
    }
    return undefined;
  }
}
