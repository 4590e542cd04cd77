import { type Logger, silentLogger } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { expect, it, vi } from 'vitest'
import { HubError } from '../errors.ts'
import { AgentCatalog } from './agent-catalog.ts'

const ann: Principal = { id: 'ann', scopes: new Set(['control']) }
const agent = (slug: string) => ({ slug, displayName: slug, instructions: 'i' })

function node(log: SessionLog, seed: number, logger: Logger = silentLogger): AgentCatalog {
  return new AgentCatalog({ log, clock: new VirtualClock(), random: seededRandom(seed), logger })
}

it('two nodes that change agents at once decide on the same, and let one of them have a name', async () => {
  const log = memoryLog()
  const nodes = [node(log, 1), node(log, 2)]
  const results = await Promise.allSettled(
    nodes.flatMap((catalog) => ['a', 'b', 'c'].map((slug) => catalog.create(ann, agent(slug)))),
  )
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(refused.map((error) => error instanceof HubError && error.code)).toEqual(Array(3).fill('hub/conflict'))
  const [one, other] = await Promise.all(nodes.map((catalog) => catalog.list()))
  expect(one?.map(({ draft }) => draft.slug).sort()).toEqual(['a', 'b', 'c'])
  expect(other).toEqual(one)
  await log.close()
})

it('the log of agents is cut behind snapshots, and a node that was away knows all the same', async () => {
  const log = memoryLog()
  const [busy, away] = [node(log, 1), node(log, 2)]
  const { id } = await busy.create(ann, agent('a'))
  await away.list()
  for (let i = 0; i < 450; i++) await busy.update(id, { instructions: `${i}` })
  const versions = []
  for (let i = 0; i < 30; i++) versions.push(await busy.publish(id, ann))
  expect(versions.at(-1)?.versions.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, i) => i + 11))
  const { first, last } = await log.head('holdfast/agents')
  expect(last - first).toBeLessThan(250)
  const all = await busy.list()
  expect(all).toMatchObject([{ draft: { instructions: '449' } }])
  expect(await away.list()).toEqual(all)
  expect(await node(log, 3).list()).toEqual(all)
  await log.close()
})

it('a name is free for others once it has no owner, not while it is published', async () => {
  const log = memoryLog()
  const catalog = node(log, 1)
  const { id } = await catalog.create(ann, agent('a'))
  await catalog.publish(id, ann)
  await catalog.update(id, { slug: 'b' })
  await expect(catalog.create(ann, agent('a'))).rejects.toMatchObject({ code: 'hub/conflict' })
  await catalog.publish(id, ann)
  expect(await catalog.create(ann, agent('a'))).toMatchObject({ draft: { slug: 'a' } })
  await log.close()
})

it('agents are made anew after their session was removed from the log', async () => {
  const log = memoryLog()
  const clock = new VirtualClock()
  const catalog = new AgentCatalog({ log, clock, random: seededRandom(1), logger: silentLogger })
  await catalog.create(ann, agent('a'))
  await log.removeSession('holdfast/agents')
  await vi.waitFor(async () => {
    await clock.advance(100)
    expect(await catalog.list()).toEqual([])
  })
  expect(await catalog.create(ann, agent('a'))).toMatchObject({ draft: { slug: 'a' } })
  catalog.close()
  await log.close()
})
