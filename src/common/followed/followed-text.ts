import type { ConfigContext, FollowedSource } from '../../../sdk/config.ts';

/** What is made of a file's contents, anew whenever they change. */
export class FollowedText<T> {
  #value: T;

  /** @param initial its contents, for where files are read once */
  constructor(
    source: Omit<FollowedSource, 'resource'>,
    initial: Uint8Array,
    read: (bytes: Uint8Array) => T,
    ctx: ConfigContext,
  ) {
    const file = ctx.resources?.followed?.follow(source, ctx);
    this.#value = read(file?.current?.bytes ?? initial);
    file?.onChange(({ bytes }) => {
      this.#value = read(bytes);
    });
  }

  get value(): T {
    return this.#value;
  }
}
