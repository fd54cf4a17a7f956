/** What the config dump asks of message types, answered by the API's registry. */
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import type { MessageSchema } from './admin-context.ts';

export function registrySchema(types: Pick<TypeRegistry, 'message'>): MessageSchema {
  return {
    field(typeName, name) {
      const field = types.message(typeName)?.fields.find((candidate) => candidate.name === name);
      if (field === undefined) return undefined;
      return { repeated: field.fieldKind === 'list' || field.fieldKind === 'map', typeName: messageNameOf(field) };
    },
  };
}

function messageNameOf(field: { readonly message?: { readonly typeName: string } | undefined }): string | undefined {
  return field.message?.typeName;
}
