/** What is wrong with the syntax of a text, and where; line and column count from 1. */
export abstract class PlacedSyntaxError extends Error {
  readonly line: number;
  readonly column: number;

  /** @param offset of the fault in `text` */
  constructor(message: string, text: string, offset: number) {
    super(message);
    const { line, column } = placeInText(text, offset);
    this.line = line;
    this.column = column;
  }
}

/** Line and column of an offset, from 1. */
export function placeInText(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
