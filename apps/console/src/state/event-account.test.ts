import { HubEventCount } from '@holdfast/protocol/hub'
import { expect, it } from 'vitest'
import { EventAccount } from './event-account.ts'

function setUp() {
  const transport: { count: HubEventCount; duplicates: number; liveAt: number | undefined } = {
    ...{ count: new HubEventCount(), duplicates: 0, liveAt: undefined },
  }
  const sent = { unconfirmed: 0, inDoubt: 0, dials: 1 }
  const account = new EventAccount({
    transport,
    unconfirmed: () => sent.unconfirmed,
    inDoubt: () => sent.inDoubt,
    dials: () => sent.dials,
  })
  const event = (seq: number, prev: number): void => account.take({ type: 'broadcast', ...{ seq, prev } })
  event(1, 0)
  event(3, 1)
  account.began('the link broke')
  return { account, transport, sent, event }
}

it('the account of an outage counts the events that came late, none of them missing or twice, although numbers are left out', async () => {
  const { account, transport, event, sent } = setUp()
  sent.unconfirmed = 2
  const ended = account.ended()
  event(4, 3)
  event(9, 4)
  transport.liveAt = 9
  const { caughtUp, lost, doubled, kept } = await ended
  expect([caughtUp, lost, doubled, kept]).toEqual(['2 events caught up', 0, 0, '2 of your messages kept, 0 in doubt'])
})

it('the account of an outage sees an event that is missing and one that came twice', async () => {
  const { account, transport, event } = setUp()
  const ended = account.ended()
  event(7, 5)
  event(7, 5)
  transport.liveAt = 7
  expect(await ended).toMatchObject({ lost: 1, doubled: 1, caughtUp: '1 event caught up' })
})

it('the account of an outage counts what the gateway says is missing', async () => {
  const { account, transport } = setUp()
  const ended = account.ended()
  account.gap(4, 10)
  account.take({ type: 'session_hydration', ...{ seq: 12 } })
  transport.liveAt = 12
  expect(await ended).toMatchObject({ lost: 7, doubled: 0, caughtUp: '0 events caught up' })
})

it('the account of an outage counts anew in a log that began anew: its numbers come again, and nothing is doubled', async () => {
  const { account, transport, event } = setUp()
  const ended = account.ended()
  account.gap(undefined, undefined)
  account.take({ type: 'session_hydration', ...{ seq: 1 } })
  event(2, 1)
  event(3, 2)
  transport.liveAt = 3
  expect(await ended).toMatchObject({ lost: 1, doubled: 0, caughtUp: '2 events caught up' })
})

it('the account of an outage counts nothing as lost where the answer to a request of the page came between two events', async () => {
  const { account, transport, event } = setUp()
  const ended = account.ended()
  transport.count.arrived('{"id":"a","actions":[],"seq":5,"anchor":"x","prev":3}')
  event(8, 5)
  transport.liveAt = 8
  expect(await ended).toMatchObject({ lost: 0, doubled: 0, caughtUp: '1 event caught up' })
})
