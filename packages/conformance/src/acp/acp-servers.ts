import type { ServerCheck } from '../checking/server-check.ts'
import { unreachable } from '../errors.ts'
import { AcpStage } from './acp-stage.ts'
import { HTTP_ROWS } from './server/http-rows.ts'
import { OFFER_ROWS } from './server/offer-rows.ts'
import { RESUME_ROWS } from './server/resume-rows.ts'
import { WEBSOCKET_ROWS } from './server/websocket-rows.ts'

/** What a server of ACP has to do, in both profiles and with the resume extension. */
export const ACP_SERVERS: ServerCheck<AcpStage> = {
  rows: [...WEBSOCKET_ROWS, ...OFFER_ROWS, ...RESUME_ROWS, ...HTTP_ROWS],
  open: (target) => new AcpStage(target),
  probe: async (target) => {
    const stage = new AcpStage(target)
    try {
      await probeAcp(stage)
    } finally {
      await stage.close()
    }
  },
}

/** Whether there is a server whose agent is the one of this check. */
async function probeAcp(stage: AcpStage): Promise<void> {
  const peer = stage.dial()
  if (!(await peer.socket.opened())) throw unreachable(peer.socket.whyNot)
  await peer.initialize().catch((error: unknown) => {
    throw unreachable(`expected a server of ACP: ${error instanceof Error ? error.message : error}`, error)
  })
  if ('result' in peer.initialized) return
  throw unreachable(`expected an answer to initialize, got ${JSON.stringify(peer.initialized).slice(0, 300)}`)
}
