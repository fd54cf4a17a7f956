import { copyWords, wordSlack, writeLatin1 } from './bytes.ts';

/** Latin-1 texts that are written again and again: as bytes, one after the other, each is a few words to copy. */
export class TextTable {
  readonly words: DataView;
  /** Where each begins, and the last ends. */
  readonly starts: Uint16Array;

  constructor(texts: readonly string[]) {
    const all = texts.join('');
    const bytes = new Uint8Array(all.length + wordSlack);
    writeLatin1(all, bytes, 0);
    this.words = new DataView(bytes.buffer);
    this.starts = new Uint16Array(texts.length + 1);
    let end = 0;
    for (const [i, text] of texts.entries()) this.starts[i + 1] = end += text.length;
  }

  lengthOf(index: number): number {
    return (this.starts[index + 1] as number) - (this.starts[index] as number);
  }

  /** Writes a text, and maybe up to `wordSlack` bytes behind it; index behind the text. */
  write(index: number, to: DataView, at: number): number {
    const start = this.starts[index] as number;
    const end = this.starts[index + 1] as number;
    copyWords(this.words, start, end, to, at);
    return at + end - start;
  }
}
