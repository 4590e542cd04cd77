import type { Fields } from '@holdfast/contract/shape'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { assert, describe, expect, it } from 'vitest'
import * as cli from '../../../apps/cli/src/generated/checks.ts'
import * as acpHost from '../../acp-host/src/generated/checks.ts'
import * as log from '../../log/src/generated/checks.ts'
import * as server from '../../server/src/generated/checks.ts'
import * as shellHost from '../../shell-host/src/generated/checks.ts'
import * as nats from '../../store-nats/src/generated/checks.ts'
import { jsonSchemaOf } from '../generate/emit-json-schema.ts'
import { RECORDS, typeName, WIRES } from '../generate/wire.ts'
import * as acp from '../src/acp/generated/checks.ts'
import { parseJsonRpcMessage } from '../src/acp/index.ts'
import * as hub from '../src/hub/generated/checks.ts'
import { parseHubClientMessage, parseHubServerMessage } from '../src/hub/index.ts'
import { hubPingMessage, hubToolDefinition } from '../src/hub/schemas/index.ts'
import * as sessions from '../src/sessions/generated/checks.ts'
import * as shell from '../src/shell/generated/checks.ts'
import * as tracker from '../src/tracker/generated/checks.ts'
import { anyValue, damaged, mutation } from './any-value.ts'

type Check = (value: unknown) => string | undefined

/** By wire, or by what is stored, and schema. Two unions of the hub have a member's presence to tell their options apart: a parser does it. */
const CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  acp: { ...acp, jsonRpcMessage: (value) => issueOf(parseJsonRpcMessage(value)) },
  hub: {
    ...hub,
    hubServerMessage: (value) => issueOf(parseHubServerMessage(value)),
    hubClientMessage: (value) => issueOf(parseHubClientMessage(value)),
  },
  sessions,
  shell,
  tracker,
  log,
  server,
  nats,
  'acp-host': acpHost,
  'shell-host': shellHost,
  cli,
}

const pairs = [...WIRES, ...RECORDS].flatMap((wire) => {
  const ajv = new Ajv2020({ strict: false, strictNumbers: true })
  ajv.addSchema(JSON.parse(jsonSchemaOf(wire)), wire.name)
  return [...wire.schemas].map(([name, schema]) => {
    const json = (value: unknown): boolean => ajv.validate(`${wire.name}#/$defs/${typeName(name)}`, value) === true
    return { wire: wire.name, name, schema, json, check: CHECKS[wire.name]?.[name] }
  })
})

describe.each(pairs.flatMap((pair) => (pair.check === undefined ? [] : [{ ...pair, check: pair.check }])))(
  'schema, check and JSON Schema of $name, of $wire,',
  ({ schema, check, json }) => {
    it('agree on what fits and on what is damaged in one place; neither changes it, and an issue is one line without values', () => {
      const property = fc.property(anyValue(schema), mutation, (value, mutated) => {
        const before = JSON.stringify(value)
        if (check(value) !== undefined) throw new Error(`${before} ${check(value)}`)
        assert.deepEqual(validated(schema, value), { value })
        assert.equal(JSON.stringify(value), before)
        const wrong = damaged(value, mutated)
        const issue = check(wrong)
        assert.equal(issue === undefined, 'value' in validated(schema, wrong), `${JSON.stringify(wrong)} ${issue}`)
        assert.equal(json(wrong), issue === undefined, `JSON Schema: ${JSON.stringify(wrong)} ${issue}`)
        assert.match(issue ?? ': expected x', /^[\w.[\]*()]*: expected [^\n]*$/)
      })
      fc.assert(property, { numRuns: process.env['HOLDFAST_LONG'] === '1' ? 2_000 : 10 })
    })
  },
)

it('every schema has a check, but for unions that only their whole distinguishes', () => {
  const without = pairs.filter(({ check }) => check === undefined).map(({ name }) => name)
  expect(without.sort()).toEqual(['hubKnownClientMessage', 'hubKnownServerMessage', 'jsonRpcResponse'])
})

it('schema and check differ only outside JSON: a check accepts objects of any class', () => {
  const made: Fields = { at: 1, ...{} }
  Object.setPrototypeOf(made, new Date(0))
  const tool = { name: 'n', label: 'l', description: 'd', parameters: made }
  expect(hub.hubToolDefinition(tool)).toBeUndefined()
  expect(hubToolDefinition.safeParse(tool).success).toBe(false)
})

it('neither takes a number that JSON cannot carry', () => {
  const ping = { type: 'ping', timestamp: Number.NaN }
  expect(hub.hubPingMessage(ping)).toBe('.timestamp: expected number, got number')
  expect(hubPingMessage.safeParse(ping).success).toBe(false)
})

function issueOf(decoded: { readonly ok: boolean; readonly issue?: string }): string | undefined {
  return decoded.ok ? undefined : decoded.issue
}

function validated(schema: { readonly '~standard': { validate(value: unknown): unknown } }, value: unknown): object {
  const result = schema['~standard'].validate(value)
  if (typeof result !== 'object' || result === null) throw new Error('no result')
  return result
}
