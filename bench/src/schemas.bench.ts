import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { parseHubServerMessage } from '@holdfast/protocol/hub'
import { hubServerMessage } from '@holdfast/protocol/hub/schemas'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'
import { median } from './measure.ts'
import { sourceFor } from './schema-source.ts'

const out = join(import.meta.dirname, '../schemas')
mkdirSync(out, { recursive: true })

interface Candidate {
  readonly name: string
  /** A module whose `check` says whether a value is a message of the hub's server. */
  readonly source: string
}

const require = createRequire(import.meta.url)
const ajv = new Ajv2020({ strict: false, strictNumbers: true, code: { source: true, esm: true } })
ajv.addSchema(require('@holdfast/protocol/hub/schema.json'), 'hub')
const compiled = ajv.getSchema('hub#/$defs/HubServerMessage')
if (compiled === undefined) throw new Error('no schema')

const candidates: readonly Candidate[] = [
  { name: 'generated checks', source: `export { parseHubServerMessage as check } from '@holdfast/protocol/hub'` },
  {
    name: 'zod',
    source: `import { hubServerMessage } from '@holdfast/protocol/hub/schemas'\nexport const check = (value) => hubServerMessage.safeParse(value)`,
  },
  {
    name: 'zod, validate()',
    source: `import { hubServerMessage } from '@holdfast/protocol/hub/schemas'\nexport const check = (value) => hubServerMessage.validate(value)`,
  },
  {
    name: 'zod, compile()',
    source: `import { compile } from 'zod'\nimport { hubServerMessage } from '@holdfast/protocol/hub/schemas'\nconst schema = compile(hubServerMessage)\nexport const check = (value) => schema.safeParse(value)`,
  },
  {
    name: 'zod/mini',
    source: `import * as z from 'zod/mini'\nconst schema = ${sourceFor('mini', hubServerMessage)}\nexport const check = (value) => schema.safeParse(value)`,
  },
  {
    name: 'valibot',
    source: `import * as v from 'valibot'\nconst schema = ${sourceFor('valibot', hubServerMessage)}\nexport const check = (value) => v.safeParse(schema, value)`,
  },
  {
    name: 'ajv, standalone',
    source: standalone.default(ajv, compiled).replace('export const validate', 'export const check'),
  },
]

const text = 'some words of an ordinary length that a model has said'
const MESSAGES: Readonly<Record<string, string>> = {
  broadcast: JSON.stringify({
    type: 'broadcast',
    event: 'message_update',
    data: { text, index: 3 },
    category: 'message',
    sessionId: 's',
    timestamp: 1,
    seq: 7,
  }),
  init: JSON.stringify({
    type: 'init',
    role: 'lead',
    sessionId: 's',
    task: text,
    tools: tools(20),
    commands: [{ name: 'n', description: text }],
    agents: [{ name: 'a', description: text, systemPrompt: text, hubTools: tools(5) }],
  }),
  hydration: JSON.stringify({
    type: 'session_hydration',
    sessionId: 's',
    resumedAt: 1,
    entries: Array.from({ length: 1_000 }, (_, at) => ({
      type: 'message',
      timestamp: at,
      agent: 'a',
      content: text,
      sequence: at,
    })),
  }),
}

process.stdout.write(
  `  ${'µs a message, over JSON.parse'.padEnd(22)}${Object.keys(MESSAGES)
    .map((name) => name.padStart(12))
    .join('')}   bytes, gzipped\n`,
)
row(
  'JSON.parse alone',
  Object.values(MESSAGES).map((frame) => microseconds(() => JSON.parse(frame))),
  0,
)
for (const { name, source } of candidates) {
  const file = join(out, `${name.replace(/\W+/g, '-')}.mjs`)
  writeFileSync(`${file}.in.mjs`, source)
  await bundle(`${file}.in.mjs`, file, false)
  const gzipped = gzipSync(await bundle(`${file}.in.mjs`, `${file}.min.mjs`, true), { level: 9 }).byteLength
  const { check }: { check: (value: unknown) => unknown } = await import(pathToFileURL(file).href)
  const times = Object.values(MESSAGES).map((frame) => {
    const value: unknown = JSON.parse(frame)
    const said = check(value)
    const good = typeof said === 'object' && said !== null ? Object.values(said).includes(true) : said === true
    if (!good || !parseHubServerMessage(value).ok) throw new Error(`${name} refuses ${frame.slice(0, 80)}`)
    return microseconds(() => check(value))
  })
  row(name, times, gzipped)
}

function row(name: string, times: readonly number[], bytes: number): void {
  const figures = times.map((time) => time.toFixed(time < 10 ? 2 : 0).padStart(12)).join('')
  process.stdout.write(`  ${name.padEnd(22)}${figures}   ${bytes === 0 ? '' : bytes}\n`)
}

/** Of one call: the median of runs of 40 ms each, by CPU, so that other work on the machine does not count. */
function microseconds(call: () => unknown): number {
  let calls = 1
  const run = (): number => {
    const before = process.cpuUsage()
    for (let at = 0; at < calls; at += 1) call()
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  while (run() < 40_000) calls *= 2
  return median(Array.from({ length: 9 }, () => run() / calls))
}

async function bundle(entry: string, outfile: string, minify: boolean): Promise<Uint8Array> {
  await build({
    entryPoints: [entry],
    outfile,
    minify,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  })
  return readFile(outfile)
}

function tools(count: number): readonly object[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `tool-${at}`,
    label: 'Tool',
    description: text,
    parameters: { type: 'object', properties: { a: { type: 'string' } } },
  }))
}
