import { expect, it } from 'vitest'
import { areOpen, tabsOf, upTo, WORLDS, world } from './support/hub-tabs.ts'

it('a page that is given the position of an earlier one gets what came since, from tabs that stayed', async () => {
  const { server, tabs, tab, clock } = await tabsOf(3)
  for (const n of upTo(1, 5)) server.add(`note ${n}`)
  await clock.advance(500)
  const [host, leaving] = tabs
  const after = leaving?.hub.position
  leaving?.page.goes()
  for (const n of upTo(6, 9)) server.add(`note ${n}`)
  await clock.advance(1_000)
  const back = tab(4, { after })
  await clock.runUntil(() => back.hub.isConnected, 5_000)
  server.add('note 10')
  await clock.advance(500)
  expect([back.seen, back.hydrations, back.gaps]).toEqual([upTo(6, 10).map((n) => `note ${n}`), [], []])
  expect(back.hub.position).toBe(host?.hub.position)
})

it('a page that is given a position goes on from there where no other tab is open', async () => {
  const { server, tabs, tab, clock } = await tabsOf(2)
  server.add('note 1')
  await clock.advance(500)
  const after = tabs[0]?.hub.position
  for (const { page } of tabs) page.goes()
  server.add('note 2')
  await clock.advance(1_000)
  const back = tab(3, { after })
  await clock.runUntil(() => back.hub.isConnected, 5_000)
  await clock.advance(500)
  expect([back.live, back.gaps, server.links.count]).toEqual([['note 2'], [], 1])
})

it('a page whose position is older than what the tabs have gets a gap, and the conversation', async () => {
  const { server, tab, clock } = world(8)
  const first = tab(1, {}, 20_000)
  await clock.runUntil(() => first.hub.isConnected, 5_000)
  await clock.advance(500)
  const after = first.hub.position
  for (const n of upTo(1, 100)) server.add(`note ${n}`)
  await clock.advance(2_000)
  const back = tab(2, { after }, 20_000)
  await clock.runUntil(() => back.hub.isConnected, 5_000)
  await clock.advance(2_000)
  server.add('note after')
  await clock.advance(500)
  expect([back.gaps.length > 0, back.seen.at(-1), back.hub.position]).toEqual([true, 'note after', first.hub.position])
})

it('a position of another connection begins anew, with a gap and the conversation', async () => {
  const { server, tabs, tab, clock } = await tabsOf(1)
  await clock.advance(500)
  const foreign = tabs[0]?.hub.position?.replace(/-c\d+/, '-c99')
  const back = tab(2, { after: foreign })
  await clock.runUntil(() => back.hub.isConnected, 5_000)
  await clock.advance(500)
  expect([back.gaps, back.seen, back.hub.position]).toEqual([['reconnected'], server.events, tabs[0]?.hub.position])
})

it('the position of a tab is not ahead of an app that is busy, nor behind what the tab did not subscribe to', async () => {
  const { server, tab, clock } = world(9)
  const [busy, all] = [tab(1, { subscribe: ['task'] }), tab(2)]
  await clock.runUntil(() => areOpen([busy, all]), 5_000)
  await clock.advance(500)
  const began = busy.hub.position
  expect(began).toMatch(/^log-c1\.0/)
  let release = (): void => {}
  busy.hub.on('message', () => new Promise<void>((resolve) => (release = resolve)))
  for (const text of ['task 1', 'other 2', 'other 3']) server.add(text)
  await clock.advance(500)
  expect([busy.hub.position, all.hub.position]).toEqual([began, expect.stringMatching(/^log-c1\.3/)])
  release()
  await clock.advance(500)
  expect(busy.hub.position).toMatch(/^log-c1\.1/)
  for (const text of ['other 4', 'other 5']) server.add(text)
  await clock.advance(500)
  expect([busy.hub.position, all.hub.position]).toEqual([expect.stringMatching(/^log-c1\.5/), all.hub.position])
})

it.each(upTo(1, WORLDS))(
  'checkpoint world %i: a page that is replaced goes on from the position of the one before: nothing lost, nothing doubled',
  async (seed) => {
    const { clock, server, origin, tab: newTab, random } = world(seed)
    const tabs = upTo(1, 3).map((id) => newTab(id))
    await clock.runUntil(() => areOpen(tabs), 5_000)
    await clock.advance(500)
    // What the pages of one tab, one after the other, have processed.
    const before = new Map(tabs.map((tab) => [tab, [] as string[]]))
    for (let round = 0; round < 50; round += 1) {
      await clock.advance(random() * 150)
      server.add(`note ${round}`)
      const dice = random()
      const living = tabs.filter(({ page }) => !page.isGone)
      const host = living.find(({ page }) => page === origin.holder('hub host'))
      const one = dice < 0.05 ? host : dice < 0.15 ? living[Math.floor(random() * living.length)] : undefined
      if (dice > 0.9) server.links.cut()
      if (one === undefined) continue
      const { position: after } = one.hub
      const processed = [...(before.get(one) ?? []), ...one.live]
      one.page.goes(random() * 160)
      await clock.advance(random() * 300)
      const next = newTab(tabs.length + 1, { after })
      tabs.push(next)
      before.set(next, processed)
    }
    await clock.advance(10_000)
    server.add('note last')
    await clock.advance(5_000)
    for (const tab of tabs.filter(({ page }) => !page.isGone)) {
      expect([tab.id, tab.hub.isConnected, tab.gaps]).toEqual([tab.id, true, []])
      expect([tab.id, [...(before.get(tab) ?? []), ...tab.live]]).toEqual([tab.id, server.events])
    }
    expect(server.links.count).toBe(1)
  },
)
