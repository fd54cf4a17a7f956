/** A line diff of two answers, for people. */

function linesOf(value: unknown): string[] {
  return (JSON.stringify(value, undefined, 1) ?? 'nothing').split('\n');
}

/** Lengths of longest common subsequences of the tails from (i, j). */
class CommonTails {
  readonly #width: number;
  readonly #lengths: Uint16Array;

  constructor(left: readonly string[], right: readonly string[]) {
    this.#width = right.length + 1;
    this.#lengths = new Uint16Array((left.length + 1) * this.#width);
    for (let i = left.length - 1; i >= 0; i--) {
      for (let j = right.length - 1; j >= 0; j--) {
        const best = left[i] === right[j] ? this.at(i + 1, j + 1) + 1 : Math.max(this.at(i + 1, j), this.at(i, j + 1));
        this.#lengths[i * this.#width + j] = best;
      }
    }
  }

  at(i: number, j: number): number {
    return this.#lengths[i * this.#width + j] ?? 0;
  }
}

/** `-` is the recording (Envoy), `+` the proxy under test; unchanged lines are told as context around changes. */
export function diff(expected: unknown, actual: unknown, context = 1): string {
  const left = linesOf(expected).slice(0, 2000);
  const right = linesOf(actual).slice(0, 2000);
  const tails = new CommonTails(left, right);
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      out.push(`  ${left[i++]}`);
      j++;
    } else if (j >= right.length || (i < left.length && tails.at(i + 1, j) >= tails.at(i, j + 1))) {
      out.push(`- ${left[i++]}`);
    } else {
      out.push(`+ ${right[j++]}`);
    }
  }
  return nearChanges(out, context).join('\n');
}

function nearChanges(lines: readonly string[], context: number): string[] {
  return lines.filter((_, index) => {
    const near = lines.slice(Math.max(0, index - context), index + context + 1);
    return near.some((line) => !line.startsWith('  '));
  });
}
