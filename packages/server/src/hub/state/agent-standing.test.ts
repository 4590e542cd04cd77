import { expect, it } from 'vitest'
import { agentAfter } from './agent-standing.ts'

const plan = { entries: [{ content: 'look', status: 'pending' }] }
const modes = { currentModeId: 'ask', availableModes: [{ id: 'ask', name: 'Ask' }] }

it('the state of an agent is what it last reported, part by part', () => {
  const told: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['message_update', { delta: 'x' }],
    ['agent_options', { modes, configOptions: [] }],
    ['plan_updated', { entries: [] }],
    ['usage_update', { used: 1, size: 9 }],
    ['plan_updated', plan],
    ['current_mode_update', { currentModeId: 'code' }],
    ['config_option_update', { configOptions: [{ id: 'effort' }] }],
    ['turn_end', {}],
  ]
  const stands = told.reduce<Readonly<Record<string, unknown>> | undefined>(
    (state, [event, data]) => agentAfter(state, event, data),
    undefined,
  )
  expect(stands).toEqual({
    modes: { ...modes, currentModeId: 'code' },
    configOptions: [{ id: 'effort' }],
    plan,
    usage: { used: 1, size: 9 },
  })
})

it('a state of an agent that is too large replaces the one before, and is not sent', () => {
  const before = agentAfter(undefined, 'plan_updated', plan)
  expect(agentAfter(before, 'plan_updated', { entries: ['x'.repeat(20_000)] })).toEqual({ plan: undefined })
})

it('a session without an agent has none', () => {
  expect(agentAfter(undefined, 'turn_start', {})).toBeUndefined()
})
