/** A .proto file as a tree of statements, as much of the language as merging two files needs. */

const BLOCK = /^(message|enum|oneof|extend|service)\s+([\w.]+)\s*$/;
const FIELD = /=\s*(\d+)\s*(?:\[|$)/;

export type StatementKind =
  | 'message'
  | 'enum'
  | 'oneof'
  | 'extend'
  | 'service'
  | 'field'
  | 'reserved'
  | 'import'
  | 'option'
  | 'header';

export interface Statement {
  readonly kind: StatementKind;
  /** Name of a block, of an imported file, of an option; the number of a field or enum value. */
  readonly key: string;
  /** Comments and white space in front. */
  readonly lead: string;
  /** The statement's own text; for a block, what stands before `{`. */
  readonly text: string;
  /** Statements inside a block. A service is kept whole in `text`. */
  readonly body: Statement[] | undefined;
}

/** Reads a file; throws on unbalanced input. */
export function parseProtoSource(source: string): Statement[] {
  return new SourceReader(source.replaceAll('\r\n', '\n')).statements(false);
}

export function printProtoSource(statements: readonly Statement[], indent = ''): string {
  return statements.map((statement) => printStatement(statement, indent)).join('\n');
}

function printStatement(statement: Statement, indent: string): string {
  const lead = statement.lead.trim();
  const comment = lead === '' ? '' : `${lead.replace(/^[ \t]*/gm, indent)}\n`;
  if (statement.body === undefined) return `${comment}${indent}${statement.text}`;
  const inner = printProtoSource(statement.body, `${indent}  `);
  return `${comment}${indent}${statement.text} {\n${inner}\n${indent}}`;
}

class SourceReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  statements(inBlock: boolean): Statement[] {
    const found: Statement[] = [];
    for (;;) {
      const lead = this.#skipTrivia();
      const next = this.#source[this.#at];
      if (next === undefined || next === '}') {
        if ((next === '}') !== inBlock) throw new Error(`unbalanced braces at offset ${this.#at}`);
        this.#at += 1;
        return found;
      }
      if (next === ';') this.#at += 1;
      else found.push(this.#statement(lead));
    }
  }

  #statement(lead: string): Statement {
    const from = this.#at;
    const stop = this.#scanTo(';{');
    const head = this.#source.slice(from, stop).trim();
    const block = BLOCK.exec(head);
    if (this.#source[stop] === '{' && block !== null) {
      const kind = block[1] as StatementKind;
      const key = block[2] ?? '';
      if (kind !== 'service') {
        this.#at = stop + 1;
        return { kind, key, lead, text: head, body: this.statements(true) };
      }
      this.#at = stop;
      this.#skipBraces();
      return { kind, key, lead, text: this.#source.slice(from, this.#at), body: undefined };
    }
    while (this.#source[this.#scanTo(';{')] === '{') this.#skipBraces();
    this.#at += 1;
    const text = this.#source.slice(from, this.#at);
    return { ...classify(text), lead, text, body: undefined };
  }

  /** Moves to the next of `stops` outside strings and comments, and answers the offset. */
  #scanTo(stops: string): number {
    for (;;) {
      const char = this.#source[this.#at];
      if (char === undefined) throw new Error('unexpected end of file');
      if (stops.includes(char)) return this.#at;
      if (char === '"' || char === "'") this.#skipString(char);
      else if (!this.#skipComment()) this.#at += 1;
    }
  }

  #skipBraces(): void {
    let depth = 0;
    do {
      depth += this.#source[this.#scanTo('{}')] === '{' ? 1 : -1;
      this.#at += 1;
    } while (depth > 0);
  }

  #skipString(quote: string): void {
    this.#at += 1;
    while (this.#source[this.#at] !== quote) this.#at += this.#source[this.#at] === '\\' ? 2 : 1;
    this.#at += 1;
  }

  #skipTrivia(): string {
    const from = this.#at;
    for (;;) {
      if (/\s/.test(this.#source[this.#at] ?? '')) this.#at += 1;
      else if (!this.#skipComment()) return this.#source.slice(from, this.#at);
    }
  }

  #skipComment(): boolean {
    const close = this.#source.startsWith('//', this.#at) ? '\n' : '*/';
    if (close === '*/' && !this.#source.startsWith('/*', this.#at)) return false;
    const end = this.#source.indexOf(close, this.#at + 2);
    this.#at = end < 0 ? this.#source.length : end + close.length;
    return true;
  }
}

function classify(text: string): { kind: StatementKind; key: string } {
  const word = /^\w+/.exec(text)?.[0] ?? '';
  if (word === 'syntax' || word === 'package') return { kind: 'header', key: word };
  if (word === 'import') return { kind: 'import', key: /"([^"]+)"/.exec(text)?.[1] ?? '' };
  if (word === 'option') return { kind: 'option', key: /^option\s+([^=]+?)\s*=/.exec(text)?.[1] ?? '' };
  if (word === 'reserved') return { kind: 'reserved', key: text };
  const number = FIELD.exec(text.slice(0, -1).trim())?.[1];
  if (number === undefined) throw new Error(`not a statement of the proto language: ${text}`);
  return { kind: 'field', key: number };
}
