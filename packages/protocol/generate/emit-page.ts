import { expression } from './emit-types.ts'
import { descriptionOf, known, type Schema, typeName, type Wire } from './wire.ts'

/** The page of a wire: every message and record with its members. */
export function pageOf(wire: Wire): string {
  const head = [
    `# ${wire.title}: messages and records`,
    '',
    `Made from the schemas of \`@holdfast/protocol/${wire.name}/schemas\`; for other languages there is`,
    `\`@holdfast/protocol/${wire.name}/schema.json\` (JSON Schema 2020-12). A member with \`?\` may be absent, and \`null\` is not`,
    'absent. Members that are not listed pass and stay. `Open<…>` names the known words of a set that may grow.',
  ]
  const sections = [...wire.schemas].flatMap(([name, schema]) => section(wire, typeName(name), schema))
  return `${[...head, ...sections].join('\n')}\n`
}

function section(wire: Wire, name: string, schema: Schema): readonly string[] {
  const head = ['', `## ${name}`, '', text(descriptionOf(schema))]
  const { def } = schema._zod
  if (def.type !== 'object')
    return [
      ...head,
      '',
      '```ts',
      `type ${name} = ${expression(wire, schema, '', true)}`.replace(' = \n', ' =\n'),
      '```',
    ]
  const rows = Object.entries(def.shape).map(([key, value]) => row(wire, key, known(value)))
  return rows.length === 0 ? head : [...head, '', '| member | type | |', '|---|---|---|', ...rows]
}

function row(wire: Wire, key: string, member: Schema): string {
  const { def } = member._zod
  const optional = def.type === 'optional'
  const inner = optional ? known(def.innerType) : member
  const type =
    inner._zod.def.type === 'never' ? 'must be absent' : `\`${expression(wire, inner, '').replace(/\s+/g, ' ')}\``
  const described =
    wire.nameOf(inner) !== undefined && descriptionOf(member) === descriptionOf(inner)
      ? ''
      : text(descriptionOf(member))
  return `| \`${key}${optional ? '?' : ''}\` | ${type.replaceAll('|', '\\|')} | ${described} |`
}

function text(description = ''): string {
  return description.replace(/\{@link (\w+)\}/g, '`$1`')
}
