import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { ConfigContext } from '../../../sdk/config.ts';
import { JsonReader, type JsonReaderOptions } from './json-reader.ts';
import type { JsonInput } from './json-value.ts';
import type { TypeRegistry } from './type-registry.ts';

/**
 * Reads a message from its JSON form. Always answers with what could be read; every fault is gathered in `ctx` with its
 * path. Fields go by proto name or camelCase name; an `Any` is packed with the type that its `@type` names.
 */
export function parseProtoJson(
  registry: TypeRegistry,
  desc: DescMessage,
  value: JsonInput,
  ctx: ConfigContext,
  options: JsonReaderOptions = {},
): Message {
  return new JsonReader(registry, ctx, options).message(desc, value);
}
