import type { Figure, Figures, Scenario } from '../scenarios/scenario.ts';
import { median, threeDigits } from './statistics.ts';

/** Of each proxy, in the order in which they are shown, the figures of every turn; the first one is compared to the rest. */
export type Results = ReadonlyMap<string, readonly Figures[]>;

/** A scenario's medians as a Markdown table, and in words how the first proxy does beside the others. */
export function renderResults(scenario: Scenario, results: Results): string {
  const medians = new Map([...results].map(([name, turns]) => [name, medianFigures(scenario.figures, turns)]));
  const heads = ['', ...scenario.figures.map(({ heading }) => heading)];
  const rows = [...medians].map(([name, figures]) => {
    return [name, ...scenario.figures.map(({ key }) => threeDigits(figures[key] ?? Number.NaN))];
  });
  const table = [heads, heads.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(
    (row) => `| ${row.join(' | ')} |`,
  );
  return [`**${scenario.title}** (\`${scenario.name}\`)`, '', ...table, '', compare(scenario, medians), ''].join('\n');
}

/** How many times better `ours` is; below 1 it is worse. */
export function ratio(better: Figure['better'], ours: number, theirs: number): number {
  return better === 'less' ? theirs / ours : ours / theirs;
}

function medianFigures(figures: readonly Figure[], turns: readonly Figures[]): Figures {
  return Object.fromEntries(figures.map(({ key }) => [key, median(turns.map((turn) => turn[key] ?? Number.NaN))]));
}

function compare({ figures }: Scenario, medians: ReadonlyMap<string, Figures>): string {
  const [first, ...others] = medians;
  const [main] = figures;
  if (first === undefined || main === undefined || others.length === 0) return '';
  const [name, ours] = first;
  const ratios = others.map(([other, theirs]) => {
    const times = ratio(main.better, ours[main.key] ?? Number.NaN, theirs[main.key] ?? Number.NaN);
    return `${threeDigits(times)} × ${other}`;
  });
  return `${name} by ${main.heading}: ${ratios.join(', ')}.`;
}

const begin = '<!-- bench: begin -->';
const end = '<!-- bench: end -->';

/** `document` with `text` between its markers; throws where it has none. */
export function replaceMarked(document: string, text: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`no ${begin} … ${end}`);
  return `${document.slice(0, from)}${begin}\n\n${text.trim()}\n\n${document.slice(to)}`;
}
