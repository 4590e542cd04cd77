import type { WebSocketFrame } from '@holdfast/contract'
import type { DialPlan, ServerLink, TransportFixture } from '../src/conformance/index.ts'
import { RecordingSink } from '../src/conformance/index.ts'
import { Mailbox } from '../src/conformance/mailbox.ts'
import { type MemoryRequest, memoryNetwork, VirtualClock } from '../src/index.ts'

/** Moves a virtual clock for as long as somebody waits; one mover for all who wait. */
class TimeMover {
  readonly clock: VirtualClock = new VirtualClock()
  #waiting = 0
  #moving = false

  async until<T>(promise: Promise<T>): Promise<T> {
    this.#waiting += 1
    void this.#move()
    try {
      return await promise
    } finally {
      this.#waiting -= 1
    }
  }

  async #move(): Promise<void> {
    if (this.#moving) return
    this.#moving = true
    while (this.#waiting > 0) await this.clock.advance(1)
    this.#moving = false
  }
}

/** The memory transport, with a server that does what the suite plans. */
export function memoryFixture(): TransportFixture {
  const time = new TimeMover()
  const network = memoryNetwork({ clock: time.clock })
  const links = new Mailbox<ServerLink>()
  const dials = new Mailbox<MemoryRequest>()
  let plan: DialPlan = { kind: 'accept' }
  network.listen((request) => {
    dials.put(request)
    if (plan.kind === 'accept') links.put(accept(request, plan))
    else if (plan.kind === 'reset') request.link.reset()
    else if (plan.kind === 'refuse') request.refuse(refusalOf(plan))
  })
  return {
    transport: network.transport,
    target: { url: 'ws://memory.test/' },
    server: {
      plan: (next) => {
        plan = next
      },
      dialed: async () => {
        await dials.take()
      },
      link: () => links.take(),
      idle: async () => {
        while (network.links.length > 0) await new Promise<void>((resolve) => time.clock.after(1, resolve))
      },
    },
    until: (promise) => time.until(promise),
    clock: time.clock,
    teardown: () => {
      for (const link of network.links) link.reset()
    },
  }
}

function refusalOf(plan: DialPlan & { kind: 'refuse' }): Parameters<MemoryRequest['refuse']>[0] {
  const seconds = plan.headers?.['retry-after']
  return {
    status: plan.status,
    headers: plan.headers,
    body: plan.body,
    retryAfterMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  }
}

function accept(request: MemoryRequest, plan: DialPlan & { kind: 'accept' }): ServerLink {
  const channel = request.accept({ protocol: plan.protocol })
  const sink = new RecordingSink<WebSocketFrame>()
  channel.start(sink)
  for (const frame of plan.greet ?? []) channel.send(frame)
  if (plan.thenClose !== undefined) channel.close(plan.thenClose.code, plan.thenClose.reason)
  return {
    requestHeaders: request.headers,
    send: (frame) => channel.send(frame),
    received: (count) => sink.received(count),
    bufferedBytes: () => channel.bufferedBytes,
    close: (code, reason) => channel.close(code, reason),
    drop: () => channel.terminate(),
    stall: () => request.link.change('toServer', { flowing: false }),
    unstall: () => request.link.change('toServer', { flowing: true }),
    ended: () => sink.ended(),
  }
}
