import { expect, it } from 'vitest'
import { areOpen, tabsOf, upTo, WORLDS, world } from './support/hub-tabs.ts'
import type { Page } from './support/origin.ts'

it('eight clients share one link: each has the session, its init, the conversation, and every event', async () => {
  const { server, tabs, clock } = await tabsOf(8)
  for (const n of upTo(1, 20)) server.add(`note ${n}`)
  await clock.advance(500)
  expect([server.links.dials, server.links.count]).toEqual([1, 1])
  for (const { hub, seen, hydrations } of tabs) {
    expect([hub.sessionId, hub.initMessage?.role, hydrations]).toEqual(['s1', 'controller', [1]])
    expect(seen).toEqual(server.events)
  }
})

it('answers go to the tab that asked, also where two tabs use one id', async () => {
  const { tabs, clock } = await tabsOf(2)
  const got: string[] = []
  for (const { hub, id } of tabs) {
    void hub
      .command('run', `${id}`, { id: 'same' })
      .then((answer) => got.push(`${id}: ${Object(answer.actions[0]).result} ${answer.id}`))
  }
  await clock.advance(1_000)
  expect(got.sort()).toEqual(['1: did 1 same', '2: did 2 same'])
})

it('a tab that is opened later begins with the conversation of then, with one more link for a moment where it is gone', async () => {
  const { server, tab, clock } = world(5)
  const first = tab(1, {}, 20_000)
  await clock.runUntil(() => first.hub.isConnected, 5_000)
  for (const n of upTo(1, 10)) server.add(`note ${n}`)
  await clock.advance(200)
  const second = tab(2, {}, 20_000)
  await clock.advance(1_000)
  expect([second.seen, server.links.dials]).toEqual([server.events, 1])
  for (const n of upTo(11, 100)) server.add(`note ${n}`)
  await clock.advance(2_000)
  const third = tab(3, {}, 20_000)
  server.add('note while it opens')
  await clock.advance(2_000)
  server.add('note after')
  await clock.advance(500)
  expect([server.links.dials, server.links.count]).toEqual([2, 1])
  for (const { seen, gaps } of [first, second, third]) expect([seen, gaps]).toEqual([server.events, []])
})

it('the hub is asked for what any tab subscribes to, and each tab gets what it subscribed to', async () => {
  const { server, tab, clock, origin } = world(6)
  const [tasks, agents] = [tab(1, { subscribe: ['task'] }), tab(2, { subscribe: ['agent'] })]
  await clock.runUntil(() => areOpen([tasks, agents]), 5_000)
  await clock.advance(200)
  expect(server.subscriptions.at(-1)).toBe('agent,task')
  for (const event of ['task 1', 'agent 1', 'other 1']) server.add(event)
  await clock.advance(200)
  tasks.hub.subscribe(['task', 'other'])
  await clock.advance(200)
  expect(server.subscriptions.at(-1)).toBe('agent,other,task')
  for (const event of ['task 2', 'agent 2', 'other 2']) server.add(event)
  await clock.advance(200)
  expect([tasks.seen, agents.seen]).toEqual([
    ['task 1', 'task 2', 'other 2'],
    ['agent 1', 'agent 2'],
  ])
  const host = origin.holder('hub host')
  host?.goes()
  const left = [tasks, agents].find(({ page }) => page !== host)
  await clock.advance(2_000)
  expect(server.subscriptions.at(-1)).toBe(left === tasks ? 'other,task' : 'agent')
})

it('a request that is not to be repeated is rejected when the host goes, and one that may be is answered', async () => {
  const { server, tabs, clock, origin } = await tabsOf(3)
  const host = origin.holder('hub host')
  const others = tabs.filter(({ page }) => page !== host)
  for (const tab of others) tab.ask(`once ${tab.id}`, 'reject')
  for (const tab of others) tab.ask(`carried ${tab.id}`)
  await clock.advance(20)
  host?.goes()
  await clock.advance(3_000)
  for (const { failed, answers, id } of others) {
    expect(failed).toEqual(['hub/connection_error'])
    expect(answers).toEqual([`did carried ${id}`])
    expect(server.done.filter((args) => args === `carried ${id}`)).toHaveLength(1)
  }
})

it.each(upTo(1, WORLDS))(
  'in world %i of the hub, where hosts close, crash and freeze and links are cut, nothing of tabs is lost or doubled',
  async (seed) => {
    const { clock, server, origin, tab: newTab, random } = world(seed)
    server.add('note before')
    const tabs = upTo(1, 4).map((id) => newTab(id))
    await clock.runUntil(() => areOpen(tabs), 5_000)
    const frozen = new Set<Page>()
    for (let round = 0; round < 60; round += 1) {
      await clock.advance(random() * 150)
      server.add(`note ${round}`)
      for (const one of tabs) {
        if (one.page.isGone) continue
        if (random() < 0.3) one.ask(`c${one.id}.${one.asked.length}`)
        if (random() < 0.2) one.hub.rpcCommand({ text: `r${one.id}.${round}` })
      }
      const host = origin.holder('hub host')
      const dice = random()
      if (dice < 0.05 && tabs.filter(({ page }) => !page.isGone).length > 2) host?.goes(random() * 160)
      else if (dice < 0.08 && host !== undefined) {
        host.freezes()
        frozen.add(host)
      } else if (dice < 0.12) server.links.cut()
      else if (dice < 0.18) for (const { page } of tabs) page.thaws()
      else if (dice < 0.22) tabs.push(newTab(tabs.length + 1))
    }
    for (const { page } of tabs) page.thaws()
    await clock.advance(15_000)
    server.add('note last')
    await clock.advance(5_000)
    for (const tab of tabs) {
      const { id, page, hub, seen, gaps, asked, answers, failed } = tab
      if (page.isGone) continue
      expect([id, hub.isConnected]).toEqual([id, true])
      expect(new Set(tab.live).size).toBe(tab.live.length)
      // Only a page that stood still while two hosts changed may have missed something: it gets a gap, and the conversation anew.
      if (frozen.has(page) && gaps.length > 0) {
        expect([id, new Set(seen)]).toEqual([id, new Set(server.events)])
        expect([id, answers.length + failed.length]).toEqual([id, asked.length])
      } else {
        expect([id, gaps, seen]).toEqual([id, [], server.events])
        expect([id, failed, answers.sort()]).toEqual([id, [], asked.map((text) => `did ${text}`).sort()])
      }
    }
    expect(server.links.count).toBe(1)
    expect(new Set(server.done).size).toBe(server.done.length)
    expect(new Set(server.said).size).toBe(server.said.length)
  },
)
