import type { ServerCheck } from '../checking/server-check.ts'
import { unreachable } from '../errors.ts'
import { HubStage } from './hub-stage.ts'
import { EVENT_STREAM_ROWS } from './server/event-stream-rows.ts'
import { MESSAGE_ROWS } from './server/message-rows.ts'
import { OFFER_ROWS } from './server/offer-rows.ts'
import { QUESTION_ROWS } from './server/question-rows.ts'
import { SENDER_ROWS } from './server/sender-rows.ts'
import { STREAM_ROWS } from './server/stream-rows.ts'

/** What a server of the hub's wire has to do. */
export const HUB_SERVERS: ServerCheck<HubStage> = {
  rows: [...OFFER_ROWS, ...STREAM_ROWS, ...MESSAGE_ROWS, ...SENDER_ROWS, ...QUESTION_ROWS, ...EVENT_STREAM_ROWS],
  open: (target) => new HubStage(target),
  probe: async (target) => {
    const stage = new HubStage(target)
    try {
      await probeHub(stage)
    } finally {
      await stage.close()
    }
  },
}

/** Whether there is a hub that lets a lead in. */
async function probeHub(stage: HubStage): Promise<void> {
  const peer = stage.dial({ role: 'lead', resume: '1' })
  if (!(await peer.socket.opened())) throw unreachable(peer.socket.whyNot)
  await peer.accepted().catch((error: unknown) => {
    throw unreachable(`expected a hub that lets a lead in: ${error instanceof Error ? error.message : error}`, error)
  })
}
