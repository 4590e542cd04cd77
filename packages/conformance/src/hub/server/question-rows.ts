import { isCount, type Json } from '../../checking/json.ts'
import { expectThat, NotApplicable } from '../../checking/mismatch.ts'
import type { Row } from '../../checking/rows.ts'
import type { HubPeer } from '../hub-peer.ts'
import type { HubStage } from '../hub-stage.ts'

const SAYS = 'resume-extension.md, What the server says'

const QUESTION = { type: 'rpc_ui_request', id: 'question-1', method: 'conformance', params: {} }

function isQuestion({ type, id }: Json): boolean {
  return type === 'rpc_ui_request' && id === QUESTION.id
}

/** The driver of the session. @throws NotApplicable at a hub without drivers */
async function driver(stage: HubStage): Promise<HubPeer> {
  const lead = await stage.lead({ driverMode: 'rpc', driverInstanceId: 'conformance-driver' })
  lead.send({ ...QUESTION, mid: 'ask-1' })
  await lead.settled()
  if (lead.frames.some(({ type }) => type === 'protocol_error'))
    throw new NotApplicable('the server has no RPC drivers')
  await lead.acked('ask-1')
  return lead
}

async function ready(stage: HubStage): Promise<HubPeer> {
  const peer = await stage.controller({ v: '2' })
  peer.send({ type: 'bootstrap_ready' })
  await peer.type('session_hydration')
  return peer
}

/** Questions of a driver to the people at its controllers. */
export const QUESTION_ROWS: readonly Row<HubStage>[] = [
  {
    id: 'hub/question-again',
    requires: 'A controller that comes later is asked what is still open, with again: the number in the log.',
    section: SAYS,
    check: async (stage) => {
      await driver(stage)
      const peer = await ready(stage)
      const { again } = await peer.next(isQuestion, 'the open question')
      expectThat(isCount(again), 'again, the number of the question in the log', again)
    },
  },
  {
    id: 'hub/question-over',
    requires: 'Controllers that did not answer a question get rpc_ui_response when it is over.',
    section: SAYS,
    check: async (stage) => {
      await driver(stage)
      const [one, other] = [await ready(stage), await ready(stage)]
      await one.next(isQuestion, 'the open question')
      await other.next(isQuestion, 'the open question')
      one.send({ type: 'rpc_ui_response', id: QUESTION.id, result: 'yes', mid: 'reply-1' })
      await one.acked('reply-1')
      await other.next(({ type, id }) => type === 'rpc_ui_response' && id === QUESTION.id, 'rpc_ui_response')
    },
  },
]
