import * as z from 'zod'
import { markOf } from '../src/schema-kit.ts'
import { isSchema, typeName, type Wire } from './wire.ts'

/** The JSON Schema of a wire, for other languages: one document, with a definition for each type. */
export function jsonSchemaOf(wire: Wire): string {
  const names = z.registry<{ id: string }>()
  for (const [name, schema] of wire.schemas) names.add(schema, { id: typeName(name) })
  const { schemas } = z.toJSONSchema(names, {
    uri: (id) => `#/$defs/${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      const mark = markOf(zodSchema)
      if (mark?.kind !== 'outline' || !isSchema(mark.outline)) return
      const { $schema, ...outline } = z.toJSONSchema(mark.outline)
      Object.assign(jsonSchema, { ...outline, description: jsonSchema.description })
    },
    unrepresentable: 'any',
  })
  const definitions = Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema, $id, ...schema }]) => [name, schema]),
  )
  const document = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${wire.title}: messages and records`,
    $defs: definitions,
  }
  return `${JSON.stringify(document, undefined, 2).replace(/\{@link (\w+)\}/g, '`$1`')}\n`
}
