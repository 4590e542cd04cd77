import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { SETTINGS } from '../settings.ts'
import { settingNotes, settingsSchema } from './schema.ts'
import type { Setting } from './setting.ts'

const folder = join(import.meta.dirname, '..')

/** What the schema says of each setting. `vitest run --project unit apps/gateway/src/config/settings.test.ts -u` writes it. */
const settings: readonly (readonly [string, Setting])[] = Object.entries(settingsSchema.shape).map(([name, schema]) => {
  const { env, value, otherwise, isByLine, isWithoutFlag, isSecret } = settingNotes.get(schema) ?? { env: '' }
  const { def } = schema._zod
  const usual = 'defaultValue' in def && typeof def.defaultValue === 'string' ? def.defaultValue : undefined
  const setting: Setting = {
    env,
    ...(value === undefined ? {} : { value }),
    ...('defaultValue' in def && Array.isArray(def.defaultValue) ? { repeatable: true } : {}),
    fallback: otherwise ?? usual ?? '',
    text: z.globalRegistry.get(schema)?.description ?? '',
    ...(isByLine === true ? { isByLine } : {}),
    ...(isWithoutFlag === true ? { isWithoutFlag } : {}),
    ...(isSecret === true ? { isSecret } : {}),
  }
  return [name, setting]
})

it('flags, variables, defaults and help are those of the schema, and need no schema to be known', async () => {
  const flags = settings.flatMap(([name, { value, repeatable, isWithoutFlag }]) => {
    if (isWithoutFlag === true) return []
    return [
      [name, { type: value === undefined ? 'boolean' : 'string', ...(repeatable === true ? { multiple: true } : {}) }],
    ]
  })
  const text = `// Made from ../config/schema.ts by ../config/settings.test.ts: change the schema, and make it anew.
import type { Setting } from '../config/setting.ts'

/** Every setting of the gateway. */
export const SETTINGS = ${JSON.stringify(Object.fromEntries(settings), undefined, 2)} as const satisfies Readonly<Record<string, Setting>>

/** Its flags, as \`parseArgs\` of Node wants them. */
export const FLAGS = ${JSON.stringify(Object.fromEntries(flags), undefined, 2)} as const
`
  await expect(text).toMatchFileSnapshot(join(folder, 'generated/settings.ts'))
})

it('the page of the settings has what the schema says', async () => {
  const rows = settings.map(([name, { env, value, repeatable, fallback, text, isWithoutFlag }]) => {
    const flag = `\`--${name}${value === undefined ? '' : ` <${value}>`}\`${repeatable === true ? ', any number of times' : ''}`
    return `| ${isWithoutFlag === true ? '' : flag} | \`${env}\` | ${fallback} | ${text} |`
  })
  const page = `# Settings of the gateway

Made from \`apps/gateway/src/config/schema.ts\`. A flag wins over its environment variable; an empty variable counts as absent.
Lists in a variable are separated by spaces or commas. A gateway whose settings cannot be used names all of them and ends
with exit code 2.

| flag | environment | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`
  await expect(page).toMatchFileSnapshot(join(folder, '../../../docs/gateway-settings.md'))
})

it('every setting has a variable of its own, a sentence and a default', () => {
  const variables = settings.map(([, { env }]) => env)
  expect(new Set(variables).size).toBe(settings.length)
  for (const [name, setting] of settings) {
    expect([name, setting]).toEqual([
      name,
      expect.objectContaining({ env: expect.stringMatching(/^HOLDFAST_[A-Z_]+$/) }),
    ])
    expect(setting.text).not.toBe('')
    expect(setting.fallback).not.toBe('')
  }
  expect(Object.keys(SETTINGS)).toEqual(settings.map(([name]) => name))
})
